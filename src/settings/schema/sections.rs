//! What one may write: every section with its keys, their types and defaults. What has to be there when is decided in `check`.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use toml::Value;
use tracing::Level;
use uuid::Uuid;

use super::choice::{DeliveryMethod, LogFormat};
use super::duration::{MaxAge, ReminderInterval, Spread, Timeout};
use super::name::Name;
use super::path::{CommandLine, ReportPath, Textfile};
use super::section::{Key, Values, is_below, sections, value};
use super::service_url::{CloudHost, NoProxy, ProxyUrl, ServiceUrl};
use super::upload_path::UploadPath;
use super::value::Percent;
use crate::schedule::Rhythm;
use crate::settings::load::origin::{Origin, Origins};

/// The section that holds one of several.
pub(super) const SOURCE: &str = "server.source";

const DAY: Duration = Duration::from_hours(24);
const HALF_AN_HOUR: Duration = Duration::from_mins(30);

sections! {
    /// The cloud account and how it is reached.
    ConnectSection = "connect" {
        enabled: bool = false,
        host: CloudHost = CloudHost::default(),
        api_url: Option<ServiceUrl> = None,
        uploads_url: Option<ServiceUrl> = None,
        enterprise: Option<Name> = None,
        organization: Option<Name> = None,
        client_id: Option<Name> = None,
        installation_id: Option<NonZeroU64> = None,
        private_key_file: Option<PathBuf> = None,
        read_token_file: Option<PathBuf> = None,
        upload_path: Option<UploadPath> = None,
        proxy: Option<ProxyUrl> = None,
        no_proxy: Option<NoProxy> = None,
        proxy_credentials_file: Option<PathBuf> = None,
        ca_file: Option<PathBuf> = None,
    }

    /// The feature.
    LicenseSyncSection = "license-sync" {
        enabled: bool = false,
        schedule: Rhythm = Rhythm::Weekly,
        time_zone: Tz = Tz::UTC,
        jitter: Spread = Spread(Duration::ZERO),
        catch_up: bool = true,
        confirm_timeout: Timeout = Timeout(Duration::from_mins(10)),
        delivery: DeliveryMethod = DeliveryMethod::Connect,
        directory: Option<PathBuf> = None,
        remind_after: ReminderInterval = ReminderInterval(DAY),
    }

    /// How much may change before a person has to look.
    GuardSection = "license-sync.guard" {
        max_change_percent: Percent = Percent(20),
        always_allow_users: u32 = 25,
    }

    /// The enterprise server and how it is reached.
    ServerSection = "server" {
        url: Option<ServiceUrl> = None,
        id: Option<Uuid> = None,
        scim_enabled: bool = false,
        enterprise: Option<Name> = None,
        token_file: Option<PathBuf> = None,
        proxy: Option<ProxyUrl> = None,
        no_proxy: Option<NoProxy> = None,
        proxy_credentials_file: Option<PathBuf> = None,
        ca_file: Option<PathBuf> = None,
    }

    /// The all-users report.
    ReportSection = "server.source.report" {
        username: Option<Name> = None,
        timeout: Timeout = Timeout(HALF_AN_HOUR),
    }

    /// An all-users report that was downloaded.
    FileSection = "server.source.file" {
        path: Option<ReportPath> = None,
        max_age: MaxAge = MaxAge(DAY),
    }

    /// A program that writes the report.
    CommandSection = "server.source.command" {
        run: Option<CommandLine> = None,
        timeout: Timeout = Timeout(HALF_AN_HOUR),
    }

    /// Users whom an identity provider provisioned.
    ScimSection = "server.source.scim" {
        enterprise: Option<Name> = None,
        max_other_accounts: u32 = 1000,
    }

    /// The license usage file that the server exports, with its users encrypted.
    LicenseFileSection = "server.source.license-file" {
        path: Option<PathBuf> = None,
        max_age: MaxAge = MaxAge(DAY),
        run: Option<CommandLine> = None,
        timeout: Timeout = Timeout(HALF_AN_HOUR),
    }

    /// What the program keeps.
    StateSection = "state" {
        directory: PathBuf = PathBuf::from("/var/lib/ghe-license-sync"),
        fingerprint_key_file: PathBuf = PathBuf::from("/var/cache/ghe-license-sync/fingerprint-key"),
    }

    /// What is logged and how.
    LogSection = "log" {
        level: Level = Level::INFO,
        format: LogFormat = LogFormat::Text,
    }

    /// What the monitoring reads.
    MetricsSection = "metrics" {
        textfile: Textfile = Textfile::default(),
    }
}

/// Where the list of accounts comes from: one of the sections below `server.source`.
#[derive(Debug)]
pub(in crate::settings) enum SourceSection {
    Report(ReportSection),
    File(FileSection),
    Command(CommandSection),
    Scim(ScimSection),
    LicenseFile(LicenseFileSection),
}

impl SourceSection {
    /// The section of this name.
    fn read(name: &str, values: &Values) -> Option<Self> {
        Some(match name {
            "report" => Self::Report(ReportSection::read(values)),
            "file" => Self::File(FileSection::read(values)),
            "command" => Self::Command(CommandSection::read(values)),
            "scim" => Self::Scim(ScimSection::read(values)),
            "license-file" => Self::LicenseFile(LicenseFileSection::read(values)),
            _ => return None,
        })
    }
}

/// All sections.
#[derive(Debug)]
pub(in crate::settings) struct Sections {
    pub connect: ConnectSection,
    pub license_sync: LicenseSyncSection,
    pub guard: GuardSection,
    pub server: ServerSection,
    pub source: Option<SourceSection>,
    pub state: StateSection,
    pub log: LogSection,
    pub metrics: MetricsSection,
    /// All keys with their values; none for a key that is not set and has no default.
    pub values: BTreeMap<String, Option<Value>>,
    /// Where what is written is.
    pub origins: Origins,
}

impl Sections {
    /// What is written and in force, with the source of this name, like `report`.
    pub(super) fn read(values: &Values, source: Option<&str>, origins: Origins) -> Self {
        let section = source.map(|name| format!("{SOURCE}.{name}"));
        let is_in_force = |key: &&Key| {
            !is_below(&key.path, SOURCE) || section.as_ref().is_some_and(|section| is_below(&key.path, section))
        };
        let value = |key: &Key| {
            let value = values.get(&key.path).or(key.default.as_ref());
            (key.path.clone(), value.cloned())
        };
        Self {
            connect: ConnectSection::read(values),
            license_sync: LicenseSyncSection::read(values),
            guard: GuardSection::read(values),
            server: ServerSection::read(values),
            source: source.and_then(|name| SourceSection::read(name, values)),
            state: StateSection::read(values),
            log: LogSection::read(values),
            metrics: MetricsSection::read(values),
            values: every_key().iter().filter(is_in_force).map(value).collect(),
            origins,
        }
    }

    /// Where this key is written, or else the innermost section that it belongs to.
    pub(in crate::settings) fn nearest_origin(&self, path: &str) -> Option<&Origin> {
        let outer = || self.nearest_origin(path.rsplit_once('.')?.0);
        self.origins.get(path).or_else(outer)
    }
}
