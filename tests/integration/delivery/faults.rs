//! Every fault of the cloud with the result of the run, on every wire; `messages` checks the messages.

use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use ghe_license_sync::store::State;
use insta::assert_snapshot;

use super::{Watched, outcome_in, without_read_token};
use crate::support::lab::Lab;
use crate::support::relay::Sent;
use crate::support::reverse_proxy::Act;
use crate::support::wire::{Wire, Wires};

/// One line for each list of faults, which is the same on every wire.
async fn table(cases: &[&[&str]], prepare: fn(&Lab)) -> String {
    let wires = &Wires::lay().await;
    let lines = cases.iter().enumerate().map(async |(number, faults)| {
        let playing = Wire::in_turn(number)
            .iter()
            .map(|wire| line(wires, *wire, faults, prepare));
        let lines = join_all(playing).await;
        assert!(lines.iter().all(|line| *line == lines[0]), "{lines:#?}");
        lines[0].clone()
    });
    join_all(lines).await.join("\n")
}

async fn line(wires: &Wires, wire: Wire, faults: &[&str], prepare: fn(&Lab)) -> String {
    let lab = Lab::with_faults(faults).await;
    prepare(&lab);
    let sent = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&sent);
    let door = wires.door(wire, lab.sandbox.cloud_url(), move |request| {
        if request.path().ends_with("/license-usage") {
            seen.lock().unwrap().push(Sent::of(request));
        }
        Act::PassOn
    });
    let door = door.await;
    let in_vain = faults.iter().any(|fault| fault.ends_with("pending*always"));
    let patience = if in_vain { "1s" } else { "1m" };
    let mut settings = wires.settings(wire, "connect");
    settings.extend(["api", "uploads"].map(|name| format!("connect.{name}-url={}", door.url)));
    settings.push(format!("license-sync.confirm-timeout={patience}"));
    let settings: Vec<_> = settings.iter().map(String::as_str).collect();
    let result = lab.sync(&settings).await;
    let run = lab.last_run().await;
    let store = lab.store().await;
    let payload_is_kept = !run.state.is_final();
    assert_eq!(store.piece(run.id, 0).await.unwrap().is_some(), payload_is_kept);
    let sent = sent.lock().unwrap().clone();
    assert!(
        sent.windows(2).all(|pair| pair[0] == pair[1]),
        "always the same: {sent:?}"
    );
    format!(
        "{:<40} {}",
        faults.join(" "),
        outcome_in(&lab, sent.len(), &result).await
    )
}

