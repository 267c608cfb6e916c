//! An enterprise server that means harm.

use std::time::Duration;

use ghe_license_sync::collect::{NoProgress, collect};
use ghe_license_sync::settings::{Report, Source};
use ghe_license_sync::transport::Pace;
use insta::assert_snapshot;

use super::{bomb, endless, endless_chunks, on_the_way};
use crate::support::enterprise::{collect_from, environment, settings, with_answer, with_report};
use crate::support::loopback::{Loopback, Reply, head};
use crate::support::render::render;

const META: &str = "/api/v3/meta";
const HEADER: &[u8] = b"id,login,email,suspended?,dormant?\n";

async fn failure(server: &Loopback) -> String {
    render(&collect_from(server).await.err().unwrap(), &server.url)
}

#[tokio::test]
async fn facts_without_end_are_left_at_their_cap() {
    let server = with_answer(META, || endless_chunks(200, b" ")).await;
    assert_snapshot!(failure(&server).await, @"
    error: the answer of http://HOST/api/v3/meta is larger than 1048576 bytes
    help: that is far more than this answer can be; check what answers at this address
    reason: payload-too-large, exit 65
    ");
    assert!(server.taken().await < 1024 * 1024 + on_the_way());
    let server = with_answer(META, || endless(200, "", b" ")).await;
    assert_snapshot!(failure(&server).await, @"
    error: the answer of http://HOST/api/v3/meta is larger than 1048576 bytes
    help: that is far more than this answer can be; check what answers at this address
    reason: payload-too-large, exit 65
    ");
    assert!(server.taken().await < 1024 * 1024 + on_the_way());
}

#[tokio::test]
async fn facts_that_unpack_without_end_are_left_at_their_cap() {
    let server = with_answer(META, || bomb(200, b" ", 100)).await;
    assert_snapshot!(failure(&server).await, @"
    error: the answer of http://HOST/api/v3/meta is larger than 1048576 bytes
    help: that is far more than this answer can be; check what answers at this address
    reason: payload-too-large, exit 65
    ");
}

#[tokio::test]
async fn facts_that_are_deeply_nested_are_refused() {
    let server = with_answer(META, || Reply::answer(200, "", &b"[".repeat(500_000))).await;
    assert_snapshot!(failure(&server).await, @"
    error: the answer of GET http://HOST/api/v3/meta cannot be understood
    cause: it is not JSON (line 1, column 128)
    help: check that `server.url` is a GitHub Enterprise Server and that nothing in between changes its answers
    reason: malformed-source, exit 65
    ");
}

#[tokio::test]
async fn the_page_of_an_error_is_not_read() {
    let server = with_answer(META, || endless(500, "", b"<html>")).await;
    assert_snapshot!(failure(&server).await, @"
    error: GET http://HOST/api/v3/meta was answered with 500: the server failed
    help: look at the server's own state and logs (or those of the proxy in front of it); it will be asked again
    reason: server-error, exit 69
    ");
    assert!(server.taken().await < on_the_way());
    let server = with_report(|_| endless(500, "", b"<html>")).await;
    assert_snapshot!(failure(&server).await, @"
    error: GET http://HOST/stafftools/reports/all_users.csv was answered with 500: the server failed
    help: look at the server's own state and logs (or those of the proxy in front of it); it will be asked again
    reason: server-error, exit 69
    ");
    assert!(server.taken().await < on_the_way());
}

#[tokio::test]
async fn a_row_without_end_is_left_at_its_cap() {
    let server = with_report(|_| Reply::Endless([&head(200, ""), HEADER].concat(), vec![b'x'; 4096])).await;
    assert_snapshot!(failure(&server).await, @"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, cell 1: the row is longer than 262144 bytes
    help: the report was damaged on the way, or a quote in that cell is not closed; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    ");
    assert!(server.taken().await < on_the_way());
}

#[tokio::test]
async fn a_quoted_cell_without_end_is_left_at_the_cap_of_its_row() {
    let server =
        with_report(|_| Reply::Endless([&head(200, ""), HEADER, b"1,\""].concat(), b"mona,\r\n".repeat(500))).await;
    assert_snapshot!(failure(&server).await, @"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2, cell 2: the row is longer than 262144 bytes
    help: the report was damaged on the way, or a quote in that cell is not closed; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    ");
    assert!(server.taken().await < on_the_way());
}

#[tokio::test]
async fn cells_without_end_are_left_at_their_number() {
    let server = with_report(|_| Reply::Endless([&head(200, ""), HEADER].concat(), b",".repeat(4096))).await;
    assert_snapshot!(failure(&server).await, @"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2: has more cells than the 5 of the header
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    ");
    assert!(server.taken().await < on_the_way());
    let server = with_report(|_| Reply::Endless(head(200, ""), b",".repeat(4096))).await;
    assert_snapshot!(failure(&server).await, @"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: the header has more than 256 columns
    help: check `server.url`; if it is right, this version of the server has a report of another form
    reason: malformed-source, exit 65
    ");
}

#[tokio::test]
async fn a_report_that_unpacks_into_one_row_without_end_is_left_at_the_cap_of_a_row() {
    let server = with_report(|_| bomb(200, b"x", 100)).await;
    assert_snapshot!(failure(&server).await, @"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 1, cell 1: the row is longer than 262144 bytes
    help: the report was damaged on the way, or a quote in that cell is not closed; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    ");
}

#[tokio::test]
async fn a_report_longer_than_announced_is_cut_where_it_was_announced_to_end_and_a_torn_row_is_refused() {
    let server = with_report(|_| {
        let head = head(200, &format!("Content-Length: {}\r\n", HEADER.len() + 8));
        Reply::Pieces(vec![
            head,
            HEADER.to_vec(),
            b"1,mona,mona@example.com,false,false\n".to_vec(),
        ])
    })
    .await;
    assert_snapshot!(failure(&server).await, @"
    error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    cause: row 2: has 3 cells, the header has 5
    help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
    reason: malformed-source, exit 65
    ");
}

#[tokio::test]
async fn a_report_that_is_never_ready_is_left_at_the_deadline_and_what_comes_with_the_answers_is_not_read() {
    let server = with_report(|_| endless(202, "Retry-After: 0\r\n", b"soon")).await;
    let mut settings = settings(&server);
    settings.source = Source::Report(Report {
        username: "license-bot".to_owned(),
        timeout: Duration::from_millis(300),
    });
    let error = collect(&settings, Pace::default(), &environment(), &NoProgress)
        .await
        .err()
        .unwrap();
    assert_snapshot!(render(&error, &server.url), @"
    error: the server was still generating the report of http://HOST/stafftools/reports/all_users.csv after 300ms
    help: look at the server's background jobs; if it is only slow, raise `server.source.report.timeout`
    reason: server-error, exit 69
    ");
    assert!(server.requests().len() <= 3 + 3, "the facts, and once each 250 ms");
    assert!(server.taken().await < 3 * on_the_way());
}

#[tokio::test]
async fn a_wish_for_a_pause_beyond_any_time_counts_as_a_day() {
    let server = with_answer(META, || {
        Reply::answer(429, &format!("Retry-After: {}\r\n", u64::MAX), b"")
    })
    .await;
    assert_snapshot!(failure(&server).await, @"
    error: GET http://HOST/api/v3/meta was answered with 429: too many requests; it says to retry after 1 day
    help: nothing needs to be done unless this repeats; then raise or lift the server's rate limit for this account
    reason: rate-limited, exit 69
    ");
}

#[tokio::test]
async fn a_redirect_in_a_circle_is_followed_five_times() {
    let server = with_report(|request| Reply::answer(302, &format!("Location: {}x\r\n", request.path()), b"")).await;
    assert_snapshot!(failure(&server).await, @"
    error: GET http://HOST/stafftools/reports/all_users.csvxxxxx was answered with 302: it led on to other addresses too often
    help: check `server.url`, and whether a proxy or a sign-on page is in front of the server
    reason: malformed-source, exit 65
    ");
    assert_eq!(
        server.requests().len(),
        3 + 6,
        "the facts, the report and five redirects"
    );
}
