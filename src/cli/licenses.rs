//! `report`: the consumed licenses as the cloud counts them, all pages. It sends nothing, and takes Connect alone.
//!
//! Who consumes them is shown only when that is asked for, and then on standard output or in the named file alone.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde::Serialize;
use serde_json::{Value, json};

use super::answer_format::{Contradiction, Format, ReportFormat};
use super::licenses_failure::ReportFailure;
use super::output_file::OutputFile;
use super::progress::Bar;
use super::stop::Stop;
use super::undone::Undone;
use super::{Options, html, licenses_csv, licenses_table, report, session, work};
use crate::connect::{LicenseListing, LicenseReader, Patience};
use crate::explain::Explain;
use crate::license::{ConsumedLicense, ConsumedTotals, LicenseKind, SeatUse};
use crate::plain;
use crate::reason::Exit;
use crate::settings::{Settings, Sources, Unwatchable, Watch};

/// What `--json` answers with, and its version.
const SCHEMA: &str = "license-report/v1";

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// How the report is written, a table by default; `--json` is the same as `--format json`, and `html` is a page with charts.
    #[arg(long, value_enum)]
    format: Option<ReportFormat>,
    /// Lists every license with login and addresses, in CSV, JSON and HTML.
    #[arg(long)]
    pub(super) show_users: bool,
    /// Writes the report to a new file, which its owner alone can read.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) output: Option<PathBuf>,
    /// Replaces a file that is there.
    #[arg(long, requires = "output")]
    pub(super) force: bool,
    #[command(flatten)]
    pub(super) causes: html::Causes,
}

/// What is reported besides the licenses themselves.
#[derive(Serialize)]
pub(super) struct Answer {
    schema: &'static str,
    pub(super) enterprise: String,
    /// The address of the cloud's API.
    pub(super) api: String,
    pub(super) seats: SeatUse,
    pub(super) totals: ConsumedTotals,
    pub(super) list: List,
}

/// How far the list can be trusted.
#[derive(Serialize)]
pub(super) struct List {
    #[serde(flatten)]
    pub(super) read: LicenseListing,
    pub(super) difference: Option<i64>,
    pub(super) is_whole: bool,
}

impl Answer {
    pub(super) fn of(enterprise: &str, api: &str, read: LicenseListing, totals: ConsumedTotals) -> Self {
        Self {
            schema: SCHEMA,
            enterprise: enterprise.to_owned(),
            api: api.to_owned(),
            seats: SeatUse::of(read.consumed, read.purchased),
            totals,
            list: List {
                difference: read.difference(),
                is_whole: read.is_whole(),
                read,
            },
        }
    }
}

pub(super) fn run(mut options: Options, arguments: &Arguments) -> Exit {
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
        Ok((settings, sources)) => work(answer(&options, arguments, format, &settings, &sources)),
        Err(exit) => exit,
    }
}

async fn answer(
    options: &Options,
    arguments: &Arguments,
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
        Ok(text) => conclude(&text, arguments),
        Err(error) => fail(error, options, sources),
    }
}

pub(super) fn fail<E: Explain>(error: E, options: &Options, sources: &Sources) -> Exit {
    let error = Undone::because("the consumed licenses were not reported")(error);
    session::fail(&error, options, &sources.environment)
}

/// Reads all pages into the sheet; returns what is for standard output.
async fn read(
    watch: &Watch,
    sources: &Sources,
    bar: &Bar,
    mut sheet: Sheet,
    arguments: &Arguments,
) -> Result<Vec<u8>, ReportFailure> {
    let reader = LicenseReader::new(watch, Patience::default(), &sources.environment)?;
    let (mut pages, mut totals) = (reader.pages(), ConsumedTotals::default());
    let unwritten = |error| ReportFailure::output(arguments.output.as_deref(), error);
    while let Some(licenses) = pages.next(bar).await? {
        for license in &licenses {
            totals.add(license);
            sheet.license(license).map_err(unwritten)?;
        }
        make_sure_of_watch(sources)?;
    }
    let answer = Answer::of(&watch.enterprise, watch.api_url.as_str(), pages.into_listing(), totals);
    let text = sheet.end(&answer).map_err(unwritten)?;
    if sheet_is_csv(arguments) {
        report::tell(&licenses_table::remarks(&answer));
    }
    Ok(text)
}

