//! How a run goes from one state to another: inside a transaction, recorded in the history, and only if it is allowed.

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::{Sqlite, Transaction};

use super::StateReason;
use super::error::StoreError;
use super::run::RunId;
use super::state::State;
use super::tally;

/// So many events of a run are kept, the newest; the others are counted.
const KEPT_EVENTS: u32 = 200;

/// Commits what `step` consists of; the process may die on either side of it.
#[cfg_attr(
    not(feature = "failpoints"),
    allow(unused_variables, reason = "it names failpoints and nothing else")
)]
pub(super) async fn commit(transaction: Transaction<'static, Sqlite>, step: &'static str) -> Result<(), StoreError> {
    failpoint!("before", step);
    transaction.commit().await.map_err(StoreError::query("commit"))?;
    failpoint!("after", step);
    Ok(())
}

/// Goes to a final state if that is allowed. Its payload is no longer needed, nor is any fingerprint but that of the
/// last confirmed list.
pub(super) async fn end(
    transaction: &mut Transaction<'static, Sqlite>,
    run: RunId,
    state: State,
    now: DateTime<Utc>,
    because: Option<&StateReason>,
) -> Result<(), StoreError> {
    change(transaction, run, state, now, because).await?;
    forget(transaction, run, state).await
}

/// Deletes what is no longer needed now that `run` is in the final state `state`.
pub(super) async fn forget(
    transaction: &mut Transaction<'static, Sqlite>,
    run: RunId,
    state: State,
) -> Result<(), StoreError> {
    let fingerprints = match state {
        State::Confirmed => {
            "DELETE FROM fingerprint WHERE run_id IN (SELECT id FROM run WHERE state = 'confirmed' AND id <> ?)"
        }
        _ => "DELETE FROM fingerprint WHERE run_id = ?",
    };
    failpoint!("before-delete");
    for sql in ["DELETE FROM payload WHERE run_id = ?", fingerprints] {
        sqlx::query(sql)
            .bind(run.to_string())
            .execute(&mut **transaction)
            .await
            .map_err(StoreError::query("delete what is no longer needed"))?;
    }
    failpoint!("after-delete");
    Ok(())
}

/// Goes to `next` if that is allowed.
async fn change(
    transaction: &mut Transaction<'static, Sqlite>,
    run: RunId,
    next: State,
    now: DateTime<Utc>,
    because: Option<&StateReason>,
) -> Result<(), StoreError> {
    match state_of(transaction, run).await? {
        from if from.may_become(next) => write_state(transaction, run, next, now, because).await,
        from => Err(StoreError::Transition { run, from, to: next }),
    }
}

/// Goes from `from`, and from no other state, to `next`.
pub(super) async fn step(
    transaction: &mut Transaction<'static, Sqlite>,
    run: RunId,
    from: State,
    next: State,
    now: DateTime<Utc>,
    because: Option<&StateReason>,
) -> Result<(), StoreError> {
    match state_of(transaction, run).await? {
        state if state == from => write_state(transaction, run, next, now, because).await,
        state => Err(StoreError::Transition {
            run,
            from: state,
            to: next,
        }),
    }
}

async fn state_of(transaction: &mut Transaction<'static, Sqlite>, run: RunId) -> Result<State, StoreError> {
    let word: String = sqlx::query_scalar("SELECT state FROM run WHERE id = ?")
        .bind(run.to_string())
        .fetch_one(&mut **transaction)
        .await
        .map_err(StoreError::query("read the state of a run"))?;
    word.parse().map_err(|_| StoreError::Damaged {
        run: run.to_string(),
        column: "state",
    })
}

pub(super) async fn next_attempt(
    transaction: &mut Transaction<'static, Sqlite>,
    run: RunId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE run SET next_attempt_at = ? WHERE id = ?")
        .bind(text(at))
        .bind(run.to_string())
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::query("note the next attempt"))?;
    Ok(())
}

/// Counts an attempt to deliver, whose result is not known yet.
pub(super) async fn count_attempt(
    transaction: &mut Transaction<'static, Sqlite>,
    run: RunId,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE run SET attempts = attempts + 1, next_attempt_at = NULL WHERE id = ?")
        .bind(run.to_string())
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::query("count the attempt"))?;
    Ok(())
}

/// From now on the cloud may have the document.
pub(super) async fn maybe_taken(transaction: &mut Transaction<'static, Sqlite>, run: RunId) -> Result<(), StoreError> {
    sqlx::query("UPDATE run SET maybe_taken = maybe_taken + 1 WHERE id = ?")
        .bind(run.to_string())
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::query("note that it may be taken"))?;
    Ok(())
}

/// The last attempt of a run certainly left nothing at the cloud.
pub(super) async fn not_taken(transaction: &mut Transaction<'static, Sqlite>, run: RunId) -> Result<(), StoreError> {
    sqlx::query("UPDATE run SET maybe_taken = maybe_taken - 1 WHERE id = ? AND maybe_taken > 0")
        .bind(run.to_string())
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::query("note that nothing was taken"))?;
    Ok(())
}

async fn write_state(
    transaction: &mut Transaction<'static, Sqlite>,
    run: RunId,
    state: State,
    now: DateTime<Utc>,
    because: Option<&StateReason>,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE run SET state = ?, reason = ?, detail = ?, updated_at = ?, \
         changed = (SELECT max(changed) + 1 FROM run) WHERE id = ?";
    sqlx::query(SQL)
        .bind(state.word())
        .bind(because.map(|because| because.reason.code()))
        .bind(because.map(|because| &because.detail))
        .bind(text(now))
        .bind(run.to_string())
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::query("change the state of a run"))?;
    tell(transaction, run, state, now, because).await
}

pub(super) async fn tell(
    transaction: &mut Transaction<'static, Sqlite>,
    run: RunId,
    state: State,
    now: DateTime<Utc>,
    because: Option<&StateReason>,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO event (run_id, at, state, reason, detail) VALUES (?, ?, ?, ?, ?)")
        .bind(run.to_string())
        .bind(text(now))
        .bind(state.word())
        .bind(because.map(|because| because.reason.code()))
        .bind(because.map(|because| &because.detail))
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::query("write the history"))?;
    tally::count(transaction, state, because).await?;
    let prune = "DELETE FROM event WHERE run_id = ?1 AND rowid <= \
         (SELECT rowid FROM event WHERE run_id = ?1 ORDER BY rowid DESC LIMIT 1 OFFSET ?2)";
    sqlx::query(prune)
        .bind(run.to_string())
        .bind(KEPT_EVENTS)
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::query("shorten the history"))?;
    Ok(())
}

/// A time as it is stored.
pub(super) fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
