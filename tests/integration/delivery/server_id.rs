//! Under which ID this server reports, and that its store serves no other.

use std::sync::Arc;
use std::time::Duration;

use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::{State, Trigger};
use ghe_license_sync::sync::run_once;
use serde_json::Value;
use uuid::Uuid;

use super::Lab;
use crate::support::moment::{Moment, On};

const OTHER: &str = "server.id=0191d3a2-77aa-4c11-9b1e-5e2f8a4c0d17";

async fn told_by(lab: &Lab, command: &[&str], pointer: &str) -> Value {
    let ran = lab.run(&[command, &["--json"]].concat()).await;
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran}"));
    answer.pointer(pointer).unwrap().clone()
}

#[tokio::test]
async fn without_a_setting_the_id_follows_from_the_host_name_also_after_the_state_was_lost() {
    let lab = Lab::with_faults(&[]).await;
    lab.edit_settings("\nid = ", "\n#id = ");
    let derived = Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"127.0.0.1").to_string();
    for _ in 0..2 {
        assert_eq!(lab.run(&["sync"]).await.exit, Some(0));
        let run = lab.last_run().await;
        assert_eq!(run.destination.server_id.to_string(), derived);
        assert_eq!(told_by(&lab, &["status"], "/destination/server_id").await, derived);
        assert_eq!(told_by(&lab, &["sync", "--dry-run"], "/server_id").await, derived);
        assert_eq!(told_by(&lab, &["check", "--offline"], "/server_id").await, derived);
        std::fs::remove_dir_all(lab.directory.path().join("state")).unwrap();
    }
}

#[tokio::test]
async fn a_host_that_is_renamed_as_the_first_run_begins_reports_under_the_id_of_the_run() {
    let lab = Arc::new(Lab::with_faults(&[]).await);
    lab.edit_settings("\nid = ", "\n#id = ");
    let renamed = Arc::clone(&lab);
    let rename = On(Moment::GateOpen, move || {
        renamed.edit_settings(
            "[server]\nurl = \"http://127.0.0.1:",
            "[server]\nurl = \"http://localhost:",
        );
    });
    let context = lab.context_with(&[], Arc::new(rename));
    let run = run_once(&context, &Trigger::Manual).await.unwrap();
    let id = Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"127.0.0.1");
    assert_eq!((run.hostname.as_str(), run.destination.server_id), ("localhost", id));
    let key = run.frozen.unwrap().idempotency_key;
    assert!(key.starts_with(&id.to_string()), "{key}");
    lab.sync(&[]).await.unwrap();
}

#[tokio::test]
async fn a_store_under_whose_id_something_was_sent_serves_no_other_server() {
    let lab = Lab::with_faults(&[]).await;
    lab.edit_settings("\nid = ", "\n#id = ");
    assert_eq!(lab.run(&["sync"]).await.exit, Some(0));
    for command in [
        &["sync"][..],
        &["sync", "--dry-run"],
        &["sync", "--scheduled"],
        &["status"],
    ] {
        let ran = lab.run(&[command, &["--set", OTHER]].concat()).await;
        assert_eq!(ran.exit, Some(78), "{ran}");
        assert!(ran.stderr.contains("belongs to the server ID"), "{ran}");
    }
    assert_eq!(lab.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn an_id_that_is_set_before_anything_was_sent_takes_the_place_of_the_derived_one() {
    let lab = Lab::with_faults(&["status:other-id"]).await;
    lab.edit_settings("\nid = ", "\n#id = ");
    assert_eq!(lab.run(&["sync"]).await.exit, Some(78));
    let ran = lab.run(&["sync", "--verbose", "--set", OTHER]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert_eq!(lab.sandbox.uploads().len(), 1);
    let runs = lab.store().await.runs(9).await.unwrap();
    let told: Vec<_> = runs.iter().map(|run| (run.state, run.reason)).collect();
    let changed = (State::Refused, Some(Reason::DestinationChanged));
    assert_eq!(told, [(State::Confirmed, None), changed]);
}

#[tokio::test]
async fn an_id_under_which_nothing_got_to_the_cloud_can_be_corrected() {
    let attempts: [(&[&str], &[&str]); 3] = [
        (&["--set=connect.client-id=other"], &[]),
        (&["--set=connect.uploads-url=http://127.0.0.1:9"], &[]),
        (&[], &["upload:404*1"]),
    ];
    for (flags, faults) in attempts {
        let lab = Lab::with_faults(faults).await;
        let ran = lab.run(&[&["sync", "--set", OTHER], flags].concat()).await;
        assert_ne!(ran.exit, Some(0), "{ran}");
        assert_eq!(lab.last_run().await.state, State::Frozen);
        let ran = lab.run(&["sync"]).await;
        assert_eq!(ran.exit, Some(0), "{ran}");
    }
}

#[tokio::test]
async fn an_id_under_which_the_cloud_may_have_a_document_stays() {
    for fault in ["upload:cut*always", "upload:503*always"] {
        let lab = Lab::with_faults(&[fault]).await;
        assert_eq!(lab.run(&["sync", "--set", OTHER]).await.exit, Some(75));
        assert_eq!(lab.run(&["sync"]).await.exit, Some(78));
    }
}

#[tokio::test]
async fn an_attempt_that_waits_for_its_token_has_not_reached_the_cloud() {
    let lab = Lab::with_faults(&["token:latency=300s*1"]).await;
    let asked = async {
        while lab.sandbox.faults_left() > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    // The process dies while it waits.
    tokio::select! {
        ended = lab.sync(&[]) => panic!("{ended:?}"),
        () = asked => {}
    }
    let run = lab.last_run().await;
    assert_eq!((run.state, run.attempts), (State::Frozen, 0));
}
