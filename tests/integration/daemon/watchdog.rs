//! The watchdog during planned waits: a run that waits because it was asked to is not stuck.
//!
//! Five intervals of the watchdog are two seconds here, and each wait is three times as long.

use crate::support::lab::Lab;
use crate::support::service::Service;

/// Runs the daemon until the run with this fault is confirmed; what it logged.
async fn log_of_run_with(fault: &str) -> String {
    let lab = Lab::with_faults(&[fault]).await;
    let service = Service::start_with(&lab, &[("WATCHDOG_USEC", "400000")]);
    service.says("last run confirmed").await;
    service.signal("TERM");
    let (status, log) = service.end().await;
    assert_eq!(status.code(), Some(0), "{log}");
    log
}

#[tokio::test]
async fn a_server_that_says_to_retry_later_does_not_starve_the_watchdog() {
    let log = log_of_run_with("report:202@6").await;
    assert!(!log.contains("is stuck"), "{log}");
}

#[tokio::test]
async fn a_server_that_holds_the_question_for_the_report_does_not_starve_the_watchdog() {
    let log = log_of_run_with("report:latency=6s").await;
    assert!(!log.contains("is stuck"), "{log}");
}

#[tokio::test]
async fn a_cloud_that_says_to_ask_later_does_not_starve_the_watchdog() {
    let log = log_of_run_with("location:503@6*1").await;
    assert!(!log.contains("is stuck"), "{log}");
}
