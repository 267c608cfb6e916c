//! Limits and failures in the middle of the list: the reader waits, says so, and continues.

use std::sync::atomic::{AtomicUsize, Ordering};

use ghe_license_sync::connect::ConnectError;
use ghe_license_sync::settings::{Network, Unwatchable};
use insta::assert_snapshot;

use super::{HASTE, LIST, Said, TOKEN, member, page, read, read_over, read_while, watch};
use crate::support::loopback::{Loopback, Reply, head};
use crate::support::render::render;

const SECOND: &str = "/enterprises/octo-corp/consumed-licenses?per_page=100&page=2";

/// What is said about a list whose requests with these numbers, from 0, get `failure`; every other one gets the next page.
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

/// An answer that ends in the middle of its body, with or without a reset.
fn cut(is_reset: bool) -> Reply {
    let mut bytes = head(200, "Content-Length: 1000\r\n");
    bytes.extend_from_slice(br#"{"total_seats_consumed":2000,"users":[{"github_com_login":"mona""#);
    if is_reset {
        Reply::ThenReset(bytes)
    } else {
        Reply::Pieces(vec![bytes])
    }
}

#[tokio::test]
async fn whatever_interrupts_a_list_of_a_thousand_pages_each_row_is_read_once() {
    const PAGES: usize = 1000;
    let interruptions: [fn() -> Reply; 6] = [
        || limited(429, "Retry-After: 0\r\n"),
        || {
            limited(
                403,
                "Date: Thu, 26 Nov 2026 03:00:00 GMT\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1700000000\r\n",
            )
        },
        || cut(true),
        || cut(false),
        || Reply::ThenReset(Vec::new()),
        || Reply::answer(503, "", b""),
    ];
    let number = |path: &str| {
        path.rsplit_once("&page=")
            .map_or(1, |(_, number)| number.parse().unwrap())
    };
    let asked = AtomicUsize::new(0);
    let server = Loopback::serve(move |request| {
        let (number, turn): (usize, _) = (number(request.path()), asked.fetch_add(1, Ordering::SeqCst));
        // The first pages and those from the 500th on come at the second attempt only.
        let place = turn
            .checked_sub(2)
            .filter(|at| *at < 12)
            .or_else(|| turn.checked_sub(505).filter(|at| *at < 12));
        match place {
            Some(at) if at % 2 == 0 => interruptions[at / 2](),
            _ => {
                let rows = [member(&format!("user-{number}"))];
                let next = (number < PAGES).then(|| format!("{LIST}&page={}", number + 1));
                page(&rows, PAGES as u64, next.as_deref())
            }
        }
    })
    .await;
    let (rows, listing) = read(&server).await.unwrap();
    assert!(listing.is_whole(), "{listing:?}");
    let logins: Vec<_> = rows.into_iter().filter_map(|row| row.login).collect();
    let wanted: Vec<_> = (1..=PAGES).map(|number| format!("user-{number}")).collect();
    assert_eq!(logins, wanted);
    let requests: Vec<_> = server.requests().iter().map(|request| number(request.path())).collect();
    assert_eq!(requests.len(), PAGES + 12);
    assert!(requests.is_sorted(), "no page was asked for again once a later one was");
}

#[tokio::test]
async fn connect_that_is_turned_off_during_a_wait_ends_the_reading() {
    let server = Loopback::serve(|request| match request.path() {
        LIST => page(&[member("mona")], 2, Some(SECOND)),
        _ => limited(429, "Retry-After: 0\r\n"),
    })
    .await;
    let asked = AtomicUsize::new(0);
    let off = || match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Ok(()),
        _ => Err(Unwatchable::NoAccount),
    };
    let watch = watch(&server.url, Network::default());
    let read = read_while(&watch, HASTE, &Said::default(), &off).await;
    assert!(matches!(read, Err(ConnectError::Unwatchable(Unwatchable::NoAccount))));
    assert_eq!(server.requests().len(), 2);
}

/// Reads with a token in a file, of which the server, once it has served the first page, takes another one only.
async fn read_with_token_file(replaces: bool) -> (Result<usize, ConnectError>, Vec<String>) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), TOKEN).unwrap();
    let path = file.path().to_owned();
    let server = Loopback::serve(move |request| match request.path() {
        LIST => {
            if replaces {
                std::fs::write(&path, "ghp_0123456789abcdefNEXT").unwrap();
            }
            page(&[member("mona")], 2, Some(SECOND))
        }
        _ if request.header("authorization") == Some("Bearer ghp_0123456789abcdefNEXT") => {
            page(&[member("hubot")], 2, None)
        }
        _ => Reply::answer(401, "", b"{}"),
    })
    .await;
    let mut watch = watch(&server.url, Network::default());
    watch.read_token.file = Some(file.path().to_owned());
    let read = read_over(&watch, HASTE, &Said::default()).await;
    let requests = server.requests();
    let tokens = requests
        .iter()
        .map(|request| request.header("authorization").unwrap()[7..].to_owned());
    (read.map(|(rows, _)| rows.len()), tokens.collect())
}

#[tokio::test]
async fn a_token_that_is_replaced_between_two_pages_is_read_again_when_the_old_one_is_refused() {
    let (read, tokens) = read_with_token_file(true).await;
    assert_eq!(read.unwrap(), 2);
    assert_eq!(tokens, [TOKEN, TOKEN, "ghp_0123456789abcdefNEXT"]);
}

#[tokio::test]
async fn a_token_that_is_refused_and_was_not_replaced_ends_the_reading() {
    let (read, tokens) = read_with_token_file(false).await;
    assert!(read.unwrap_err().is_stale_token());
    assert_eq!(tokens, [TOKEN, TOKEN]);
}
