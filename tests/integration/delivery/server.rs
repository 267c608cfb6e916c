//! Every fault of the enterprise server: the run fails with its reason, and the cloud is not connected to.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use ghe_license_sync::explain::Explain;
use ghe_license_sync::store::{State, Trigger};
use ghe_license_sync::sync::{NoProgress, run_once};
use insta::assert_snapshot;

use super::{Unreached, Watched, outcome};
use crate::support::enterprise::with_report;
use crate::support::family::Family;
use crate::support::loopback::{Reply, head};
use crate::support::render::render;

#[tokio::test]
async fn a_fault_of_the_server_ends_the_run_before_the_cloud_is_connected_to() {
    let cases = [
        "meta:503*1",
        "meta:401*1",
        "meta:reset*1",
        "meta:html*1",
        "license:cut*1",
        "license:404*1",
        "license:429@60*1",
        "stats:html*1",
        "stats:403*1",
        "report:401*1",
        "report:403*1",
        "report:404*1",
        "report:503*1",
        "report:302*1",
        "report:html*1",
        "report:cut*1",
        "report:reset*1",
    ];
    let lines = cases.iter().map(async |fault| {
        let site = Unreached::with_faults(&[fault]).await;
        let error = site.sync(None, &[]).await;
        let run = site.lab.last_run().await;
        let reason = run.reason.unwrap();
        assert_eq!((run.state, run.frozen, reason), (State::Failed, None, error.reason()));
        let detail = site.lab.plain(&run.detail.unwrap());
        format!("{fault:<17} {:<19} exit {} {detail}", reason.code(), error.exit() as u8)
    });
    assert_snapshot!(join_all(lines).await.join("\n"), @r#"
    meta:503*1        server-error        exit 69 GET http://SERVER/api/v3/meta was answered with 503: the server failed
    meta:401*1        credentials-refused exit 77 GET http://SERVER/api/v3/meta was answered with 401: the token was refused
    meta:reset*1      unreachable-server  exit 69 GET http://SERVER/api/v3/meta failed: the connection was interrupted
    meta:html*1       malformed-source    exit 65 the answer of GET http://SERVER/api/v3/meta cannot be understood: it is not JSON (line 1, column 1)
    license:cut*1     unreachable-server  exit 69 GET http://SERVER/api/v3/enterprise/settings/license failed: the answer ended before it was complete
    license:404*1     permission-missing  exit 77 GET http://SERVER/api/v3/enterprise/settings/license was answered with 404: there is no such page, or the token may not see it
    license:429@60*1  rate-limited        exit 69 GET http://SERVER/api/v3/enterprise/settings/license was answered with 429: too many requests; it says to retry after 1m
    stats:html*1      malformed-source    exit 65 the answer of GET http://SERVER/api/v3/enterprise/stats/users cannot be understood: it is not JSON (line 1, column 1)
    stats:403*1       permission-missing  exit 77 GET http://SERVER/api/v3/enterprise/stats/users was answered with 403: the token may not do this
    report:401*1      credentials-refused exit 77 GET http://SERVER/stafftools/reports/all_users.csv was answered with 401: the token was refused
    report:403*1      permission-missing  exit 77 GET http://SERVER/stafftools/reports/all_users.csv was answered with 403: the token may not do this
    report:404*1      permission-missing  exit 77 GET http://SERVER/stafftools/reports/all_users.csv was answered with 404: there is no such page, or the token may not see it
    report:503*1      server-error        exit 69 GET http://SERVER/stafftools/reports/all_users.csv was answered with 503: the server failed
    report:302*1      malformed-source    exit 65 GET http://SERVER/stafftools/reports/all_users.csv was answered with 302: that is no answer to this question
    report:html*1     malformed-source    exit 65 the report of http://SERVER/stafftools/reports/all_users.csv cannot be used: it is a web page instead of CSV
    report:cut*1      unreachable-server  exit 69 GET http://SERVER/stafftools/reports/all_users.csv failed: the answer ended before it was complete
    report:reset*1    unreachable-server  exit 69 GET http://SERVER/stafftools/reports/all_users.csv failed: the connection was interrupted
    "#);
}

#[tokio::test]
async fn a_report_that_does_not_come_is_reported_with_what_to_do() {
    let mut family = Family::default();
    let site = Unreached::with_faults(&["report:503*1"]).await;
    let error = site.sync(None, &[]).await;
    let said = render(&error, site.lab.sandbox.server_url());
    family.row("a failing server", said);
    let site = Unreached::with_faults(&["report:202*always"]).await;
    let error = site.sync(None, &["server.source.report.timeout=1s"]).await;
    let said = render(&error, site.lab.sandbox.server_url());
    family.row("a server that never gets the report ready", said);
    let site = Unreached::with_faults(&["report:202*1", "report:503*always"]).await;
    let error = site.sync(None, &["server.source.report.timeout=1s"]).await;
    let said = render(&error, site.lab.sandbox.server_url());
    family.row("a server that fails for all the time of generating", said);
    let server = with_report(|_| {
        pass(Duration::from_secs(2 * 60 * 60));
        Reply::ThenSilence(head(200, "Content-Type: text/csv\r\nContent-Length: 1000\r\n"))
    })
    .await;
    let site = Unreached::with_faults(&[]).await;
    let settings = [
        "license-sync.schedule=0 * * * *",
        "license-sync.jitter=0s",
        // The wait for the report is not what ends it.
        "server.source.report.timeout=24h",
    ];
    let error = site.sync(Some(&server), &settings).await;
    let said = render(&error, &server.url);
    family.row("a report that does not arrive before the next window", said);
    assert_snapshot!(family, @"
    a failing server: [1] [2] [3]
    a server that never gets the report ready: [1] cause: the server was still generating the report of http://HOST/stafftools/reports/all_users.csv after 1s
      help: look at the server's background jobs; if it is only slow, raise `server.source.report.timeout` [3]
    a server that fails for all the time of generating: [1] [2] [3]
    a report that does not arrive before the next window: [1] cause: GET http://HOST/stafftools/reports/all_users.csv failed: the transfer was not complete when the next window began
      help: check the network path to `server.url` for packet loss and for a proxy, firewall or VPN that limits or holds connections; a slow connection is fine as long as bytes move
      reason: unreachable-server, exit 69
    [1] error: no license usage was sent
    [2] cause: GET http://HOST/stafftools/reports/all_users.csv was answered with 503: the server failed
        help: look at the server's own state and logs (or those of the proxy in front of it); it will be asked again
    [3] reason: server-error, exit 69
    ");
}

#[tokio::test]
async fn a_server_that_takes_its_time_for_the_report_is_waited_for() {
    let site = Watched::with_faults(&["report:202*3"]).await;
    let result = site.sync(&[]).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"confirmed  -                    exit 0   sent 1 taken 1"#);
}

#[tokio::test]
async fn what_fails_while_the_report_is_generated_does_not_end_the_collection() {
    let site = Watched::with_faults(&["report:202*1", "report:reset*1", "report:503*1", "report:202*1"]).await;
    let result = site.sync(&[]).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"confirmed  -                    exit 0   sent 1 taken 1"#);
}

#[tokio::test]
async fn the_next_run_after_a_failed_one_is_a_run_like_any_other() {
    let site = Watched::with_faults(&["report:reset*1"]).await;
    site.failing_sync(&[]).await;
    let result = site.sync(&[]).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"confirmed  -                    exit 0   sent 1 taken 1"#);
}

/// After how many minutes a scheduled run that finds a failing server is made again.
async fn minutes_until_the_next(site: &Watched) -> i64 {
    let context = site.context(&[], Arc::new(NoProgress));
    let trigger = Trigger::Scheduled("2026-11-24T03:04Z".to_owned());
    run_once(&context, &trigger).await.unwrap_err();
    let run = site.lab.last_run().await;
    assert_eq!((run.state, run.frozen), (State::Failed, None));
    (run.next_attempt_at.unwrap() - run.updated_at).num_minutes()
}

/// The waits are drawn, the later ones up to hours: that all are this short is as good as impossible.
#[tokio::test]
async fn a_server_that_keeps_failing_is_asked_ever_more_rarely() {
    let site = Watched::with_faults(&["meta:503*always"]).await;
    let first = minutes_until_the_next(&site).await;
    assert!((5..=10).contains(&first), "{first}");
    let mut longest = first;
    for _ in 0..14 {
        longest = longest.max(minutes_until_the_next(&site).await);
    }
    assert!(longest > 15, "{longest}");
}

#[tokio::test]
async fn documents_that_the_cloud_could_not_process_are_no_failures_of_the_server() {
    let site = Watched::with_faults(&["location:failure*always"]).await;
    for _ in 0..8 {
        site.failing_sync(&[]).await;
    }
    site.lab.sandbox.add_fault("meta:503*always".parse().unwrap());
    let wait = minutes_until_the_next(&site).await;
    assert!((5..=10).contains(&wait), "{wait}");
}

/// Lets the time of this runtime's timers pass.
fn pass(time: Duration) {
    tokio::time::pause();
    tokio::spawn(async move {
        tokio::time::advance(time).await;
        tokio::time::resume();
    });
}
