//! One server with its settings file, its credentials, its state directory and its clock.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ghe_license_sync::clock::SystemClock;
use ghe_license_sync::sandbox::SandboxOptions;
use ghe_license_sync::settings::{Environment, LiveSettings, Settings, SettingsError, Sources};
use ghe_license_sync::store::Role;
use ghe_license_sync::sync::{Context, NoProgress, RunProgress};
use tempfile::TempDir;
use tokio::sync::Notify;

use super::case::OLD_ENTERPRISE;
use super::cloud::{Clouds, Host, Tenant};
use super::ledger::Taken;
use crate::support::enterprise::{csv, facts_with_stats};
use crate::support::lab::Lab;
use crate::support::loopback::Loopback;
use crate::support::manual_clock::ManualClock;

/// The App before the change, and the one that takes its place.
pub(super) const OLD_APP: &str = "Iv23liOldExample";
pub(super) const NEW_APP: &str = "Iv23liNewExample";

/// What all cells share.
pub(super) struct Stage {
    pub(super) clouds: Arc<Clouds>,
    /// The server, and the same after most of its people left.
    pub(super) server: Loopback,
    pub(super) reduced: Loopback,
    pub(super) old_key: String,
    pub(super) new_key: String,
}

impl Stage {
    pub(super) async fn set() -> Self {
        // Keys are drawn by the sandbox, one for each seed; its hosts are not asked.
        let key = async |seed| {
            let options = SandboxOptions {
                seed,
                users: 1,
                ..SandboxOptions::default()
            };
            let lab = Lab::with_options(options, Arc::new(SystemClock)).await;
            fs::read_to_string(lab.directory.path().join("credentials/connect-private-key")).unwrap()
        };
        Self {
            clouds: Clouds::open().await,
            server: server_of(100).await,
            reduced: server_of(10).await,
            old_key: key(1).await,
            new_key: key(2).await,
        }
    }
}

