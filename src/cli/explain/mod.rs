//! `explain`: why people are counted twice, and what fixing it frees. It reads both lists and what else the cloud
//! knows, and sends nothing.
//!
//! All of it is held in memory only. Users are named only on request: with `--show-users`, or one user on standard
//! output.

mod answer;
mod evidence;
mod failure;
mod last_sync;
mod local;
mod saved;
mod text;

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Args, ValueHint};

use super::answer_format::Format;
use super::licenses_failure::ReportFailure;
use super::progress::Bar;
use super::undone::Undone;
use super::{GlobalOptions, session, whole_text, work};
use crate::connect::{CloudEvidence, EvidenceReader, LicenseListing, LicenseReader};
use crate::license::ConsumedLicense;
use crate::license::explain::{Evidence, LocalServer, Unknown, explain};
use crate::plain;
use crate::reason::Exit;
use crate::settings::gate::Closed;
use crate::settings::{Link, ReadAccess, Settings, Sources, Watching};
use crate::transport::Patience;

pub(super) use answer::{CauseCount, ExplainAnswer, Fix, Freed, Summary};
pub(super) use failure::ExplainFailure;

use evidence::EvidenceCount;
use local::{read_file, read_server};

#[derive(Debug, Default, Args)]
pub(super) struct ExplainArguments {
    /// Explains one user of the server or the cloud, by login or address, on standard output.
    #[arg(value_name = "USER|ADDRESS", conflicts_with_all = ["output", "show_users"])]
    user: Option<String>,
    /// Takes the server's list from an all-users report that was downloaded, and does not connect to the server.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    report: Option<PathBuf>,
    /// The server's host name in the cloud's list, if it is not that of `server.url`.
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Hostname)]
    host: Option<String>,
    /// Answers of the cloud's GraphQL API that were saved as JSON: `externalIdentities`, `enterpriseServerInstallations` with
    /// `userAccounts`, `domains`. What they hold is taken from them alone. Can be repeated.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    graphql: Vec<PathBuf>,
    /// How the answer is written; `--json` is the same as `--format json`.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Lists every fix with logins and addresses.
    #[arg(long)]
    show_users: bool,
    /// Writes the answer to a new file, which its owner alone can read; `-` is standard output.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) output: Option<PathBuf>,
    /// Replaces a file that is there.
    #[arg(long, requires = "output")]
    force: bool,
}

impl ExplainArguments {
    /// With the server's list from this report, or from the server, for a report of another command.
    pub(super) fn for_report(report: Option<&PathBuf>, host: Option<&String>, show_users: bool) -> Self {
        Self {
            report: report.cloned(),
            host: host.cloned(),
            show_users,
            ..Self::default()
        }
    }
}

/// What was explained, and the cloud's list that it was explained from.
pub(super) struct ExplainedLicenses {
    pub(super) explained: ExplainAnswer,
    pub(super) cloud: Vec<ConsumedLicense>,
    pub(super) listing: LicenseListing,
}

pub(super) fn run(mut options: GlobalOptions, arguments: &ExplainArguments) -> Exit {
    let format = match Format::chosen(arguments.format, &mut options) {
        Ok(format) => format,
        Err(contradiction) => return contradiction.report(&options),
    };
    match session::load_as_owner(&options) {
        Ok((settings, sources)) => work(&options, tell(&options, arguments, format, &settings, &sources)),
        Err(exit) => exit,
    }
}

async fn tell(
    options: &GlobalOptions,
    arguments: &ExplainArguments,
    format: Format,
    settings: &Settings,
    sources: &Sources,
) -> Exit {
    let failed = |error: ExplainFailure| {
        let error = Undone::because("nothing was explained")(error);
        session::fail(&error, options, &sources.environment)
    };
    let make = async |bar: &Bar| {
        let found = find_out(arguments, settings, sources, bar).await?;
        Ok(text::written(&found.explained, format)?)
    };
    whole_text::write(options, arguments.output.as_ref(), arguments.force, make, failed).await
}

