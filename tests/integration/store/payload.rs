//! The frozen bytes: whole or not there, as they were written, and gone when they are no longer needed.

use ghe_license_sync::store::{CHUNK_SIZE, RunId, State, Store};

use super::{Site, at, because, freeze, frozen, is_on_disk, receipt};
use crate::support::destination::begin;

const CANARY: &[u8] = b"canary-7f3a@example.com";

/// Pieces as a large document has them, different in every byte that matters and with the canary in each.
fn pieces(count: usize) -> Vec<Vec<u8>> {
    let piece = |number: usize| {
        let mut bytes: Vec<u8> = (0..CHUNK_SIZE)
            .map(|at| ((at * 31 + number * 7) % 251).try_into().unwrap())
            .collect();
        bytes[1000..1000 + CANARY.len()].copy_from_slice(CANARY);
        bytes
    };
    let mut pieces: Vec<_> = (0..count).map(piece).collect();
    pieces.push(CANARY.to_vec());
    pieces
}

async fn read_back(store: &Store, run: RunId) -> Vec<Vec<u8>> {
    let mut pieces = Vec::new();
    for seq in 0.. {
        match store.piece(run, seq).await.unwrap() {
            Some(piece) => pieces.push(piece),
            None => break,
        }
    }
    pieces
}

#[tokio::test]
async fn a_payload_is_read_back_byte_for_byte_also_after_a_restart() {
    let site = Site::new();
    let written = pieces(3);
    let store = site.open().await;
    let run = freeze(&store, &written).await;
    assert!(read_back(&store, run).await == written);
    store.close().await;
    assert!(read_back(&site.open().await, run).await == written);
}

#[tokio::test]
async fn a_freezer_that_is_dropped_leaves_nothing() {
    let site = Site::new();
    let store = site.open().await;
    let run = begin(&store, at(0)).await.unwrap();
    let mut freezer = store.freezer(run).await.unwrap();
    // More than the database keeps in memory, so that it writes some of it out before the end.
    for piece in pieces(16) {
        freezer.write(piece).await.unwrap();
    }
    assert!(is_on_disk(&site.directory(), CANARY), "the test would see it");
    drop(freezer);
    assert_eq!(store.piece(run, 0).await.unwrap(), None);
    let found = store.run(run).await.unwrap();
    assert_eq!((found.state, found.frozen), (State::Collecting, None));
    store.close().await;
    assert!(!is_on_disk(&site.directory(), CANARY));
}

#[tokio::test]
async fn a_process_that_dies_while_freezing_leaves_nothing() {
    let site = Site::new();
    let store = site.open().await;
    let run = begin(&store, at(0)).await.unwrap();
    let mut freezer = store.freezer(run).await.unwrap();
    freezer.write(CANARY.to_vec()).await.unwrap();
    let copy = Site::new();
    std::fs::create_dir(copy.directory()).unwrap();
    std::fs::set_permissions(copy.directory(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    for name in ["state.db", "state.db-wal"] {
        std::fs::copy(site.file(name), copy.file(name)).unwrap();
    }
    let after = copy.open().await;
    assert_eq!(after.unfinished().await.unwrap().unwrap().state, State::Collecting);
    assert_eq!(after.piece(run, 0).await.unwrap(), None);
}

#[tokio::test]
async fn a_payload_is_deleted_with_every_final_state_and_its_bytes_with_it() {
    for last in [State::Confirmed, State::Rejected, State::Failed, State::Refused] {
        let site = Site::new();
        let store = site.open().await;
        let run = freeze(&store, &pieces(3)).await;
        store.sending(run, at(20)).await.unwrap();
        if matches!(last, State::Confirmed | State::Failed) {
            store.accepted(run, at(21), &receipt()).await.unwrap();
        }
        assert!(
            store.piece(run, 3).await.unwrap().is_some(),
            "not before the final state"
        );
        assert!(is_on_disk(&site.directory(), CANARY), "the test would see it");
        store.settle(run, last, at(30), None).await.unwrap();
        assert_eq!(store.piece(run, 0).await.unwrap(), None, "{last}");
        assert_eq!(store.run(run).await.unwrap().frozen.unwrap().body_size, 786_455);
        // Also while the store is open, and not only in the database: the journal held it too.
        assert!(!is_on_disk(&site.directory(), CANARY), "{last}");
    }
}

#[tokio::test]
async fn a_payload_stays_as_it_is_while_attempts_fail() {
    let site = Site::new();
    let store = site.open().await;
    let run = freeze(&store, &pieces(1)).await;
    for attempt in 0..3 {
        store.sending(run, at(20 + attempt)).await.unwrap();
        store
            .undelivered(run, at(20 + attempt), &because(), true, at(99))
            .await
            .unwrap();
    }
    assert!(read_back(&store, run).await == pieces(1));
    let found = store.run(run).await.unwrap();
    assert_eq!((found.attempts, found.next_attempt_at), (3, Some(at(99))));
}

#[tokio::test]
async fn what_is_frozen_cannot_be_frozen_over() {
    let site = Site::new();
    let store = site.open().await;
    let run = freeze(&store, &pieces(1)).await;
    store.sending(run, at(20)).await.unwrap();
    let freezer = store.freezer(run).await.unwrap();
    let error = freezer.commit(&frozen(0), None, at(21)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("run {run} is sending and cannot become frozen")
    );
    assert_eq!(
        store.run(run).await.unwrap().frozen.unwrap().body_size,
        (CHUNK_SIZE + CANARY.len()) as u64
    );
}
