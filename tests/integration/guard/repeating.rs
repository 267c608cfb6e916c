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
    exit 0
    --- stdout
    the license usage that waited, digest DIGEST, ended as confirmed
    today's list is the same and was not sent again
      26 accounts seen, 26 licenses consumed; left out: none
      the server itself counts 200 users who are not suspended (174 more than the list); it calls 1 316 seats used (1 290 more than the list)
    --- stderr
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
