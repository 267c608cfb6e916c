//! Which state may follow which, asked of the database for every pair.

use ghe_license_sync::store::{RunId, State, Store, StoreError};
use insta::assert_snapshot;

use super::{Site, at, because, freeze, frozen, receipt};
use crate::support::destination::begin;

/// A run in `state`.
async fn run_in(site: &Site, store: &Store, state: State) -> RunId {
    let run = freeze(store, &[b"payload".to_vec()]).await;
    // Collecting has nothing frozen yet; with a payload a second one could not be written.
    if state == State::Collecting {
        site.tamper("DELETE FROM payload").await;
    }
    site.tamper(&format!("UPDATE run SET state = '{state}', reason = 'mass-change'"))
        .await;
    run
}

/// Asks for `next` in the way that exists for it.
async fn ask(store: &Store, run: RunId, from: State, next: State) -> Result<(), StoreError> {
    match next {
        State::Frozen if from == State::Collecting => store.freezer(run).await?.commit(&frozen(0), None, at(50)).await,
        State::Frozen if from == State::Held => store.release(run, at(50), "monalisa").await,
        State::Frozen => store.undelivered(run, at(50), &because(), true, at(60)).await,
        State::Held => {
            store
                .freezer(run)
                .await?
                .commit(&frozen(0), Some(&because()), at(50))
                .await
        }
        State::Sending => store.sending(run, at(50)).await,
        State::Accepted => store.accepted(run, at(50), &receipt()).await,
        State::Written => {
            store
                .hand_over(run, at(50), "/srv/file.json", frozen(0).digest, Some(4))
                .await?;
            store.written(run, at(50), None).await
        }
        _ => store.settle(run, next, at(50), Some(&because())).await,
    }
}

#[tokio::test]
async fn every_pair_of_states_is_allowed_or_refused_by_the_database_as_by_the_rule() {
    let mut allowed = Vec::new();
    for from in State::ALL {
        for next in State::ALL {
            let site = Site::new();
            let store = site.open().await;
            let run = run_in(&site, &store, from).await;
            let story = store.events(run).await.unwrap();
            let result = ask(&store, run, from, next).await;
            let (after, told) = (store.run(run).await.unwrap(), store.events(run).await.unwrap());
            if let Err(error) = result {
                assert!(
                    matches!(error, StoreError::Transition { .. }),
                    "{from} to {next}: {error}"
                );
                assert_eq!(
                    (after.state, told),
                    (from, story),
                    "a refusal of {next} changes nothing"
                );
            } else {
                allowed.push((from, next));
                assert_eq!((after.state, after.updated_at), (next, at(50)));
                assert_eq!(told.last().map(|event| event.state), Some(next));
            }
        }
    }
    let by_rule: Vec<_> = (State::ALL.into_iter())
        .flat_map(|from| State::ALL.map(|next| (from, next)))
        .filter(|(from, next)| from.may_become(*next))
        .collect();
    assert_eq!(allowed, by_rule);
}

#[tokio::test]
async fn a_transition_that_is_not_allowed_is_a_defect_of_the_program_and_told_so() {
    let site = Site::new();
    let store = site.open().await;
    let run = begin(&store, at(0)).await.unwrap();
    let error = store.sending(run, at(1)).await.unwrap_err();
    assert_snapshot!(site.read(&error).replace(&run.to_string(), "RUN"), @"
    error: run RUN is collecting and cannot become sending
    help: this is a defect of the program; please report it with the output of `ghe-license-sync history --json`
    reason: internal, exit 70
    ");
}

#[tokio::test]
async fn a_document_that_was_not_accepted_cannot_be_noted_as_unconfirmed() {
    let site = Site::new();
    let store = site.open().await;
    let run = freeze(&store, &[b"payload".to_vec()]).await;
    let error = store
        .postpone(run, State::Accepted, at(20), &because(), at(99))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("run {run} is frozen and cannot become accepted")
    );
    store.sending(run, at(21)).await.unwrap();
    store.accepted(run, at(22), &receipt()).await.unwrap();
    store
        .postpone(run, State::Accepted, at(23), &because(), at(99))
        .await
        .unwrap();
    let found = store.run(run).await.unwrap();
    assert_eq!(
        (found.state, found.reason),
        (State::Accepted, Some(because().reason)),
        "it stays accepted, with the reason"
    );
}

#[tokio::test]
async fn only_what_was_sent_can_come_back_as_undelivered() {
    let site = Site::new();
    let store = site.open().await;
    let run = begin(&store, at(0)).await.unwrap();
    let error = store
        .undelivered(run, at(1), &because(), true, at(2))
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Transition { .. }));
    assert_eq!(
        store.run(run).await.unwrap().state,
        State::Collecting,
        "nothing is frozen"
    );
}

#[tokio::test]
async fn the_database_refuses_a_second_unfinished_run() {
    let site = Site::new();
    let store = site.open().await;
    let first = begin(&store, at(0)).await.unwrap();
    let error = begin(&store, at(1)).await.unwrap_err();
    assert_snapshot!(site.read(&error), @"
    error: no run was started, because another one has not finished
    help: this is a defect of the program; please report it with the output of `ghe-license-sync history --json`
    reason: internal, exit 70
    ");
    assert_eq!(store.runs(10).await.unwrap().len(), 1);
    store
        .settle(first, State::Failed, at(2), Some(&because()))
        .await
        .unwrap();
    begin(&store, at(3)).await.unwrap();
}
