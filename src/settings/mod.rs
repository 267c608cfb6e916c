//! What the operator decided, in three steps: `load` reads where settings are written, `schema` says what may be written, and
//! `check` looks at the whole. The result, [`Settings`], can only hold what makes sense.
//!
//! Secrets never stand in the settings; they are named here and read by [`secret`]. What may be done with settings is in
//! [`gate`], and who can change the [`files`] that they name as well.

pub mod error;
pub mod files;
pub mod gate;
pub mod instance;
pub mod problem;
pub mod secret;

mod check;
mod load;
mod schema;

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::guard;
use crate::schedule::Schedule;

pub use check::effective::Effective;
pub use error::SettingsError;
pub use files::replace;
pub use files::users::{ROOT, name_of, name_of_process};
pub use gate::Gate;
pub use gate::live::LiveSettings;
pub use gate::standard_input::{Collector, InputError, make_sure_of_input};
pub use gate::succession::{Changes, SuccessionError};
pub use gate::watch::{Unwatchable, Watch, Watching};
pub use instance::{Instance, UNIT, unit_of};
pub use load::environment::Environment;
pub use problem::redact::is_secret_word;
pub use schema::address::AddressKey;
pub use schema::keys;
pub use schema::value::MaxAge;
pub use secret::Credential;
pub use secret::bound_hosts::{OtherHost, make_sure_of_hosts};
pub use secret::fingerprint_key::FingerprintKeySource;
pub use secret::snapshot::{BothChanged, Snapshot};
pub use secret::token::other_kind;

/// Where settings come from, besides the defaults; a later field wins.
#[derive(Debug, Clone)]
pub struct Sources {
    pub file: PathBuf,
    pub environment: Environment,
    /// `KEY=VALUE` of each `--set`, like `connect.enabled=true`.
    pub overrides: Vec<String>,
}

/// Checked settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where they were read from.
    pub file: PathBuf,
    /// Open only when Connect and license sync are both enabled; holds all that is needed to sync.
    pub gate: Gate,
    /// What an enabled Connect allows to read, also while license sync is off.
    watch: Result<Box<Watch>, Unwatchable>,
    /// Where the store is; a directory of mode 0700.
    pub state_directory: PathBuf,
    pub log: Log,
    /// Where the metrics are written; nowhere when it is absent.
    pub metrics_textfile: Option<PathBuf>,
    /// The gate is closed because a switch is written as `false`, and not because nothing is written.
    pub is_switched_off: bool,
    /// Every key with its value, to compare a later version with this one.
    values: BTreeMap<String, Option<toml::Value>>,
}

impl Settings {
    /// Reads, merges and checks the settings of all layers. Opens no socket and reads no secret.
    ///
    /// # Errors
    /// [`SettingsError`]; when settings are wrong it tells all of them.
    pub fn load(sources: &Sources) -> Result<Self, SettingsError> {
        read(sources).map(|(_, settings)| settings)
    }

    /// How the cloud account is read, which takes Connect alone.
    ///
    /// # Errors
    /// Why it cannot be.
    pub fn watch(&self) -> Result<&Watch, Unwatchable> {
        self.watch.as_deref().map_err(|why| *why)
    }

    /// `server.id`, also while the gate is closed.
    #[must_use]
    pub fn server_id(&self) -> Option<uuid::Uuid> {
        self.text("server.id")?.parse().ok()
    }

    /// The name of the enterprise server, in lower case, also while the gate is closed.
    #[must_use]
    pub fn server_hostname(&self) -> Option<String> {
        let url = Url::parse(self.text("server.url")?).ok()?;
        url.host_str().map(str::to_owned)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key)?.as_ref()?.as_str()
    }
}

fn read(sources: &Sources) -> Result<(load::merge::Merged, Settings), SettingsError> {
    let mut findings = problem::Findings::default();
    let document = load::document::Document::read(&sources.file)?;
    let layers = vec![
        instance::defaults(&sources.file),
        load::file::layer(&document, &mut findings),
        load::text::of_environment(&sources.environment, &mut findings),
        load::text::of_flags(&sources.overrides, &mut findings),
    ];
    let merged = load::merge::merge(layers).map_err(|source| SettingsError::Unmergeable { source })?;
    match check::settings(&merged, &document, &mut findings) {
        Some(settings) if findings.is_empty() => {
            sources.environment.bindings().note_first(&merged.written);
            Ok((merged, settings))
        }
        _ => Err(SettingsError::Invalid {
            file: sources.file.clone(),
            problems: findings.into_problems(),
        }),
    }
}

/// What has to be known to sync: who reports what to whom.
#[derive(Debug, Clone)]
pub struct Link {
    pub cloud: Cloud,
    pub server: Server,
    pub sync: LicenseSync,
    pub fingerprint_key: FingerprintKeySource,
}

