//! What a person approved is not held again while it stays the same.

use insta::assert_snapshot;

use super::Site;

/// A site that is held for as long as nothing changes, and whose list a person approved.
async fn approved(reason: &str, change: impl FnOnce(&mut super::Staff)) -> Site {
    let site = Site::with(1..27).await;
    change(&mut site.staff.lock().unwrap());
    assert_eq!(site.run(&["sync"]).await.exit, Some(4));
    let held = site.lab.last_run().await;
    assert_eq!(held.reason.unwrap().code(), reason);
    let digest = held.frozen.unwrap().digest.short();
    assert_eq!(site.run(&["approve", &digest]).await.exit, Some(0));
    site
}

#[tokio::test]
async fn an_approved_list_on_which_the_server_does_not_agree_is_sent_once_and_not_held_again() {
    let site = approved("count-mismatch", |staff| staff.miscounted = Some(200)).await;
    assert_snapshot!(site.told(&["sync"]).await, @"
    exit 0, stdout:
    the earlier license usage, digest DIGEST, ended as confirmed
    today's list is the same and was not sent again
      26 accounts seen, 26 licenses consumed; left out: none
      the server itself counts 200 users who are not suspended (174 more than the list); it reports 1 316 seats in use (1 290 more than the list)
    ");
    assert_eq!(site.uploads(), 1);
    // Nor by later runs, of which each sends it, and says why it is not held.
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    let ran = site.run(&["sync", "--verbose"]).await;
    assert_eq!((ran.exit, site.uploads()), (Some(0), 3), "{ran}");
    let line = ran
        .stderr
        .lines()
        .find(|line| line.contains("froze the license usage"))
        .unwrap();
    assert!(
        line.contains("it is the list that a person approved when it was held: the list has 26 users"),
        "{line}"
    );
    assert!(line.contains("; the server itself counts 174 more users"), "{line}");
    let dry_run = site.run(&["sync", "--dry-run"]).await.stdout;
    assert!(!dry_run.contains("hold it for review"), "{dry_run}");
}

#[tokio::test]
async fn an_approval_does_not_cover_a_server_that_counts_ever_more_users() {
    let site = approved("count-mismatch", |staff| staff.miscounted = Some(200)).await;
    for (counted, exit) in [(200, 0), (209, 0), (5000, 4), (200, 0)] {
        site.staff.lock().unwrap().miscounted = Some(counted);
        let ran = site.run(&["sync"]).await;
        assert_eq!(ran.exit, Some(exit), "{counted}: {ran}");
    }
}

#[tokio::test]
async fn an_approved_empty_list_is_not_held_again() {
    let site = approved("empty-collection", |staff| {
        staff.people = 0..0;
        staff.suspended = 3;
    })
    .await;
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    assert_eq!(site.uploads(), 2);
}

#[tokio::test]
async fn another_list_is_held_again() {
    let site = approved("count-mismatch", |staff| staff.miscounted = Some(200)).await;
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    site.staff.lock().unwrap().people = 1..28;
    assert_eq!(site.run(&["sync"]).await.exit, Some(4));
    assert_eq!(site.uploads(), 1);
}

#[tokio::test]
async fn a_list_that_nobody_approved_is_held_although_it_was_confirmed() {
    let site = Site::with(1..27).await;
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    site.staff.lock().unwrap().miscounted = Some(200);
    assert_eq!(site.run(&["sync"]).await.exit, Some(4));
}

#[tokio::test]
async fn an_approved_list_that_waits_is_shown_by_a_dry_run_and_not_said_to_be_held() {
    let (site, digest) = Site::held().await;
    assert_eq!(site.run(&["approve", &digest]).await.exit, Some(0));
    assert_snapshot!(site.by_user(&["sync", "--dry-run"]).await, @"
    exit 0, stdout:
    nothing was sent; this is what a sync would send under the server ID c3c8bfb3-ffe3-4828-9626-DIGEST
      it is the license usage that waits: frozen TIME, 3 licenses, digest DIGEST, approved by USER
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
      `ghe-license-sync --config DIR/config.toml export` shows the document itself
    ");
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
}

#[tokio::test]
async fn an_approved_list_that_was_rejected_is_not_held_again() {
    let (site, digest) = Site::held().await;
    assert_eq!(site.run(&["approve", &digest]).await.exit, Some(0));
    site.lab.sandbox.add_fault("upload:422*1".parse().unwrap());
    let ran = site.run(&["sync"]).await;
    assert_eq!((ran.exit, site.uploads()), (Some(0), 2), "{ran}");
    assert!(ran.stdout.contains("ended as rejected"), "{ran}");
}

#[tokio::test]
async fn an_approved_list_is_not_held_again_after_another_destination_was_set_and_set_back() {
    let (site, digest) = Site::held().await;
    assert_eq!(site.run(&["approve", &digest]).await.exit, Some(0));
    let elsewhere = ["sync", "--set", "connect.enterprise=other-corp"];
    assert_eq!(site.run(&elsewhere).await.exit, Some(77));
    let ran = site.run(&["sync"]).await;
    assert_eq!((ran.exit, site.uploads()), (Some(0), 2), "{ran}");
}

#[tokio::test]
async fn an_approval_ends_when_another_list_is_confirmed() {
    let (site, digest) = Site::held().await;
    assert_eq!(site.run(&["approve", &digest]).await.exit, Some(0));
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    let all = ["sync", "--set", "license-sync.guard.always-allow-users=5000"];
    site.change_to(1..3001);
    assert_eq!(site.run(&all).await.exit, Some(0));
    site.change_to(1..4);
    assert_eq!(site.run(&["sync"]).await.exit, Some(4));
}

#[tokio::test]
async fn an_approval_ends_when_the_same_list_is_discarded() {
    let site = approved("count-mismatch", |staff| staff.miscounted = Some(200)).await;
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    site.staff.lock().unwrap().miscounted = Some(5000);
    assert_eq!(site.run(&["sync"]).await.exit, Some(4));
    let digest = site.lab.last_run().await.frozen.unwrap().digest.short();
    assert_eq!(site.run(&["discard", &digest]).await.exit, Some(0));
    site.staff.lock().unwrap().miscounted = Some(200);
    assert_eq!(site.run(&["sync"]).await.exit, Some(4));
}
