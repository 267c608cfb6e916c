//! The worker through weeks of a manual clock, against the sandbox.

use std::sync::Arc;

use chrono::TimeDelta;
use ghe_license_sync::daemon::SignalAction;
use ghe_license_sync::store::{Run, State};

use super::bench::{Bench, sample, write_metrics};
use crate::support::lab::Lab;
use crate::support::manual_clock::ManualClock;

fn triggers(runs: &[Run]) -> Vec<String> {
    runs.iter()
        .rev()
        .map(|run| format!("{} {}", run.trigger.word(), run.window.as_deref().unwrap_or("-")))
        .collect()
}

async fn bench() -> Bench {
    let clock = Arc::new(ManualClock::at("2026-11-24T03:04:00Z"));
    let lab = Lab::with_clock(&[], clock.clone()).await;
    Bench::start(lab, clock)
}

#[tokio::test]
async fn each_week_gets_one_run_in_its_own_window() {
    let bench = bench().await;
    bench.settled(1).await;
    for week in 1..4 {
        bench.advance(TimeDelta::days(7));
        bench.settled(week + 1).await;
        // Another ring in the same window is no reason for another run.
        bench.advance(TimeDelta::hours(1));
        bench.clock.advance(-TimeDelta::hours(1));
    }
    let (lab, _) = bench.stop().await;
    insta::assert_snapshot!(triggers(&lab.store().await.runs(99).await.unwrap()).join("\n"), @r"
    scheduled 2026-11-24T03:04Z
    scheduled 2026-12-01T03:04Z
    scheduled 2026-12-08T03:04Z
    scheduled 2026-12-15T03:04Z
    ");
    assert_eq!(lab.sandbox.uploads().len(), 4);
}

#[tokio::test]
async fn weeks_of_downtime_are_caught_up_with_one_run() {
    let bench = bench().await;
    bench.settled(1).await;
    let (lab, clock) = bench.stop().await;
    clock.advance(TimeDelta::days(24));
    let bench = Bench::start(lab, clock);
    let runs = bench.settled(2).await;
    assert_eq!(
        triggers(&runs),
        ["scheduled 2026-11-24T03:04Z", "catch-up 2026-12-15T03:04Z"]
    );
    bench.stop().await;
}

#[tokio::test]
async fn a_clock_that_jumps_back_does_not_run_twice_and_forward_again_neither() {
    let bench = bench().await;
    bench.settled(1).await;
    bench.advance(TimeDelta::days(7));
    bench.settled(2).await;
    bench.advance(-TimeDelta::days(3));
    bench.advance(TimeDelta::days(3));
    bench.advance(TimeDelta::days(7));
    let runs = bench.settled(3).await;
    assert_eq!(runs.len(), 3, "{:?}", triggers(&runs));
    bench.stop().await;
}

#[tokio::test]
async fn what_another_process_keeps_in_the_outbox_is_discarded_once_that_has_ended() {
    let clock = Arc::new(ManualClock::at("2026-11-24T03:04:00Z"));
    let lab = Lab::with_clock(&["upload:503@3600*always"], clock.clone()).await;
    let bench = Bench::start(lab, clock);
    bench.newest_is(State::Frozen).await;
    let other = bench.locked().await;
    bench
        .lab
        .edit_settings("[connect]\nenabled = true", "[connect]\nenabled = false");
    bench.commands.send(SignalAction::Reload).await.unwrap();
    bench.advance(TimeDelta::minutes(1));
    bench
        .commands
        .reserve_many(bench.commands.max_capacity())
        .await
        .unwrap();
    assert_eq!(bench.lab.last_run().await.state, State::Frozen);
    drop(other);
    bench.advance(TimeDelta::minutes(1));
    bench.newest_is(State::Refused).await;
    bench.stop().await;
}

#[tokio::test]
async fn metrics_of_an_idle_daemon_judge_by_its_schedule_and_tell_when_the_last_confirmation_becomes_too_old() {
    let clock = Arc::new(ManualClock::at("2026-11-24T03:04:00Z"));
    let lab = Lab::with_clock(&[], clock.clone()).await;
    let monthly = "[license-sync]\nschedule = \"0 3 1 * *\"\njitter = \"0s\"\n";
    lab.edit_settings("[license-sync]\n", monthly);
    write_metrics(&lab);
    let bench = Bench::start(lab, clock);
    let time = |time: &str| time.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp();
    bench
        .written("next_window_timestamp_seconds", time("2026-12-01T03:00:00Z"))
        .await;

    bench.advance(TimeDelta::days(7));
    let text = bench
        .written("last_confirmed_timestamp_seconds", time("2026-12-01T03:04:00Z"))
        .await;
    assert!(text.contains("health=\"healthy\"} 1"), "{text}");
    assert_eq!(
        sample(&text, "next_window_timestamp_seconds"),
        Some(time("2027-01-01T03:00:00Z"))
    );

    assert_eq!(
        sample(&text, "stale_timestamp_seconds"),
        Some(time("2027-01-02T03:00:00Z"))
    );

    // Longer than a week, and the schedule is monthly.
    bench.advance(TimeDelta::days(9));
    let text = bench
        .written("written_timestamp_seconds", time("2026-12-10T03:04:00Z"))
        .await;
    assert!(text.contains("health=\"healthy\"} 1"), "{text}");
    bench.stop().await;
}
