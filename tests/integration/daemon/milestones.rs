//! What the daemon says about its way from one window to the next: each step once.

use crate::support::lab::Lab;
use crate::support::service::Service;

/// The records with one of these texts, each by its text.
fn steps<'a>(log: &str, texts: &[&'a str]) -> Vec<&'a str> {
    let step = |line: &str| texts.iter().copied().find(|text| line.contains(text));
    log.lines()
        .filter(|line| !line.starts_with("STATUS="))
        .filter_map(step)
        .collect()
}

#[tokio::test]
async fn a_daemon_says_when_it_is_ready_why_a_run_begins_and_for_what_it_waits() {
    let lab = Lab::with_faults(&[]).await;
    let service = Service::start(&lab);
    service.says("STATUS=waiting; next at").await;
    service.signal("TERM");
    let (_, log) = service.end().await;
    let texts = [
        " started",
        "the gate is open",
        " ready",
        "a window is due",
        "waiting; next at",
        " stopped",
    ];
    let expected = [
        " started",
        "the gate is open",
        "a window is due",
        " ready",
        "waiting; next at",
        " stopped",
    ];
    assert_eq!(steps(&log, &texts), expected, "{log}");
}

#[tokio::test]
async fn a_gate_that_closes_and_opens_again_is_reported_each_time() {
    let lab = Lab::with_faults(&[]).await;
    lab.sync(&[]).await.unwrap();
    let service = Service::start(&lab);
    service.says("STATUS=waiting; next at").await;
    let (open, closed) = ("[connect]\nenabled = true", "[connect]\nenabled = false");
    for (before, after, status) in [(open, closed, "STATUS=gate closed"), (closed, open, "STATUS=waiting")] {
        lab.edit_settings(before, after);
        service.signal("HUP");
        service.says(status).await;
        // A second time changes nothing.
        service.signal("HUP");
        service.says(status).await;
    }
    service.signal("TERM");
    let (_, log) = service.end().await;
    let texts = ["the gate is open", "gate closed: Connect is not enabled"];
    assert_eq!(steps(&log, &texts), [texts[0], texts[1], texts[0]], "{log}");
}

#[tokio::test]
async fn a_document_that_an_earlier_process_left_is_reported_as_resumed() {
    let lab = Lab::with_faults(&["upload:404*1"]).await;
    lab.sync(&[]).await.unwrap_err();
    let ran = lab.run(&["sync", "--verbose"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert!(ran.stderr.contains("an unfinished run continues"), "{ran}");
}
