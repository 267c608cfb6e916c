//! What one may write: every key with its type and its default.
//!
//! The same types read each layer by itself and all layers merged. Externally tagged enums only and no `flatten`,
//! because those keep the place of a mistake. What has to be there when is decided in `validate`.

pub(in crate::settings) mod address;
pub(in crate::settings) mod name;
pub(in crate::settings) mod report_path;
pub(in crate::settings) mod textfile;
pub(in crate::settings) mod timing;
pub(in crate::settings) mod upload_path;
pub(in crate::settings) mod value;

use std::collections::BTreeSet;
use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

use crate::settings::LogFormat;
use crate::settings::schema::address::{CloudHost, NoProxy, ProxyUrl, ServiceUrl};
use crate::settings::schema::name::{Name, ServerId};
use crate::settings::schema::report_path::ReportPath;
use crate::settings::schema::textfile::Textfile;
use crate::settings::schema::timing::{Rhythm, Spread, TimeZone};
use crate::settings::schema::upload_path::UploadPath;
use crate::settings::schema::value::{AbsolutePath, CommandLine, MaxAge, Percent, Timeout};

/// All sections.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::settings) struct Written {
    pub connect: Connect,
    pub license_sync: LicenseSync,
    pub server: Server,
    pub state: State,
    pub log: Log,
    pub metrics: Metrics,
}

/// `[connect]`: the cloud account and the way to it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::settings) struct Connect {
    pub enabled: bool,
    pub host: CloudHost,
    pub api_url: Option<ServiceUrl>,
    pub uploads_url: Option<ServiceUrl>,
    pub enterprise: Option<Name>,
    pub organization: Option<Name>,
    pub client_id: Option<Name>,
    pub installation_id: Option<NonZeroU64>,
    pub private_key_file: Option<AbsolutePath>,
    pub read_token_file: Option<AbsolutePath>,
    pub upload_path: Option<UploadPath>,
    pub proxy: Option<ProxyUrl>,
    pub no_proxy: Option<NoProxy>,
    pub proxy_credentials_file: Option<AbsolutePath>,
    pub ca_file: Option<AbsolutePath>,
}

/// `[license-sync]`: the feature.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::settings) struct LicenseSync {
    pub enabled: bool,
    pub schedule: Rhythm,
    pub time_zone: TimeZone,
    pub jitter: Spread,
    pub catch_up: bool,
    pub confirm_timeout: Timeout,
    pub delivery: DeliveryWay,
    pub directory: Option<AbsolutePath>,
    pub guard: Guard,
}

/// How a document gets to the cloud.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::settings) enum DeliveryWay {
    /// The program uploads it.
    #[default]
    Connect,
    /// It is written to a file, which a person uploads.
    File,
}

impl Default for LicenseSync {
    fn default() -> Self {
        Self {
            enabled: false,
            schedule: Rhythm::default(),
            time_zone: TimeZone::default(),
            jitter: Spread::default(),
            catch_up: true,
            confirm_timeout: Timeout::from_minutes(10),
            delivery: DeliveryWay::default(),
            directory: None,
            guard: Guard::default(),
        }
    }
}

/// `[license-sync.guard]`: how much may change before a person has to look.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::settings) struct Guard {
    pub max_change_percent: Percent,
    pub always_allow_users: u32,
}

impl Default for Guard {
    fn default() -> Self {
        Self {
            max_change_percent: Percent::from_static(20),
            always_allow_users: 25,
        }
    }
}

/// `[server]`: the enterprise server and the way to it.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::settings) struct Server {
    pub url: Option<ServiceUrl>,
    pub id: Option<ServerId>,
    pub scim_enabled: bool,
    pub enterprise: Option<Name>,
    pub token_file: Option<AbsolutePath>,
    pub proxy: Option<ProxyUrl>,
    pub no_proxy: Option<NoProxy>,
    pub proxy_credentials_file: Option<AbsolutePath>,
    pub ca_file: Option<AbsolutePath>,
    pub source: Option<Source>,
}

/// `[server.source.*]`: where the list of accounts comes from.
#[derive(Debug, Serialize, Deserialize)]
#[serde(
    rename_all = "kebab-case",
    expecting = "a table with one source, like [server.source.report]"
)]
pub(in crate::settings) enum Source {
    Report(Report),
    File(ReportFile),
    Command(ReportCommand),
    Scim(Scim),
    LicenseFile(LicenseFile),
}

