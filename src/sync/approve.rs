//! Approval: a person looked at a held document and lets exactly that one go, once.

use super::Context;
use super::destination::{destination, installation, retire};
use super::error::Cause;
use super::recover::{self, Interruption};
use crate::store::{self, Run, Store, StoreError};

/// Why nothing was released: what was asked for is not there to be released.
#[derive(Debug, thiserror::Error)]
pub enum NotReleased {
    #[error("no document was released: none is held")]
    NoneHeld,
    #[error("no document was released: the one that is held is {held}")]
    Another { held: String },
    #[error("no document was released: this one is not held, it is {}{}", .0.state, because(.0))]
    NotHeld(Box<Run>),
}

fn because(run: &Run) -> String {
    run.detail
        .as_ref()
        .map(|detail| format!(": {detail}"))
        .unwrap_or_default()
}

impl NotReleased {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::NoneHeld => "`status` shows what is held, and `history` what became of earlier documents".to_owned(),
            Self::Another { held } => {
                format!("look at it with `status`; if its numbers are right, run `ghe-license-sync approve {held}`")
            }
            Self::NotHeld(run) if run.approval.is_some() => {
                "it was released before, and a document is released once; `status` shows how it went on".to_owned()
            }
            Self::NotHeld(_) => "only what is held can be released; `status` shows whether something is".to_owned(),
        }
    }
}

/// Releases the held document whose digest begins with the hex digits `digest`; `by` is who says so. It is due at once
/// then, for the daemon or for the next `sync`.
///
/// # Errors
/// [`Cause`] when the gate is closed, another process is syncing or the store cannot be used.
pub async fn approve(context: &Context, digest: &str, by: &str) -> Result<Result<Run, NotReleased>, Cause> {
    let link = context.settings.gate().pass().cloned()?;
    let _lock = store::lock(&context.state_directory)?;
    let store = Store::open(&context.state_directory).await?;
    let known = installation(&store, &link, context.clock.now()).await?;
    retire(&store, &destination(&link, Some(known)), context.clock.now()).await?;
    let result = release(context, &store, digest, by).await;
    store.close().await;
    Ok(result?)
}

async fn release(
    context: &Context,
    store: &Store,
    digest: &str,
    by: &str,
) -> Result<Result<Run, NotReleased>, StoreError> {
    let now = context.clock.now();
    let digest = digest.to_ascii_lowercase();
    let begins = |run: &Run| {
        run.frozen
            .as_ref()
            .map(|frozen| frozen.digest.to_string())
            .is_some_and(|all| all.starts_with(&digest))
    };
    let held = match store.held().await? {
        Some(run) if begins(&run) => run,
        held => return Ok(Err(not_released(store, held, &digest).await?)),
    };
    // A run that a crash left in the middle of its collection would stand in the way.
    recover::take_stock(store, now, Interruption::Death).await?;
    store.release(held.id, now, by).await?;
    let run = store.run(held.id).await?;
    tracing::info!(run_id = %run.id, state = %run.state, digest = %digest, "a person released the held license usage");
    Ok(Ok(run))
}

async fn not_released(store: &Store, held: Option<Run>, digest: &str) -> Result<NotReleased, StoreError> {
    if let Some(run) = store.with_digest(digest).await? {
        return Ok(NotReleased::NotHeld(Box::new(run)));
    }
    let held = held.and_then(|run| run.frozen);
    Ok(held.map_or(NotReleased::NoneHeld, |frozen| NotReleased::Another {
        held: frozen.digest.short(),
    }))
}
