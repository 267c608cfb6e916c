//! How a run goes from one state to another: inside a transaction, recorded in the history, and only if it is allowed.

use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::query::Query;
use sqlx::sqlite::SqliteExecutor;
use sqlx::{Sqlite, Transaction};

use super::database::Store;
use super::error::StoreError;
use super::retention::KEPT_EVENTS;
use super::run_id::RunId;
use super::state::{State, StateReason};
use super::tally;

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

/// One transaction that changes a run.
pub(super) struct RunChange {
    pub(super) transaction: Transaction<'static, Sqlite>,
    pub(super) run: RunId,
    pub(super) now: DateTime<Utc>,
}

impl Store {
    /// Begins to change a run.
    pub(super) async fn change(&self, run: RunId, now: DateTime<Utc>) -> Result<RunChange, StoreError> {
        let transaction = self.transaction().await?;
        Ok(RunChange { transaction, run, now })
    }
}

impl RunChange {
    /// Goes to a final state if that is allowed. Its payload is no longer needed, nor is any fingerprint but that of the
    /// last confirmed list.
    pub(super) async fn end(&mut self, state: State, because: Option<&StateReason>) -> Result<(), StoreError> {
        let from = self.state().await?;
        if !from.may_become(state) {
            return Err(self.refused(from, state));
        }
        self.write_state(state, because).await?;
        self.forget(state).await
    }

    /// The same of another run, in this transaction.
    pub(super) async fn end_other(
        &mut self,
        run: RunId,
        state: State,
        because: &StateReason,
    ) -> Result<(), StoreError> {
        let this = std::mem::replace(&mut self.run, run);
        let ended = self.end(state, Some(because)).await;
        self.run = this;
        ended
    }

    /// Deletes what is no longer needed now that the run is in the final state `state`.
    pub(super) async fn forget(&mut self, state: State) -> Result<(), StoreError> {
        let fingerprints = match state {
            State::Confirmed => {
                "DELETE FROM fingerprint WHERE run_id IN (SELECT id FROM run WHERE state = 'confirmed' AND id <> ?1)"
            }
            _ => "DELETE FROM fingerprint WHERE run_id = ?1",
        };
        failpoint!("before-delete");
        for sql in ["DELETE FROM payload WHERE run_id = ?1", fingerprints] {
            self.write(sql, [], "delete what is no longer needed").await?;
        }
        failpoint!("after-delete");
        Ok(())
    }

    /// Goes from `from`, and from no other state, to `next`.
    pub(super) async fn step(
        &mut self,
        from: State,
        next: State,
        because: Option<&StateReason>,
    ) -> Result<(), StoreError> {
        match self.state().await? {
            state if state == from => self.write_state(next, because).await,
            state => Err(self.refused(state, next)),
        }
    }

    async fn state(&mut self) -> Result<State, StoreError> {
        let word: String = sqlx::query_scalar("SELECT state FROM run WHERE id = ?")
            .bind(self.run.to_string())
            .fetch_one(&mut *self.transaction)
            .await
            .map_err(StoreError::query("read the state of a run"))?;
        word.parse().map_err(|_| StoreError::Damaged {
            run: self.run.to_string(),
            column: "state",
        })
    }

    fn refused(&self, from: State, to: State) -> StoreError {
        let run = self.run;
        StoreError::Transition { run, from, to }
    }

    pub(super) async fn next_attempt(&mut self, at: DateTime<Utc>) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET next_attempt_at = ?2 WHERE id = ?1";
        self.write(SQL, [Some(text(at))], "note the next attempt").await
    }

    /// Counts an attempt to deliver, whose result is not known yet.
    pub(super) async fn count_attempt(&mut self) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET attempts = attempts + 1, next_attempt_at = NULL WHERE id = ?1";
        self.write(SQL, [], "count the attempt").await
    }

    /// From now on the cloud may have the document.
    pub(super) async fn maybe_taken(&mut self) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET maybe_taken = maybe_taken + 1 WHERE id = ?1";
        self.write(SQL, [], "note that it may be taken").await
    }

    /// The last attempt of a run certainly left nothing at the cloud.
    pub(super) async fn not_taken(&mut self) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET maybe_taken = maybe_taken - 1 WHERE id = ?1 AND maybe_taken > 0";
        self.write(SQL, [], "note that nothing was taken").await
    }

    async fn write_state(&mut self, state: State, because: Option<&StateReason>) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET updated_at = ?2, state = ?3, reason = ?4, detail = ?5, \
             changed = (SELECT max(changed) + 1 FROM run) WHERE id = ?1";
        let values = event(self.now, state, because);
        self.write(SQL, values, "change the state of a run").await?;
        self.tell(state, because).await
    }

    /// Adds the state to the history.
    pub(super) async fn tell(&mut self, state: State, because: Option<&StateReason>) -> Result<(), StoreError> {
        const SQL: &str = "INSERT INTO event (run_id, at, state, reason, detail) VALUES (?1, ?2, ?3, ?4, ?5)";
        const SHORTEN: &str = "DELETE FROM event WHERE run_id = ?1 AND rowid <= \
             (SELECT rowid FROM event WHERE run_id = ?1 ORDER BY rowid DESC LIMIT 1 OFFSET ?2)";
        let values = event(self.now, state, because);
        self.write(SQL, values, "write the history").await?;
        tally::count(&mut self.transaction, state, because).await?;
        sqlx::query(SHORTEN)
            .bind(self.run.to_string())
            .bind(KEPT_EVENTS)
            .execute(&mut *self.transaction)
            .await
            .map_err(StoreError::query("shorten the history"))?;
        Ok(())
    }

    /// Writes what belongs to the run, as [`update`] does.
    pub(super) async fn write<const N: usize>(
        &mut self,
        sql: &'static str,
        texts: [Option<String>; N],
        attempt: &'static str,
    ) -> Result<(), StoreError> {
        update(&mut *self.transaction, self.run, sql, texts, attempt).await
    }

    /// Commits it as `step`.
    pub(super) async fn commit(self, step: &'static str) -> Result<(), StoreError> {
        commit(self.transaction, step).await
    }
}

/// What is stored of a change: when, to what, and why.
fn event(now: DateTime<Utc>, state: State, because: Option<&StateReason>) -> [Option<String>; 4] {
    let reason = because.map(|because| because.reason.code().to_owned());
    let detail = because.map(|because| because.detail.clone());
    [Some(text(now)), Some(state.word().to_owned()), reason, detail]
}

/// Writes what belongs to a run: `?1` of the statement is its ID, and the texts follow.
pub(super) async fn update<const N: usize>(
    executor: impl SqliteExecutor<'_>,
    run: RunId,
    sql: &'static str,
    texts: [Option<String>; N],
    attempt: &'static str,
) -> Result<(), StoreError> {
    let query = sqlx::query(sql).bind(run.to_string());
    let done = texts.into_iter().fold(query, Query::bind).execute(executor).await;
    done.map(drop).map_err(StoreError::query(attempt))
}

/// A time as it is stored.
pub(super) fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}
