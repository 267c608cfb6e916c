//! What a person approves is sent within a minute, whatever the daemon met before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::TimeDelta;
use ghe_license_sync::clock::Clock;
use ghe_license_sync::daemon::SignalAction;
use ghe_license_sync::store::{HoldAction, State};
use ghe_license_sync::sync::{Context, decide};

use super::bench::{Bench, write_metrics};
use crate::support::enterprise::{csv, facts_with_stats};
use crate::support::lab::Lab;
use crate::support::loopback::{Loopback, Reply};
use crate::support::manual_clock::ManualClock;

#[tokio::test]
async fn a_document_that_is_approved_after_a_fault_is_sent_within_a_minute() {
    let fails = Arc::new(AtomicBool::new(false));
    let failing = Arc::clone(&fails);
    let stats = r#"{"total_users":6000,"admin_users":1,"suspended_users":0}"#;
    let server = Loopback::serve(move |request| match failing.load(Ordering::Relaxed) {
        true => Reply::answer(404, "", b""),
        false => facts_with_stats(request, stats)
            .unwrap_or_else(|| csv(b"id,login,email,suspended?,dormant?\n1,user1,user1@example.com,false,false\n")),
    })
    .await;
    let clock = Arc::new(ManualClock::at("2026-11-24T03:04:00Z"));
    let lab = Lab::with_clock(&[], clock.clone()).await;
    lab.edit_settings(lab.sandbox.server_url().as_str(), server.url.as_str());
    write_metrics(&lab);
    let bench = Bench::start(lab, clock);
    let held = bench.newest_is(State::Held).await;
    bench.written("held", 1).await;

    fails.store(true, Ordering::Relaxed);
    bench.clock.advance(TimeDelta::minutes(1));
    bench.commands.send(SignalAction::SyncNow).await.unwrap();
    bench.newest_is(State::Failed).await;
    // The daemon is done with it, and waits.
    bench
        .written("written_timestamp_seconds", bench.clock.now().timestamp())
        .await;
    let context = Context {
        clock: bench.clock.clone(),
        ..bench.lab.context(&[])
    };
    let digest = held.frozen.unwrap().digest.to_string();
    let approved = decide(&context, HoldAction::Approved, &digest, "mona").await;
    assert_eq!(approved.unwrap().unwrap().id, held.id);

    bench.advance(TimeDelta::minutes(1));
    bench.settled(2).await;
    let sent = bench.lab.store().await.run(held.id).await.unwrap();
    assert_eq!(sent.state, State::Confirmed);
    bench.stop().await;
}