#[tokio::test]
async fn a_fault_of_the_upload_has_one_outcome() {
    let cases: &[&[&str]] = &[
        &[],
        &["upload:503*2"],
        &["upload:500*1", "upload:408*1"],
        &["upload:425*1"],
        &["upload:503@3600*1"],
        &["upload:429@1*1"],
        &["upload:429@3600*1"],
        &["upload:403@3600*1"],
        &["upload:401*1"],
        &["upload:401*always"],
        &["upload:403*always"],
        &["upload:404*always"],
        &["upload:407*always"],
        &["upload:400*1"],
        &["upload:409*1"],
        &["upload:413*1"],
        &["upload:415*1"],
        &["upload:422*1"],
        &["upload:302*1"],
        &["upload:200*1"],
        &["upload:html*1"],
        &["upload:cut*1"],
        &["upload:reset*1"],
        &["upload:latency=300ms*1"],
    ];
    assert_snapshot!(table(cases, |_| ()).await, @r#"
                                             confirmed  -                    exit 0   sent 1 taken 1
    upload:503*2                             confirmed  -                    exit 0   sent 3 taken 1
    upload:500*1 upload:408*1                confirmed  -                    exit 0   sent 3 taken 1
    upload:425*1                             confirmed  -                    exit 0   sent 2 taken 1
    upload:503@3600*1                        frozen     server-error         exit 75  sent 1 taken 0
    upload:429@1*1                           confirmed  -                    exit 0   sent 2 taken 1
    upload:429@3600*1                        frozen     rate-limited         exit 75  sent 1 taken 0
    upload:403@3600*1                        frozen     rate-limited         exit 75  sent 1 taken 0
    upload:401*1                             confirmed  -                    exit 0   sent 2 taken 1
    upload:401*always                        frozen     credentials-refused  exit 77  sent 2 taken 0
    upload:403*always                        frozen     permission-missing   exit 77  sent 1 taken 0
    upload:404*always                        frozen     permission-missing   exit 77  sent 1 taken 0
    upload:407*always                        frozen     proxy-refused        exit 69  sent 1 taken 0
    upload:400*1                             rejected   rejected             exit 65  sent 1 taken 0
    upload:409*1                             rejected   rejected             exit 65  sent 1 taken 0
    upload:413*1                             rejected   payload-too-large    exit 65  sent 1 taken 0
    upload:415*1                             rejected   rejected             exit 65  sent 1 taken 0
    upload:422*1                             rejected   rejected             exit 65  sent 1 taken 0
    upload:302*1                             frozen     malformed-answer     exit 69  sent 1 taken 0
    upload:200*1                             frozen     malformed-answer     exit 69  sent 1 taken 0
    upload:html*1                            frozen     malformed-answer     exit 69  sent 1 taken 0
    upload:cut*1                             confirmed  -                    exit 0   sent 2 taken 1
    upload:reset*1                           confirmed  -                    exit 0   sent 2 taken 1
    upload:latency=300ms*1                   confirmed  -                    exit 0   sent 1 taken 1
    "#);
}

#[tokio::test]
async fn a_fault_of_the_token_has_one_outcome_and_nothing_is_sent_without_one() {
    let cases: &[&[&str]] = &[
        &["token:503*2"],
        &["token:429@3600*1"],
        &["token:html*1"],
        &["token:cut*1"],
        &["token:reset*1"],
        &["token:401*always"],
        &["token:403*always"],
        &["token:404*always"],
    ];
    assert_snapshot!(table(cases, |_| ()).await, @r#"
    token:503*2                              confirmed  -                    exit 0   sent 1 taken 1
    token:429@3600*1                         frozen     rate-limited         exit 75  sent 0 taken 0
    token:html*1                             frozen     malformed-answer     exit 69  sent 0 taken 0
    token:cut*1                              confirmed  -                    exit 0   sent 1 taken 1
    token:reset*1                            confirmed  -                    exit 0   sent 1 taken 1
    token:401*always                         frozen     credentials-refused  exit 77  sent 0 taken 0
    token:403*always                         frozen     permission-missing   exit 77  sent 0 taken 0
    token:404*always                         frozen     credentials-refused  exit 77  sent 0 taken 0
    "#);
}

#[tokio::test]
async fn a_fault_of_the_confirmation_has_one_outcome_and_the_document_is_sent_once() {
    let cases: &[&[&str]] = &[
        &["location:pending*3"],
        &["location:pending*always"],
        &["location:failure*1"],
        &["status:503*2"],
        &["status:cut*2"],
        &["status:reset*2"],
        &["status:html*always"],
        &["status:401*always"],
        &["status:403*always", "location:failure*1"],
        &["location:503*2"],
        &["location:cut*2"],
        &["location:reset*2"],
        &["location:html*1"],
        &["location:404*always"],
    ];
    assert_snapshot!(table(cases, |_| ()).await, @"
    location:pending*3                       confirmed  -                    exit 0   sent 1 taken 1
    location:pending*always                  accepted   unconfirmed          exit 75  sent 1 taken 1
    location:failure*1                       failed     rejected             exit 65  sent 1 taken 1
    status:503*2                             confirmed  -                    exit 0   sent 1 taken 1
    status:cut*2                             confirmed  -                    exit 0   sent 1 taken 1
    status:reset*2                           confirmed  -                    exit 0   sent 1 taken 1
    status:html*always                       confirmed  -                    exit 0   sent 1 taken 1
    status:401*always                        confirmed  -                    exit 0   sent 1 taken 1
    status:403*always location:failure*1     failed     rejected             exit 65  sent 1 taken 1
    location:503*2                           confirmed  -                    exit 0   sent 1 taken 1
    location:cut*2                           confirmed  -                    exit 0   sent 1 taken 1
    location:reset*2                         confirmed  -                    exit 0   sent 1 taken 1
    location:html*1                          accepted   malformed-answer     exit 69  sent 1 taken 1
    location:404*always                      accepted   permission-missing   exit 77  sent 1 taken 1
    ");
}

#[tokio::test]
async fn without_a_token_for_the_status_a_document_is_confirmed_all_the_same() {
    assert_snapshot!(table(&[&[]], without_read_token).await, @"                                         confirmed  -                    exit 0   sent 1 taken 1");
}

/// The only test that waits for a whole burst.
#[tokio::test]
async fn after_five_failures_the_document_waits_for_a_later_time() {
    let site = Watched::with_faults(&["upload:503*4", "upload:reset*1"]).await;
    let text = site.failing_sync(&[]).await;
    assert_snapshot!(text, @"
    error: the cloud has not said that it took the license usage; it stays frozen and is sent again from TIME on; `ghe-license-sync sync` sends it at once
    cause: the upload failed
    cause: POST http://HOST/enterprises/octo-corp/license-usage failed: the connection was interrupted
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unreachable-cloud, exit 75
    ");
    assert_eq!(site.relay.sent().len(), 5);
    let run = site.lab.last_run().await;
    assert_eq!((run.state, run.attempts), (State::Frozen, 5));
    let wait = run.next_attempt_at.unwrap() - run.updated_at;
    assert!((5..=10).contains(&wait.num_minutes()), "{wait}");
}

#[tokio::test]
async fn the_cloud_may_say_when_to_come_back() {
    let site = Watched::with_faults(&["upload:429@3600*1"]).await;
    site.failing_sync(&[]).await;
    let run = site.lab.last_run().await;
    assert_eq!(
        run.next_attempt_at.unwrap() - run.updated_at,
        chrono::TimeDelta::hours(1)
    );
    assert_eq!(site.relay.sent().len(), 1, "it leaves the burst at once");
}
