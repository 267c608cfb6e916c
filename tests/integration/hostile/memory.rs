//! A report that is small on the wire and large in memory: the run ends at its cap, and the process stays below it. The
//! deep checks alone unpack that much; `license::roster` has the cap itself.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use ghe_license_sync::license::roster::MEMORY_CAP;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::State;

use crate::support::deep::is_deep;
use crate::support::enterprise::with_report;
use crate::support::lab::Lab;
use crate::support::loopback::Reply;
use crate::support::service::Service;

const HEADER: &[u8] = b"id,login,email,suspended?,dormant?\n";

/// What the program takes beside the list: its own code, buffers, the store.
const PROGRAM: u64 = 96 << 20;

/// Unoptimized, a decoder takes most of a minute for such a report.
const PATIENCE: Duration = Duration::from_secs(300);

/// The longest address that a row may hold.
const ADDRESS: usize = 320;

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// More rows with the longest addresses than a run may hold. They are repeated members of gzip, so that the test does not
/// have to pack them; a duplicate ID is found only once a report is whole.
fn report() -> Vec<u8> {
    let row = format!("1,x,{},false,false\n", "a".repeat(ADDRESS));
    let rows = 10_000;
    let members = usize::try_from(MEMORY_CAP).unwrap() / (rows * ADDRESS) + 1;
    let mut report = packed(HEADER);
    report.extend(packed(row.repeat(rows).as_bytes()).repeat(members));
    report
}

#[tokio::test]
async fn a_small_report_that_unpacks_to_more_than_a_run_may_hold_ends_it_in_bounded_memory() {
    if !is_deep() {
        return;
    }
    let report = report();
    assert!(report.len() < 11 << 20, "{} bytes on the wire", report.len());
    let headers = "Content-Type: text/csv\r\nContent-Encoding: gzip\r\n";
    let server = with_report(move |_| Reply::answer(200, headers, &report)).await;
    let lab = Lab::with_faults(&[]).await;
    lab.edit_settings(lab.sandbox.server_url().as_str(), server.url.as_str());
    let service = Service::start(&lab);
    service.says("STATUS=collecting").await;
    service.says_within(PATIENCE, &["payload-too-large"]).await;
    let peak = service.peak();
    assert!(peak < MEMORY_CAP + PROGRAM, "{peak} bytes at the peak");
    assert!(peak > MEMORY_CAP / 2, "{peak} bytes: the list was not held at all");
    service.signal("TERM");
    let log = service.end().await.1;
    let run = lab.last_run().await;
    assert_eq!((run.state, run.reason), (State::Failed, Some(Reason::PayloadTooLarge)));
    assert!(run.next_attempt_at.is_some(), "{log}");
    // 346 bytes an account: 16 of entry, 2 of length, 320 of address and 8 of fingerprint.
    let detail = run.detail.unwrap_or_default();
    insta::assert_snapshot!(detail.replace(server.url.as_str(), "http://HOST/"), @"the report of http://HOST/stafftools/reports/all_users.csv cannot be used: row 1939564: the list of accounts is larger than a run may hold in memory: the 1939562 accounts before it take 671088452 bytes of memory, the next one takes 346; the cap is 671088640 bytes");
    assert!(lab.sandbox.uploads().is_empty());
}
