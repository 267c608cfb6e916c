//! Instances: several servers on one machine, each with a user, settings, state and credentials of its own.
//!
//! The name of the settings file is the name of the instance. So the template unit, `--instance NAME` and
//! `--config /etc/ghe-license-sync/NAME.toml` all work on the same state. This module makes no user and no directory;
//! the administrator makes the user, and the template unit the directories.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Value;

/// The settings of the service and of all instances.
const SETTINGS: &str = "/etc/ghe-license-sync";

/// Where the state directories are, each with the name of the user that it belongs to.
const STATE: &str = "/var/lib";

/// What the name of an instance's user and of its state directory begins with.
const USER: &str = "ghe-license-sync-";

/// The cache of the service; that of an instance is beside it.
const CACHE: &str = "/var/cache/ghe-license-sync";

/// Where the units find their credentials.
const CREDENTIALS: &str = "/etc/credstore";

/// The file name, without its extension, of the settings that belong to no instance.
const MAIN: &str = "config";

/// The name whose user and directories would be called like the timer and its service.
const TIMER: &str = "sync";

/// The unit of the daemon; that of an instance has the instance's name behind an `@`.
pub const UNIT: &str = "ghe-license-sync";

/// The name of an instance, like `octo-corp` in `ghe-license-sync@octo-corp.service`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance(String);

/// Why a text is not the name of an instance.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    #[error(
        "an instance name has 1 to {} characters, which are lower-case letters, digits and `-`, and does not begin with \
         `-`; it is part of the user name `{USER}NAME`",
        Instance::LONGEST
    )]
    NotAName,
    #[error("the settings file `config.toml` belongs to no instance; leave `--instance` out")]
    Main,
    #[error("`{USER}{TIMER}` is the name of the timer and its service; choose another name for the instance")]
    Timer,
}

impl Instance {
    /// A user name has 31 characters at most.
    const LONGEST: usize = 31 - USER.len();

    /// Its settings file.
    pub fn settings_file(&self) -> PathBuf {
        Path::new(SETTINGS).join(format!("{}.toml", self.0))
    }

    /// Its state directory, unless its settings name another one.
    pub fn state_directory(&self) -> PathBuf {
        Path::new(STATE).join(format!("{USER}{}", self.0))
    }

    /// The file with the key of its fingerprints, unless its settings name another one.
    fn fingerprint_key_file(&self) -> PathBuf {
        PathBuf::from(format!("{CACHE}-{}/fingerprint-key", self.0))
    }

    /// The instance whose settings are in `file`, if it is one of an instance.
    fn of_file(file: &Path) -> Option<Self> {
        service_of(file).and_then(|name| name.parse().ok())
    }
}

impl std::str::FromStr for Instance {
    type Err = InstanceError;

