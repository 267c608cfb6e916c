//! The history as CSV, for a spreadsheet: a line for each run, the newest first. It has counts and fixed
//! words, and no free text.
//!
//! No cell is a formula. Only a user who can write the store could make one, but the reader of the file has other rights.

use chrono::{DateTime, Utc};

use super::super::licenses_csv::cell;
use super::answer::HistoryAnswer;
use crate::license::{ProductTotals, ServerCounts, Totals, UserCounts};
use crate::reason::Reason;
use crate::store::{DeletedRun, Destination, Run, RunId, State, Trigger};

/// What there is of a run, or is left of one.
struct HistoryRow<'a> {
    id: RunId,
    started_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    state: State,
    /// Nothing is known of it when the run was deleted, nor of the next one.
    trigger: Option<&'a Trigger>,
    reason: Option<Reason>,
    deleted: bool,
    destination: &'a Destination,
    totals: Option<Totals>,
    encrypted: Option<u64>,
    counts: ServerCounts,
}

type CsvColumn = (&'static str, fn(&HistoryRow<'_>) -> String);

/// The columns; `docs/operations.md` says what is in them.
const COLUMNS: [CsvColumn; 31] = [
    ("run_id", |row| row.id.to_string()),
    ("started_at_utc", |row| time(row.started_at)),
    ("changed_at_utc", |row| time(row.updated_at)),
    ("state", |row| row.state.to_string()),
    ("reason", |row| {
        row.reason.map(Reason::code).unwrap_or_default().to_owned()
    }),
    ("trigger", |row| {
        row.trigger.map(Trigger::word).unwrap_or_default().to_owned()
    }),
    ("deleted", |row| if row.deleted { "yes" } else { "no" }.to_owned()),
    ("account", |row| row.destination.account.clone()),
    ("api_origin", |row| row.destination.api_origin.clone()),
    ("uploads_origin", |row| row.destination.uploads_origin.clone()),
    ("server_id", |row| row.destination.server_id.to_string()),
    ("accounts_seen", |row| row.total(|it| it.accounts)),
    ("licenses_consumed", |row| row.total(|it| it.consumed)),
    ("accounts_suspended", |row| row.total(|it| it.suspended)),
    ("organizations", |row| row.total(|it| it.organizations)),
    ("bots", |row| row.total(|it| it.bots)),
    ("setup_users", |row| row.total(|it| it.setup_users)),
    ("ghosts", |row| row.total(|it| it.ghosts)),
    ("licenses_dormant", |row| number(row.totals.and_then(|it| it.dormant))),
    ("licenses_without_address", |row| row.total(|it| it.unmatchable)),
    ("licenses_without_sign_in", |row| {
        number(row.totals.and_then(|it| it.no_sign_in))
    }),
    ("licenses_with_shared_address", |row| {
        number(row.totals.and_then(|it| it.shared_addresses))
    }),
    ("rows_repeated", |row| row.total(|it| it.repeated_rows)),
    ("advanced_security_users", |row| row.product(|it| it.advanced_security)),
    ("code_security_users", |row| row.product(|it| it.code_security)),
    ("secret_protection_users", |row| row.product(|it| it.secret_protection)),
    ("server_users", |row| row.users(|it| it.total)),
    ("server_users_suspended", |row| row.users(|it| it.suspended)),
    ("server_seats_used", |row| number(row.counts.seats_used)),
    ("server_seats", |row| number(row.counts.seats)),
    ("encrypted_users_bytes", |row| number(row.encrypted)),
];

impl HistoryRow<'_> {
    fn total(&self, count: fn(Totals) -> u64) -> String {
        number(self.totals.map(count))
    }

    fn product(&self, count: fn(ProductTotals) -> Option<u64>) -> String {
        number(self.totals.and_then(|it| it.products).and_then(count))
    }

    fn users(&self, count: fn(UserCounts) -> u64) -> String {
        number(self.counts.users.map(count))
    }
}

impl<'a> From<&'a Run> for HistoryRow<'a> {
    fn from(run: &'a Run) -> Self {
        Self {
            id: run.id,
            started_at: run.started_at,
            updated_at: run.updated_at,
            state: run.state,
            trigger: Some(&run.trigger),
            reason: run.reason,
            deleted: false,
            destination: &run.destination,
            totals: run.totals,
            encrypted: run.encrypted_users.map(|users| users.bytes),
            counts: run.server_counts,
        }
    }
}

impl<'a> From<&'a DeletedRun> for HistoryRow<'a> {
    fn from(run: &'a DeletedRun) -> Self {
        Self {
            id: run.id,
            started_at: run.started_at,
            updated_at: run.updated_at,
            state: run.state,
            trigger: None,
            reason: None,
            deleted: true,
            destination: &run.destination,
            totals: run.totals,
            encrypted: None,
            counts: run.server_counts,
        }
    }
}

/// All of it, with a header.
pub(super) fn text(history: &HistoryAnswer) -> String {
    let runs = history.runs.iter().map(|entry| HistoryRow::from(&entry.run));
    let rows = runs.chain(history.deleted_runs.iter().map(HistoryRow::from));
    let mut text = line(COLUMNS.iter().map(|(name, _)| (*name).to_owned()));
    for row in rows {
        text += &line(COLUMNS.iter().map(|(_, cell)| cell(&row)));
    }
    text
}

/// A time as every spreadsheet reads it.
fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Nothing where it is not known.
fn number(number: Option<impl ToString>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn line(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<_> = cells.map(|text| cell(&text)).collect();
    cells.join(",") + "\n"
}
