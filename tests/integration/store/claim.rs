//! A store belongs to the server under whose ID something was sent, and refuses every other.

use ghe_license_sync::store::{State, Store};
use insta::{allow_duplicates, assert_snapshot};
use uuid::Uuid;

use super::{Site, at, freeze, receipt};

const ONE: Uuid = Uuid::from_u128(0x6ba7_b810_9dad_41d1_80b4_00c0_4fd4_30c8);
const TWO: Uuid = Uuid::from_u128(0x0191_d3a2_77aa_4c11_9b1e_5e2f_8a4c_0d17);

async fn server_id(store: &Store) -> Uuid {
    store.known_installation().await.unwrap().unwrap().server_id
}

#[tokio::test]
async fn the_first_claim_is_recorded_and_the_same_claim_changes_nothing() {
    let site = Site::new();
    let store = site.open().await;
    let first = store.claim(ONE, at(1)).await.unwrap();
    assert_eq!((first.server_id, first.enabled_at), (ONE, at(1)));
    assert_eq!(store.claim(ONE, at(2)).await.unwrap(), first);
    drop(store);
    assert_eq!(site.open().await.claim(ONE, at(3)).await.unwrap(), first);
}

#[tokio::test]
async fn an_id_under_which_nothing_was_sent_is_replaced() {
    let site = Site::new();
    let store = site.open().await;
    let first = store.claim(ONE, at(1)).await.unwrap();
    freeze(&store, &[b"payload".to_vec()]).await;
    let second = store.claim(TWO, at(20)).await.unwrap();
    assert_eq!((second.server_id, second.enabled_at), (TWO, first.enabled_at));
    assert_eq!(server_id(&store).await, TWO);
}

#[tokio::test]
async fn an_id_under_which_something_was_sent_is_kept() {
    for delivered in [false, true] {
        let site = Site::new();
        let store = site.open().await;
        store.claim(ONE, at(1)).await.unwrap();
        let run = freeze(&store, &[b"payload".to_vec()]).await;
        store.sending(run, at(20)).await.unwrap();
        if delivered {
            store.accepted(run, at(21), &receipt()).await.unwrap();
            store.settle(run, State::Confirmed, at(22), None).await.unwrap();
        }
        let before = store.run(run).await.unwrap();
        let error = store.claim(TWO, at(30)).await.unwrap_err();
        let read = site.read(&error);
        allow_duplicates!(assert_snapshot!(read, @"
        error: the store /var/lib/state/state.db belongs to the server ID 6ba7b810-9dad-41d1-80b4-00c04fd430c8, but the settings are for 0191d3a2-77aa-4c11-9b1e-5e2f8a4c0d17
        help: for one of several servers on this machine use `--instance NAME`, which has a state directory of its own; for the same server set `server.id` to 6ba7b810-9dad-41d1-80b4-00c04fd430c8; if its ID really has to change, stop the service and move /var/lib/state/state.db* away: the history starts anew, and the cloud sees a new server
        reason: config-invalid, exit 78
        "));
        assert_eq!(store.run(run).await.unwrap(), before);
        assert_eq!(store.claim(ONE, at(31)).await.unwrap().server_id, ONE);
        assert_eq!(server_id(&store).await, ONE);
    }
}
