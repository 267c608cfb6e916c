//! Wrong reports through a whole run: recorded with the reason, and the cloud is not so much as connected to.

use std::sync::Mutex;

use ghe_license_sync::explain::Explain;
use ghe_license_sync::store::State;
use insta::assert_snapshot;

use super::Unreached;
use crate::support::enterprise::{csv, with_report};
use crate::support::loopback::Reply;

const HEADER: &str = "id,login,email,suspended?,dormant?\n";

/// A report below a right header.
fn rows(rows: &str) -> Vec<u8> {
    format!("{HEADER}{rows}").into_bytes()
}

/// What is wrong, and the report that is.
fn wrong_reports() -> Vec<(&'static str, Vec<u8>)> {
    let good = "1,mona,mona@example.com,false,false\n";
    vec![
        ("empty", Vec::new()),
        ("blank lines", b"\n\r\n\n".to_vec()),
        ("header only", rows("")),
        (
            "login page",
            b"<!DOCTYPE html><html><body>Sign in</body></html>".to_vec(),
        ),
        ("JSON", br#"{"message":"Not Found"}"#.to_vec()),
        ("no header", good.as_bytes().to_vec()),
        ("column missing", b"id,login,email,dormant?\n1,mona,,false\n".to_vec()),
        ("column twice", b"id,login,email,suspended?,dormant?,id\n".to_vec()),
        ("semicolons", b"id;login;email;suspended?;dormant?\n".to_vec()),
        (
            "UTF-16",
            "\u{feff}id,login\n".encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ),
        ("row cut off", rows(&format!("{good}2,hubot,hubot@exa"))),
        ("row too long", rows("1,mona,,false,false,more\n")),
        ("quote not closed", rows(&format!("1,\"mona,,false,false\n{good}"))),
        ("ID twice", rows(&format!("{good}1,mona,,true,false\n"))),
        ("ID empty", rows(",mona,,false,false\n")),
        ("ID a word", rows("mona,mona,,false,false\n")),
        ("ID zero", rows("0,mona,,false,false\n")),
        ("ID negative", rows("-1,mona,,false,false\n")),
        ("ID too large", rows("99999999999999999999,mona,,false,false\n")),
        ("login empty", rows("1,,,false,false\n")),
        ("suspended a word", rows("1,mona,,perhaps,false\n")),
        ("dormant a word", rows("1,mona,,false,perhaps\n")),
        (
            "email not UTF-8",
            [rows(""), b"1,mona,\xff@example.com,false,false\n".to_vec()].concat(),
        ),
        (
            "email of 10 MB",
            rows(&format!("1,mona,{},false,false\n", "x".repeat(10_000_000))),
        ),
        ("zero bytes", vec![0; 4096]),
    ]
}

#[tokio::test]
async fn a_wrong_report_ends_the_run_with_its_reason_and_nothing_is_sent() {
    let (names, reports): (Vec<_>, Vec<_>) = wrong_reports().into_iter().unzip();
    let reports = Mutex::new(reports.into_iter());
    let server = with_report(move |_| csv(&reports.lock().unwrap().next().unwrap())).await;
    let site = Unreached::with_faults(&[]).await;
    let mut table = Vec::new();
    for name in names {
        let error = site.sync(Some(&server), &[]).await;
        let run = site.lab.last_run().await;
        let (reason, detail) = (run.reason.unwrap(), run.detail.unwrap());
        assert_eq!(
            (run.state, run.frozen, run.attempts),
            (State::Failed, None, 0),
            "{name}"
        );
        assert_eq!(reason, error.reason(), "{name}");
        for personal in ["mona", "hubot", "example.com"] {
            assert!(!detail.contains(personal), "{detail}");
        }
        let detail = detail.split(": ").last().unwrap().to_owned();
        table.push(format!(
            "{name:<18} {:<17} exit {} {detail}",
            reason.code(),
            error.exit() as u8
        ));
    }
    assert_snapshot!(table.join("\n"), @r#"
    empty              malformed-source  exit 65 it is empty, there is not even a header
    blank lines        malformed-source  exit 65 it is empty, there is not even a header
    header only        empty-collection  exit 65 it has a header and no account
    login page         malformed-source  exit 65 it is a web page instead of CSV
    JSON               malformed-source  exit 65 the columns "id", "login", "email", "suspended?" are expected
    no header          malformed-source  exit 65 the columns "id", "login", "email", "suspended?" are expected
    column missing     malformed-source  exit 65 the header lacks "suspended?"; it has "id", "login", "email", "dormant?"
    column twice       malformed-source  exit 65 the header has the column "id" twice
    semicolons         malformed-source  exit 65 the columns "id", "login", "email", "suspended?" are expected
    UTF-16             malformed-source  exit 65 the columns "id", "login", "email", "suspended?" are expected
    row cut off        malformed-source  exit 65 has 3 cells, the header has 5
    row too long       malformed-source  exit 65 has 6 cells, the header has 5
    quote not closed   malformed-source  exit 65 a quote is opened and never closed
    ID twice           malformed-source  exit 65 the ID 1 was already used in row 2, for an account that differs
    ID empty           malformed-source  exit 65 expected a positive whole number, found nothing
    ID a word          malformed-source  exit 65 expected a positive whole number, found a text of 4 characters
    ID zero            malformed-source  exit 65 expected a positive whole number, found a text of one character
    ID negative        malformed-source  exit 65 expected a positive whole number, found a text of 2 characters
    ID too large       malformed-source  exit 65 expected a positive whole number, found a text of 20 characters
    login empty        malformed-source  exit 65 expected a login, found nothing
    suspended a word   malformed-source  exit 65 expected true or false, found a text of 7 characters
    dormant a word     malformed-source  exit 65 expected true or false, found a text of 7 characters
    email not UTF-8    malformed-source  exit 65 not UTF-8
    email of 10 MB     malformed-source  exit 65 the row is longer than 262144 bytes
    zero bytes         malformed-source  exit 65 the columns "id", "login", "email", "suspended?" are expected
    "#);
    let store = site.lab.store().await;
    assert_eq!(store.runs(100).await.unwrap().len(), 25, "each is in the history");
    assert!(store.unfinished().await.unwrap().is_none());
}

#[tokio::test]
async fn a_report_that_ends_too_early_is_not_taken_for_a_whole_one() {
    let server = with_report(|_| {
        let body = rows("1,mona,,false,false\n");
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len() + 100);
        Reply::Pieces(vec![head.into_bytes(), body])
    })
    .await;
    let site = Unreached::with_faults(&[]).await;
    let error = site.sync(Some(&server), &[]).await;
    let text = crate::support::render::render(&error, &server.url);
    assert_snapshot!(text, @r#"
    error: no license usage was sent
    cause: GET http://HOST/stafftools/reports/all_users.csv failed: the answer ended before it was complete
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unreachable-server, exit 69
    "#);
    assert_eq!(site.lab.last_run().await.state, State::Failed);
}
