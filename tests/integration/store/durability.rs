//! What was committed is there after a restart, in the order in which it happened.

use ghe_license_sync::license::{ProductTotals, ServerCounts, Totals};
use ghe_license_sync::store::{State, Store};

use super::{Site, at, because, freeze, frozen, receipt};
use crate::support::destination::{begin, here};

#[tokio::test]
async fn a_restart_finds_what_was_committed() {
    let site = Site::new();
    let store = site.open().await;
    let installation = store.installation(at(0)).await.unwrap();
    let run = freeze(&store, &[b"payload".to_vec()]).await;
    let totals = Totals {
        accounts: 60,
        consumed: 55,
        suspended: 4,
        organizations: 0,
        bots: 1,
        setup_users: 0,
        ghosts: 0,
        dormant: Some(6),
        unmatchable: 0,
        no_sign_in: None,
        shared_addresses: Some(4),
        repeated_rows: 3,
        products: Some(ProductTotals {
            advanced_security: Some(9),
            secret_protection: Some(0),
            without_license: 2,
            unknown: 1,
            ..ProductTotals::default()
        }),
        products_refused: false,
    };
    store
        .count(run, Some(totals), ServerCounts::default(), None, None, None)
        .await
        .unwrap();
    store.sending(run, at(20)).await.unwrap();
    store.undelivered(run, at(21), &because(), true, at(22)).await.unwrap();
    store.sending(run, at(22)).await.unwrap();
    store.accepted(run, at(23), &receipt()).await.unwrap();
    let (before, story) = (store.run(run).await.unwrap(), store.events(run).await.unwrap());
    // Not closed: the process is simply gone.
    drop(store);

    let store = site.open().await;
    assert_eq!(store.unfinished().await.unwrap().as_ref(), Some(&before));
    assert_eq!(store.events(run).await.unwrap(), story);
    let again = store.installation(at(99)).await.unwrap();
    assert_eq!(again.enabled_at, installation.enabled_at, "recorded once");
    assert_eq!(
        (before.state, before.attempts, before.totals, before.receipt),
        (State::Accepted, 2, Some(totals), Some(receipt()))
    );
    let states: Vec<_> = story.iter().map(|event| event.state.word()).collect();
    assert_eq!(
        states.join(" "),
        "collecting frozen sending frozen sending accepted",
        "the run's events"
    );
}

#[tokio::test]
async fn a_store_that_is_not_there_is_not_made_by_looking() {
    let site = Site::new();
    assert!(Store::open_existing(&site.directory()).await.unwrap().is_none());
    assert!(!site.directory().exists());
    drop(site.open().await);
    assert!(Store::open_existing(&site.directory()).await.unwrap().is_some());
}

#[tokio::test]
async fn the_newest_run_is_the_one_that_began_last_whatever_the_clock_said() {
    let site = Site::new();
    let store = site.open().await;
    let mut begun = Vec::new();
    // The clock is set back, and stands still.
    for second in [100, 0, 0, 0, 0, 0, 0, 0] {
        let run = begin(&store, at(second)).await.unwrap();
        store.settle(run, State::Failed, at(second), None).await.unwrap();
        begun.insert(0, run);
    }
    let told: Vec<_> = (store.runs(10).await.unwrap().iter()).map(|run| run.id).collect();
    assert_eq!(told, begun);
    assert_eq!(store.runs(2).await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_last_confirmed_run_is_reported_whatever_came_after_it() {
    let site = Site::new();
    let store = site.open().await;
    assert_eq!(store.last_confirmed(&here()).await.unwrap(), None);
    let mut confirmed = None;
    for last in [State::Confirmed, State::Confirmed, State::Refused] {
        let run = freeze(&store, &[b"payload".to_vec()]).await;
        store.sending(run, at(20)).await.unwrap();
        store.accepted(run, at(21), &receipt()).await.unwrap();
        store.settle(run, last, at(22), None).await.unwrap();
        if last == State::Confirmed {
            confirmed = Some(run);
        }
    }
    let told = store.last_confirmed(&here()).await.unwrap().map(|run| run.id);
    assert_eq!(told, confirmed);
}

#[tokio::test]
async fn a_store_can_be_opened_many_times_at_once_on_one_thread() {
    let site = Site::new();
    let opening = (0..20).map(|_| async { site.open().await.close().await });
    futures_util::future::join_all(opening).await;
}

#[tokio::test]
async fn the_newest_events_of_a_run_are_kept_and_all_are_counted() {
    let site = Site::new();
    let store = site.open().await;
    let run = freeze(&store, &[b"payload".to_vec()]).await;
    for second in 20..320 {
        store.sending(run, at(second)).await.unwrap();
        store
            .undelivered(run, at(second), &because(), true, at(second))
            .await
            .unwrap();
    }
    let story = store.events(run).await.unwrap();
    assert_eq!((story.len(), story[0].at, story[199].at), (200, at(220), at(319)));
    let tally = store.tally().await.unwrap();
    assert_eq!(tally.attempts.undelivered, 300);
    assert_eq!(tally.reasons, [(because().reason, 300)]);
}

#[tokio::test]
async fn the_run_that_changed_last_is_reported_although_a_newer_one_has_ended() {
    let site = Site::new();
    let store = site.open().await;
    let held = begin(&store, at(0)).await.unwrap();
    let freezer = store.freezer(held).await.unwrap();
    freezer.commit(&frozen(0), Some(&because()), at(1)).await.unwrap();
    // The clock is set back meanwhile.
    let newer = begin(&store, at(-9)).await.unwrap();
    let failed = store.settle(newer, State::Failed, at(-8), Some(&because())).await;
    failed.unwrap();
    let order = async || {
        let runs = store.last_changed(&here(), 9).await.unwrap();
        runs.iter().map(|run| run.id).collect::<Vec<_>>()
    };
    assert_eq!(order().await, [newer, held]);
    store.release(held, at(-7), "monalisa").await.unwrap();
    assert_eq!(order().await, [held, newer]);
    assert_eq!(store.last_run(&here()).await.unwrap().map(|run| run.id), Some(newer));
    let mut elsewhere = here();
    elsewhere.account = "enterprise/other".to_owned();
    assert_eq!(store.last_changed(&elsewhere, 9).await.unwrap(), []);
}
