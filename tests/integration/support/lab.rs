//! A sandbox with its settings, for runs in this process and of the real binary.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use ghe_license_sync::clock::{Clock, SystemClock};
use ghe_license_sync::sandbox::{Sandbox, SandboxOptions};
use ghe_license_sync::settings::{Environment, LiveSettings, Network, Settings, Sources};
use ghe_license_sync::store::{Role, Run, Store, Trigger};
use ghe_license_sync::sync::{Context, NoProgress, RunProgress, SyncError, SyncSummary, run_once};
use ghe_license_sync::transport::{Peer, Redirects, build, read_capped};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;
use tokio::sync::Notify;

use super::answers;

/// A running sandbox and the directory of its files, which goes with it.
pub(crate) struct Lab {
    pub(crate) sandbox: Sandbox,
    pub(crate) directory: TempDir,
}

impl Lab {
    /// A sandbox with 60 accounts and these faults.
    pub(crate) async fn with_faults(faults: &[&str]) -> Self {
        Self::with_clock(faults, Arc::new(SystemClock)).await
    }

    /// The same, with another clock for the sandbox.
    pub(crate) async fn with_clock(faults: &[&str], clock: Arc<dyn Clock>) -> Self {
        Self::of(60, faults, clock).await
    }

    /// The same, with so many accounts.
    pub(crate) async fn of(users: u32, faults: &[&str], clock: Arc<dyn Clock>) -> Self {
        let faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
        let options = SandboxOptions {
            users,
            faults,
            ..SandboxOptions::default()
        };
        Self::with_options(options, clock).await
    }

    /// The sandbox that is described.
    pub(crate) async fn with_options(options: SandboxOptions, clock: Arc<dyn Clock>) -> Self {
        let directory = TempDir::new().unwrap();
        let sandbox = Sandbox::start_with_clock(options, directory.path(), clock)
            .await
            .unwrap();
        Self { sandbox, directory }
    }

    /// What a run works with; `overrides` are like those of `--set`.
    pub(crate) fn context(&self, overrides: &[&str]) -> Context {
        self.context_with(overrides, Arc::new(NoProgress))
    }

    pub(crate) fn sources(&self, overrides: &[&str]) -> Sources {
        Sources {
            file: self.sandbox.config_file().to_owned(),
            environment: Environment::default(),
            overrides: overrides.iter().map(ToString::to_string).collect(),
        }
    }

    pub(crate) fn settings(&self, overrides: &[&str]) -> Settings {
        Settings::load(&self.sources(overrides)).unwrap()
    }

    pub(crate) fn context_with(&self, overrides: &[&str], progress: Arc<dyn RunProgress>) -> Context {
        let sources = self.sources(overrides);
        let settings = Settings::load(&sources).unwrap();
        Context {
            state_directory: settings.state_directory.clone(),
            environment: Environment::default(),
            settings: LiveSettings::following(sources, &settings),
            clock: Arc::new(SystemClock),
            progress,
            role: Role::Sync,
            nudge: Notify::new(),
        }
    }

    /// One run.
    pub(crate) async fn sync(&self, overrides: &[&str]) -> Result<Run, SyncError> {
        run_once(&self.context(overrides), &Trigger::Manual).await
    }

    /// Where everything stands, by the settings file as it is now.
    pub(crate) async fn standing(&self) -> SyncSummary {
        SyncSummary::of(&self.settings(&[])).await.unwrap()
    }

    pub(crate) async fn store(&self) -> Store {
        Store::open(&self.directory.path().join("state")).await.unwrap()
    }

    /// The newest run.
    pub(crate) async fn last_run(&self) -> Run {
        self.store().await.runs(1).await.unwrap().remove(0)
    }

    /// How many pieces of fingerprints the store has.
    pub(crate) async fn fingerprint_pieces(&self) -> i64 {
        let file = self.directory.path().join("state/state.db");
        let options = SqliteConnectOptions::new().filename(file);
        let mut database = SqliteConnection::connect_with(&options).await.unwrap();
        let counting = sqlx::query_scalar("SELECT count(*) FROM fingerprint");
        let count = counting.fetch_one(&mut database).await.unwrap();
        database.close().await.unwrap();
        count
    }

    /// The file of the fingerprint key.
    pub(crate) fn fingerprint_key(&self) -> PathBuf {
        self.directory.path().join("fingerprint-key")
    }

    /// Everything goes well from now on.
    pub(crate) async fn clear_faults(&self) {
        let url = self.sandbox.cloud_url().join("_sandbox/faults").unwrap();
        let client = build(&url, &Network::default(), Redirects::Never, &Environment::default()).unwrap();
        assert_eq!(client.delete(url).send().await.unwrap().status(), 204);
    }

    /// The all-users report, as a site administrator downloads it.
    pub(crate) async fn report(&self) -> String {
        let settings = std::fs::read_to_string(self.sandbox.config_file()).unwrap();
        let settings: toml::Table = settings.parse().unwrap();
        let server = &settings["server"];
        let token = std::fs::read_to_string(server["token-file"].as_str().unwrap()).unwrap();
        let url = self
            .sandbox
            .server_url()
            .join("stafftools/reports/all_users.csv")
            .unwrap();
        let client = build(&url, &Network::default(), Redirects::Never, &Environment::default()).unwrap();
        let request = client.get(url).basic_auth("license-bot", Some(token.trim()));
        let answer = request.send().await.unwrap();
        let report = read_capped(answer, Peer::Server, "GET", 1 << 20).await.unwrap();
        String::from_utf8(report).unwrap()
    }

    /// Changes the settings file.
    pub(crate) fn edit_settings(&self, from: &str, to: &str) {
        let path = self.sandbox.config_file();
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains(from), "the settings hold {from}");
        std::fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// Runs the real binary with these settings and these arguments, and nothing of this process's environment.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        let config = self.sandbox.config_file().to_string_lossy().into_owned();
        let mut all = vec!["--config", &config];
        all.extend(arguments);
        binary(&all).await
    }

    /// A text of the binary with what differs from run to run replaced.
    pub(crate) fn plain(&self, text: &str) -> String {
        let text = text.replace(&*self.directory.path().to_string_lossy(), "DIR");
        let text = text.replace(self.sandbox.server_url().as_str(), "http://SERVER/");
        text.replace(self.sandbox.cloud_url().as_str(), "http://CLOUD/")
    }
}

/// What the binary said.
pub(crate) struct Ran {
    pub(crate) exit: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let exit = self.exit.map_or_else(|| "none".to_owned(), |exit| exit.to_string());
        match (&*self.stdout, &*self.stderr) {
            ("", "") => write!(f, "exit {exit}"),
            ("", stderr) => write!(f, "exit {exit}, stderr:\n{stderr}"),
            (stdout, "") => write!(f, "exit {exit}, stdout:\n{stdout}"),
            (stdout, stderr) => write!(f, "exit {exit}, stdout:\n{stdout}--- stderr\n{stderr}"),
        }
    }
}

impl Ran {
    /// What this command says.
    pub(crate) async fn of(mut command: Command) -> Self {
        let output = tokio::task::spawn_blocking(move || command.output());
        let Output { status, stdout, stderr } = output.await.unwrap().unwrap();
        let stdout = String::from_utf8(stdout).unwrap();
        answers::check(&stdout);
        Self {
            exit: status.code(),
            stdout,
            stderr: String::from_utf8(stderr).unwrap(),
        }
    }
}

/// Runs the real binary without any environment.
pub(crate) async fn binary(arguments: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ghe-license-sync"));
    command.env_clear().args(arguments);
    Ran::of(command).await
}
