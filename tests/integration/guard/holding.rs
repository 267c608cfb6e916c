//! What is held, and where that is seen.

use ghe_license_sync::store::State;
use insta::assert_snapshot;

use super::Site;
use crate::support::family::Family;

#[tokio::test]
async fn a_list_that_a_person_has_to_look_at_is_held() {
    let mut family = Family::default();
    let site = Site::changed(1..3001, 1..4).await;
    let said = site.told(&["sync"]).await;
    family.row("three people instead of three thousand", said);
    assert_eq!(site.uploads(), 1, "the cloud knows nothing of it");
    let site = Site::changed(1..3001, 1..1).await;
    site.staff.lock().unwrap().suspended = 7;
    family.row("a list without anybody is held", site.told(&["sync"]).await);
    assert_eq!(site.uploads(), 1);
    let site = Site::with(1..101).await;
    site.staff.lock().unwrap().domain = "@";
    let said = site.told(&["sync"]).await;
    family.row("a list without an address, until it is approved", said);
    assert_eq!(site.uploads(), 0, "also when it is the first list");
    assert_eq!(site.run(&["approve", &site.held_digest().await]).await.exit, Some(0));
    site.change_to(1..103);
    site.staff.lock().unwrap().domain = "@";
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    assert_eq!(site.uploads(), 2);
    let site = Site::changed(1..1001, 1..1601).await;
    family.row("sixty percent more people are held", site.told(&["sync"]).await);
    let site = Site::changed(1..1001, 51..1051).await;
    let strict = ["sync", "--set", "license-sync.guard.max-change-percent=5"];
    let said = site.told(&strict).await;
    family.row("swapped people are seen although their number is equal", said);
    assert_eq!(
        site.run(&["sync"]).await.exit,
        Some(0),
        "ten percent are within the default"
    );
    let site = Site::with(1..1001).await;
    site.staff.lock().unwrap().miscounted = Some(1800);
    let said = site.told(&["sync"]).await;
    family.row("a first list that the counts of the server contradict", said);
    assert_eq!(site.uploads(), 0);
    let site = Site::with(1..27).await;
    site.staff.lock().unwrap().uncounted = true;
    let said = site.told(&["sync"]).await;
    family.row("a list that lacks used seats, where users are not counted", said);
    assert_eq!(site.uploads(), 0);
    assert_snapshot!(family, @"
    three people instead of three thousand: [1]   because: 2997 users came or went since the last confirmed list of 3000 (0 more, 2997 fewer), which is more than 20 percent of it [2] [3]
    a list without anybody is held: [1]   because: no license is consumed by the 7 accounts on the enterprise server
        against the last confirmed list of 3000: 0 more, 3000 fewer
        help: an empty list releases every license of this server; if that is meant, run `ghe-license-sync --config DIR/config.toml approve DIGEST`; else look at the all-users report on the server's site admin pages
        reason: empty-collection
    a list without an address, until it is approved: [1]   because: none of the 100 users on the list has an email address, so the cloud would count each as one more person
        help: look at the addresses in the source of the list; if the server really has none, run `ghe-license-sync --config DIR/config.toml approve DIGEST`, and later lists without addresses are sent as well
        reason: malformed-source
    sixty percent more people are held: [1]   because: 600 users came or went since the last confirmed list of 1000 (600 more, 0 fewer), which is more than 20 percent of it [2] [3]
    swapped people are seen although their number is equal: [1]   because: 100 users came or went since the last confirmed list of 1000 (50 more, 50 fewer), which is more than 5 percent of it
        help: `ghe-license-sync --config DIR/config.toml --set license-sync.guard.max-change-percent=5 review` shows what is different; if the numbers are right, run `ghe-license-sync --config DIR/config.toml --set license-sync.guard.max-change-percent=5 approve DIGEST`; else run `ghe-license-sync --config DIR/config.toml --set license-sync.guard.max-change-percent=5 discard DIGEST`, or fix the server: the next list takes this one's place [3]
    a first list that the counts of the server contradict: [1]   because: the list has 1000 users who consume a license, and the enterprise server itself counts 1800 users who are not suspended [2] [4]
    a list that lacks used seats, where users are not counted: [1]   because: the list has 26 users who consume a license, and the enterprise server, which does not say how many users it has, reports 1316 seats in use [2] [4]
      warning: the list is compared with the number of used seats alone: GET http://SERVER/api/v3/enterprise/stats/users was answered with 503: the server failed
    [1] exit 4, stderr:
        error: no license usage was sent; it is held until a person approves or discards it
    [2]   help: `ghe-license-sync --config DIR/config.toml review` shows what is different; if the numbers are right, run `ghe-license-sync --config DIR/config.toml approve DIGEST`; else run `ghe-license-sync --config DIR/config.toml discard DIGEST`, or fix the server: the next list takes this one's place
    [3]   reason: mass-change
    [4]   reason: count-mismatch
    ");
}

#[tokio::test]
async fn used_seats_hold_no_list_that_has_more_users_and_the_difference_is_shown() {
    let site = Site::with(1..2001).await;
    site.staff.lock().unwrap().uncounted = true;
    let ran = site.run(&["sync", "--verbose"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let beside =
        "the server's own count of its users is not known; it reports 1 316 seats in use (684 fewer than the list)";
    assert!(ran.stdout.contains(beside), "{ran}");
    let frozen = ran
        .stderr
        .lines()
        .find(|line| line.contains("froze the license usage"))
        .unwrap();
    assert!(
        frozen.contains("; it reports 1316 seats in use, 684 fewer than the list"),
        "{frozen}"
    );
}

#[tokio::test]
async fn a_hold_is_seen_in_the_status_and_the_history() {
    let site = Site::changed(1..3001, 1..4).await;
    site.run(&["sync"]).await;
    assert_snapshot!(site.told(&["status"]).await, @"
    exit 4, stdout:
    gate            open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    health          held: a list waits for a person to approve or discard it
    server ID       c3c8bfb3-ffe3-4828-9626-DIGEST, set in `server.id`
    last run        held TIME, 3 licenses, digest DIGEST, mass-change
    counted         3 accounts seen, 3 licenses consumed; left out: none
                    the server itself counts 3 users who are not suspended; it reports 1 316 seats in use (1 313 more than the list)
    last confirmed  confirmed TIME, 3 000 licenses, digest DIGEST
    growth          not known yet: 1 day with a confirmed run in the last 26 weeks; it takes 4, over 3 weeks
    outbox          empty
    held            0 more and 2 997 fewer than the 3 000 last confirmed; `ghe-license-sync --config DIR/config.toml review` shows what is different, `ghe-license-sync --config DIR/config.toml approve DIGEST` releases it, `ghe-license-sync --config DIR/config.toml discard DIGEST` drops it, a newer list takes its place
    next window     TIME
    because         2997 users came or went since the last confirmed list of 3000 (0 more, 2997 fewer), which is more than 20 percent of it
    ");
    assert_snapshot!(site.told(&["history"]).await, @"
    exit 0, stdout:
    STARTED                 TRIGGER   STATE       LICENSES  REASON
    TIME manual    held               3  mass-change
      3 accounts seen, 3 licenses consumed; left out: none
      the server itself counts 3 users who are not suspended; it reports 1 316 seats in use (1 313 more than the list)
      digest DIGEST, SIZE, not sent
      TIME held mass-change: 2997 users came or went since the last confirmed list of 3000 (0 more, 2997 fewer), which is more than 20 percent of it
    TIME manual    confirmed      3 000
      3 000 accounts seen, 3 000 licenses consumed; left out: none
      the server itself counts 3 000 users who are not suspended; it reports 1 316 seats in use (1 684 fewer than the list)
      digest DIGEST, 25.02 KiB, 1 attempt, confirmed
    ");
    let metrics = site.lab.directory.path().join("metrics.prom");
    let textfile = format!("metrics.textfile={}", metrics.display());
    assert_eq!(site.run(&["sync", "--set", &textfile]).await.exit, Some(4));
    let metrics = std::fs::read_to_string(metrics).unwrap();
    assert!(
        metrics
            .lines()
            .any(|line| line.starts_with("ghe_license_sync_held{") && line.ends_with("} 1")),
        "{metrics}"
    );
    let json: serde_json::Value = serde_json::from_str(&site.run(&["status", "--json"]).await.stdout).unwrap();
    assert_eq!(json["health"], "held");
    assert_eq!(json["held"]["reason"], "mass-change");
    assert_eq!(
        json["held"]["change"],
        serde_json::json!({ "before": 3000, "added": 0, "removed": 2997, "compared": "users" })
    );
}

#[tokio::test]
async fn a_dry_run_says_that_a_list_would_be_held_and_holds_nothing() {
    let site = Site::changed(1..3001, 1..4).await;
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
      digest DIGEST; 0 more and 2 997 fewer users than last confirmed
      a sync would hold it for review: mass-change
      `ghe-license-sync --config DIR/config.toml export` shows the document itself
    ");
    assert_eq!(site.lab.store().await.held().await.unwrap(), None);
}

#[tokio::test]
async fn a_newer_list_takes_the_place_of_a_held_one() {
    let site = Site::changed(1..3001, 1..4).await;
    site.run(&["sync"]).await;
    let first = site.held_digest().await;
    site.change_to(1..5);
    site.run(&["sync"]).await;
    assert_ne!(site.held_digest().await, first);
    site.change_to(1..3002);
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    let store = site.lab.store().await;
    assert_eq!(store.held().await.unwrap(), None);
    let runs = store.runs(10).await.unwrap();
    let states: Vec<_> = runs.iter().map(|run| run.state).collect();
    assert_eq!(
        states,
        [State::Confirmed, State::Refused, State::Refused, State::Confirmed]
    );
    assert_snapshot!(runs[1].detail.as_deref().unwrap(), @"nobody released it before a newer list took its place");
    assert_eq!(
        store.piece(runs[1].id, 0).await.unwrap(),
        None,
        "its payload is deleted"
    );
}

#[tokio::test]
async fn what_is_held_is_deleted_when_the_gate_closes() {
    let site = Site::changed(1..3001, 1..4).await;
    site.run(&["sync"]).await;
    let held = site.lab.store().await.held().await.unwrap().unwrap();
    assert_eq!(
        site.run(&["sync", "--set", "connect.enabled=false"]).await.exit,
        Some(3)
    );
    let store = site.lab.store().await;
    assert_eq!(store.run(held.id).await.unwrap().state, State::Refused);
    assert_eq!(store.piece(held.id, 0).await.unwrap(), None);
}
