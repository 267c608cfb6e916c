//! Reports that are compressed on the way: read whole, or refused.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use insta::assert_snapshot;

use super::failure;
use crate::support::enterprise::{collect_from, with_report};
use crate::support::loopback::Reply;

const HEADER: &[u8] = b"id,login,email,suspended?,dormant?\n";

fn member(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Rows for these accounts.
fn rows(ids: std::ops::Range<u32>) -> Vec<u8> {
    let rows: String = ids.map(|id| format!("{id},user-{id},,false,false\n")).collect();
    rows.into_bytes()
}

/// 5000 users in two members, cut within a row.
fn two_members() -> [Vec<u8>; 2] {
    let text = [HEADER, &rows(1..5001)].concat();
    let (first, second) = text.split_at(text.len() * 96 / 100);
    [member(first), member(second)]
}

async fn failure_of(coding: &str, body: Vec<u8>) -> String {
    let headers = format!("Content-Encoding: {coding}\r\n");
    failure(&with_report(move |_| Reply::answer(200, &headers, &body)).await).await
}

#[tokio::test]
async fn all_members_of_a_report_are_read() {
    let body = two_members().concat();
    let server = with_report(move |_| Reply::answer(200, "Content-Encoding: gzip\r\n", &body)).await;
    let collection = collect_from(&server).await.unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(collection.roster.totals().accounts, 5000);
    for request in server.requests() {
        assert_eq!(request.header("accept-encoding"), Some("gzip"));
    }
}

#[tokio::test]
async fn a_report_that_is_cut_in_a_later_member_is_refused() {
    let [first, second] = two_members();
    for part in [1, 12, second.len() - 1] {
        let text = failure_of("gzip", [&first[..], &second[..part]].concat()).await;
        insta::allow_duplicates!(assert_snapshot!(text, @"
        error: GET http://HOST/stafftools/reports/all_users.csv failed: the answer ended before it was complete
        help: if it happens again, check what is in between: proxy, firewall, load balancer
        reason: unreachable-server, exit 69
        "));
    }
}

#[tokio::test]
async fn bytes_after_the_last_member_of_a_report_are_refused() {
    for rest in [&b"\n"[..], &rows(5001..5003)] {
        let text = failure_of("gzip", [&two_members().concat(), rest].concat()).await;
        insta::allow_duplicates!(assert_snapshot!(text, @"
        error: GET http://HOST/stafftools/reports/all_users.csv failed: the answer was damaged on the way (bytes after the gzip data that are not gzip)
        help: if it happens again, check what is in between: proxy, firewall, load balancer
        reason: malformed-source, exit 65
        "));
    }
}

#[tokio::test]
async fn a_report_in_a_coding_that_was_not_requested_is_refused() {
    assert_snapshot!(failure_of("br", rows(1..3)).await, @"
    error: GET http://HOST/stafftools/reports/all_users.csv failed: the response has an unsupported content encoding (br)
    help: only gzip is requested; check the proxy or load balancer in between for compression of its own
    reason: malformed-source, exit 65
    ");
    assert_snapshot!(failure_of("gzip, gzip", member(&member(HEADER))).await, @"
    error: GET http://HOST/stafftools/reports/all_users.csv failed: the response has an unsupported content encoding (gzip, gzip)
    help: only gzip is requested; check the proxy or load balancer in between for compression of its own
    reason: malformed-source, exit 65
    ");
}
