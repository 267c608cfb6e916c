//! A gate that closes in the middle of a run, wherever that is.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use ghe_license_sync::explain::Explain;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::settings::{LiveSettings, Settings, Sources};
use ghe_license_sync::store::{State, Trigger};
use ghe_license_sync::sync::{Context, export, preview, run_once};
use insta::assert_snapshot;
use tokio::time::timeout;

use super::{
    CLOSED, CONNECT_OFF, CONNECT_ON, Counter, Lab, Moment, OPEN, On, Watched, assert_discarded, closing_at,
    in_place_of_the_cloud,
};
use crate::support::family::Family;

/// A run during which the gate closes; what an operator reads.
async fn closed_at(moment: Moment, faults: &[&str]) -> (Arc<Watched>, String) {
    let site = Arc::new(Watched::with_faults(faults).await);
    let context = site.context(&[], closing_at(moment, &site));
    let error = run_once(&context, &Trigger::Manual).await.unwrap_err();
    assert_discarded(&site.lab).await;
    let text = site.read(&error);
    (site, text)
}

#[tokio::test]
async fn a_gate_that_closes_ends_the_run_wherever_it_is() {
    let mut family = Family::default();
    let mut texts = Vec::new();
    for moment in [Moment::Collected, Moment::Frozen] {
        let site = Arc::new(Watched::with_faults(&[]).await);
        let cloud = Counter::listen().await;
        let overrides = in_place_of_the_cloud(&cloud);
        let overrides: Vec<_> = overrides.iter().map(String::as_str).collect();
        let context = site.context(&overrides, closing_at(moment, &site));
        let error = run_once(&context, &Trigger::Manual).await.unwrap_err();
        assert_eq!(cloud.connections().await, 0);
        assert_discarded(&site.lab).await;
        assert_eq!(site.lab.last_run().await.attempts, 0);
        texts.push(site.read(&error));
    }
    let said = &texts[0];
    family.row("during the collection", said);
    let said = &texts[1];
    family.row("after the document is frozen", said);
    let (site, text) = closed_at(Moment::Retry, &["upload:503*2"]).await;
    assert_eq!(site.relay.sent().len(), 1);
    assert_eq!(site.lab.sandbox.uploads(), []);
    family.row("between two attempts", text);
    // The cloud would answer after five minutes; after two, the limit of the answer would end the upload.
    let faults = ["upload:latency=300s*1"];
    let closing = closed_at(Moment::Sent, &faults);
    let (site, text) = timeout(Duration::from_secs(60), closing).await.unwrap();
    assert_eq!(site.relay.sent().len(), 1);
    family.row("during an upload", text);
    let (site, text) = closed_at(Moment::Accepted, &["location:pending*always"]).await;
    assert_eq!(site.lab.sandbox.uploads().len(), 1, "that has happened");
    family.row("before the confirmation", text);
    assert_snapshot!(family, @"
    during the collection: error: no license usage was sent [1]
    after the document is frozen: error: the license usage was frozen and is discarded; it was not delivered [1]
    between two attempts: [2] [1]
    during an upload: [2] [1]
    before the confirmation: error: the cloud accepted the license usage and is not asked any more whether it processed it [1]
    [1] cause: license sync is not enabled
        help: set `enabled = true` under [license-sync] to let this server report its license usage
        reason: license-sync-disabled, exit 3
    [2] error: the license usage is discarded; it was sent, and the cloud never said that it took it
    ");
}

/// The cloud would answer after five minutes; after one, the limit of the answer would end the question.
#[tokio::test]
async fn a_gate_that_closes_while_the_cloud_is_silent_ends_the_question() {
    for fault in ["token:latency=300s*1", "location:latency=300s*1"] {
        let site = Watched::with_faults(&[fault]).await;
        let context = site.lab.context(&[]);
        let close = async {
            while site.lab.sandbox.faults_left() > 0 {
                tokio::task::yield_now().await;
            }
            site.lab.edit_settings(OPEN, CLOSED);
        };
        let run = timeout(Duration::from_secs(30), run_once(&context, &Trigger::Manual));
        let (ended, ()) = tokio::join!(run, close);
        let error = ended.unwrap().unwrap_err();
        assert_eq!(error.reason(), Reason::LicenseSyncDisabled, "{fault}: {error}");
        assert_discarded(&site.lab).await;
    }
}

/// The server would send its report after five minutes.
#[tokio::test]
async fn a_gate_that_closes_while_an_export_or_a_dry_run_collects_ends_it() {
    for is_export in [true, false] {
        let lab = Lab::with_faults(&["report:latency=300s*1"]).await;
        let context = lab.context(&[]);
        let close = async {
            while lab.sandbox.faults_left() > 0 {
                tokio::task::yield_now().await;
            }
            lab.edit_settings(OPEN, CLOSED);
        };
        let collecting = async {
            match is_export {
                true => export(&context).await.map(drop),
                false => preview(&context).await.map(drop),
            }
        };
        let (ended, ()) = tokio::join!(timeout(Duration::from_secs(30), collecting), close);
        let error = ended.unwrap().unwrap_err();
        assert_eq!(error.reason(), Reason::LicenseSyncDisabled, "{error}");
    }
}

#[tokio::test]
async fn a_gate_that_closes_with_the_confirmation_keeps_the_list_of_servers_from_being_read() {
    let site = Arc::new(Watched::with_faults(&[]).await);
    let changed = Arc::clone(&site);
    let close = On(Moment::Confirmed, move || {
        changed.lab.edit_settings(OPEN, CLOSED);
        changed.lab.sandbox.add_fault("status:503".parse().unwrap());
    });
    let run = run_once(&site.context(&[], Arc::new(close)), &Trigger::Manual)
        .await
        .unwrap();
    assert_eq!(run.state, State::Confirmed);
    assert_eq!(site.lab.fingerprint_pieces().await, 0);
    assert_eq!(site.lab.sandbox.faults_left(), 1, "the list was not asked for");
}

/// A document of this store is for the server, the account and the ID of its settings.
#[tokio::test]
async fn settings_with_another_state_directory_are_not_those_of_the_run_under_way() {
    let site = Arc::new(Watched::with_faults(&[]).await);
    let (changed, old) = (Arc::clone(&site), site.lab.directory.path().join("state"));
    let other = site.lab.directory.path().join("other");
    let (old, new) = (old.display().to_string(), other.display().to_string());
    let replace = On(Moment::GateOpen, move || {
        changed
            .lab
            .edit_settings(&format!("directory = \"{old}\""), &format!("directory = \"{new}\""));
        changed.lab.edit_settings(OPEN, CLOSED);
    });
    let context = site.context(&[], Arc::new(replace));
    let run = run_once(&context, &Trigger::Manual).await.unwrap();
    assert_eq!(run.state, State::Confirmed);
    assert!(!other.exists());
}

#[tokio::test]
async fn a_gate_that_closes_in_a_run_takes_the_fingerprint_of_the_list_before_with_it() {
    let site = Arc::new(Watched::with_faults(&[]).await);
    site.sync(&[]).await.unwrap();
    site.lab.sandbox.add_fault("upload:503*1".parse().unwrap());
    let context = site.context(&[], closing_at(Moment::Retry, &site));
    run_once(&context, &Trigger::Manual).await.unwrap_err();
    assert_discarded(&site.lab).await;
}

#[tokio::test]
async fn settings_that_become_wrong_during_a_run_leave_the_old_ones_in_force() {
    for wrong in [
        "[license-sync]\nenabled = flase",
        "[license-sync]\nenabled = false\nenabeld = true",
        "\u{0}",
        // The switch is not written, as in a file that is being written.
        "[license-sync]",
    ] {
        let site = Arc::new(Watched::with_faults(&["upload:503*1"]).await);
        let changed = Arc::clone(&site);
        let spoil = On(Moment::Collected, move || changed.lab.edit_settings(OPEN, wrong));
        let context = site.context(&[], Arc::new(spoil));
        let run = run_once(&context, &Trigger::Manual).await.unwrap();
        assert_eq!(run.state, State::Confirmed);
    }
}

/// A run of a daemon, which reads its settings at a reload.
#[tokio::test]
async fn settings_that_are_held_follow_what_replaces_them_and_not_the_file() {
    let site = Arc::new(Watched::with_faults(&["upload:503*1"]).await);
    let load = {
        let file = site.lab.sandbox.config_file().to_owned();
        move || {
            Settings::load(&Sources {
                file: file.clone(),
                environment: ghe_license_sync::settings::Environment::default(),
                overrides: Vec::new(),
            })
            .unwrap()
        }
    };
    let settings = load();
    site.lab.edit_settings(OPEN, CLOSED);
    let running = Arc::new(OnceLock::<Arc<Context>>::new());
    let reloaded = Arc::clone(&running);
    let reload = On(Moment::Retry, move || reloaded.get().unwrap().settings.replace(&load()));
    let context = Context {
        settings: LiveSettings::held(&settings),
        ..site.context(&[], Arc::new(reload))
    };
    let context = running.get_or_init(|| Arc::new(context));
    run_once(context, &Trigger::Manual).await.unwrap_err();
    assert_eq!(site.lab.last_run().await.attempts, 1, "the file alone closes nothing");
    assert_discarded(&site.lab).await;
}

/// The server would answer after five minutes; after one, the limit of the answer would end the question.
#[tokio::test]
async fn connect_that_is_turned_off_while_scim_and_accounts_are_read_ends_the_run() {
    for fault in ["provisioned:latency=300s*1", "accounts:latency=300s*1"] {
        let lab = Lab::with_faults(&[fault]).await;
        lab.edit_settings(
            "[server.source.report]\nusername = \"license-bot\"",
            "[server.source.scim]",
        );
        let context = lab.context(&[]);
        let close = async {
            while lab.sandbox.faults_left() > 0 {
                tokio::task::yield_now().await;
            }
            lab.edit_settings(CONNECT_ON, CONNECT_OFF);
        };
        let run = timeout(Duration::from_secs(30), run_once(&context, &Trigger::Manual));
        let (ended, ()) = tokio::join!(run, close);
        let error = ended.unwrap().unwrap_err();
        assert_eq!(error.reason(), Reason::ConnectDisabled, "{fault}: {error}");
        assert_eq!(lab.last_run().await.state, State::Refused);
        assert_eq!(lab.sandbox.uploads(), []);
    }
}
