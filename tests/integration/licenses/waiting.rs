//! Limits and failures in the middle of the list: the reader waits, says so, and goes on.

use std::sync::atomic::{AtomicUsize, Ordering};

use ghe_license_sync::connect::ConnectError;
use ghe_license_sync::settings::Network;
use insta::assert_snapshot;

use super::{HASTE, LIST, Said, member, page, read_over, watch};
use crate::support::loopback::{Loopback, Reply};
use crate::support::render::render;

const SECOND: &str = "/enterprises/octo-corp/consumed-licenses?per_page=100&page=2";

/// What is said of a list whose requests with these numbers, from 0, get `failure`; every other one gets the next page.
async fn read_with(
    fails: fn(usize) -> bool,
    failure: fn() -> Reply,
) -> (Vec<String>, Result<u64, ConnectError>, Loopback) {
    let requests = AtomicUsize::new(0);
    let server = Loopback::serve(move |request| {
        let number = requests.fetch_add(1, Ordering::SeqCst);
        match request.path() {
            _ if fails(number) => failure(),
            LIST => page(&[member("mona")], 2, Some(SECOND)),
            _ => page(&[member("hubot")], 2, None),
        }
    })
    .await;
    let said = Said::default();
    let read = read_over(&watch(&server.url, Network::default()), HASTE, &said).await;
    let read = read.map(|(_, listing)| listing.rows);
    (said.0.into_inner().unwrap(), read, server)
}

fn limited(status: u16, headers: &str) -> Reply {
    Reply::answer(status, headers, br#"{"message":"API rate limit exceeded"}"#)
}

#[tokio::test]
async fn the_wait_that_is_asked_for_is_said_and_kept() {
    let limit: [fn() -> Reply; 3] = [
        || limited(429, "Retry-After: 0\r\n"),
        || limited(403, "Retry-After: 0\r\n"),
        || {
            let headers =
                "Date: Thu, 26 Nov 2026 03:00:00 GMT\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1700000000\r\n";
            limited(403, headers)
        },
    ];
    for limit in limit {
        let (said, rows, _) = read_with(|number| number != 1 && number != 4, limit).await;
        assert_eq!(rows.unwrap(), 2);
        let waited = "rate-limited: 0ns";
        assert_eq!(said, [waited, "1 of Some(2)", waited, waited, "2 of Some(2)"]);
    }
}

#[tokio::test]
async fn a_limit_that_lasts_longer_than_the_reader_waits_ends_it() {
    let (said, read, server) = read_with(|number| number == 1, || limited(429, "Retry-After: 7200\r\n")).await;
    assert_eq!(said, ["1 of Some(2)"]);
    assert_snapshot!(render(&read.unwrap_err(), &server.url), @"
    error: reading the consumed licenses failed: the cloud says to retry after 2h, which is longer than it waits
    help: run the command again after that time
    reason: rate-limited, exit 69
    ");
}

#[tokio::test]
async fn a_limit_that_does_not_end_ends_the_reading() {
    let (said, read, server) = read_with(|_| true, || limited(429, "")).await;
    assert_eq!(said, ["rate-limited: 0ns"; 4]);
    assert_snapshot!(render(&read.unwrap_err(), &server.url), @"
    error: reading the consumed licenses was answered with status 429 (GET http://HOST/enterprises/octo-corp/consumed-licenses)
    help: run the command again when the limit is over
    reason: rate-limited, exit 69
    ");
}

#[tokio::test]
async fn a_failure_in_the_middle_of_the_list_is_no_reason_to_begin_anew() {
    let refuse: fn() -> Reply = || Reply::answer(502, "", b"");
    let failures = [
        (refuse, "server-error: 0ns"),
        (|| Reply::ThenReset(Vec::new()), "unreachable-cloud: 0ns"),
    ];
    for (failure, waited) in failures {
        let (said, rows, _) = read_with(|number| number == 1 || number == 2, failure).await;
        assert_eq!(rows.unwrap(), 2);
        assert_eq!(said, ["1 of Some(2)", waited, waited, "2 of Some(2)"]);
    }
    let (said, read, server) = read_with(|number| number > 0, || Reply::answer(502, "", b"")).await;
    assert_eq!((said.len(), server.requests().len()), (5, 6));
    assert_snapshot!(render(&read.unwrap_err(), &server.url), @"
    error: reading the consumed licenses was answered with status 502 (GET http://HOST/enterprises/octo-corp/consumed-licenses)
    help: run the command again; see githubstatus.com if it happens again
    reason: server-error, exit 69
    ");
}
