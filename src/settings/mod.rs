//! What the operator decided, in three steps: `load` reads where settings are written, `schema` says what may be written, and
//! `check` validates the whole. The result, [`Settings`], can only hold what makes sense.
//!
//! Secrets are never in the settings; they are named here and read by [`secret`]. What may be done with settings is in
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
use std::path::PathBuf;
use std::sync::Arc;

use url::Url;

use load::merge::merge;
use load::settings_file::SettingsFile;
use schema::sections::Sections;

pub use check::cloud::{App, Cloud};
pub use check::effective::Effective;
pub use check::license_sync::{Delivery, LicenseSync};
pub use check::network::{Network, Proxy};
pub use check::server::Server;
pub use check::source::{LicenseFile, Report, ReportCommand, ReportFile, Scim, Source};
pub use error::SettingsError;
pub use files::replace;
pub use files::unix_users::{ROOT, name_of, name_of_process};
pub use gate::Gate;
pub use gate::live::LiveSettings;
pub use gate::read_access::{ReadAccess, Unwatchable, Watching};
pub use gate::standard_input::{Collector, InputError, make_sure_of_input};
pub use gate::succession::{Changes, SuccessionError};
pub use instance::{Instance, UNIT, unit_of};
pub use load::environment::Environment;
pub use problem::redact::is_secret_word;
pub use schema::choice::LogFormat;
pub use schema::duration::MaxAge;
pub use schema::license_owner::LicenseOwner;
pub use schema::service_url::AddressKey;
pub use schema::value::Form;
pub use schema::{key, keys};
pub use secret::Credential;
pub use secret::bound_hosts::{OtherHost, make_sure_of_hosts};
pub use secret::fingerprint_key::FingerprintKeySource;
pub use secret::snapshot::{BothChanged, CredentialSnapshot};
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
    watch: Result<Box<ReadAccess>, Unwatchable>,
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
    /// [`SettingsError`]; when settings are wrong it names all of them.
    pub fn load(sources: &Sources) -> Result<Self, SettingsError> {
        read(sources).map(|(_, settings)| settings)
    }

    /// How the cloud account is read, which takes Connect alone.
    pub fn watch(&self) -> Result<&ReadAccess, Unwatchable> {
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

fn read(sources: &Sources) -> Result<(Sections, Settings), SettingsError> {
    let mut findings = problem::Findings::default();
    let document = Arc::new(SettingsFile::read(&sources.file)?);
    let mut leaves = [
        load::file::leaves(&document, &mut findings),
        load::overrides::of_environment(&sources.environment),
        load::overrides::of_flags(&sources.overrides, &mut findings),
    ];
    merge(&mut leaves).map_err(|source| SettingsError::Unmergeable { source })?;
    let sections = schema::reading::read(&leaves, instance::defaults(&sources.file), &mut findings);
    match check::settings(&sections, &document, &mut findings) {
        Some(settings) if findings.is_empty() => {
            sources.environment.bindings().note_first(&sections);
            Ok((sections, settings))
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

/// What is logged (`[log]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    pub level: tracing::Level,
    pub format: LogFormat,
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
