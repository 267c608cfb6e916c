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
use std::sync::LazyLock;

use ghe_license_sync::explain::Explain;
use ghe_license_sync::settings::{Environment, Settings, SettingsError, Sources};
use regex::Regex;

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

/// The same in brief: for each problem its place, the line with what is underlined there, what is wrong with it, and the
/// help. Nobody writes a secret without this word.
fn problems(text: &str) -> String {
    let text = refuse(text);
    assert!(!text.contains("hunter2"), "{text}");
    brief(&text)
}

/// The same of these lines of a table.
fn problems_in(table: &str, lines: &str) -> String {
    problems(&format!("[{table}]\n{lines}\n"))
}

fn brief(text: &str) -> String {
    static PROBLEM: LazyLock<Regex> = LazyLock::new(|| {
        let place = r"(?m)^ *--> (?:/etc/ghe-license-sync/config\.toml:?)?(.*)\n";
        let said = r"(?: +\|\n *\d+ \| (.*)\n +\| ( *)(\^+) (.*)|  = (.*))";
        Regex::new(&format!(r"{place}{said}(?:(?:\n +\|)?\n +=( help: .*))?")).unwrap()
    });
    let mut lines = Vec::new();
    for problem in PROBLEM.captures_iter(text) {
        let part = |number| problem.get(number).map_or("", |part| part.as_str());
        let (place, line, said) = (part(1), part(2), part(5));
        lines.push(if said.is_empty() {
            format!("{}: {}", if place.is_empty() { "the file" } else { place }, part(6))
        } else {
            let (before, marked) = line.split_at(part(3).len());
            let (marked, after) = marked.split_at(part(4).len().min(marked.len()));
            format!("{place} {before}«{marked}»{after} {said}")
        });
        lines.extend(problem.get(7).map(|help| help.as_str().trim().to_owned()));
    }
    let shown = PROBLEM.find_iter(text).count();
    assert!(text.starts_with(&format!("config-invalid: {shown} problem")), "{text}");
    lines.join("\n")
}
