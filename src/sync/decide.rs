//! A person decides about a held document: exactly the one that is named is approved, to be sent once, or discarded.

use super::cause::{Cause, for_other_destination};
use super::context::Context;
use super::destination::in_force;
use super::recover::{self, Interruption};
use crate::advice;
use crate::reason::Reason;
use crate::settings::Gate;
use crate::store::{self, Destination, HoldAction, Role, Run, StateReason, Store, StoreError};

/// Why nothing was decided: the document that was named is not held.
#[derive(Debug, thiserror::Error)]
pub enum NotHeld {
    #[error("no document was {}: none is held", .0.word())]
    Nothing(HoldAction),
    #[error("no document was {}: the one that is held is {held}", .action.word())]
    Another { action: HoldAction, held: String },
    #[error("no document was {}: it was made for {from}, and the settings name {to}", .action.word())]
    ForOther {
        action: HoldAction,
        from: Box<Destination>,
        to: Box<Destination>,
    },
    #[error("no document was {}: this one is not held, it is {}{}", .action.word(), .run.state, because(.run))]
    NoLonger { action: HoldAction, run: Box<Run> },
}

fn because(run: &Run) -> String {
    run.detail
        .as_ref()
        .map(|detail| format!(": {detail}"))
        .unwrap_or_default()
}

impl NotHeld {
    /// What to do about it.
    pub fn help(&self) -> String {
        let (status, sync) = (advice::command("status"), advice::sync());
        match self {
            Self::Nothing(_) => format!(
                "{status} shows what is held, and {} shows earlier documents",
                advice::command("history")
            ),
            Self::Another { action, held } => {
                let (if_so, command) = match action {
                    HoldAction::Approved => ("its numbers are right", "approve"),
                    HoldAction::Discarded => ("it must not be sent", "discard"),
                };
                let command = advice::command(&format!("{command} {held}"));
                format!("look at it with {status}; if {if_so}, run {command}")
            }
            Self::ForOther { .. } => for_other_destination(),
            Self::NoLonger { run, .. } => match run.decision.as_ref().map(|decision| decision.action) {
                Some(HoldAction::Approved) => {
                    format!("it was approved before, and a document is sent once; {status} shows what happened to it")
                }
                Some(HoldAction::Discarded) => format!("it was discarded and is deleted; {sync} makes a new one"),
                None => {
                    format!("only a held document can be approved or discarded; {status} shows whether one is held")
                }
            },
        }
    }
}

/// Approves or discards the held document whose digest begins with the hex digits `digest`; `by` is who says so. An
/// approved one is due at once, for the daemon or for the next `sync`. Discarding sends nothing, so it needs no open gate.
///
/// # Errors
/// [`Cause`] when the gate is closed, another process is syncing or the store cannot be used.
pub async fn decide(
    context: &Context,
    action: HoldAction,
    digest: &str,
    by: &str,
) -> Result<Result<Run, NotHeld>, Cause> {
    let gate = context.settings.gate();
    if action == HoldAction::Approved {
        gate.pass()?;
    }
    let Some(store) = Store::open_existing(&context.state_directory).await? else {
        return Ok(Err(NotHeld::Nothing(action)));
    };
    let role = match action {
        HoldAction::Approved => Role::Approve,
        HoldAction::Discarded => Role::Discard,
    };
    let lock = store::lock(&context.state_directory).await?;
    let _lock = lock.signed(role, context.clock.now());
    let in_force = match (action, gate) {
        (HoldAction::Approved, Gate::Open(link)) => Some(in_force(&store, &link, context.clock.now()).await?.1),
        // Nothing is sent anywhere.
        _ => None,
    };
    let result = carry_out(context, &store, action, digest, by, in_force).await;
    store.close().await;
    Ok(result?)
}

async fn carry_out(
    context: &Context,
    store: &Store,
    action: HoldAction,
    digest: &str,
    by: &str,
    in_force: Option<Destination>,
) -> Result<Result<Run, NotHeld>, StoreError> {
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
        held => return Ok(Err(not_held(store, action, held, &digest).await?)),
    };
    if let Some(to) = in_force.filter(|to| *to != held.destination) {
        let (from, to) = (Box::new(held.destination), Box::new(to));
        return Ok(Err(NotHeld::ForOther { action, from, to }));
    }
    let held = held.id;
    match action {
        HoldAction::Approved => {
            // A run that a crash left in the middle of its collection would be in the way.
            recover::take_stock(store, now, Interruption::Death).await?;
            store.release(held, now, by).await?;
        }
        HoldAction::Discarded => {
            let because = StateReason {
                reason: Reason::Discarded,
                detail: "a person decided not to send it".to_owned(),
            };
            store.discard(held, now, by, &because).await?;
        }
    }
    let run = store.run(held).await?;
    let reason = run.reason.map(Reason::code);
    tracing::info!(run_id = %run.id, window = run.window, state = %run.state, reason, digest = %digest, "a person {} the held license usage", action.word());
    Ok(Ok(run))
}

async fn not_held(store: &Store, action: HoldAction, held: Option<Run>, digest: &str) -> Result<NotHeld, StoreError> {
    if let Some(run) = store.with_digest(digest).await? {
        let run = Box::new(run);
        return Ok(NotHeld::NoLonger { action, run });
    }
    Ok(match held.and_then(|run| run.frozen) {
        None => NotHeld::Nothing(action),
        Some(frozen) => NotHeld::Another {
            action,
            held: frozen.digest.short(),
        },
    })
}
