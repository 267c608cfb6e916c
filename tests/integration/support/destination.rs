//! A destination for tests of the store, and runs that belong to it.

use chrono::{DateTime, Utc};
#[cfg(feature = "sandbox")]
use ghe_license_sync::settings::Gate;
use ghe_license_sync::store::{Destination, RunId, Store, StoreError, Trigger};
#[cfg(feature = "sandbox")]
use ghe_license_sync::sync::{Context, destination};
use uuid::Uuid;

/// An account at github.com and a server.
pub(crate) fn here() -> Destination {
    Destination {
        api_origin: "https://api.github.com".to_owned(),
        uploads_origin: "https://uploads.github.com".to_owned(),
        account: "enterprise/octo-corp".to_owned(),
        server_id: Uuid::from_u128(7),
    }
}

/// The server's name.
pub(crate) const HOSTNAME: &str = "github.example.com";

/// Starts a manual run for [`here`].
pub(crate) async fn begin(store: &Store, now: DateTime<Utc>) -> Result<RunId, StoreError> {
    store.begin(&Trigger::Manual, &here(), HOSTNAME, now).await
}

/// Starts a manual run for the destination of this context.
#[cfg(feature = "sandbox")]
pub(crate) async fn begin_in(context: &Context, store: &Store, now: DateTime<Utc>) -> RunId {
    let Gate::Open(link) = context.settings.gate() else {
        panic!("the gate is open");
    };
    let destination = destination(&link, store.known_installation().await.unwrap());
    store
        .begin(&Trigger::Manual, &destination, HOSTNAME, now)
        .await
        .unwrap()
}
