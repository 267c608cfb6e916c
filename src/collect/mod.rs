//! Reads the accounts and the facts of the enterprise server.
//!
//! The facts come first, because they are cheap and show at once whether the token is valid; then the users of
//! products, if configured; then the all-users report, which the server may need minutes to generate. Nothing is
//! retried here and nothing is compared with the server's own counts: a collection is either whole or an error.

mod age;
mod cells;
mod command;
mod command_error;
mod csv_row;
mod defect;
mod error;
mod facts;
mod fields;
mod file;
mod input;
mod license_file;
mod people;
mod products;
mod progress;
mod refusal;
mod report;
mod report_columns;
mod rows;
mod scim;
mod session;
mod source;
mod start_error;
mod stream;
mod subject;
mod tail;
mod usage_file;
mod usage_file_error;

use crate::license;
use crate::settings::{Environment, Server};
use crate::transport::Pace;

pub use command_error::CommandError;
pub use defect::{Defect, RowPosition};
pub use error::CollectError;
pub use fields::FieldError;
pub use file::file_age;
pub use license_file::{ExportedUsage, collect_license_file, inspect_license_file};
pub use people::People;
pub use progress::{CollectProgress, NoProgress};
pub use refusal::{Endpoint, ServerRefusal};
pub use rows::Decoder;
pub use scim::Mismatch;
pub use start_error::{StartError, inspect as inspect_program};
pub use subject::Subject;
pub use usage_file::{KeptDocument, UsageFile};
pub use usage_file_error::UsageFileError;

use source::ListSource;

/// Everything that one run learns from the enterprise server.
pub struct Collection {
    /// Everybody, sorted by ID.
    pub roster: license::Roster,
    pub facts: license::ServerFacts,
    /// How old the report was, if the server reports it.
    pub report: Option<license::ReportAge>,
    /// The products of which the server did not say who uses them, although it was asked, and why.
    pub products_refused: Vec<(license::Product, ServerRefusal)>,
}

/// Reads everybody, with what no document holds, for a comparison with the cloud's list; also how old the report was, if the
/// server says. Dropping the future cancels it.
///
/// # Errors
/// [`CollectError`]; nothing of an incomplete report is handed out.
pub async fn collect_people(
    server: &Server,
    pace: Pace,
    environment: &Environment,
    progress: &dyn CollectProgress,
) -> Result<(People, Option<license::ReportAge>), CollectError> {
    let decoder = Decoder::new(server.scim_enabled).keeping_people();
    let source = ListSource::open(server, pace, environment)?;
    let report = source.read(decoder, pace, progress).await?;
    progress.done(report.roster.totals());
    Ok((report.people, report.age))
}

/// Collects from the configured source; `pace` limits the download of the report. Dropping the future cancels it.
///
/// # Errors
/// [`CollectError`]; nothing of an incomplete collection is handed out.
pub async fn collect(
    server: &Server,
    pace: Pace,
    environment: &Environment,
    progress: &dyn CollectProgress,
) -> Result<Collection, CollectError> {
    collect_beside(server, None, pace, environment, progress).await
}

/// The same, which compares every account to an earlier list if there is one.
///
/// # Errors
/// [`CollectError`] like [`collect`].
pub async fn collect_beside(
    server: &Server,
    earlier: Option<license::EarlierList>,
    pace: Pace,
    environment: &Environment,
    progress: &dyn CollectProgress,
) -> Result<Collection, CollectError> {
    let source = ListSource::open(server, pace, environment)?;
    let facts = source.facts().await?;
    let expected = facts.counts.users.map(|users| users.total).or(facts.counts.seats_used);
    progress.started(expected);
    let mut roster = license::Roster::new(server.scim_enabled).beside(earlier);
    let products_refused = match source.products(server, &facts, progress).await? {
        Some(answer) => {
            roster = match answer.users {
                Some(users) => roster.with_products(Some(users)),
                None => roster.without_products(),
            };
            answer.refused
        }
        None => Vec::new(),
    };
    let report = source.read(Decoder::filling(roster), pace, progress).await?;
    progress.done(report.roster.totals());
    Ok(Collection {
        roster: report.roster,
        facts,
        report: report.age,
        products_refused,
    })
}
