//! Every fault of the enterprise server: the run fails with its reason, and the cloud is not connected to.

use futures_util::future::join_all;
use ghe_license_sync::explain::Explain;
use ghe_license_sync::store::State;
use insta::assert_snapshot;

use super::{Unreached, Watched, outcome};
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
        format!("{fault:<17} {reason:<19} exit {} {detail}", error.exit() as u8)
    });
    assert_snapshot!(join_all(lines).await.join("\n"), @"");
}

#[tokio::test]
async fn a_failing_server_is_told_with_what_to_do() {
    let site = Unreached::with_faults(&["report:503*1"]).await;
    let error = site.sync(None, &[]).await;
    assert_snapshot!(render(&error, site.lab.sandbox.server_url()), @"");
}

#[tokio::test]
async fn a_server_that_never_gets_the_report_ready_is_told() {
    let site = Unreached::with_faults(&["report:202*always"]).await;
    let error = site.sync(None, &["server.source.report.timeout=1s"]).await;
    assert_snapshot!(render(&error, site.lab.sandbox.server_url()), @"");
}

#[tokio::test]
async fn a_server_that_takes_its_time_for_the_report_is_waited_for() {
    let site = Watched::with_faults(&["report:202*3"]).await;
    let result = site.sync(&[]).await;
    assert_snapshot!(outcome(&site, &result).await, @"");
}

#[tokio::test]
async fn the_next_run_after_a_failed_one_is_a_run_like_any_other() {
    let site = Watched::with_faults(&["report:reset*1"]).await;
    site.failing_sync(&[]).await;
    let result = site.sync(&[]).await;
    assert_snapshot!(outcome(&site, &result).await, @"");
}
