//! A last confirmed list without a fingerprint: the guard compares the counts, and says that it compared no more.

use insta::assert_snapshot;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::Site;

/// A site that lost the fingerprint of its last confirmed list before its users changed.
async fn without_a_fingerprint(before: std::ops::Range<u64>, after: std::ops::Range<u64>) -> Site {
    let site = Site::changed(before, after).await;
    let file = site.lab.directory.path().join("state/state.db");
    let options = SqliteConnectOptions::new().filename(file);
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    let deleted = sqlx::query("DELETE FROM fingerprint").execute(&mut database).await;
    assert_ne!(deleted.unwrap().rows_affected(), 0);
    database.close().await.unwrap();
    site
}

#[tokio::test]
async fn a_mass_change_is_held_by_the_counts_alone() {
    let site = without_a_fingerprint(1..3001, 1..4).await;
    assert_snapshot!(site.told(&["sync"]).await, @"
    exit 4
    --- stdout
    --- stderr
    error: no license usage was sent; it is held until a person looks at it
      because: at least 2997 of the 3000 people of the last confirmed list changed (0 more, 2997 fewer), which is more than 20 percent; only the counts were compared, because the last confirmed list left no fingerprint
      help: if the numbers are right, run `ghe-license-sync approve DIGEST`; else run `ghe-license-sync discard DIGEST`, or fix the server: the next list takes this one's place
      reason: mass-change
    ");
    assert_eq!(site.uploads(), 1);
}

#[tokio::test]
async fn the_status_and_the_dry_run_say_that_only_counts_were_compared() {
    let site = without_a_fingerprint(1..3001, 1..4).await;
    assert_snapshot!(site.told(&["sync", "--dry-run"]).await, @"
    exit 0
    --- stdout
    nothing was sent; this is what a sync would send under the server ID c3c8bfb3-ffe3-4828-9626-DIGEST
      accounts              3      -2997
      consumed              3      -2997
      suspended             0         +0
      organizations         0         +0
      bots                  0         +0
      setup users           0         +0
      dormant               0         +0
      the server itself counts 3 users, 0 of them suspended
      digest DIGEST; 0 more people and 2 997 fewer than last confirmed; only the counts were compared, because the last confirmed list left no fingerprint
      a sync would hold it for review: mass-change
    --- stderr
    ");
    site.run(&["sync"]).await;
    assert_snapshot!(site.told(&["status"]).await, @"
    exit 4
    --- stdout
    gate            open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    health          held: a person has to look before anything is sent
    server ID       c3c8bfb3-ffe3-4828-9626-DIGEST, set in `server.id`
    last run        held TIME, 3 licenses, digest DIGEST, only the counts compared, mass-change
    counted         3 accounts seen, 3 licenses consumed; left out: none
    last confirmed  confirmed TIME, 3 000 licenses, digest DIGEST
    outbox          empty
    held            0 more and 2 997 fewer than the 3 000 last confirmed; only the counts were compared, because the last confirmed list left no fingerprint; `approve DIGEST` releases it, `discard DIGEST` drops it, a newer list takes its place
    next window     TIME
    because         at least 2997 of the 3000 people of the last confirmed list changed (0 more, 2997 fewer), which is more than 20 percent; only the counts were compared, because the last confirmed list left no fingerprint
    --- stderr
    ");
    let json: serde_json::Value = serde_json::from_str(&site.run(&["status", "--json"]).await.stdout).unwrap();
    assert_eq!(
        json["held"]["change"],
        serde_json::json!({ "before": 3000, "added": 0, "removed": 2997, "compared": "counts" })
    );
}

#[tokio::test]
async fn a_change_within_the_limits_is_sent_and_the_log_says_that_only_counts_were_compared() {
    let site = without_a_fingerprint(1..3001, 1..2990).await;
    let ran = site.run(&["sync", "--verbose"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let line = ran.stderr.lines().find(|line| line.contains("froze the license usage"));
    let line = line.unwrap();
    assert!(line.contains("0 more and 11 fewer than last confirmed"), "{line}");
    assert!(line.contains("only the counts were compared"), "{line}");
    // The confirmed list left a fingerprint, so the next one is compared user by user.
    site.change_to(101..3090);
    assert_eq!(
        site.run(&["sync", "--set", "license-sync.guard.max-change-percent=5"])
            .await
            .exit,
        Some(4)
    );
}
