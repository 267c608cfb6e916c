//! The settings once they are checked.

use std::collections::BTreeMap;
use std::path::PathBuf;

use url::Url;

use super::gate::Gate;
use super::gate::read_access::{ReadAccess, Unwatchable};
use super::schema::choice::LogFormat;

/// Checked settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where they were read from.
    pub file: PathBuf,
    /// Open only when Connect and license sync are both enabled; holds all that is needed to sync.
    pub gate: Gate,
    /// What an enabled Connect allows to read, also while license sync is off.
    pub(super) watch: Result<Box<ReadAccess>, Unwatchable>,
    /// Where the store is; a directory of mode 0700.
    pub state_directory: PathBuf,
    pub log: Log,
    /// Where the metrics are written; nowhere when it is absent.
    pub metrics_textfile: Option<PathBuf>,
    /// The gate is closed because a switch is written as `false`, and not because nothing is written.
    pub is_switched_off: bool,
    /// Every key with its value, to compare a later version with this one.
    pub(super) values: BTreeMap<String, Option<toml::Value>>,
}

impl Settings {
    /// How the cloud account is read, which takes Connect alone.
    pub fn watch(&self) -> Result<&ReadAccess, Unwatchable> {
        self.watch.as_deref().map_err(|why| *why)
    }

    /// `server.id`, also while the gate is closed.
    pub fn server_id(&self) -> Option<uuid::Uuid> {
        self.text("server.id")?.parse().ok()
    }

    /// The name of the enterprise server, in lower case, also while the gate is closed.
    pub fn server_hostname(&self) -> Option<String> {
        let url = Url::parse(self.text("server.url")?).ok()?;
        url.host_str().map(str::to_owned)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.values.get(key)?.as_ref()?.as_str()
    }
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
