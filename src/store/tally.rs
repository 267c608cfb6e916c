//! How often something happened, over the whole history. It counts what the history does not keep as well, so the numbers
//! of the monitoring never go down.

use sqlx::{Sqlite, Transaction};

use super::columns::Columns;
use super::database::Store;
use super::error::StoreError;
use super::state::{State, StateReason};
use crate::reason::Reason;

/// What was counted over the whole history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunTally {
    /// Runs that have ended, by their last state.
    pub runs: Vec<(State, u64)>,
    pub attempts: Attempts,
    /// How often each reason was given, those alone that were given.
    pub reasons: Vec<(Reason, u64)>,
}

/// How attempts to send ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attempts {
    pub accepted: u64,
    pub rejected: u64,
    /// They did not get through.
    pub undelivered: u64,
}

impl Store {
    /// Counts runs, attempts and reasons over the whole history.
    pub async fn tally(&self) -> Result<RunTally, StoreError> {
        const SQL: &str = "SELECT state, NULLIF(reason, '') AS reason, count FROM tally ORDER BY state, reason";
        let rows = sqlx::query(SQL).fetch_all(&self.pool).await;
        let mut tally = RunTally {
            runs: State::ALL
                .into_iter()
                .filter(|state| state.is_final())
                .map(|state| (state, 0))
                .collect(),
            ..RunTally::default()
        };
        for row in &rows.map_err(StoreError::query("count the history"))? {
            let row = Columns { row, run: "(all)" };
            tally.add(
                row.parsed("state")?,
                row.parsed_if_there("reason")?,
                row.count("count")?,
            );
        }
        Ok(tally)
    }
}

impl RunTally {
    /// Adds events of one kind: a run that got to `state`, because of `reason` unless all was well.
    fn add(&mut self, state: State, reason: Option<Reason>, count: u64) {
        if let Some((_, runs)) = self.runs.iter_mut().find(|(word, _)| *word == state) {
            *runs += count;
        }
        match (state, reason) {
            // With a reason: it was asked again whether an accepted document is confirmed.
            (State::Accepted, None) => self.attempts.accepted += count,
            (State::Rejected, _) => self.attempts.rejected += count,
            // Without a reason: it was frozen for the first time.
            (State::Frozen, Some(_)) => self.attempts.undelivered += count,
            _ => {}
        }
        if let Some(reason) = reason {
            match self.reasons.iter_mut().find(|(word, _)| *word == reason) {
                Some((_, times)) => *times += count,
                None => self.reasons.push((reason, count)),
            }
        }
    }
}

/// Counts one event.
pub(super) async fn count(
    transaction: &mut Transaction<'static, Sqlite>,
    state: State,
    because: Option<&StateReason>,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO tally VALUES (?, ?, 1) ON CONFLICT (state, reason) DO UPDATE SET count = count + 1";
    sqlx::query(SQL)
        .bind(state.word())
        .bind(because.map_or("", |because| because.reason.code()))
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::query("count the history"))?;
    Ok(())
}
