//! A closed gate and every command of the real binary: nobody hears of it, neither the cloud nor the server.

use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::State;

use super::{CLOSED, CONNECT_OFF, CONNECT_ON, Counter, Lab, OPEN};
use crate::support::service::Service;

/// Puts the counter in the place of both hosts, in the file itself.
fn lead_to(counter: &Counter, lab: &Lab) {
    for url in [
        lab.sandbox.cloud_url(),
        lab.sandbox.cloud_url(),
        lab.sandbox.server_url(),
    ] {
        lab.edit_settings(url.as_str(), &counter.url);
    }
}

#[tokio::test]
async fn no_command_connects_to_anybody() {
    let (lab, everybody) = (Lab::with_faults(&["upload:503@3600*1"]).await, Counter::listen().await);
    // So that there is something in the outbox that could be sent.
    assert_eq!(lab.run(&["sync"]).await.exit, Some(75));
    lab.edit_settings(OPEN, CLOSED);
    lead_to(&everybody, &lab);
    let commands: [(&[&str], i32); 8] = [
        (&["status"], 0),
        (&["history"], 0),
        (&["check", "--offline"], 0),
        (&["approve", "0123456789ab"], 3),
        (&["discard", "0123456789ab"], 64),
        (&["sync", "--dry-run"], 3),
        (&["sync"], 3),
        (&["sync"], 3),
    ];
    for (command, exit) in commands {
        let ran = lab.run(command).await;
        assert_eq!(ran.exit, Some(exit), "{command:?}: {ran}");
        assert_eq!(everybody.connections().await, 0, "{command:?}");
    }
    assert_eq!(lab.last_run().await.state, State::Refused);
}

#[tokio::test]
async fn nothing_is_explained_from_the_server_while_license_sync_is_off() {
    let (lab, everybody) = (Lab::with_faults(&[]).await, Counter::listen().await);
    lead_to(&everybody, &lab);
    let ran = lab
        .run(&["--set=license-sync.enabled=false", "explain", "--host=ghes"])
        .await;
    assert_eq!(ran.exit, Some(3), "{ran}");
    assert!(ran.to_string().contains("license-sync-disabled"), "{ran}");
    assert_eq!(everybody.connections().await, 0);
}

#[tokio::test]
async fn what_only_reads_connects_to_nobody_while_connect_is_off() {
    let (lab, everybody) = (Lab::with_faults(&[]).await, Counter::listen().await);
    lead_to(&everybody, &lab);
    lab.edit_settings("[connect]\nenabled = true", "[connect]\nenabled = false");
    for license_sync in ["true", "false"] {
        let switch = format!("--set=license-sync.enabled={license_sync}");
        for (command, format) in [
            ("report", "table"),
            ("report", "csv"),
            ("explain", "table"),
            ("explain", "json"),
        ] {
            let ran = lab.run(&[&switch, command, "--format", format]).await;
            assert_eq!(ran.exit, Some(3), "{ran}");
            assert!(ran.to_string().contains("connect-disabled"), "{ran}");
        }
    }
    assert_eq!(everybody.connections().await, 0);
}

#[tokio::test]
async fn the_servers_at_the_cloud_are_asked_for_only_while_connect_is_on() {
    let (lab, everybody) = (Lab::with_faults(&[]).await, Counter::listen().await);
    lead_to(&everybody, &lab);
    lab.edit_settings("[connect]\nenabled = true", "[connect]\nenabled = false");
    for license_sync in ["true", "false"] {
        let switch = format!("--set=license-sync.enabled={license_sync}");
        let ran = lab.run(&[&switch, "status", "--cloud"]).await;
        assert_eq!(ran.exit, Some(3), "{ran}");
        assert!(ran.to_string().contains("connect-disabled"), "{ran}");
    }
    assert_eq!(everybody.connections().await, 0);
}

#[tokio::test]
async fn a_daemon_connects_to_nobody_when_it_is_idle_reloads_or_is_asked_to_sync() {
    let (lab, everybody) = (Lab::with_faults(&[]).await, Counter::listen().await);
    lab.edit_settings(CONNECT_ON, CONNECT_OFF);
    lead_to(&everybody, &lab);
    let service = Service::start(&lab);
    assert!(service.says("READY=1").await.contains("gate closed"));
    service.signal("USR1");
    service.signal("HUP");
    service.says("RELOADING=1").await;
    assert!(service.says("READY=1").await.contains("gate closed"));
    service.signal("TERM");
    let (status, log) = service.end().await;
    assert!(status.success());
    assert!(log.contains("a sync was requested, but the gate is closed"), "{log}");
    assert_eq!(everybody.connections().await, 0);
}

#[tokio::test]
async fn a_document_that_waits_in_a_daemon_is_discarded_and_nobody_is_reported() {
    let (lab, everybody) = (Lab::with_faults(&["upload:503@3600*1"]).await, Counter::listen().await);
    let service = Service::start(&lab);
    service.says("last run frozen").await;
    lead_to(&everybody, &lab);
    lab.edit_settings(CONNECT_ON, CONNECT_OFF);
    service.signal("HUP");
    service.says("gate closed").await;
    service.signal("USR1");
    service.signal("TERM");
    assert!(service.end().await.0.success());
    assert_eq!(everybody.connections().await, 0);
    let run = lab.last_run().await;
    assert_eq!((run.state, run.reason), (State::Refused, Some(Reason::ConnectDisabled)));
    assert_eq!(lab.store().await.piece(run.id, 0).await.unwrap(), None);
    assert!(lab.sandbox.uploads().is_empty());
}
