//! Settings: what is accepted, what is refused and in which words.

mod accepted;
mod addresses;
mod effective;
mod files;
mod fingerprint_key;
mod given;
mod misplaced_secrets;
mod names;
mod overrides;
mod properties;
mod sample;
mod secrets;
mod succession;
mod syntax;
mod values;
mod whole;
mod writers;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use ghe_license_sync::explain::Explain;
use ghe_license_sync::settings::{Environment, Settings, SettingsError, Sources};

/// All that an open gate needs.
const OPEN: &str = r#"
[connect]
enabled = true
enterprise = "octo-corp"
client-id = "Iv23liExample"
installation-id = 1234

[license-sync]
enabled = true

[server]
url = "https://github.example.com"

[server.source.report]
username = "license-bot"
"#;

/// A directory with a settings file in it.
struct Site {
    directory: tempfile::TempDir,
    sources: Sources,
}

impl Site {
    fn new(text: impl AsRef<[u8]>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config.toml");
        std::fs::write(&file, text).unwrap();
        // Whatever the umask.
        std::fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        Self {
            directory,
            sources: Sources {
                file,
                environment: Environment::default(),
                overrides: Vec::new(),
            },
        }
    }

    fn variables(mut self, variables: &[(&str, &str)]) -> Self {
        self.sources.environment = variables.iter().copied().collect();
        self
    }

    fn flags(mut self, flags: &[&str]) -> Self {
        self.sources.overrides = flags.iter().map(ToString::to_string).collect();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn load(&self) -> Result<Settings, SettingsError> {
        Settings::load(&self.sources)
    }

    /// Loads settings that are right.
    fn accept(&self) -> Settings {
        match self.load() {
            Ok(settings) => settings,
            Err(error) => panic!("{}", self.render(&error)),
        }
    }

    /// Loads settings that are wrong; what the operator sees.
    fn refuse(&self) -> String {
        self.render(&self.load().expect_err("these settings are wrong"))
    }

    /// An error with its causes, details and help; the directory of the test is replaced.
    fn render(&self, error: &impl Explain) -> String {
        let mut parts = vec![format!("{}: {error}", error.reason())];
        let mut cause = error.source();
        while let Some(error) = cause {
            parts.push(format!("cause: {error}"));
            cause = error.source();
        }
        parts.extend(error.details());
        parts.extend(error.help().map(|help| format!("help: {help}")));
        parts
            .join("\n")
            .replace(&self.directory.path().display().to_string(), "/etc/ghe-license-sync")
    }
}

/// What the operator sees of this file.
fn refuse(text: &str) -> String {
    Site::new(text).refuse()
}
