//! Trouble with the state directory: each kind is reported in plain words, nothing is lost, and nothing is sent twice. And
//! with other files of the machine.

mod backup;
mod clock;
mod damaged;
mod full_disk;
mod mounts;
mod network;
mod power;
mod read_only;
mod trust_store;

use std::collections::BTreeSet;

use serde_json::Value;

use super::support::lab::{Lab, Ran};

/// The idempotency keys of all documents that were frozen, as `history --json` tells them.
fn frozen(ran: &Ran) -> BTreeSet<String> {
    let history: Value = serde_json::from_str(&ran.stdout).unwrap();
    let keys = history["runs"].as_array().unwrap().iter();
    let keys = keys.filter_map(|run| run["frozen"]["idempotency_key"].as_str());
    keys.map(str::to_owned).collect()
}

/// After so many earlier ones, the cloud has each of these documents, each once, and nothing else.
fn assert_taken_once(lab: &Lab, earlier: usize, frozen: &BTreeSet<String>) {
    let taken: Vec<_> = (lab.sandbox.uploads().into_iter().skip(earlier))
        .map(|upload| upload.idempotency_key)
        .collect();
    assert_eq!(taken.len(), frozen.len(), "{taken:?}");
    assert_eq!(&taken.into_iter().collect::<BTreeSet<_>>(), frozen);
}