/// The cloud account and the way to it (`[connect]`).
#[derive(Debug, Clone)]
pub struct Cloud {
    /// Like `https://api.github.com/`; ends with a slash.
    pub api_url: Url,
    /// Like `https://uploads.github.com/`; ends with a slash.
    pub uploads_url: Url,
    /// The settings that these two come from.
    pub api_url_key: AddressKey,
    pub uploads_url_key: AddressKey,
    pub account: Account,
    /// What uploads take; nothing may be named where a person uploads files.
    pub app: Option<App>,
    /// Path of the upload below `uploads_url`, with the account filled in and without a leading slash.
    pub upload_path: String,
    /// Optional: without it confirmation relies on the upload's `Location`.
    pub read_token: Credential,
    pub network: Network,
}

/// The GitHub App that Connect created.
#[derive(Debug, Clone)]
pub struct App {
    /// Its client ID (or App ID); the issuer of our tokens.
    pub client_id: String,
    pub installation_id: NonZeroU64,
    pub private_key: Credential,
}

/// Whose licenses are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    Enterprise(String),
    Organization(String),
}

/// How to get to a host.
#[derive(Debug, Clone, Default)]
pub struct Network {
    pub proxy: Option<Proxy>,
    /// Extra trust roots, in PEM. Those that the environment names are not used.
    pub ca_file: Option<PathBuf>,
}

/// An HTTP proxy. The environment's proxy variables are not used, so the service and a shell behave alike.
#[derive(Debug, Clone)]
pub struct Proxy {
    pub url: Url,
    /// Hosts that are reached directly, like `example.com,10.0.0.0/8`.
    pub no_proxy: Option<String>,
    /// A file with `user:password`.
    pub credentials: Option<Credential>,
}

/// The feature (`[license-sync]`).
#[derive(Debug, Clone)]
pub struct LicenseSync {
    pub schedule: Schedule,
    /// How long one run waits for the cloud to say that it processed the document.
    pub confirm_timeout: Duration,
    pub delivery: Delivery,
    pub guard: guard::Limits,
}

/// How a document gets to the cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The program uploads it.
    Connect,
    /// It is written to a file in this directory, which a person uploads.
    File(PathBuf),
}

/// The enterprise server (`[server]`).
#[derive(Debug, Clone)]
pub struct Server {
    /// Like `https://github.example.com/`; ends with a slash.
    pub url: Url,
    /// The server ID; when absent it is derived from the host name and kept in the store.
    pub id: Option<uuid::Uuid>,
    /// SCIM is enabled on it, so that its setup user consumes no license.
    pub scim_enabled: bool,
    /// The enterprise on the server whose users of products are asked for; when absent they are not.
    pub enterprise: Option<String>,
    pub token: Credential,
    pub source: Source,
    pub network: Network,
}

/// Where the list of accounts comes from.
#[derive(Debug, Clone)]
pub enum Source {
    Report(Report),
    File(ReportFile),
    /// Standard input, for a person's command (`server.source.file.path = "-"`).
    Input,
    Command(ReportCommand),
    Scim(Scim),
    LicenseFile(LicenseFile),
}

/// The license usage file that the server exports (`[server.source.license-file]`).
#[derive(Debug, Clone)]
pub enum LicenseFile {
    File(ReportFile),
    Command(ReportCommand),
}

/// The all-users report (`[server.source.report]`).
#[derive(Debug, Clone)]
pub struct Report {
    /// The account that the server token belongs to.
    pub username: String,
    /// How long to wait while the server generates the report.
    pub timeout: Duration,
}

/// An all-users report that was downloaded (`[server.source.file]`).
#[derive(Debug, Clone)]
pub struct ReportFile {
    pub path: PathBuf,
    /// How long before a run it may have been written.
    pub max_age: Duration,
}

/// A program that writes the all-users report to its standard output (`[server.source.command]`).
#[derive(Debug, Clone)]
pub struct ReportCommand {
    /// By its absolute path.
    pub program: PathBuf,
    pub arguments: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
}

/// The users whom an identity provider provisioned by SCIM (`[server.source.scim]`).
#[derive(Debug, Clone)]
pub struct Scim {
    /// The enterprise in the address of the list, for a server that has it there.
    pub enterprise: Option<String>,
    /// So many accounts of users may be there that SCIM does not list.
    pub max_other_accounts: u32,
}

/// What is logged (`[log]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    pub level: tracing::Level,
    pub format: LogFormat,
}

/// How a log record is written to standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    Text,
    Json,
}

impl Default for Log {
    /// What holds before the settings are known.
    fn default() -> Self {
        Self {
            level: tracing::Level::INFO,
            format: LogFormat::Text,
        }
    }
}
