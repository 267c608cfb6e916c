//! What a reload changes and what it does not: the answer says which settings are in force.

use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::State;

use crate::support::lab::Lab;
use crate::support::service::Service;

/// An idle daemon whose gate is closed.
async fn idle_daemon() -> (Lab, Service) {
    let lab = Lab::with_faults(&[]).await;
    lab.edit_settings("[connect]\nenabled = true", "[connect]\nenabled = false");
    let service = Service::start(&lab);
    service.says("READY=1").await;
    (lab, service)
}

#[tokio::test]
async fn settings_with_another_state_directory_are_refused_as_a_whole() {
    let (lab, service) = idle_daemon().await;
    let elsewhere = lab.directory.path().join("elsewhere");
    let state = lab.directory.path().join("state").display().to_string();
    lab.edit_settings(&state, &elsewhere.display().to_string());
    lab.edit_settings("[connect]\nenabled = false", "[connect]\nenabled = true");
    service.signal("HUP");
    service.says("the changed settings were refused").await;
    service.signal("TERM");
    let (_, log) = service.end().await;
    let refusal = "were refused, the old ones stay in force: `state.directory` is now";
    assert!(log.contains(refusal) && log.contains("config-invalid"), "{log}");
    assert!(!elsewhere.exists(), "nothing was made in it");
    assert!(lab.sandbox.uploads().is_empty(), "the gate stayed closed");
}

#[tokio::test]
async fn settings_that_name_another_host_for_a_token_of_systemd_are_refused_until_a_restart() {
    let lab = Lab::with_faults(&["upload:404*1"]).await;
    let given = lab.directory.path().join("credentials").display().to_string();
    let environment = [("CREDENTIALS_DIRECTORY", given.as_str())];
    let service = Service::start_with(&lab, &environment);
    service.says("permission-missing").await;
    lab.edit_settings(
        "[server]\nurl = \"http://127.0.0.1:",
        "[server]\nurl = \"http://localhost:",
    );
    service.signal("HUP");
    let refused = service.says("the changed settings were refused").await;
    let sentence = "`server-token` was given to this process for http://127.0.0.1:";
    assert!(refused.contains(sentence), "{refused}");
    service.signal("TERM");
    service.end().await;
    let service = Service::start_with(&lab, &environment);
    service.says("READY=1").await;
    service.signal("USR1");
    service.says("last run confirmed").await;
    service.signal("TERM");
    service.end().await;
}

#[tokio::test]
async fn a_changed_log_level_is_named_as_what_needs_a_restart() {
    let (lab, service) = idle_daemon().await;
    lab.edit_settings("[state]", "[log]\nlevel = \"debug\"\n[state]");
    service.signal("HUP");
    service.says("READY=1").await;
    service.signal("HUP");
    service.says("READY=1").await;
    service.signal("TERM");
    let (_, log) = service.end().await;
    let records: Vec<_> = log.lines().filter(|line| line.contains("were read again")).collect();
    let named: Vec<_> = records
        .iter()
        .map(|record| record.contains("in force after a restart: `log.level`"))
        .collect();
    assert_eq!(named, [true, true], "{log}");
}

#[tokio::test]
async fn each_key_that_changed_is_named_with_when_it_is_in_force() {
    let (lab, service) = idle_daemon().await;
    let changed = "[log]\nlevel = \"debug\"\nformat = \"json\"\n[license-sync.guard]\nmax-change-percent = 5\n[state]";
    service.signal("HUP");
    service.says("READY=1").await;
    lab.edit_settings("[state]", changed);
    lab.edit_settings(
        "[license-sync]\nenabled = true",
        "[license-sync]\nenabled = true\njitter = \"1h\"",
    );
    service.signal("HUP");
    service.says("READY=1").await;
    service.signal("TERM");
    let (_, log) = service.end().await;
    let told: Vec<_> = log
        .lines()
        .filter_map(|line| line.split_once("the settings were read again; "))
        .map(|(_, told)| told)
        .collect();
    assert_eq!(
        told,
        [
            "nothing has changed",
            "in force now: `license-sync.guard.max-change-percent`, `license-sync.jitter`; in force after a restart: \
             `log.format`, `log.level`",
        ],
        "{log}"
    );
}

#[tokio::test]
async fn a_gate_that_closes_during_the_collection_ends_it_and_nothing_is_frozen() {
    let lab = Lab::with_faults(&["report:202@20*always"]).await;
    let service = Service::start(&lab);
    service.says("waiting for the server's report").await;
    lab.edit_settings("[license-sync]\nenabled = true", "[license-sync]\nenabled = false");
    service.signal("HUP");
    service.says("STATUS=gate closed").await;
    let run = lab.last_run().await;
    assert_eq!(
        (run.state, run.reason),
        (State::Refused, Some(Reason::LicenseSyncDisabled))
    );
    let states: Vec<_> = lab
        .store()
        .await
        .events(run.id)
        .await
        .unwrap()
        .iter()
        .map(|event| event.state)
        .collect();
    assert_eq!(states, [State::Collecting, State::Refused]);
    service.signal("TERM");
    service.end().await;
}

