//! Old runs are deleted from the history when a run begins, but nothing that anything is judged by.

use chrono::{DateTime, TimeDelta, Utc};
use ghe_license_sync::license::{Counted, Seats, ServerCounts, Totals};
use ghe_license_sync::store::{DeletedRun, Destination, KEPT_RUNS, Pruned, RunId, State, Store};

use super::{Site, at, because, freeze, receipt};
use crate::support::destination::{begin, here};

/// Adds so many failed runs of a minute each, the first at this time, each with an event.
async fn add(site: &Site, number: u32, first: DateTime<Utc>) {
    let destination = here();
    site.tamper(&format!(
        "INSERT INTO run (id, \"trigger\", api_origin, uploads_origin, account, server_id, hostname, state, started_at, \
         updated_at) WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {number}) \
         SELECT printf('%08x-0000-7000-8000-%012x', i, {second}), 'manual', '{}', '{}', '{}', '{}', 'h', 'failed', \
         strftime('%Y-%m-%dT%H:%M:%S.000Z', {second} + 60 * i, 'unixepoch'), \
         strftime('%Y-%m-%dT%H:%M:%S.000Z', {second} + 60 * i, 'unixepoch') FROM n",
        destination.api_origin,
        destination.uploads_origin,
        destination.account,
        destination.server_id,
        second = first.timestamp()
    ))
    .await;
    site.tamper("INSERT INTO event SELECT id, started_at, state, NULL, NULL FROM run WHERE id NOT IN (SELECT run_id FROM event)")
        .await;
}

async fn runs(store: &Store) -> usize {
    store.runs(u32::MAX >> 1).await.unwrap().len()
}

/// Two years and a day.
fn long_after(time: DateTime<Utc>) -> DateTime<Utc> {
    time + TimeDelta::days(2 * 365 + 1)
}

#[tokio::test]
async fn the_newest_thousand_runs_are_kept_and_what_is_older_than_two_years_beyond_them_is_summed_up() {
    let site = Site::new();
    let store = site.open().await;
    add(&site, KEPT_RUNS + 10, at(0)).await;
    let all = runs(&store).await;
    // Nothing is two years old.
    let run = begin(&store, at(60) + TimeDelta::days(2 * 365 - 1)).await.unwrap();
    assert_eq!((runs(&store).await, store.pruned().await.unwrap()), (all + 1, None));
    let settled = store.settle(run, State::Failed, at(61), Some(&because())).await;
    settled.unwrap();

    let oldest = store.runs(u32::MAX >> 1).await.unwrap().pop().unwrap().id;
    begin(&store, long_after(at(86_400))).await.unwrap();
    assert_eq!(runs(&store).await, KEPT_RUNS as usize);
    assert_eq!(store.events(oldest).await.unwrap(), [], "they go with their run");
    let first = Pruned {
        runs: 12,
        oldest: at(0),
        newest: at(11 * 60),
    };
    assert_eq!(store.pruned().await.unwrap(), Some(first));
}

#[tokio::test]
async fn a_second_time_adds_to_the_summary() {
    let site = Site::new();
    let store = site.open().await;
    add(&site, KEPT_RUNS + 1, at(0)).await;
    let run = begin(&store, long_after(at(86_400))).await.unwrap();
    store.settle(run, State::Failed, at(1), Some(&because())).await.unwrap();
    begin(&store, long_after(at(86_401))).await.unwrap();
    let both = Pruned {
        runs: 3,
        oldest: at(0),
        newest: at(2 * 60),
    };
    assert_eq!(store.pruned().await.unwrap(), Some(both));
}

#[tokio::test]
async fn what_a_person_approved_is_not_forgotten() {
    let site = Site::new();
    let store = site.open().await;
    let list = super::frozen(7);
    let mut approved = None;
    for held in [Some(because()), None] {
        let run = begin(&store, at(0)).await.unwrap();
        let freezer = store.freezer(run).await.unwrap();
        freezer.commit(&list, held.as_ref(), at(1)).await.unwrap();
        if held.is_some() {
            store.release(run, at(2), "octo").await.unwrap();
            approved = Some(run);
        }
        store.sending(run, at(20)).await.unwrap();
        store.accepted(run, at(21), &receipt()).await.unwrap();
        store.settle(run, State::Confirmed, at(22), None).await.unwrap();
    }
    add(&site, KEPT_RUNS + 1, at(60)).await;
    begin(&store, long_after(at(86_400))).await.unwrap();
    assert!(store.pruned().await.unwrap().is_some());
    let found = store.approved(list.digest, &here()).await.unwrap();
    assert_eq!(found.map(|run| run.id), approved);
}

#[tokio::test]
async fn nothing_that_anything_is_judged_by_is_deleted() {
    let site = Site::new();
    let store = site.open().await;
    store.installation(at(0)).await.unwrap();
    let mut kept = Vec::new();
    for last in [State::Confirmed, State::Confirmed, State::Refused] {
        let run = freeze(&store, &[b"payload".to_vec()]).await;
        store.sending(run, at(20)).await.unwrap();
        store.accepted(run, at(21), &receipt()).await.unwrap();
        store.settle(run, last, at(22), None).await.unwrap();
        kept.push(run);
    }
    let confirmed_before = kept.remove(0);
    // A person has to look at this one.
    let held = begin(&store, at(30)).await.unwrap();
    let mut freezer = store.freezer(held).await.unwrap();
    freezer.write(b"payload".to_vec()).await.unwrap();
    freezer
        .commit(&super::frozen(7), Some(&because()), at(31))
        .await
        .unwrap();
    kept.push(held);
    let before = store.known_installation().await.unwrap();
    add(&site, KEPT_RUNS + 1, at(60)).await;
    let newest = begin(&store, long_after(at(86_400))).await.unwrap();

    let left = store.runs(u32::MAX >> 1).await.unwrap();
    let beyond: Vec<_> = left.iter().skip(KEPT_RUNS as usize).map(|run| run.id).rev().collect();
    assert_eq!(
        beyond, kept,
        "the last confirmed one, what the cloud may have heard since, and the held one"
    );
    assert!(left.iter().all(|run| run.id != confirmed_before));
    assert_eq!(store.held().await.unwrap().map(|run| run.id), Some(held));
    assert_eq!(store.piece(held, 0).await.unwrap(), Some(b"payload".to_vec()));
    assert_eq!(store.known_installation().await.unwrap(), before);
    assert_eq!(store.unfinished().await.unwrap().map(|run| run.id), Some(newest));
}

