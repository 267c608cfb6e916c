//! What arrives at the cloud is what was frozen, under the key that names its server.

use std::sync::Arc;

use ghe_license_sync::clock::SystemClock;
use ghe_license_sync::store::{CHUNK_SIZE, State};

use super::Lab;

#[tokio::test]
async fn a_document_of_several_pieces_arrives_whole_at_the_second_attempt_too() {
    let lab = Lab::of(25_000, &["upload:503@0*1"], Arc::new(SystemClock)).await;
    let run = lab.sync(&[]).await.unwrap();
    assert_eq!((run.state, run.attempts), (State::Confirmed, 2));
    let frozen = run.frozen.unwrap();
    assert!(frozen.body_size > CHUNK_SIZE as u64);
    let [upload] = &lab.sandbox.uploads()[..] else {
        panic!("one document was taken");
    };
    assert_eq!(
        (upload.digest, upload.body_bytes, upload.users),
        (frozen.digest, frozen.body_size, run.totals.unwrap().consumed)
    );
}

#[tokio::test]
async fn the_key_begins_with_the_id_of_the_settings_or_else_with_that_of_the_store() {
    let lab = Lab::with_faults(&[]).await;
    let given = "6a1f7c52-0c1d-4d0e-9a53-3c1f1f0f7e21";
    assert!(key(&lab, &[&format!("server.id={given}")]).await.starts_with(given));
    lab.edit_settings("\nid = ", "\n# id = ");
    let key = key(&lab, &[]).await;
    let made = lab.store().await.known_installation().await.unwrap().unwrap();
    assert!(key.starts_with(&made.bound_to.unwrap().to_string()), "{key}");
}

async fn key(lab: &Lab, overrides: &[&str]) -> String {
    lab.sync(overrides).await.unwrap().frozen.unwrap().idempotency_key
}