#[tokio::test]
async fn settings_that_lost_a_switch_are_refused() {
    let lab = Lab::with_faults(&["upload:404*1"]).await;
    let service = Service::start(&lab);
    service.says("permission-missing").await;
    let waiting = lab.last_run().await;
    lab.edit_settings("[license-sync]\nenabled = true", "[license-sync]");
    service.signal("HUP");
    let refused = service.says("the changed settings were refused").await;
    assert!(
        refused.contains("`license-sync.enabled` is no longer in the settings"),
        "{refused}"
    );
    assert_eq!(lab.last_run().await, waiting);
    service.signal("TERM");
    service.end().await;
}

#[tokio::test]
async fn a_gate_that_closes_while_a_token_is_asked_for_keeps_the_document_here() {
    let lab = Lab::with_faults(&["token:latency=3s"]).await;
    let service = Service::start(&lab);
    service.says("STATUS=sending").await;
    lab.edit_settings("[license-sync]\nenabled = true", "[license-sync]\nenabled = false");
    service.signal("HUP");
    service.says("STATUS=gate closed").await;
    assert!(lab.sandbox.uploads().is_empty());
    let run = lab.last_run().await;
    // Nothing was sent, so that the server ID can still be changed.
    assert_eq!((run.state, run.attempts), (State::Refused, 0));
    service.signal("TERM");
    service.end().await;
}

#[tokio::test]
async fn a_sync_that_is_asked_for_during_a_run_that_fails_is_made_at_once() {
    let lab = Lab::with_faults(&["token:latency=3s*1", "upload:404*1"]).await;
    let service = Service::start(&lab);
    service.says("STATUS=sending").await;
    service.signal("USR1");
    service.says("last run confirmed").await;
    service.signal("TERM");
    service.end().await;
}

/// The connection to the cloud stays as it was: what waited is confirmed by it.
#[tokio::test]
async fn a_list_that_a_run_begins_after_an_earlier_document_is_made_with_the_settings_of_a_reload() {
    let lab = Lab::with_faults(&["upload:404*1"]).await;
    lab.sync(&[]).await.unwrap_err();
    let waited = lab.last_run().await;
    lab.sandbox.add_fault("location:503@300*1".parse().unwrap());
    let timeout = [("GHE_LICENSE_SYNC__LICENSE_SYNC__CONFIRM_TIMEOUT", "1h")];
    let service = Service::start_with(&lab, &timeout);
    service.says("READY=1").await;
    service.signal("USR1");
    service.says("next poll is in 300 s").await;
    lab.edit_settings(lab.sandbox.server_url().as_str(), "http://127.0.0.1:9/");
    service.signal("HUP");
    let kept = "the run under way keeps its connection to the cloud, and a list that it begins from now on is made with the \
                new settings";
    service.says(kept).await;
    service.says("last run failed").await;
    service.signal("TERM");
    let (_, log) = service.end().await;
    assert!(log.contains(&format!("`server.url`; {kept}")), "{log}");
    let waited = lab.store().await.run(waited.id).await.unwrap();
    assert_eq!(waited.state, State::Confirmed, "{log}");
    let today = lab.last_run().await;
    assert_eq!(
        (today.state, today.reason),
        (State::Failed, Some(Reason::UnreachableServer)),
        "{log}"
    );
}

#[tokio::test]
async fn status_says_that_the_daemon_has_not_read_the_settings_that_it_shows() {
    let lab = Lab::with_faults(&[]).await;
    let service = Service::start(&lab);
    service.says("last run confirmed").await;
    let daemon = async || {
        let ran = lab.run(&["status"]).await;
        ran.stdout
            .lines()
            .find(|line| line.starts_with("daemon "))
            .map(str::to_owned)
    };
    assert_eq!(daemon().await, None);
    lab.edit_settings("[license-sync]\nenabled = true", "[license-sync]\nenabled = false");
    let other = format!(
        "daemon          process {} (the daemon) works with other settings than these: if the settings file was changed, SIGHUP applies it",
        service.id()
    );
    assert_eq!(daemon().await, Some(other));
    let ran = lab.run(&["status", "--json"]).await;
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["daemon"]["pid"], service.id());
    assert_eq!(json["daemon"]["has_these_settings"], false);
    service.signal("HUP");
    service.says("STATUS=gate closed").await;
    assert_eq!(daemon().await, None);
    service.signal("TERM");
    service.end().await;
}
