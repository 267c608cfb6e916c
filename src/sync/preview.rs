//! A run that stops before freezing: what would be sent, in counts, against what was last confirmed.

use std::pin::pin;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::time::timeout;
use uuid::Uuid;

use super::cause::Cause;
use super::content::RunContent;
use super::context::Context;
use super::destination::in_force;
use super::error::SyncError;
use super::gate_check::LOOK_AT_GATE;
use super::gather::GatherTarget;
use super::review::{review, usable};
use crate::guard::Hold;
use crate::license::{Change, Digest, EncryptedUsers, ReportAge, ServerCounts, Totals};
use crate::reason::Reason;
use crate::settings::Link;
use crate::store::{Destination, Run, Store};
use crate::transport::Pace;

/// What a sync would send now.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct Preview {
    pub server_id: Uuid,
    /// Nothing where the users are encrypted.
    pub totals: Option<Totals>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted_users: Option<EncryptedUsers>,
    pub digest: Digest,
    /// The server's own counts, to compare with.
    pub server_counts: ServerCounts,
    /// How old its report is, if it is known.
    pub report: Option<ReportAge>,
    /// The run whose document waits for this destination: a sync continues with it first.
    pub waiting: Option<Run>,
    /// What the cloud last confirmed.
    pub last_confirmed: Option<Run>,
    /// Against the last confirmed list; nothing when there was none.
    pub change: Option<Change>,
    /// Why a sync would hold it for review, if it would.
    #[serde(rename = "hold_reason")]
    pub held: Option<Reason>,
}

/// What a document is made from that is not frozen, and where it would go.
pub(super) struct Collected {
    pub(super) store: Store,
    pub(super) link: Link,
    pub(super) destination: Destination,
    pub(super) content: Arc<RunContent>,
    /// When the collection was finished.
    pub(super) at: DateTime<Utc>,
}

/// Collects while the gate is open.
pub(super) async fn collect_now(context: &Context) -> Result<Collected, SyncError> {
    let link = context.settings.gate().pass().cloned().map_err(Cause::from)?;
    let store = Store::open(&context.state_directory).await.map_err(Cause::from)?;
    let begin = context.clock.now();
    let (installation, destination) = in_force(&store, &link, begin).await.map_err(Cause::from)?;
    let purpose = GatherTarget {
        link: &link,
        destination: &destination,
        installation,
        pace: Pace::default(),
    };
    let content = Arc::new(while_open(context, purpose.gather(context, None)).await??);
    let server_id = content.server_id();
    content.make_sure_of(&store).await.map_err(Cause::from)?;
    Ok(Collected {
        at: context.clock.now(),
        destination: Destination {
            server_id,
            ..destination
        },
        store,
        link,
        content,
    })
}

/// Does `work` as long as the gate is open, which is asked as often as in a run.
async fn while_open<T>(context: &Context, work: impl Future<Output = T>) -> Result<T, Cause> {
    let mut work = pin!(work);
    loop {
        context.settings.gate().pass()?;
        if let Ok(done) = timeout(LOOK_AT_GATE, &mut work).await {
            return Ok(done);
        }
    }
}

/// Collects and compares; nothing is frozen, nothing is sent and the cloud is not connected to.
///
/// # Errors
/// [`SyncError::NotSent`] with the cause.
pub async fn preview(context: &Context) -> Result<Preview, SyncError> {
    let Collected {
        store,
        link,
        destination,
        content,
        ..
    } = collect_now(context).await?;
    // Where there is no key, there is nothing to compare with either.
    let found = link.fingerprint_key.read(&context.environment);
    let key = usable(found.map(|found| found.map(|(secret, _)| secret)));
    let digest = content.digest().await.map_err(Cause::Write)?;
    let review = review(&store, &destination, link.sync.guard, key, &content, digest)
        .await
        .map_err(Cause::from)?;
    let unfinished = store.unfinished().await.map_err(Cause::from)?;
    let waiting = unfinished.filter(|run| run.destination == destination && run.frozen.is_some());
    store.close().await;
    Ok(Preview {
        server_id: destination.server_id,
        totals: content.totals(),
        encrypted_users: review.encrypted,
        digest,
        server_counts: content.counts(),
        report: content.report(),
        waiting,
        last_confirmed: review.last_confirmed,
        change: review.change,
        held: review.hold.map(Hold::reason),
    })
}
