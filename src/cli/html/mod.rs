//! `report --format html`: the licenses, their growth and the servers on one page, for those who pay for the seats.
//!
//! It holds counts. The list of the cloud is held as a whole only to explain double counts, and rows are kept only where
//! users are to be shown.

mod causes;
mod counted_licenses;
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

use super::answer_format::Contradiction;
use super::cloud_status::CloudStatusQuery;
use super::explain::{ExplainFailure, find_out};
use super::licenses_failure::{ReportFailure, fail};
use super::progress::Bar;
use super::report_answer::ReportAnswer;
use super::report_arguments::ReportArguments;
use super::{GlobalOptions, explain, session, whole_text, work};
use crate::clock::{Clock, SystemClock};
use crate::connect::LicenseReader;
use crate::explain::chain;
use crate::reason::Exit;
use crate::settings::{Settings, Sources, Watching};
use crate::sync;
use crate::transport::Patience;

pub(super) use causes::CauseArguments;

use counted_licenses::CountedLicenses;
use page::{PageContent, page};

#[cfg(feature = "generate")]
pub(super) use example::example;

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
