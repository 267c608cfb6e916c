//! A store belongs to the server under whose ID something was sent, and refuses every other.

use ghe_license_sync::store::State;
use insta::{allow_duplicates, assert_snapshot};
use uuid::Uuid;

use super::{Site, at, freeze, receipt};
use crate::support::destination::here;

const OTHER: Uuid = Uuid::from_u128(0x0191_d3a2_77aa_4c11_9b1e_5e2f_8a4c_0d17);

#[tokio::test]
async fn the_time_at_which_the_gate_was_first_open_is_recorded_once() {
    let site = Site::new();
    let store = site.open().await;
    let first = store.installation(at(1)).await.unwrap();
    assert_eq!((first.bound_to, first.enabled_at), (None, at(1)));
    assert_eq!(store.installation(at(2)).await.unwrap(), first);
    drop(store);
    assert_eq!(site.open().await.installation(at(3)).await.unwrap(), first);
}

#[tokio::test]
async fn a_store_from_which_nothing_was_sent_serves_every_server() {
    let site = Site::new();
    let store = site.open().await;
    store.installation(at(1)).await.unwrap();
    freeze(&store, &[b"payload".to_vec()]).await;
    for id in [here().server_id, OTHER] {
        store.belongs_to(id).await.unwrap();
    }
}

#[tokio::test]
async fn an_id_under_which_something_was_sent_is_kept() {
    for delivered in [false, true] {
        let site = Site::new();
        let store = site.open().await;
        store.installation(at(1)).await.unwrap();
        let run = freeze(&store, &[b"payload".to_vec()]).await;
        store.sending(run, at(20)).await.unwrap();
        if delivered {
            store.accepted(run, at(21), &receipt()).await.unwrap();
            store.settle(run, State::Confirmed, at(22), None).await.unwrap();
        }
        let known = store.known_installation().await.unwrap().unwrap();
        assert_eq!(known.bound_to, Some(here().server_id));
        store.belongs_to(here().server_id).await.unwrap();
        let read = site.read(&store.belongs_to(OTHER).await.unwrap_err());
        allow_duplicates!(assert_snapshot!(read, @"
        error: the store /var/lib/state/state.db belongs to the server ID 00000000-0000-0000-0000-000000000007, but the settings are for 0191d3a2-77aa-4c11-9b1e-5e2f8a4c0d17
        help: for one of several servers on this machine use `--instance NAME`, which has a state directory of its own; for the same server set `server.id` to 00000000-0000-0000-0000-000000000007; if its ID really has to change, stop the service and move /var/lib/state/state.db* away: the history starts anew, and the cloud sees a new server
        reason: config-invalid, exit 78
        "));
    }
}
