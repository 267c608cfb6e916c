//! What a host tells that somebody has to look at in time: an old report, and the end of the API version.

use ghe_license_sync::observe::catalog::Milestone;
use serde_json::Value;

use super::told;
use crate::support::lab::Lab;

#[tokio::test]
async fn a_report_that_was_kept_for_long_is_shown_with_its_age_by_the_servers_clock() {
    let lab = Lab::with_faults(&["report:cached=3h*2"]).await;
    insta::assert_snapshot!(told(&lab, &["sync", "--dry-run"]).await, @"
    exit 0, stdout:
    nothing was sent; this is what a sync would send under the server ID ID
      accounts             60
      consumed             54
      suspended             4
      organizations         0
      bots                  1
      setup users           1
      ghosts                0
      dormant               5
      unmatchable           1
      6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
      the server itself counts 56 users who are not suspended; it reports 54 seats in use
      the report was 3h old: made at TIME, so it lacks what changed since then
      digest DIGEST; no run was confirmed before
      `ghe-license-sync --config DIR/config.toml export` shows the document itself
    ");
    insta::assert_snapshot!(told(&lab, &["sync"]).await, @"
    exit 0, stdout:
    the cloud confirmed the license usage
      60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
      6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
      the server itself counts 56 users who are not suspended; it reports 54 seats in use
      the report was 3h old: made at TIME, so it lacks what changed since then
      digest DIGEST, SIZE, 1 attempt, confirmed
    ");
    insta::assert_snapshot!(told(&lab, &["status"]).await, @"
    exit 0, stdout:
    gate            open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    health          healthy
    server ID       ID, set in `server.id`
    last run        confirmed TIME, 54 licenses, digest DIGEST
    counted         60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
                    6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
                    the server itself counts 56 users who are not suspended; it reports 54 seats in use
                    the report was 3h old: made at TIME, so it lacks what changed since then
    last confirmed  confirmed TIME, 54 licenses, digest DIGEST
    growth          not known yet: 1 day with a confirmed run in the last 26 weeks; it takes 4, over 3 weeks
    outbox          empty
    next window     TIME
    ");
    let history: Value = serde_json::from_str(&lab.run(&["history", "--json"]).await.stdout).unwrap();
    assert_eq!(history["runs"][0]["report"]["age_seconds"], 10_800);
}

#[tokio::test]
async fn a_report_that_is_new_is_recorded_and_not_remarked_on() {
    let lab = Lab::with_faults(&["report:cached=1h"]).await;
    let ran = lab.run(&["sync", "--verbose"]).await;
    assert!(!ran.to_string().contains("old"), "{ran}");
    assert_eq!(lab.last_run().await.report.unwrap().age_seconds, 3600);
}

#[tokio::test]
async fn a_server_that_did_not_count_its_users_is_reported_with_what_was_compared_instead() {
    let lab = Lab::with_faults(&["stats:503*always"]).await;
    let ran = lab.run(&["sync", "--verbose"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let not_counted = "the server's own count of its users is not known";
    for reported in ["the list is compared with the number of used seats alone", not_counted] {
        assert_eq!(ran.stderr.matches(reported).count(), 1, "{reported}: {ran}");
    }
    assert!(ran.stdout.contains(not_counted), "{ran}");
}

/// The records of a sync that exits with this code, with the milestone of an ending API version.
async fn endings(lab: &Lab, exit: i32) -> Vec<String> {
    let ran = lab.run(&["sync", "--verbose", "--set", "log.format=json"]).await;
    assert_eq!(ran.exit, Some(exit), "{ran}");
    let records = ran
        .stderr
        .lines()
        // What the command itself says is no record.
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let endings = records.filter(|record| record["fields"]["message_id"] == Milestone::ApiVersionEnding.message_id());
    endings
        .map(|record| {
            format!(
                "{} {}",
                record["level"].as_str().unwrap(),
                record["fields"]["message"].as_str().unwrap()
            )
        })
        .collect()
}

#[tokio::test]
async fn the_announced_end_of_the_api_version_is_reported_once_a_run_for_each_host() {
    let everywhere = [
        "meta", "license", "stats", "report", "token", "upload", "location", "status",
    ];
    let faults = everywhere.map(|point| format!("{point}:sunset=90d*always"));
    let lab = Lab::with_faults(&faults.each_ref().map(String::as_str)).await;
    for _ in 0..2 {
        let told = endings(&lab, 0).await;
        let [server, cloud] = &told[..] else { panic!("{told:?}") };
        for (record, host) in [(server, "the enterprise server"), (cloud, "the cloud")] {
            let start =
                format!("WARN {host} announces that requests of the API version 2022-11-28 are answered until 20");
            assert!(record.starts_with(&start), "{record}");
            assert!(
                record.ends_with("Z; install a version of ghe-license-sync that asks in a newer one"),
                "{record}"
            );
        }
    }
    lab.clear_faults().await;
    assert_eq!(endings(&lab, 0).await, [""; 0]);
}

#[tokio::test]
async fn the_announced_end_of_the_api_version_is_reported_although_the_run_fails() {
    for (faults, exit, host) in [
        (["meta:sunset=90d", "license:503"], 69, "the enterprise server"),
        (["meta:sunset=90d", "report:html"], 65, "the enterprise server"),
        (["token:sunset=90d", "upload:422"], 65, "the cloud"),
    ] {
        let lab = Lab::with_faults(&faults).await;
        let told = endings(&lab, exit).await;
        let [record] = &told[..] else {
            panic!("{faults:?}: {told:?}")
        };
        assert!(record.starts_with(&format!("WARN {host} announces ")), "{record}");
    }
}

#[tokio::test]
async fn what_a_sync_warns_of_follows_its_answer_where_the_log_is_not_shown() {
    let lab = Lab::with_faults(&["status:other-host*always"]).await;
    let ran = lab.run(&["sync"]).await;
    insta::assert_snapshot!(lab.plain(&ran.stderr), @"warning: the cloud processed the license usage, and its license sync status calls this server copy.github.example.com");
    let ran = lab.run(&["sync", "--verbose"]).await;
    assert!(
        ran.stderr.contains(" WARN ") && !ran.stderr.contains("warning:"),
        "{ran}"
    );
}
