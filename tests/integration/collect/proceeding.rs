//! How the report is asked for: again while it is generated, along redirects on the same host, and not for ever.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ghe_license_sync::collect::{CollectProgress, collect};
use ghe_license_sync::license::Totals;
use ghe_license_sync::settings::{Report, Source};
use ghe_license_sync::transport::Pace;
use insta::assert_snapshot;

use super::failure;
use crate::support::enterprise::{collect_from, csv, environment, settings, with_report};
use crate::support::loopback::{Loopback, Reply};
use crate::support::render::render;

const REPORT: &[u8] = b"id,login,email,suspended?,dormant?\n1,mona,mona@example.com,false,false\n2,hubot,,true,false\n";
const PATH: &str = "/stafftools/reports/all_users.csv";

/// A server that generates the report while it is asked `times` times.
async fn generating(times: u32, headers: &'static str) -> Loopback {
    let asked = AtomicU32::new(0);
    with_report(move |_| {
        if asked.fetch_add(1, Ordering::SeqCst) < times {
            Reply::answer(202, headers, b"")
        } else {
            csv(REPORT)
        }
    })
    .await
}

/// Writes down what it hears.
#[derive(Default)]
struct Diary(Mutex<Vec<String>>);

impl Diary {
    fn note(&self, entry: String) {
        self.0.lock().unwrap().push(entry);
    }
}

impl CollectProgress for Diary {
    fn started(&self, expected_accounts: Option<u64>) {
        self.note(format!("started, {} expected", expected_accounts.unwrap()));
    }

    fn waiting(&self, _waited: Duration, again_in: Duration) {
        self.note(format!("waiting {again_in:?}"));
    }

    fn read(&self, accounts: u64, bytes: u64) {
        self.note(format!("read {accounts} from {bytes} bytes"));
    }

    fn done(&self, totals: Totals) {
        self.note(format!("done, {} of {} consume", totals.consumed, totals.accounts));
    }
}

async fn diary(server: &Loopback) -> String {
    let diary = Diary::default();
    collect(&settings(server), Pace::default(), &environment(), &diary)
        .await
        .ok()
        .unwrap();
    diary.0.into_inner().unwrap().join("\n")
}

#[tokio::test]
async fn the_server_is_asked_again_while_it_generates_the_report() {
    assert_snapshot!(diary(&generating(3, "").await).await, @r#"
    started, 100 expected
    waiting 250ms
    waiting 500ms
    waiting 1s
    read 2 from 91 bytes
    done, 1 of 2 consume
    "#);
}

#[tokio::test]
async fn the_server_may_say_when_to_ask_again() {
    assert_snapshot!(diary(&generating(1, "Retry-After: 1\r\n").await).await, @r#"
    started, 100 expected
    waiting 1s
    read 2 from 91 bytes
    done, 1 of 2 consume
    "#);
}

#[tokio::test]
async fn a_wish_for_no_pause_at_all_is_not_taken_literally() {
    assert_snapshot!(diary(&generating(1, "Retry-After: 0\r\n").await).await, @r#"
    started, 100 expected
    waiting 250ms
    read 2 from 91 bytes
    done, 1 of 2 consume
    "#);
}

#[tokio::test]
async fn patience_ends_at_the_deadline_even_when_the_server_wishes_for_a_longer_pause() {
    let server = generating(u32::MAX, "Retry-After: 86400\r\n").await;
    let mut settings = settings(&server);
    settings.source = Source::Report(Report {
        username: "license-bot".to_owned(),
        timeout: Duration::from_millis(300),
    });
    let error = collect(&settings, Pace::default(), &environment(), &Diary::default())
        .await
        .err()
        .unwrap();
    assert_snapshot!(render(&error, &server.url), @r#"
    error: the server was still generating the report of http://HOST/stafftools/reports/all_users.csv after 300ms
    help: look at the server's background jobs; if it is only slow, raise `server.source.report.timeout`
    reason: server-error, exit 69
    "#);
    let asked = server
        .requests()
        .iter()
        .filter(|request| request.path() == PATH)
        .count();
    assert_eq!(asked, 2, "once, and once more at the deadline");
}

#[tokio::test]
async fn a_redirect_on_the_same_host_is_followed_with_the_credentials() {
    let server = with_report(|request| match request.path() {
        PATH => Reply::answer(302, "Location: /reports/17.csv\r\n", b""),
        "/reports/17.csv" => csv(REPORT),
        _ => Reply::answer(500, "", b""),
    })
    .await;
    assert_eq!(collect_from(&server).await.ok().unwrap().roster.totals().accounts, 2);
    let last = server.requests().pop().unwrap();
    assert_eq!(
        last.header("authorization"),
        Some("Basic bGljZW5zZS1ib3Q6Z2hwXzAxMjM0NTY3ODlhYmNkZWZUT0tFTg==")
    );
}

#[tokio::test]
async fn a_redirect_to_another_host_is_refused_and_nothing_is_sent_there() {
    let other = Loopback::serve(|_| csv(REPORT)).await;
    let location = format!("Location: {}report.csv?token=secret\r\n", other.url);
    let server = with_report(move |_| Reply::answer(302, &location, b"")).await;
    let text = failure(&server)
        .await
        .replace(other.url.as_str().trim_end_matches('/'), "http://OTHER");
    assert_snapshot!(text, @r#"
    error: GET http://HOST/stafftools/reports/all_users.csv failed: it redirects to another host, which is refused (http://OTHER)
    help: set `server.url` to the host that answers in the end
    reason: malformed-source, exit 65
    "#);
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn a_redirect_to_a_login_page_shows_where_it_led() {
    let server = with_report(|request| match request.path() {
        PATH => Reply::answer(302, "Location: /login?return_to=%2Fstafftools\r\n", b""),
        _ => Reply::answer(200, "Content-Type: text/html\r\n", b"<html>"),
    })
    .await;
    assert_snapshot!(failure(&server).await, @r#"
    error: the report of http://HOST/login cannot be used
    cause: it is a web page instead of CSV
    help: usually a login page: the server token needs the scope `site_admin` and its account has to be a site administrator; single sign-on or a proxy in front of the server must let this address through
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_redirect_in_a_circle_ends() {
    let server = with_report(|_| Reply::answer(302, &format!("Location: {PATH}\r\n"), b"")).await;
    assert_snapshot!(failure(&server).await, @r#"
    error: GET http://HOST/stafftools/reports/all_users.csv was answered with 302: it led on to other addresses too often
    help: check `server.url`, and whether a proxy or a sign-on page is in front of the server
    reason: malformed-source, exit 65
    "#);
    assert!(server.requests().len() < 20);
}
