//! A last confirmed list without a usable fingerprint: the guard compares the counts, and says that it compared no more.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use ghe_license_sync::license::Compared;
use insta::assert_snapshot;

use super::Site;

/// A site that lost the key of its fingerprints before its users changed.
async fn without_its_key(before: std::ops::Range<u64>, after: std::ops::Range<u64>) -> Site {
    let site = Site::changed(before, after).await;
    fs::remove_file(site.lab.fingerprint_key()).unwrap();
    site
}

#[tokio::test]
async fn a_mass_change_is_held_by_the_counts_alone() {
    let site = without_its_key(1..3001, 1..4).await;
    assert_snapshot!(site.told(&["sync"]).await, @"
    exit 4, stderr:
    error: no license usage was sent; it is held until a person approves or discards it
      because: at least 2997 users came or went since the last confirmed list of 3000 (0 more, 2997 fewer), which is more than 20 percent of it; only the counts were compared, because there is no usable fingerprint of the last confirmed list
      help: `ghe-license-sync --config DIR/config.toml review` shows what is different; if the numbers are right, run `ghe-license-sync --config DIR/config.toml approve DIGEST`; else run `ghe-license-sync --config DIR/config.toml discard DIGEST`, or fix the server: the next list takes this one's place
      reason: mass-change
    ");
    assert_eq!(site.uploads(), 1);
}

#[tokio::test]
async fn the_status_and_the_dry_run_say_that_only_counts_were_compared() {
    let site = without_its_key(1..3001, 1..4).await;
    assert_snapshot!(site.told(&["sync", "--dry-run"]).await, @"
    exit 0, stdout:
    nothing was sent; this is what a sync would send under the server ID c3c8bfb3-ffe3-4828-9626-DIGEST
      accounts              3      -2997
      consumed              3      -2997
      suspended             0         +0
      organizations         0         +0
      bots                  0         +0
      setup users           0         +0
      ghosts                0         +0
      dormant               0         +0
      unmatchable           0         +0
      the server itself counts 3 users who are not suspended; it reports 1 316 seats in use (1 313 more than the list)
      digest DIGEST; 0 more and 2 997 fewer users than last confirmed; only the counts were compared, because there is no usable fingerprint of the last confirmed list
      a sync would hold it for review: mass-change
      `ghe-license-sync --config DIR/config.toml export` shows the document itself
    ");
    site.run(&["sync"]).await;
    assert_snapshot!(site.told(&["status"]).await, @"
    exit 4, stdout:
    gate            open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    health          held: a list waits for a person to approve or discard it
    server ID       c3c8bfb3-ffe3-4828-9626-DIGEST, set in `server.id`
    last run        held TIME, 3 licenses, digest DIGEST, only the counts compared, mass-change
    counted         3 accounts seen, 3 licenses consumed; left out: none
                    the server itself counts 3 users who are not suspended; it reports 1 316 seats in use (1 313 more than the list)
    last confirmed  confirmed TIME, 3 000 licenses, digest DIGEST
    growth          not known yet: 1 day with a confirmed run in the last 26 weeks; it takes 4, over 3 weeks
    outbox          empty
    held            0 more and 2 997 fewer than the 3 000 last confirmed; only the counts were compared, because there is no usable fingerprint of the last confirmed list; `ghe-license-sync --config DIR/config.toml review` shows what is different, `ghe-license-sync --config DIR/config.toml approve DIGEST` releases it, `ghe-license-sync --config DIR/config.toml discard DIGEST` drops it, a newer list takes its place
    next window     TIME
    because         at least 2997 users came or went since the last confirmed list of 3000 (0 more, 2997 fewer), which is more than 20 percent of it; only the counts were compared, because there is no usable fingerprint of the last confirmed list
    ");
    let json: serde_json::Value = serde_json::from_str(&site.run(&["status", "--json"]).await.stdout).unwrap();
    assert_eq!(
        json["held"]["change"],
        serde_json::json!({ "before": 3000, "added": 0, "removed": 2997, "compared": "counts" })
    );
}

#[tokio::test]
async fn a_change_within_the_limits_is_sent_and_the_log_says_that_only_counts_were_compared() {
    let site = without_its_key(1..3001, 1..2990).await;
    let ran = site.run(&["sync", "--verbose"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let line = ran.stderr.lines().find(|line| line.contains("froze the license usage"));
    let line = line.unwrap();
    assert!(line.contains("0 more and 11 fewer than last confirmed"), "{line}");
    assert!(line.contains("only the counts were compared"), "{line}");
    // The confirmed list left a fingerprint under the new key, so the next one is compared user by user.
    site.change_to(101..3090);
    assert_eq!(
        site.run(&["sync", "--set", "license-sync.guard.max-change-percent=5"])
            .await
            .exit,
        Some(4)
    );
}

#[tokio::test]
async fn a_dry_run_creates_no_key() {
    let site = without_its_key(1..4, 1..4).await;
    assert_eq!(site.run(&["sync", "--dry-run"]).await.exit, Some(0));
    assert!(!site.lab.fingerprint_key().exists());
}

#[tokio::test]
async fn a_key_that_cannot_be_used_is_reported_once_a_run_and_stops_nothing() {
    let site = Site::changed(1..3001, 1..2990).await;
    let mode = |mode| fs::set_permissions(site.lab.fingerprint_key(), fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    let ran = site.run(&["sync", "--verbose"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let reports: Vec<_> = ran
        .stderr
        .lines()
        .filter(|line| line.contains("fingerprint-key"))
        .collect();
    let [report] = reports[..] else { panic!("{ran}") };
    let (_, report) = report.split_once("no fingerprint of this list").unwrap();
    assert_snapshot!(site.plain(report), @" is made, and only counts are compared: the credential file DIR/fingerprint-key is readable by other users (mode 0644); delete DIR/fingerprint-key; the next sync creates a new key");
    assert_eq!(
        site.lab.fingerprint_pieces().await,
        0,
        "none under a key that others know"
    );
    mode(0o600);
    let mut compared = vec![site.lab.last_run().await.change.unwrap().compared];
    for _ in 0..2 {
        assert_eq!(site.run(&["sync"]).await.exit, Some(0));
        compared.push(site.lab.last_run().await.change.unwrap().compared);
    }
    assert_eq!(compared, [Compared::Counts, Compared::Counts, Compared::Users]);
}
