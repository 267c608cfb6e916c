//! `report`: the consumed licenses as the cloud counts them, all pages. It sends nothing, and needs only Connect. Users
//! are shown only on request, and then only on standard output or in the named file.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde::Serialize;

use super::answer_format::{Contradiction, Format, ReportFormat};
use super::held_answer::WholeAnswer;
use super::json::JsonAnswer;
use super::licenses_failure::ReportFailure;
use super::licenses_sheet::Sheet;
use super::progress::Bar;
use super::stop::Stop;
use super::undone::Undone;
use super::{GlobalOptions, credential_store, html, licenses_table, report, session, work_on_one_thread};
use crate::connect::{LicenseListing, LicenseReader};
use crate::explain::Explain;
use crate::license::{ConsumedTotals, SeatUse};
use crate::reason::Exit;
use crate::settings::{ReadAccess, Settings, Sources, Watching};
use crate::transport::Patience;

#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// How the report is written, a table by default; `--json` is the same as `--format json`, and `html` is a page with charts.
    #[arg(long, value_enum)]
    format: Option<ReportFormat>,
    /// Lists every license with login and addresses, in CSV, JSON and HTML.
    #[arg(long)]
    pub(super) show_users: bool,
    /// Writes the report to a new file, which its owner alone can read; `-` is standard output.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) output: Option<PathBuf>,
    /// Replaces a file that is there.
    #[arg(long, requires = "output")]
    pub(super) force: bool,
    #[command(flatten)]
    pub(super) causes: html::CauseArguments,
}

/// The consumed licenses as the cloud counts them.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct ReportAnswer {
    pub(super) enterprise: String,
    /// The address of the cloud's API.
    pub(super) api_url: String,
    pub(super) seats: SeatUse,
    pub(super) totals: ConsumedTotals,
    pub(super) list: List,
}

/// How far the list can be trusted.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct List {
    #[serde(flatten)]
    pub(super) read: LicenseListing,
    /// How many rows there are beyond what the cloud says it counts.
    #[serde(rename = "rows_beyond_consumed")]
    pub(super) difference: Option<i64>,
    /// Whether the rows are what the cloud counts, and nothing moved while they were read.
    pub(super) whole: bool,
}

impl JsonAnswer for ReportAnswer {
    const SCHEMA: &'static str = "ghe-license-sync/report/1";
}

impl ReportAnswer {
    pub(super) fn of(enterprise: &str, api_url: &str, read: LicenseListing, totals: ConsumedTotals) -> Self {
        Self {
            enterprise: enterprise.to_owned(),
            api_url: api_url.to_owned(),
            seats: SeatUse::of(read.consumed, read.purchased),
            totals,
            list: List {
                difference: read.difference(),
                whole: read.is_whole(),
                read,
            },
        }
    }
}

pub(super) fn run(mut options: GlobalOptions, arguments: &ReportArguments) -> Exit {
    if arguments.format == Some(ReportFormat::Html) {
        return html::run(&options, arguments);
    }
    if arguments.causes.are_wanted() {
        return Contradiction::Causes.report(&options);
    }
    let format = match Format::chosen(arguments.format.and_then(ReportFormat::of_list), &mut options) {
        Ok(format) => format,
        Err(contradiction) => return contradiction.report(&options),
    };
    if arguments.show_users && format == Format::Table {
        return Contradiction::Users.report(&options);
    }
    match session::load(&options) {
        Ok((settings, sources)) => {
            work_on_one_thread(&options, answer(&options, arguments, format, &settings, &sources))
        }
        Err(exit) => exit,
    }
}

async fn answer(
    options: &GlobalOptions,
    arguments: &ReportArguments,
    format: Format,
    settings: &Settings,
    sources: &Sources,
) -> Exit {
    let watch = match settings.watch() {
        Ok(watch) => watch,
        Err(error) => return fail(ReportFailure::from(error), options, sources),
    };
    let sheet = match Sheet::begin(arguments, format) {
        Ok(sheet) => sheet,
        Err(error) => {
            return match Contradiction::of(&error, arguments.output.as_ref()) {
                Some(taken) => taken.report(options),
                None => fail(
                    ReportFailure::output(arguments.output.as_deref(), error),
                    options,
                    sources,
                ),
            };
        }
    };
    let mut stop = match Stop::listen() {
        Ok(stop) => stop,
        Err(error) => return fail(ReportFailure::Signals(error), options, sources),
    };
    // A bar would be drawn over the log.
    let bar = if options.verbose { Bar::hidden() } else { Bar::new() };
    let written = tokio::select! {
        written = read(watch, sources, &bar, sheet, arguments) => written,
        () = stop.heard() => Err(ReportFailure::Cancelled),
    };
    bar.clear();
    match written {
        Ok(answer) => conclude(answer, arguments, &mut stop).await,
        Err(error) => fail(error, options, sources),
    }
}

pub(super) fn fail<E: Explain>(error: E, options: &GlobalOptions, sources: &Sources) -> Exit {
    let error = Undone::because("the consumed licenses were not reported")(error);
    session::fail(&error, options, &sources.environment)
}

/// Reads all pages into the sheet; returns what is for standard output.
async fn read(
    watch: &ReadAccess,
    sources: &Sources,
    bar: &Bar,
    mut sheet: Sheet,
    arguments: &ReportArguments,
) -> Result<Option<WholeAnswer>, ReportFailure> {
    let watch = &ReadAccess {
        read_token: credential_store::within_reach(&watch.read_token, &sources.environment),
        ..watch.clone()
    };
    let reader = LicenseReader::new(watch, Patience::default(), &sources.environment)?;
    let watching = Watching::of(sources);
    let may_ask = || watching.make_sure();
    let (mut pages, mut totals) = (reader.pages(&may_ask), ConsumedTotals::default());
    let unwritten = |error| ReportFailure::output(arguments.output.as_deref(), error);
    while let Some(licenses) = pages.next(bar).await? {
        for license in &licenses {
            totals.add(license);
            sheet.license(license).map_err(unwritten)?;
        }
    }
    let answer = ReportAnswer::of(&watch.enterprise, watch.api_url.as_str(), pages.into_listing(), totals);
    let text = sheet.end(&answer).map_err(unwritten)?;
    if sheet_is_csv(arguments) {
        report::tell(&licenses_table::remarks(&answer));
    }
    Ok(text)
}

/// CSV has no place for the notes about the list.
fn sheet_is_csv(arguments: &ReportArguments) -> bool {
    arguments.format == Some(ReportFormat::Csv)
}

/// Says where the report is, or prints it: that can take as long as its reader.
async fn conclude(answer: Option<WholeAnswer>, arguments: &ReportArguments, stop: &mut Stop) -> Exit {
    let Some(answer) = answer else {
        let path = arguments.output.clone().unwrap_or_default();
        report::tell(&format!("written to {}\n", path.display()));
        return Exit::Done;
    };
    let printed = tokio::task::spawn_blocking(move || report::answer_from(&mut answer.text()));
    tokio::select! {
        exit = printed => exit.unwrap_or(Exit::Internal),
        // Nothing more fits behind an answer that is not whole.
        () = stop.heard() => report::failure(&ReportFailure::CutOff, false),
    }
}