/// Reads both lists and what the cloud knows besides, and compares them.
pub(super) async fn find_out(
    arguments: &ExplainArguments,
    settings: &Settings,
    sources: &Sources,
    bar: &Bar,
) -> Result<ExplainedLicenses, ExplainFailure> {
    let watch = settings.watch().map_err(ReportFailure::from)?;
    let link = settings.gate.pass();
    let host = host(arguments, settings, link)?;
    let scim_enabled = link.as_ref().is_ok_and(|link| link.server.scim_enabled);
    let local = match &arguments.report {
        Some(path) => read_file(path, scim_enabled).await?,
        None => read_server(&link?.server, &sources.environment, bar).await?,
    };
    let saved = saved::read(&arguments.graphql, &host)?;
    // The store knows the server of the settings, and the syncs that this program made.
    let is_of_store = arguments.report.is_none() && arguments.host.is_none() && link.is_ok();
    let (id, own_sync) = match is_of_store {
        true => last_sync::of_store(settings).await?,
        false => (None, None),
    };
    let watching = Watching::of(sources);
    let (cloud, listing) = read_cloud(watch, &watching, sources, bar).await?;
    if arguments.host.is_some() {
        make_sure_of_host(&host, &cloud)?;
    }
    // After the list, so that a sync in between is not taken for an older one.
    watching.make_sure().map_err(ReportFailure::from)?;
    let servers = last_sync::listing(watch, &sources.environment).await;
    let known_as = last_sync::known_as(id, servers.as_ref());
    let hosts = [host.as_str(), known_as.unwrap_or(&host)];
    let known = read_evidence(watch, &watching, sources, bar, (hosts[1], &cloud, saved)).await?;
    let doubts = doubts(&listing, &known);
    let evidence = Evidence {
        server: LocalServer {
            host: &host,
            known_as,
            scim_enabled,
        },
        local: &local.accounts,
        listed: local.listed,
        cloud: &cloud,
        last_sync: last_sync::list_time(&hosts, own_sync.as_ref(), servers.as_ref()),
        secondary: known.secondary.as_ref(),
        identities: known.identities.as_deref(),
        verified_domains: known.verified_domains.as_deref(),
        servers: known.servers.as_deref(),
        doubts: &doubts,
    };
    let explained = compare(arguments, &watch.enterprise, &evidence, known.uploaded_at);
    Ok(ExplainedLicenses {
        explained,
        cloud,
        listing,
    })
}

/// What makes the lists themselves doubtful.
fn doubts(listing: &LicenseListing, known: &CloudEvidence) -> Vec<Unknown> {
    let has_moved = !listing.is_whole() || !listing.unreadable.is_empty();
    let doubts = [
        has_moved.then_some(Unknown::MovedList),
        known.is_partial().then_some(Unknown::FurtherPages),
    ];
    doubts.into_iter().flatten().collect()
}

/// The host name of the server, as the cloud lists it.
fn host(
    arguments: &ExplainArguments,
    settings: &Settings,
    link: Result<&Link, Closed>,
) -> Result<String, ExplainFailure> {
    match (&arguments.host, link) {
        (Some(host), _) => Ok(host.clone()),
        (None, Err(closed)) if arguments.report.is_none() => Err(closed.into()),
        // That of a report is known while license sync is off as well.
        _ => settings.server_hostname().ok_or(ExplainFailure::NoHost),
    }
}

/// Makes sure that a host that somebody named is in the list, if the list has any: nothing would be found of another one.
fn make_sure_of_host(host: &str, cloud: &[ConsumedLicense]) -> Result<(), ExplainFailure> {
    let users = cloud.iter().flat_map(|license| &license.server_users);
    let listed: BTreeSet<_> = users.map(|user| user.host.to_ascii_lowercase()).collect();
    match listed.is_empty() || listed.contains(&host.to_ascii_lowercase()) {
        true => Ok(()),
        false => Err(ExplainFailure::OtherHosts {
            host: plain::shortened(host, plain::LONGEST_URL),
            listed: listed
                .iter()
                .take(5)
                .map(|host| plain::shortened(host, plain::LONGEST_URL))
                .collect(),
        }),
    }
}

