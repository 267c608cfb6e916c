//! The gate: closed means silence, also when it closes in the middle of a run.

mod closed;
mod closing;
mod credentials;
mod held;
mod outbox;
mod silence;
mod traced;

use std::sync::Arc;

use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::State;

use super::support::counter::Counter;
use super::support::lab::Lab;
use super::support::moment::{Moment, On};
use super::support::watched::Watched;

const OPEN: &str = "[license-sync]\nenabled = true";
const CONNECT_ON: &str = "[connect]\nenabled = true";
const CONNECT_OFF: &str = "[connect]\nenabled = false";
const CLOSED: &str = "[license-sync]\nenabled = false";

/// Closes the gate of `site` when the moment comes.
fn closing_at(moment: Moment, site: &Arc<Watched>) -> Arc<On<impl Fn() + Send + Sync + use<>>> {
    let site = Arc::clone(site);
    Arc::new(On(moment, move || site.lab.edit_settings(OPEN, CLOSED)))
}

/// The newest run was refused, and nothing of its document and of any list is left.
async fn assert_discarded(lab: &Lab) {
    let (run, store) = (lab.last_run().await, lab.store().await);
    assert_eq!(run.state, State::Refused);
    assert_eq!(run.reason, Some(Reason::LicenseSyncDisabled));
    assert_eq!(store.piece(run.id, 0).await.unwrap(), None);
    assert!(store.unfinished().await.unwrap().is_none());
    assert_eq!(lab.fingerprint_pieces().await, 0);
}

/// Overrides that put `counter` in the place of the cloud.
fn in_place_of_the_cloud(counter: &Counter) -> [String; 2] {
    ["connect.api-url", "connect.uploads-url"].map(|key| format!("{key}={}", counter.url))
}