    /// What systemd takes in a user name, and does not escape in a unit name.
    fn from_str(text: &str) -> Result<Self, InstanceError> {
        let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=Self::LONGEST).contains(&text.len()) || text.starts_with('-') || !text.chars().all(is_allowed) {
            return Err(InstanceError::NotAName);
        }
        match text {
            MAIN => Err(InstanceError::Main),
            TIMER => Err(InstanceError::Timer),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl std::fmt::Display for Instance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The defaults that follow from the settings file: an instance never works on the state of the service.
pub(in crate::settings) fn defaults(file: &Path) -> BTreeMap<String, Value> {
    let state = |instance: Instance| {
        [
            ("state.directory", instance.state_directory()),
            ("state.fingerprint-key-file", instance.fingerprint_key_file()),
        ]
    };
    let defaults = Instance::of_file(file).map(state).into_iter().flatten();
    defaults
        .map(|(path, file)| (path.to_owned(), file.to_string_lossy().into_owned().into()))
        .collect()
}

/// The unit with these settings that runs the daemon.
pub fn unit_of(file: &Path) -> Option<String> {
    match (Instance::of_file(file), service_of(file)?.as_str()) {
        (Some(instance), _) => Some(format!("{UNIT}@{instance}")),
        (None, MAIN) => Some(UNIT.to_owned()),
        (None, _) => None,
    }
}

/// The file from which the unit with these settings gets the credential `name`; none for settings of no unit.
pub(in crate::settings) fn credential_file(file: &Path, name: &str) -> Option<PathBuf> {
    let file_name = match (Instance::of_file(file), service_of(file)?.as_str()) {
        (Some(instance), _) => format!("ghe-license-sync.{instance}.{name}"),
        (None, MAIN) => format!("ghe-license-sync.{name}"),
        (None, _) => return None,
    };
    Some(Path::new(CREDENTIALS).join(file_name))
}

/// The name that a settings file has in the directory of the units, if it is there: as it was named, or behind links.
fn service_of(file: &Path) -> Option<String> {
    let named = std::path::absolute(file).ok();
    let real = file.canonicalize().ok();
    named.into_iter().chain(real).find_map(|file| {
        let is_settings = file.extension()? == "toml" && is_settings_directory(file.parent()?);
        let name = file.file_stem().filter(|_| is_settings)?;
        name.to_str().map(str::to_owned)
    })
}

fn is_settings_directory(directory: &Path) -> bool {
    let settings = Path::new(SETTINGS);
    directory == settings
        || match (directory.canonicalize(), settings.canonicalize()) {
            (Ok(directory), Ok(settings)) => directory == settings,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory_of(file: &str) -> Option<PathBuf> {
        Instance::of_file(Path::new(file)).map(|instance| instance.state_directory())
    }

    #[test]
    fn a_settings_file_belongs_to_the_instance_of_its_name() {
        let expected = Some(PathBuf::from("/var/lib/ghe-license-sync-octo-corp"));
        assert_eq!(directory_of("/etc/ghe-license-sync/octo-corp.toml"), expected);
        for none in [
            "/etc/ghe-license-sync/config.toml",
            "/etc/ghe-license-sync/octo-corp.toml.dpkg-new",
            "/etc/ghe-license-sync/octo corp.toml",
            "/etc/ghe-license-sync/Octo.toml",
            "/etc/ghe-license-sync/more/octo-corp.toml",
            "/tmp/octo-corp.toml",
        ] {
            assert_eq!(directory_of(none), None, "{none}");
        }
    }

    #[test]
    fn an_instance_and_its_settings_file_agree() {
        let instance: Instance = "ghe-example".parse().unwrap();
        assert_eq!(Instance::of_file(&instance.settings_file()), Some(instance));
    }

    #[test]
    fn a_name_that_no_user_can_have_or_that_is_taken_is_refused() {
        let longest = "x".repeat(14);
        for good in ["one", "octo-corp", "a", "2", "2-a-", &longest] {
            assert!(good.parse::<Instance>().is_ok(), "{good}");
        }
        let long = "x".repeat(15);
        for bad in [
            "", ".", "..", "-one", "One", "a.b", "a_b", "a/b", "a b", "a@b", "a:b", "a\\x2db", "é", "a\n", &long,
        ] {
            assert!(matches!(bad.parse::<Instance>(), Err(InstanceError::NotAName)), "{bad}");
        }
        assert!(matches!("config".parse::<Instance>(), Err(InstanceError::Main)));
        assert!(matches!("sync".parse::<Instance>(), Err(InstanceError::Timer)));
    }

    #[test]
    fn settings_of_a_unit_are_known_by_their_place() {
        let unit = |file: &str| unit_of(Path::new(file));
        let expected = |unit: &str| Some(unit.to_owned());
        assert_eq!(unit("/etc/ghe-license-sync/config.toml"), expected("ghe-license-sync"));
        assert_eq!(unit("/etc/ghe-license-sync/one.toml"), expected("ghe-license-sync@one"));
        assert_eq!(unit("/etc/ghe-license-sync/one.toml.bak"), None);
        assert_eq!(unit("/tmp/config.toml"), None);
    }

    #[test]
    fn a_unit_gets_its_credentials_from_files_that_bear_its_name() {
        let file = |settings: &str| credential_file(Path::new(settings), "server-token");
        let expected = |file: &str| Some(Path::new("/etc/credstore").join(file));
        let main = expected("ghe-license-sync.server-token");
        let one = expected("ghe-license-sync.one.server-token");
        assert_eq!(file("/etc/ghe-license-sync/config.toml"), main);
        assert_eq!(file("/etc/ghe-license-sync/one.toml"), one);
        assert_eq!(file("/etc/ghe-license-sync/sync.toml"), None);
        assert_eq!(file("/tmp/config.toml"), None);
    }
}