/// Makes sure between two questions, which can be an hour apart, that the settings on disk still allow the next one. Wrong ones
/// change nothing.
pub(super) fn make_sure_of_watch(sources: &Sources) -> Result<(), ReportFailure> {
    match Settings::load(sources).as_ref().map(Settings::watch) {
        Ok(Err(closed @ Unwatchable::Closed(_))) => Err(closed.into()),
        _ => Ok(()),
    }
}

/// In CSV there is no room for what there is to say of the list.
fn sheet_is_csv(arguments: &Arguments) -> bool {
    arguments.format == Some(ReportFormat::Csv)
}

fn conclude(text: &[u8], arguments: &Arguments) -> Exit {
    if let Some(path) = &arguments.output {
        report::tell(&format!("written to {}\n", path.display()));
        return Exit::Done;
    }
    report::answer(&String::from_utf8_lossy(text))
}

/// What is written while the list is read. An answer on standard output is held until it is whole; a file grows.
struct Sheet {
    format: Format,
    shows_users: bool,
    licenses: u64,
    out: Out,
}

enum Out {
    Held(Vec<u8>),
    File(OutputFile),
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Held(held) => held.write(bytes),
            Self::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Held(_) => Ok(()),
            Self::File(file) => file.flush(),
        }
    }
}

impl Sheet {
    fn begin(arguments: &Arguments, format: Format) -> io::Result<Self> {
        let out = match &arguments.output {
            None => Out::Held(Vec::new()),
            Some(path) => Out::File(OutputFile::create(path, arguments.force)?),
        };
        let mut sheet = Self {
            format,
            shows_users: arguments.show_users,
            licenses: 0,
            out,
        };
        match format {
            Format::Csv if sheet.shows_users => licenses_csv::head(&mut sheet.out)?,
            Format::Json if sheet.shows_users => sheet.out.write_all(b"{\n  \"licenses\": [")?,
            _ => {}
        }
        Ok(sheet)
    }

    fn license(&mut self, license: &ConsumedLicense) -> io::Result<()> {
        match self.format {
            _ if !self.shows_users => {}
            Format::Csv => licenses_csv::row(&mut self.out, license)?,
            Format::Json => {
                let comma = if self.licenses == 0 { "" } else { "," };
                let row = plain::escaped_json(&in_json(license).to_string());
                write!(self.out, "{comma}\n    {row}")?;
            }
            Format::Table => {}
        }
        self.licenses += 1;
        Ok(())
    }

    /// Writes what is known at the end; returns what is for standard output.
    fn end(mut self, answer: &Answer) -> io::Result<Vec<u8>> {
        match self.format {
            Format::Table => self.out.write_all(licenses_table::table(answer).as_bytes())?,
            Format::Csv if self.shows_users => {}
            Format::Csv => licenses_csv::counts(&mut self.out, answer)?,
            Format::Json => {
                let json = serde_json::to_string_pretty(answer)?;
                let json = plain::escaped_json(&json);
                match json.strip_prefix('{') {
                    Some(members) if self.shows_users => writeln!(self.out, "\n  ],{members}")?,
                    _ => writeln!(self.out, "{json}")?,
                }
            }
        }
        match self.out {
            Out::Held(text) => Ok(text),
            Out::File(file) => file.finish().map(|()| Vec::new()),
        }
    }
}

/// The kind of a license in a word.
pub(super) fn kind(license: &ConsumedLicense) -> &'static str {
    match license.kind {
        LicenseKind::Enterprise => "enterprise",
        LicenseKind::VisualStudio => "visual-studio",
        LicenseKind::Other => "other",
    }
}

fn in_json(license: &ConsumedLicense) -> Value {
    let users: Vec<_> = license.server_users.iter().map(ToString::to_string).collect();
    json!({
        "deployment": license.deployment().word(),
        "kind": kind(license),
        "login": license.login,
        "server_users": users,
        "server_addresses": license.server_addresses,
        "verified_addresses": license.verified_addresses,
        "saml_name_id": license.saml_name_id,
        "enterprise_roles": license.enterprise_roles,
        "member_roles": license.member_roles,
        "pending_invitations": license.pending_invitations,
        "visual_studio_address": license.visual_studio_address,
        "visual_studio_status": license.visual_studio_status,
        "accounts": license.accounts,
    })
}
