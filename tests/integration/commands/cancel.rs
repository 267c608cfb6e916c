//! Ctrl-C, SIGTERM and SIGHUP in the middle of a sync: the answer says how far it was, and the next one continues from there.

use std::process::Stdio;
use std::sync::Arc;

use rustix::process::Signal;
use serde_json::Value;
use tokio::process::Command;
use tokio::sync::Notify;

use super::{plain, told};
use crate::support::lab::{Lab, Ran};
use crate::support::loopback::{Loopback, Reply};
use crate::support::patience::in_time;
use crate::support::process::Process;

fn start(lab: &Lab, arguments: &[&str]) -> Process {
    let config = lab.sandbox.config_file().to_str().unwrap();
    Process::start(&[&["--config", config, "sync"], arguments].concat())
}

/// Starts a sync whose upload is never answered, and stops it once the upload is under way.
async fn stopped_while_sending(lab: &Lab) -> Ran {
    stopped_at(lab, "upload:latency=60s", &["--verbose"]).await
}

/// Starts a sync and stops it once it meets this fault.
async fn stopped_at(lab: &Lab, fault: &str, arguments: &[&str]) -> Ran {
    lab.sandbox.add_fault(fault.parse().unwrap());
    let sync = start(lab, arguments);
    // Otherwise the delay could meet the next upload.
    in_time(async || (lab.sandbox.faults_left() == 0).then_some(())).await;
    sync.signal(Signal::TERM);
    let ran = sync.end().await;
    Ran {
        stderr: without_log(&ran.stderr),
        ..ran
    }
}

#[tokio::test]
async fn a_sync_that_is_stopped_while_it_collects_sent_nothing_and_is_recorded_as_cancelled() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let lab = Lab::with_faults(&["report:latency=60s*always"]).await;
        // Also where the tests themselves are to outlive a terminal.
        let mut heard = Command::new("/usr/bin/env");
        heard.env_clear().args([
            "--default-signal=HUP",
            env!("CARGO_BIN_EXE_ghe-license-sync"),
            "--config",
        ]);
        heard.arg(lab.sandbox.config_file()).args(["sync", "--verbose"]);
        heard.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut sync = Process::of(heard);
        sync.wait_for("collecting who consumes").await;
        sync.signal(signal);
        let ran = sync.end().await;
        let status = told(&lab, &["status"]).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(plain(&lab, &Ran { stderr: without_log(&ran.stderr), ..ran }), @"
            exit 69, stderr:
            error: the sync was cancelled; no license usage was sent
              help: run `ghe-license-sync --config DIR/config.toml sync` again; it begins anew
              reason: cancelled
            ");
            insta::assert_snapshot!(status, @"
            exit 5, stdout:
            gate            open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
            health          failing: the last run was not confirmed
            server ID       ID, set in `server.id`
            last run        failed TIME, cancelled
            last confirmed  none yet
            outbox          empty
            next window     due; no daemon is running, and `ghe-license-sync --config DIR/config.toml sync` starts a run
            because         the process ended during the collection
            ");
        }
    }
}

#[tokio::test]
async fn a_sync_ends_neither_by_a_signal_for_the_daemon_nor_with_a_terminal_that_it_is_to_outlive() {
    let lab = Lab::with_faults(&["report:202@1"]).await;
    let config = lab.sandbox.config_file().to_str().unwrap();
    let mut ignoring = Command::new("sh");
    ignoring.env_clear().args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]);
    ignoring.args([
        env!("CARGO_BIN_EXE_ghe-license-sync"),
        "--config",
        config,
        "sync",
        "--verbose",
    ]);
    ignoring
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut sync = Process::of(ignoring);
    sync.wait_for("collecting who consumes").await;
    sync.signal(Signal::HUP);
    sync.signal(Signal::USR1);
    let ran = sync.end().await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert!(ran.stdout.starts_with("the cloud confirmed"), "{ran}");
}

fn without_log(stderr: &str) -> String {
    let talk = stderr
        .split_inclusive('\n')
        .filter(|line| !line.contains("ghe_license_sync::"));
    talk.collect()
}

