//! The health by the schedule's own window, and by what happened last.

use chrono::{Datelike, TimeDelta};
use ghe_license_sync::clock::{Clock, SystemClock};

use super::status::{confirmed, health};
use crate::support::lab::Lab;

/// A month and the day of grace.
#[tokio::test]
async fn a_monthly_schedule_is_stale_after_a_month_and_a_day() {
    let monthly = [
        "--set",
        "license-sync.schedule=0 3 1 * *",
        "--set",
        "license-sync.jitter=0s",
    ];
    let now = SystemClock.now();
    let this_month = now
        .with_day(1)
        .unwrap()
        .date_naive()
        .and_hms_opt(3, 0, 0)
        .unwrap()
        .and_utc();
    // In the window of this month, or of the last one when that has not come.
    let lab = Lab::with_faults(&[]).await;
    confirmed(&lab, &lab.store().await, this_month.min(now)).await;
    assert_eq!(health(&lab, &monthly).await, ("healthy".to_owned(), Some(0)));

    let lab = Lab::with_faults(&[]).await;
    confirmed(&lab, &lab.store().await, this_month - TimeDelta::days(40)).await;
    assert_eq!(health(&lab, &monthly).await, ("stale".to_owned(), Some(5)));
}

/// The exit code has informed its caller.
#[tokio::test]
async fn a_manual_run_without_a_document_leaves_the_health_of_a_window_that_is_served() {
    let lab = Lab::with_faults(&["meta:404*1"]).await;
    lab.run(&["sync"]).await;
    assert_eq!(
        health(&lab, &[]).await,
        ("failing".to_owned(), Some(5)),
        "no window was ever served"
    );
    lab.sync(&[]).await.unwrap();
    lab.sandbox.add_fault("meta:404*1".parse().unwrap());
    assert_eq!(lab.run(&["sync"]).await.exit, Some(65));
    assert_eq!(health(&lab, &[]).await, ("healthy".to_owned(), Some(0)));
}