/// What was counted of a confirmed run.
fn counted() -> (Totals, ServerCounts) {
    let totals = Totals {
        accounts: 60,
        consumed: 54,
        suspended: 4,
        bots: 1,
        setup_users: 1,
        no_sign_in: Some(6),
        shared_addresses: Some(4),
        repeated_rows: 3,
        products_refused: true,
        ..Totals::default()
    };
    let counts = ServerCounts {
        seats_used: Some(52),
        seats: Some(Seats::Limited(69)),
        ..ServerCounts::default()
    };
    (totals, counts)
}

/// A run with these counts that ended like this.
async fn ended(store: &Store, last: State) -> RunId {
    let run = freeze(store, &[b"payload".to_vec()]).await;
    let (totals, counts) = counted();
    store.count(run, Some(totals), counts, None, None, None).await.unwrap();
    store.sending(run, at(20)).await.unwrap();
    store.accepted(run, at(21), &receipt()).await.unwrap();
    store.settle(run, last, at(22), None).await.unwrap();
    run
}

#[tokio::test]
async fn of_a_confirmed_run_that_is_deleted_the_counts_are_kept_and_of_others_nothing() {
    let site = Site::new();
    let store = site.open().await;
    let confirmed = ended(&store, State::Confirmed).await;
    ended(&store, State::Failed).await;
    let last = ended(&store, State::Confirmed).await;
    add(&site, KEPT_RUNS + 1, at(60)).await;
    assert_eq!(store.deleted_runs(9).await.unwrap(), []);
    begin(&store, long_after(at(86_400))).await.unwrap();

    let (totals, server_counts) = counted();
    let kept = DeletedRun {
        id: confirmed,
        destination: here(),
        state: State::Confirmed,
        started_at: at(0),
        updated_at: at(22),
        totals: Some(totals),
        server_counts,
    };
    assert_eq!(store.deleted_runs(9).await.unwrap(), [kept]);
    assert_eq!(store.deleted_runs(0).await.unwrap(), []);
    let runs = store.runs(u32::MAX >> 1).await.unwrap();
    assert!(runs.iter().any(|run| run.id == last), "it is the last confirmed one");
    assert!(runs.iter().all(|run| run.id != confirmed));
}

#[tokio::test]
async fn the_counts_of_the_newest_ten_thousand_deleted_runs_are_kept() {
    let site = Site::new();
    let store = site.open().await;
    site.tamper(
        "INSERT INTO deleted_run (id, api_origin, uploads_origin, account, server_id, started_at, updated_at) \
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < 10000) \
         SELECT printf('%08x-0000-7000-8000-000000000000', i), 'a', 'u', 'o', '00000000-0000-0000-0000-000000000000', \
         '2020-01-01T00:00:00.000Z', '2020-01-01T00:00:00.000Z' FROM n",
    )
    .await;
    let confirmed = ended(&store, State::Confirmed).await;
    ended(&store, State::Confirmed).await;
    let oldest = store.deleted_runs(10_001).await.unwrap().pop().unwrap().id;
    add(&site, KEPT_RUNS + 1, at(60)).await;
    begin(&store, long_after(at(86_400))).await.unwrap();
    let kept = store.deleted_runs(10_001).await.unwrap();
    assert_eq!((kept.len(), kept[0].id), (10_000, confirmed));
    assert!(kept.iter().all(|run| run.id != oldest));
}

#[tokio::test]
async fn the_counts_of_confirmed_runs_are_those_of_one_destination_the_newest_first() {
    let site = Site::new();
    let store = site.open().await;
    for state in [State::Confirmed, State::Failed, State::Confirmed] {
        ended(&store, state).await;
    }
    site.tamper(
        "UPDATE run SET consumed = 55, seats = 'unlimited', started_at = '2026-11-09T03:00:00.000Z' WHERE rowid = 3",
    )
    .await;
    let [older, newer] =
        [(at(0), 54, Seats::Limited(69)), (at(7 * 86_400), 55, Seats::Unlimited)].map(|(at, licenses, seats)| {
            let seats = Some(seats);
            Counted { at, licenses, seats }
        });
    assert_eq!(store.counted(&here()).await.unwrap(), [newer, older]);
    let elsewhere = Destination {
        account: "enterprise/octo-inc".to_owned(),
        ..here()
    };
    assert_eq!(store.counted(&elsewhere).await.unwrap(), []);
    site.tamper("UPDATE run SET account = 'enterprise/octo-inc' WHERE rowid = 1")
        .await;
    assert_eq!(store.counted(&here()).await.unwrap(), [newer]);
    assert_eq!(store.counted(&elsewhere).await.unwrap(), [older]);
}
