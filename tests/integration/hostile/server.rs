//! An enterprise server that means harm.

use std::time::Duration;

use ghe_license_sync::collect::{NoProgress, collect};
use ghe_license_sync::settings::{Report, Source};
use ghe_license_sync::transport::Pace;
use insta::assert_snapshot;

use super::{bomb, endless, endless_chunks, on_the_way};
use crate::support::enterprise::{collect_from, environment, settings, with_answer, with_report};
use crate::support::family::Family;
use crate::support::loopback::{Loopback, Reply, head};
use crate::support::render::render;

const META: &str = "/api/v3/meta";
const HEADER: &[u8] = b"id,login,email,suspended?,dormant?\n";

async fn failure(server: &Loopback) -> String {
    render(&collect_from(server).await.err().unwrap(), &server.url)
}

#[tokio::test]
async fn no_answer_of_the_server_is_read_without_end() {
    let mut family = Family::default();
    let server = with_answer(META, || endless_chunks(200, b" ")).await;
    family.row("facts in chunks without end", failure(&server).await);
    assert!(server.taken().await < 1024 * 1024 + on_the_way());
    let server = with_answer(META, || endless(200, "", b" ")).await;
    family.row("facts without a length or an end", failure(&server).await);
    assert!(server.taken().await < 1024 * 1024 + on_the_way());
    let server = with_answer(META, || bomb(200, b" ", 100)).await;
    let said = failure(&server).await;
    family.row("facts that unpack without end are left at their cap", said);
    let server = with_answer(META, || Reply::answer(200, "", &b"[".repeat(500_000))).await;
    family.row("facts that are deeply nested", failure(&server).await);
    let server = with_answer(META, || endless(500, "", b"<html>")).await;
    family.row("the page of an error of the facts", failure(&server).await);
    assert!(server.taken().await < on_the_way());
    let server = with_report(|_| endless(500, "", b"<html>")).await;
    family.row("the page of an error of the report", failure(&server).await);
    assert!(server.taken().await < on_the_way());
    let server = with_report(|_| Reply::Endless([&head(200, ""), HEADER].concat(), vec![b'x'; 4096])).await;
    family.row("a row without end is left at its cap", failure(&server).await);
    assert!(server.taken().await < on_the_way());
    let server =
        with_report(|_| Reply::Endless([&head(200, ""), HEADER, b"1,\""].concat(), b"mona,\r\n".repeat(500))).await;
    let said = failure(&server).await;
    family.row("a quoted cell without end is left at the cap of its row", said);
    assert!(server.taken().await < on_the_way());
    let server = with_report(|_| Reply::Endless([&head(200, ""), HEADER].concat(), b",".repeat(4096))).await;
    family.row("cells of a row without end", failure(&server).await);
    assert!(server.taken().await < on_the_way());
    let server = with_report(|_| Reply::Endless(head(200, ""), b",".repeat(4096))).await;
    family.row("cells of a header without end", failure(&server).await);
    let server = with_report(|_| bomb(200, b"x", 100)).await;
    let said = failure(&server).await;
    family.row("a report that unpacks into one row without end", said);
    let server = with_report(|_| {
        let head = head(200, &format!("Content-Length: {}\r\n", HEADER.len() + 8));
        Reply::Pieces(vec![
            head,
            HEADER.to_vec(),
            b"1,mona,mona@example.com,false,false\n".to_vec(),
        ])
    })
    .await;
    let said = failure(&server).await;
    family.row("a report longer than announced, cut within a row", said);
    let server = with_answer(META, || {
        Reply::answer(429, &format!("Retry-After: {}\r\n", u64::MAX), b"")
    })
    .await;
    let said = failure(&server).await;
    family.row("a wish for a pause beyond any time counts as a day", said);
    let server = with_report(|request| Reply::answer(302, &format!("Location: {}x\r\n", request.path()), b"")).await;
    family.row("a redirect in a circle is followed five times", failure(&server).await);
    assert_eq!(
        server.requests().len(),
        3 + 6,
        "the facts, the report and five redirects"
    );
    assert_snapshot!(family, @"
    facts in chunks without end: [1]
    facts without a length or an end: [1]
    facts that unpack without end are left at their cap: [1]
    facts that are deeply nested: error: the answer of GET http://HOST/api/v3/meta cannot be understood
      cause: it is not JSON (line 1, column 128)
      help: check that `server.url` is a GitHub Enterprise Server and that nothing in between changes its answers [2]
    the page of an error of the facts: error: GET http://HOST/api/v3/meta was answered with 500: the server failed [3]
    the page of an error of the report: error: GET http://HOST/stafftools/reports/all_users.csv was answered with 500: the server failed [3]
    a row without end is left at its cap: [4] cause: row 2, cell 1: the row is longer than 262144 bytes [5] [2]
    a quoted cell without end is left at the cap of its row: [4] cause: row 2, cell 2: the row is longer than 262144 bytes [5] [2]
    cells of a row without end: [4] cause: row 2: has more cells than the 5 of the header [6] [2]
    cells of a header without end: [4] cause: the header has more than 256 columns
      help: check `server.url`; if it is right, this version of the server has a report of another form [2]
    a report that unpacks into one row without end: [4] cause: row 1, cell 1: the row is longer than 262144 bytes [5] [2]
    a report longer than announced, cut within a row: [4] cause: row 2: has 3 cells, the header has 5 [6] [2]
    a wish for a pause beyond any time counts as a day: error: GET http://HOST/api/v3/meta was answered with 429: too many requests; it says to retry after 1 day
      help: nothing needs to be done unless this repeats; then raise or lift the server's rate limit for this account
      reason: rate-limited, exit 69
    a redirect in a circle is followed five times: error: GET http://HOST/stafftools/reports/all_users.csvxxxxx was answered with 302: it led on to other addresses too often
      help: check `server.url`, and whether a proxy or a sign-on page is in front of the server [2]
    [1] error: the answer of http://HOST/api/v3/meta is larger than 1048576 bytes
        help: that is far more than this answer can be; check what answers at this address
        reason: payload-too-large, exit 65
    [2] reason: malformed-source, exit 65
    [3] help: look at the server's own state and logs (or those of the proxy in front of it); it will be asked again
        reason: server-error, exit 69
    [4] error: the report of http://HOST/stafftools/reports/all_users.csv cannot be used
    [5] help: the report was damaged on the way, or a quote in that cell is not closed; download it in the site admin dashboard and look at that row
    [6] help: nothing is guessed, so the whole report is refused; download it in the site admin dashboard and look at that row
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
