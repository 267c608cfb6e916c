//! What happens to a reading that fails or ends in the middle.

use std::sync::Mutex;
use std::time::Duration;

use ghe_license_sync::collect::{CollectProgress, NoProgress, collect};
use ghe_license_sync::license::Totals;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::transport::Pace;
use insta::assert_snapshot;
use serde_json::json;

use super::directory::{self, Directory, SCIM, account, user};
use super::{asked, failure, of_scim};
use crate::support::enterprise::environment;
use crate::support::loopback::{Loopback, Reply, head};

/// Writes down how long nothing is asked for.
#[derive(Default)]
struct Waits(Mutex<Vec<String>>);

impl CollectProgress for Waits {
    fn started(&self, _expected_accounts: Option<u64>) {}
    fn waiting(&self, _waited: Duration, _again_in: Duration) {}
    fn read(&self, _accounts: u64, _bytes: u64) {}
    fn done(&self, _totals: Totals) {}

    fn put_off(&self, wait: Duration, reason: Reason) {
        self.0.lock().unwrap().push(format!("{reason} {wait:?}"));
    }
}

/// A server that answers the first request for this with another status.
async fn failing_at(part: &'static str, status: u16) -> Loopback {
    let (directory, has_failed) = (Directory::of(150), Mutex::new(false));
    Directory::serve_with(move |request| {
        let is_it = request.path().contains(part) && !std::mem::replace(&mut *has_failed.lock().unwrap(), true);
        match is_it {
            true => Some(directory::json_reply(status, "Retry-After: 0\r\n", &json!({}))),
            false => directory.answer(request),
        }
    })
    .await
}

#[tokio::test]
async fn a_limit_and_a_failure_in_the_middle_are_waited_out() {
    for (part, status, reason) in [
        ("startIndex=100", 429, "rate-limited"),
        ("startIndex=100", 503, "server-error"),
        ("users?per_page=100&since=1100", 403, "rate-limited"),
        ("users?per_page=100&since=1100", 500, "server-error"),
    ] {
        let (server, waits) = (failing_at(part, status).await, Waits::default());
        let collected = collect(&of_scim(&server), Pace::default(), &environment(), &waits).await;
        assert_eq!(collected.unwrap().roster.totals().consumed, 150);
        assert_eq!(*waits.0.lock().unwrap(), [format!("{reason} 0ns")], "{part} {status}");
    }
}

#[tokio::test]
async fn a_failure_before_the_first_answer_is_left_to_the_next_run() {
    let directory = Directory::of(2);
    let server = Directory::serve_with(move |request| match request.path().contains("scim/") {
        true => Some(directory::json_reply(500, "", &json!({}))),
        false => directory.answer(request),
    })
    .await;
    assert_snapshot!(failure(&server).await, @"
    error: GET http://HOST/api/v3/scim/v2/Users was answered with 500: the server failed
    help: look at the server's own state and logs (or those of the proxy in front of it); it will be asked again
    reason: server-error, exit 69
    ");
    assert_eq!(asked(&server).len(), 1);
}

#[tokio::test]
async fn an_error_names_nobody_who_was_asked_for() {
    for (reply, expected) in [(500, "server-error"), (403, "rate-limited"), (301, "malformed-source")] {
        let directory = Directory {
            users: vec![user(1, "mona", true)],
            accounts: vec![account(2, "canary-login", "User")],
            ..Directory::default()
        };
        let server = Directory::serve_with(move |request| match request.path().contains("canary") {
            true => Some(directory::json_reply(
                reply,
                "Retry-After: 100000\r\nLocation: /canary-login\r\n",
                &json!({}),
            )),
            false => directory.answer(request),
        })
        .await;
        let said = failure(&server).await;
        assert!(
            said.contains("/api/v3/users/LOGIN") && said.contains(expected),
            "{said}"
        );
        assert!(!said.contains("canary"), "{said}");
    }
}

#[tokio::test]
async fn a_collection_that_is_cancelled_in_the_middle_leaves_the_server() {
    let directory = Directory::of(150);
    let server = Directory::serve_with(move |request| match request.path().contains("startIndex=100") {
        true => Some(Reply::Trickle(head(200, "Content-Length: 100000\r\n"), b' ')),
        false => directory.answer(request),
    })
    .await;
    let settings = of_scim(&server);
    let environment = environment();
    let second = async {
        while asked(&server).len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = collect(&settings, Pace::default(), &environment, &NoProgress) => panic!("it came to its end"),
        () = second => {}
    }
    // Every connection was closed.
    server.taken().await;
    assert_eq!(
        asked(&server).last().map(String::as_str),
        Some(&*format!("{SCIM}?startIndex=100&count=100"))
    );
}