/// `[server.source.report]`: the all-users report.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::settings) struct Report {
    pub username: Option<Name>,
    pub timeout: Timeout,
}

impl Default for Report {
    fn default() -> Self {
        Self {
            username: None,
            timeout: Timeout::from_minutes(30),
        }
    }
}

/// `[server.source.file]`: an all-users report that was downloaded.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::settings) struct ReportFile {
    pub path: Option<ReportPath>,
    pub max_age: MaxAge,
}

impl Default for ReportFile {
    fn default() -> Self {
        Self {
            path: None,
            max_age: MaxAge::from_hours(24),
        }
    }
}

/// `[server.source.command]`: a program that writes the report.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::settings) struct ReportCommand {
    pub run: Option<CommandLine>,
    pub timeout: Timeout,
}

impl Default for ReportCommand {
    fn default() -> Self {
        Self {
            run: None,
            timeout: Timeout::from_minutes(30),
        }
    }
}

/// `[server.source.scim]`: users whom an identity provider provisioned.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::settings) struct Scim {
    pub enterprise: Option<Name>,
    pub max_other_accounts: u32,
}

impl Default for Scim {
    fn default() -> Self {
        Self {
            enterprise: None,
            max_other_accounts: 1000,
        }
    }
}

/// `[server.source.license-file]`: the license usage file that the server exports, with its users encrypted.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::settings) struct LicenseFile {
    pub path: Option<AbsolutePath>,
    pub max_age: MaxAge,
    pub run: Option<CommandLine>,
    pub timeout: Timeout,
}

impl Default for LicenseFile {
    fn default() -> Self {
        Self {
            path: None,
            max_age: MaxAge::from_hours(24),
            run: None,
            timeout: Timeout::from_minutes(30),
        }
    }
}

/// `[state]`: what the program keeps.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::settings) struct State {
    pub directory: AbsolutePath,
    pub fingerprint_key_file: AbsolutePath,
}

impl Default for State {
    fn default() -> Self {
        Self {
            directory: AbsolutePath::from_static("/var/lib/ghe-license-sync"),
            fingerprint_key_file: AbsolutePath::from_static("/var/cache/ghe-license-sync/fingerprint-key"),
        }
    }
}

/// `[log]`: what is logged and how.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::settings) struct Log {
    pub level: LogLevel,
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            level: LogLevel::Info,
            format: LogFormat::Text,
        }
    }
}

/// The least serious record that is still logged.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::settings) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// `[metrics]`: what the monitoring is told.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(in crate::settings) struct Metrics {
    pub textfile: Textfile,
}

/// One key of the settings with its value; `None` when it is not set and has no default.
pub(in crate::settings) struct Leaf {
    /// Like `connect.client-id`.
    pub path: String,
    pub value: Option<toml::Value>,
}

impl Written {
    /// All keys with their values, by alphabet.
    pub(in crate::settings) fn leaves(&self) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        // JSON, because it keeps the keys without a value.
        if let Ok(serde_json::Value::Object(sections)) = serde_json::to_value(self) {
            flatten("", sections, &mut leaves);
        }
        leaves
    }
}

/// The path of every key that exists, like `connect.client-id`.
#[must_use]
pub fn keys() -> Vec<String> {
    let with = |source| Written {
        server: Server {
            source: Some(source),
            ..Server::default()
        },
        ..Written::default()
    };
    let sources = [
        Source::Report(Report::default()),
        Source::File(ReportFile::default()),
        Source::Command(ReportCommand::default()),
        Source::Scim(Scim::default()),
        Source::LicenseFile(LicenseFile::default()),
    ];
    let paths = sources
        .into_iter()
        .flat_map(|source| with(source).leaves())
        .map(|leaf| leaf.path);
    paths.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Whether this path is one of a section.
pub(in crate::settings) fn is_table(path: &str) -> bool {
    keys()
        .iter()
        .any(|key| key.strip_prefix(path).is_some_and(|rest| rest.starts_with('.')))
}

fn flatten(prefix: &str, table: serde_json::Map<String, serde_json::Value>, leaves: &mut Vec<Leaf>) {
    for (key, value) in table {
        let path = if prefix.is_empty() {
            key
        } else {
            format!("{prefix}.{key}")
        };
        match value {
            serde_json::Value::Object(inner) => flatten(&path, inner, leaves),
            value => leaves.push(Leaf {
                path,
                value: toml::Value::try_from(value).ok(),
            }),
        }
    }
}