/// The counts for the server and the cloud of these settings.
#[cfg(feature = "sandbox")]
pub(super) async fn summary(settings: &Settings, sources: &Sources) -> Result<Summary, ExplainFailure> {
    let found = find_out(&ExplainArguments::default(), settings, sources, &Bar::hidden()).await?;
    Ok(found.explained.summary)
}

async fn read_cloud(
    watch: &ReadAccess,
    watching: &Watching<'_>,
    sources: &Sources,
    bar: &Bar,
) -> Result<(Vec<ConsumedLicense>, LicenseListing), ExplainFailure> {
    let reader = LicenseReader::new(watch, Patience::default(), &sources.environment).map_err(ReportFailure::from)?;
    let may_ask = || watching.make_sure();
    let (mut pages, mut cloud) = (reader.pages(&may_ask), Vec::new());
    while let Some(licenses) = pages.next(bar).await.map_err(ReportFailure::from)? {
        cloud.extend(licenses);
    }
    Ok((cloud, pages.into_listing()))
}

/// What the cloud knows besides the list and what was saved, as far as the token may read it. What is left out is reported.
async fn read_evidence(
    watch: &ReadAccess,
    watching: &Watching<'_>,
    sources: &Sources,
    bar: &Bar,
    (host, cloud, saved): (&str, &[ConsumedLicense], CloudEvidence),
) -> Result<CloudEvidence, ExplainFailure> {
    let reader = EvidenceReader::new(watch, Patience::default(), &sources.environment).map_err(ReportFailure::from)?;
    let may_ask = || watching.make_sure();
    let mut pages = reader.pages(host, cloud, saved, &may_ask);
    while pages.next(bar).await.map_err(ReportFailure::from)? {}
    let (evidence, withheld) = pages.finish();
    for withheld in withheld {
        tracing::warn!("{}", withheld.says());
    }
    Ok(evidence)
}

/// Whether an account or a license is of the user with this login or address.
fn is_known(user: &str, evidence: &Evidence<'_>) -> bool {
    let is_user = |name: &String| name.eq_ignore_ascii_case(user);
    let accounts = evidence.local.iter();
    let mut local = accounts.flat_map(|account| [&account.login, &account.address]);
    let mut cloud = evidence.cloud.iter().flat_map(|license| {
        let addresses = license.verified_addresses.iter().chain(&license.server_addresses);
        let known = addresses.chain(&license.login).chain(&license.saml_name_id);
        known.chain(&license.visual_studio_address)
    });
    let mut users = evidence.cloud.iter().flat_map(|license| &license.server_users);
    local.any(is_user) || cloud.any(is_user) || users.any(|account| is_user(&account.to_string()))
}

fn compare(
    arguments: &ExplainArguments,
    enterprise: &str,
    evidence: &Evidence<'_>,
    uploaded_at: Option<DateTime<Utc>>,
) -> ExplainAnswer {
    let explanation = explain(evidence);
    let fixes = || explanation.discrepancies.iter().map(|found| Fix::of(found, evidence));
    ExplainAnswer {
        summary: Summary::of(
            &explanation,
            enterprise,
            evidence.server.host,
            EvidenceCount::of(evidence, uploaded_at),
        ),
        fixes: arguments.show_users.then(|| fixes().collect()),
        person: (arguments.user.as_ref()).map(|user| fixes().filter(|fix| fix.is_of(user)).collect()),
        is_known: arguments.user.as_ref().is_none_or(|user| is_known(user, evidence)),
    }
}
