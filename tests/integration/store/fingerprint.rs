//! The fingerprint of the last confirmed list is read as it was at one moment.

use ghe_license_sync::license::{Account, Fingerprint, FingerprintKey, Roster, UserId};
use ghe_license_sync::store::{RunId, State, Store};
use tokio::runtime::Runtime;

use super::{Site, at, frozen, receipt};
use crate::support::destination::{begin, here};

/// A list of so many users.
fn fingerprint(users: u32) -> Fingerprint {
    let mut roster = Roster::default();
    for user in 2..users + 2 {
        let account = Account {
            id: UserId(user.into()),
            login: "x",
            email: "octo@example.com",
            role: "user",
            suspended: false,
            dormant: Some(false),
            no_sign_in: None,
        };
        roster.add(&account, user).unwrap();
    }
    let key = FingerprintKey::new(b"0123456789abcdef0123456789abcdef");
    Fingerprint::of(&roster.finish().unwrap(), &key)
}

/// A run whose list the cloud took.
async fn accepted(store: &Store, fingerprint: &Fingerprint) -> RunId {
    let run = begin(store, at(0)).await.unwrap();
    let mut freezer = store.freezer(run).await.unwrap();
    freezer.fingerprint(fingerprint).await.unwrap();
    freezer.commit(&frozen(0), None, at(10)).await.unwrap();
    store.sending(run, at(20)).await.unwrap();
    store.accepted(run, at(21), &receipt()).await.unwrap();
    run
}

#[tokio::test]
async fn a_list_that_is_confirmed_meanwhile_is_not_mixed_with_the_one_that_is_read() {
    let site = Site::new();
    let store = site.open().await;
    let list = fingerprint(40_000);
    let older = accepted(&store, &list).await;
    store.settle(older, State::Confirmed, at(22), None).await.unwrap();
    let newer = accepted(&store, &list).await;
    // What another process does when it confirms the newer one.
    let confirm = format!(
        "BEGIN; UPDATE run SET state = 'confirmed' WHERE id = '{newer}'; DELETE FROM fingerprint WHERE run_id = '{older}'; COMMIT"
    );
    let mut pieces = Vec::new();
    let look_at = |piece| {
        if pieces.is_empty() {
            let confirming = || Runtime::new().unwrap().block_on(site.tamper(&confirm));
            std::thread::scope(|scope| scope.spawn(confirming).join()).unwrap();
        }
        pieces.push(piece);
        Ok(())
    };
    let found = store
        .last_confirmed_with_fingerprint(&here(), list.key(), look_at)
        .await;
    assert_eq!(found.unwrap().map(|run| run.id), Some(older));
    assert_eq!(pieces.len(), 2);
    assert!(list.pieces().eq(pieces));
    let after = store.last_confirmed(&here()).await.unwrap();
    assert_eq!(after.map(|run| run.id), Some(newer));
}