/// An enterprise server with so many people.
async fn server_of(people: u64) -> Loopback {
    let mut report = "id,login,email,suspended?,dormant?\n".to_owned();
    for id in 1..=people {
        report.push_str(&format!("{id},user{id},user{id}@example.com,false,false\n"));
    }
    let stats = format!(r#"{{"total_users":{people},"admin_users":1,"suspended_users":0}}"#);
    Loopback::serve(move |request| facts_with_stats(request, &stats).unwrap_or_else(|| csv(report.as_bytes()))).await
}

/// The settings that cells change.
#[derive(Debug, Clone)]
pub(super) struct Config {
    pub(super) api: Host,
    pub(super) uploads: Host,
    /// With its kind.
    pub(super) account: &'static str,
    pub(super) client_id: &'static str,
    pub(super) connect: bool,
    pub(super) license_sync: bool,
    pub(super) server: String,
    pub(super) server_id: Option<&'static str>,
    pub(super) schedule: &'static str,
}

/// A host of the program.
pub(super) struct Site {
    pub(super) number: u64,
    pub(super) directory: TempDir,
    pub(super) clock: Arc<ManualClock>,
    pub(super) config: Config,
    pub(super) stage: Arc<Stage>,
}

impl Site {
    /// A site with this number, that has no state yet, whose cloud took these documents.
    pub(super) fn new(stage: &Arc<Stage>, number: u64, clock: ManualClock, taken: Vec<Taken>) -> Self {
        let clock = Arc::new(clock);
        let tenant = Tenant {
            apps: vec![(OLD_APP, stage.old_key.clone())],
            taken,
            seen: Vec::new(),
            clock: Arc::clone(&clock),
            is_silent: false,
            half_way: None,
        };
        stage.clouds.tenants().insert(number, tenant);
        let config = Config {
            api: Host::OldApi,
            uploads: Host::OldUploads,
            account: OLD_ENTERPRISE,
            client_id: OLD_APP,
            connect: true,
            license_sync: true,
            server: stage.server.url.to_string(),
            server_id: None,
            schedule: "weekly",
        };
        let site = Self {
            number,
            directory: directory(),
            clock,
            config,
            stage: Arc::clone(stage),
        };
        site.write_private("connect-private-key", &stage.old_key);
        site.write_private("connect-read-token", &format!("ghp_{number}"));
        site.write_private("server-token", "ghp_server");
        site.write_settings();
        site
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(super) fn write_private(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
        fs::set_permissions(self.path(name), PermissionsExt::from_mode(0o600)).unwrap();
    }

    /// Writes the settings as they are now.
    pub(super) fn write_settings(&self) {
        self.write_private("config.toml", &self.text("state"));
    }

    fn text(&self, state: &str) -> String {
        let (config, clouds) = (&self.config, &self.stage.clouds);
        let id = config
            .server_id
            .map_or_else(String::new, |id| format!("id = \"{id}\"\n"));
        let (kind, account) = config.account.split_once('/').unwrap();
        let path = |name| self.path(name).display().to_string();
        format!(
            "[connect]\nenabled = {}\napi-url = \"{}\"\nuploads-url = \"{}\"\n{kind} = \"{account}\"\nclient-id = \"{}\"\n\
             installation-id = {}\nprivate-key-file = \"{}\"\nread-token-file = \"{}\"\n\
             [license-sync]\nenabled = {}\nschedule = \"{}\"\nconfirm-timeout = \"1s\"\n\
             [server]\nurl = \"{}\"\n{id}token-file = \"{}\"\n[server.source.report]\nusername = \"license-bot\"\n\
             [state]\ndirectory = \"{}\"\nfingerprint-key-file = \"{}\"\n[metrics]\ntextfile = \"{}\"\n",
            config.connect,
            clouds.url(config.api),
            clouds.url(config.uploads),
            config.client_id,
            self.number,
            path("connect-private-key"),
            path("connect-read-token"),
            config.license_sync,
            config.schedule,
            config.server,
            path("server-token"),
            path(state),
            path("fingerprint-key"),
            path("metrics.prom"),
        )
    }

    fn sources(&self) -> Sources {
        Sources {
            file: self.path("config.toml"),
            environment: Environment::default(),
            overrides: Vec::new(),
        }
    }

    pub(super) fn settings(&self) -> Result<Settings, SettingsError> {
        Settings::load(&self.sources())
    }

    /// What a command of these settings works with, in this state directory.
    pub(super) fn context(&self, state: &str, settings: LiveSettings) -> Context {
        self.context_with(state, settings, Arc::new(NoProgress))
    }

    pub(super) fn context_with(&self, state: &str, settings: LiveSettings, progress: Arc<dyn RunProgress>) -> Context {
        Context {
            settings,
            state_directory: self.path(state),
            environment: Environment::default(),
            clock: self.clock.clone(),
            progress,
            role: Role::Sync,
            nudge: Notify::new(),
        }
    }

    /// The settings as a command follows them.
    pub(super) fn followed(&self, settings: &Settings) -> LiveSettings {
        LiveSettings::following(self.sources(), settings)
    }

    /// What the clouds know of this site.
    pub(super) fn tenant<T>(&self, look: impl FnOnce(&mut Tenant) -> T) -> T {
        look(self.stage.clouds.tenants().get_mut(&self.number).unwrap())
    }
}

/// In memory where that is possible: what reaches the disk and when is no matter here.
fn directory() -> TempDir {
    let in_memory = tempfile::Builder::new().tempdir_in("/dev/shm");
    in_memory.or_else(|_| TempDir::new()).unwrap()
}

/// Puts a copy of a state directory in the place of another one, or nothing where there is none.
pub(super) fn copy(from: &Path, to: &Path) {
    let _none = fs::remove_dir_all(to);
    if !from.exists() {
        return;
    }
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, PermissionsExt::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}
