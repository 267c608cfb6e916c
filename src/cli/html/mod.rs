//! `report --format html`: the licenses, their growth and the servers on one page, for those who pay for the seats.
//!
//! It holds counts. The list of the cloud is held as a whole only to explain double counts, and rows are kept only where
//! users are to be shown.

mod deployment;
#[cfg(feature = "generate")]
mod example;
mod matching;
mod page;
mod part;
mod seats;
mod servers;
mod trend;
mod users;

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueHint};

use super::answer_format::Contradiction;
use super::cloud_status::CloudStatusQuery;
use super::explain::{ExplainFailure, find_out};
use super::licenses::{ReportAnswer, ReportArguments, fail};
use super::licenses_failure::ReportFailure;
use super::progress::Bar;
use super::{GlobalOptions, explain, session, whole_text, work};
use crate::clock::{Clock, SystemClock};
use crate::connect::LicenseReader;
use crate::explain::chain;
use crate::license::{ConsumedLicense, ConsumedTotals};
use crate::reason::Exit;
use crate::settings::{Settings, Sources, Watching};
use crate::sync;
use crate::transport::Patience;

use page::{PageContent, page};

#[cfg(feature = "generate")]
pub(super) use example::example;

/// What the causes of double counts are found with.
#[derive(Debug, Args)]
#[command(next_help_heading = "With `--format html`", group = ArgGroup::new("causes").multiple(true))]
pub(super) struct CauseArguments {
    /// Reads the server's list as well, and shows why users are counted twice and what fixing it frees, as `explain` does.
    #[arg(long, group = "causes")]
    explain: bool,
    /// The same with the server's list from an all-users report that was downloaded; it does not connect to the server.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, group = "causes")]
    report: Option<PathBuf>,
    /// The server's host name in the cloud's list, if it is not that of `server.url`.
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Hostname, requires = "causes")]
    host: Option<String>,
}

impl CauseArguments {
    /// Whether they are asked for in any way.
    pub(super) fn are_wanted(&self) -> bool {
        self.explain || self.report.is_some()
    }
}

/// What is asked at the cloud, with the credentials for it.
struct CloudReaders {
    reader: LicenseReader,
    servers: CloudStatusQuery,
}

impl CloudReaders {
    fn prepare(settings: &Settings, sources: &Sources) -> Result<Self, ReportFailure> {
        Ok(Self {
            reader: LicenseReader::new(settings.watch()?, Patience::default(), &sources.environment)?,
            servers: CloudStatusQuery::prepare(settings, sources)?,
        })
    }
}

pub(super) fn run(options: &GlobalOptions, arguments: &ReportArguments) -> Exit {
    if options.json {
        return Contradiction::Formats.report(options);
    }
    let (settings, sources) = match session::load(options) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    // Root may be the only one who can read the token.
    let questions = match CloudReaders::prepare(&settings, &sources) {
        Ok(questions) => questions,
        Err(error) => return fail(error, options, &sources),
    };
    match session::become_owner(options, &settings, &sources) {
        Ok(()) => work(options, answer(options, arguments, &settings, &sources, &questions)),
        Err(exit) => exit,
    }
}

async fn answer(
    options: &GlobalOptions,
    arguments: &ReportArguments,
    settings: &Settings,
    sources: &Sources,
    questions: &CloudReaders,
) -> Exit {
    let make = async |bar: &Bar| Ok(page(&gather(arguments, settings, sources, questions, bar).await?));
    let failed = |error| fail(error, options, sources);
    whole_text::write(options, arguments.output.as_ref(), arguments.force, make, failed).await
}

/// Reads all that is shown.
async fn gather(
    arguments: &ReportArguments,
    settings: &Settings,
    sources: &Sources,
    questions: &CloudReaders,
    bar: &Bar,
) -> Result<PageContent, ExplainFailure> {
    let watch = settings.watch().map_err(ReportFailure::from)?;
    let (watching, mut count) = (Watching::of(sources), CountedLicenses::new(arguments.show_users));
    let (listing, explained) = if arguments.causes.are_wanted() {
        let CauseArguments { report, host, .. } = &arguments.causes;
        let wanted = explain::ExplainArguments::for_report(report.as_ref(), host.as_ref(), arguments.show_users);
        let found = find_out(&wanted, settings, sources, bar).await?;
        found.cloud.iter().for_each(|license| count.add(license));
        (found.listing, Some(found.explained))
    } else {
        let may_ask = || watching.make_sure();
        let mut pages = questions.reader.pages(&may_ask);
        while let Some(licenses) = pages.next(bar).await.map_err(ReportFailure::from)? {
            licenses.iter().for_each(|license| count.add(license));
        }
        (pages.into_listing(), None)
    };
    watching.make_sure().map_err(ReportFailure::from)?;
    // What was read of the list is worth a page without them.
    let servers = match questions.servers.ask().await {
        Ok(answers) => Ok(sync::cloud_servers(settings, &answers).await?),
        Err(error) => Err(chain(&error)),
    };
    let made_at = SystemClock.now();
    Ok(PageContent {
        answer: ReportAnswer::of(&watch.enterprise, watch.api_url.as_str(), listing, count.totals),
        several_servers: count.several_servers,
        explained,
        trend: sync::trend(settings, made_at).await?,
        servers,
        users: count.rows,
        made_at,
    })
}

/// What is kept of the licenses.
struct CountedLicenses {
    totals: ConsumedTotals,
    several_servers: u64,
    /// Rows of a table, if users are to be shown.
    rows: Option<String>,
}

impl CountedLicenses {
    fn new(shows_users: bool) -> Self {
        Self {
            totals: ConsumedTotals::default(),
            several_servers: 0,
            rows: shows_users.then(String::new),
        }
    }

    fn add(&mut self, license: &ConsumedLicense) {
        self.totals.add(license);
        let mut hosts = license.server_users.iter().map(|user| &user.host);
        let first = hosts.next();
        self.several_servers += u64::from(hosts.any(|host| Some(host) != first));
        if let Some(rows) = &mut self.rows {
            rows.push_str(&users::row(license).into_string());
        }
    }
}
