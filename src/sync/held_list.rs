//! How a held list differs, for the person who decides about it: compares today's report with the hashes of the last
//! confirmed list. It reads the server and the store, changes neither, and does not connect to the cloud.

use std::sync::Arc;

use serde::Serialize;

use super::cause::Cause;
use super::context::Context;
use super::destination::in_force;
use super::gather::GatherTarget;
use super::review::usable;
use crate::license::{Difference, Digest, EarlierList, EncryptedUsers, FingerprintKey, NewUser, ReportAge, Totals};
use crate::settings::Link;
use crate::store::{Destination, Run, Store, StoreError};
use crate::transport::Pace;

/// A held list and how today's differs from the last confirmed one. In JSON it has no users.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct HeldList {
    pub run: Run,
    /// Of today's list.
    pub digest: Digest,
    /// Whether that is the held list: if not, what follows is about another one.
    pub same_today: bool,
    /// Nothing where the users are encrypted.
    pub totals: Option<Totals>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted_users: Option<EncryptedUsers>,
    /// How old today's report is, if the server says so.
    pub report: Option<ReportAge>,
    pub last_confirmed: Option<Run>,
    /// Nothing when no list was confirmed or its fingerprint cannot be used.
    pub difference: Option<Difference>,
    #[serde(skip)]
    pub new_users: Vec<NewUser>,
}

/// Compares today's report, if a list is held for the destination in force.
///
/// # Errors
/// [`Cause`] when the gate is closed, or the store or the server cannot be read.
pub async fn held_list(context: &Context) -> Result<Option<HeldList>, Cause> {
    let link = context.settings.gate().pass().cloned()?;
    let Some(store) = Store::open_existing(&context.state_directory).await? else {
        return Ok(None);
    };
    let now = context.clock.now();
    let (installation, destination) = in_force(&store, &link, now).await?;
    let held = store.held().await?.filter(|run| run.destination == destination);
    let Some(held) = held else {
        store.close().await;
        return Ok(None);
    };
    let (last_confirmed, earlier) = last_confirmed(&store, &destination, key(context, &link)).await?;
    store.close().await;
    let purpose = GatherTarget {
        link: &link,
        destination: &destination,
        installation,
        pace: Pace::default(),
    };
    let mut content = purpose.gather(context, earlier).await?;
    let (difference, new_users) = content.difference().unzip();
    let content = Arc::new(content);
    let encrypted_users = content.exported().map(|exported| EncryptedUsers {
        bytes: exported.users_bytes,
        bytes_before: last_confirmed.as_ref().and_then(|run| Some(run.encrypted_users?.bytes)),
    });
    let digest = content.digest().await.map_err(Cause::Write)?;
    Ok(Some(HeldList {
        same_today: held.has_frozen(digest),
        run: held,
        digest,
        totals: content.totals(),
        encrypted_users,
        report: content.report(),
        last_confirmed,
        difference,
        new_users: new_users.unwrap_or_default(),
    }))
}

fn key(context: &Context, link: &Link) -> Option<FingerprintKey> {
    let found = link.fingerprint_key.read(&context.environment);
    usable(found.map(|found| found.map(|(secret, _)| secret)))
}

/// The last confirmed run, and its list if it left a fingerprint under this key.
async fn last_confirmed(
    store: &Store,
    destination: &Destination,
    key: Option<FingerprintKey>,
) -> Result<(Option<Run>, Option<EarlierList>), StoreError> {
    let Some(key) = key else {
        return Ok((store.last_confirmed(destination).await?, None));
    };
    let (id, mut earlier) = (key.id(), EarlierList::new(key));
    let look_at = |piece: Vec<u8>| earlier.add(&piece);
    let Some(run) = store.last_confirmed_with_fingerprint(destination, id, look_at).await? else {
        return Ok((None, None));
    };
    let Some(users) = run.totals.map(|totals| totals.consumed) else {
        return Ok((Some(run), None));
    };
    match earlier.users() {
        found if found == users => Ok((Some(run), Some(earlier))),
        0 => Ok((Some(run), None)),
        _ => Err(StoreError::Damaged {
            run: run.id.to_string(),
            column: "fingerprint",
        }),
    }
}
