//! Reads what the cloud says of every server of the account, and which of them is ours. It takes Connect alone, sends
//! nothing and changes nothing.

use super::cloud_servers::{CloudServers, Us};
use super::destination::{hostname, server_id};
use super::timetable_of;
use crate::connect::Listing;
use crate::settings::Settings;
use crate::store::{Installation, Store, StoreError};

/// Judges what the cloud lists, with what the store of these settings knows of this server, if there is one.
///
/// # Errors
/// [`StoreError`] when there is a store and it cannot be read.
pub async fn cloud_servers(settings: &Settings, listing: &Listing) -> Result<CloudServers, StoreError> {
    let store = Store::open_existing(&settings.state_directory).await?;
    let known = match &store {
        Some(store) => store.known_installation().await,
        None => Ok(None),
    };
    if let Some(store) = store {
        store.close().await;
    }
    Ok(CloudServers::of(listing, &us(settings, known?, listing)))
}

/// This server by its settings and its store. While license sync is off it reports by no timetable of ours.
fn us(settings: &Settings, known: Option<Installation>, listing: &Listing) -> Us {
    let Ok(link) = settings.gate.pass() else {
        return Us {
            id: settings.server_id().or(known.and_then(|known| known.frozen_under)),
            hostname: settings.server_hostname(),
            timetable: None,
        };
    };
    let installation = known.unwrap_or(Installation {
        frozen_under: None,
        bound_to: None,
        enabled_at: listing.at,
    });
    Us {
        id: Some(server_id(link, known)),
        hostname: Some(hostname(link).to_owned()),
        timetable: Some(timetable_of(link, installation)),
    }
}
