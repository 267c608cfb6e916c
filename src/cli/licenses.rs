//! `report`: the consumed licenses as the cloud counts them, all pages. It sends nothing, and needs only Connect. Users
//! are shown only on request, and then only on standard output or in the named file.

use super::answer_format::{Contradiction, Format, ReportFormat};
use super::held_answer::WholeAnswer;
use super::licenses_failure::{ReportFailure, fail};
use super::licenses_sheet::Sheet;
use super::progress::Bar;
use super::report_answer::ReportAnswer;
use super::report_arguments::ReportArguments;
use super::stop::Stop;
use super::{GlobalOptions, credential_store, html, licenses_table, report, session, work_on_one_thread};
use crate::connect::LicenseReader;
use crate::license::ConsumedTotals;
use crate::reason::Exit;
use crate::settings::{ReadAccess, Settings, Sources, Watching};
use crate::transport::Patience;

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