#[tokio::test]
async fn a_sync_that_is_stopped_while_it_sends_keeps_its_document_and_the_next_one_delivers_it() {
    let lab = Lab::with_faults(&[]).await;
    insta::assert_snapshot!(plain(&lab, &stopped_while_sending(&lab).await), @"
    exit 75, stderr:
    error: the sync was cancelled; the cloud has not said that it took the license usage, which stays frozen
      help: run `ghe-license-sync --config DIR/config.toml sync` again; it sends the same bytes under the same idempotency key
      reason: cancelled
    ");
    insta::assert_snapshot!(told(&lab, &["status"]).await, @"
    exit 5, stdout:
    gate            open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    health          failing: the last run was not confirmed
    server ID       ID, set in `server.id`
    last run        frozen TIME, 54 licenses, digest DIGEST, cancelled
    counted         60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
                    6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
                    the server itself counts 56 users who are not suspended; it reports 54 seats in use
    last confirmed  none yet
    outbox          frozen TIME, 54 licenses, digest DIGEST, cancelled
    next window     due; no daemon is running, and `ghe-license-sync --config DIR/config.toml sync` starts a run
    because         the process ended during the upload
    next            `ghe-license-sync --config DIR/config.toml sync` continues with the outbox at once
    ");
    let frozen = lab.last_run().await.frozen.unwrap().idempotency_key;
    assert_eq!(lab.run(&["sync"]).await.exit, Some(0));
    let keys: Vec<_> = lab
        .sandbox
        .uploads()
        .into_iter()
        .map(|upload| upload.idempotency_key)
        .collect();
    assert_eq!(keys, [frozen], "today's is the same list");
}

#[tokio::test]
async fn a_sync_that_is_stopped_while_it_waits_for_the_confirmation_says_that_the_cloud_has_it() {
    let lab = Lab::with_faults(&["location:latency=60s*always"]).await;
    let mut sync = start(&lab, &["--verbose"]);
    sync.wait_for("the cloud accepted the license usage").await;
    sync.signal(Signal::TERM);
    let ran = sync.end().await;
    insta::assert_snapshot!(plain(&lab, &Ran { stderr: without_log(&ran.stderr), ..ran }), @"
    exit 75, stderr:
    error: the sync was cancelled; the cloud accepted the license usage and has not confirmed it
      help: run `ghe-license-sync --config DIR/config.toml sync` again; it continues from here
      reason: cancelled
    ");
}

#[tokio::test]
async fn in_json_a_sync_that_is_stopped_has_the_run_that_it_continued_with_also_if_nothing_changed() {
    let lab = Lab::with_faults(&[]).await;
    let stopped = async || -> Value {
        let ran = stopped_at(&lab, "location:latency=60s", &["--json"]).await;
        serde_json::from_str(&ran.stdout).unwrap()
    };
    let (began, continued) = (stopped().await, stopped().await);
    assert_eq!(began["run"]["state"], "accepted");
    assert_eq!(continued["run"]["id"], began["run"]["id"], "{continued}");
}

#[tokio::test]
async fn a_dry_run_that_is_stopped_changes_nothing() {
    let lab = Lab::with_faults(&[]).await;
    stopped_while_sending(&lab).await;
    let before = lab.last_run().await;
    lab.sandbox.add_fault("report:latency=60s*always".parse().unwrap());
    let asked = Arc::new(Notify::new());
    let begun = Arc::clone(&asked);
    let silent = Loopback::serve(move |_| {
        begun.notify_one();
        Reply::ThenSilence(Vec::new())
    })
    .await;
    let dry_run = start(
        &lab,
        &["--dry-run", "--json", "--set", &format!("server.url={}", silent.url)],
    );
    asked.notified().await;
    dry_run.signal(Signal::TERM);
    insta::assert_snapshot!(plain(&lab, &dry_run.end().await), @r#"
    exit 69, stdout:
    {
      "schema": "ghe-license-sync/error/1",
      "error": "the dry run was cancelled; nothing was sent and nothing has changed", "because": [],
      "details": null, "help": null, "reason": "cancelled", "exit_code": 69
    }
    --- stderr
    error: the dry run was cancelled; nothing was sent and nothing has changed
      reason: cancelled
    "#);
    assert_eq!(lab.last_run().await, before);
}
