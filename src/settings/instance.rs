//! Instances: several servers on one machine, each with settings, state and credentials of its own.
//!
//! The name of the settings file is the name of the instance. So the template unit, `--instance NAME` and
//! `--config /etc/ghe-license-sync/NAME.toml` all work on the same state.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::layers::Layer;

/// The settings of the service and of all instances.
const SETTINGS: &str = "/etc/ghe-license-sync";

/// The state of the service; the state of an instance is in a directory below it.
const STATE: &str = "/var/lib/ghe-license-sync";

/// Where the units find their credentials.
const CREDENTIALS: &str = "/etc/credstore";

/// The file name, without its extension, of the settings that belong to no instance.
const MAIN: &str = "config";

/// The name of an instance, like `octo-corp` in `ghe-license-sync@octo-corp.service`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance(String);

/// Why a text is not the name of an instance.
#[derive(Debug, thiserror::Error)]
pub enum InstanceError {
    #[error(
        "an instance name begins with a letter or a digit and has at most 64 letters, digits, `-`, `_` and `.`, as in \
         the name of its unit"
    )]
    NotAName,
    #[error("the settings file `config.toml` belongs to no instance; leave `--instance` out")]
    Main,
    #[error("the state directory of the service has a file of this name; choose another name for the instance")]
    Reserved,
}

impl Instance {
    const LONGEST: usize = 64;

    /// Its settings file.
    #[must_use]
    pub fn settings_file(&self) -> PathBuf {
        Path::new(SETTINGS).join(format!("{}.toml", self.0))
    }

    /// Its state directory, unless its settings name another one.
    #[must_use]
    pub fn state_directory(&self) -> PathBuf {
        Path::new(STATE).join(&self.0)
    }

    /// The instance whose settings are in `file`, if it is one of an instance.
    fn of_file(file: &Path) -> Option<Self> {
        service_of(file).and_then(|name| name.parse().ok())
    }
}

impl std::str::FromStr for Instance {
    type Err = InstanceError;

    /// systemd would escape any other character in the name of the unit.
    fn from_str(text: &str) -> Result<Self, InstanceError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let begins_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if text.len() > Self::LONGEST || !begins_well || !text.chars().all(allowed) {
            return Err(InstanceError::NotAName);
        }
        match text {
            MAIN => Err(InstanceError::Main),
            // The state directory of an instance is beside these files of the service.
            "lock" | "opening.lock" => Err(InstanceError::Reserved),
            _ if text.starts_with("state.db") => Err(InstanceError::Reserved),
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
pub(super) fn defaults(file: &Path) -> Layer {
    let mut layer = Layer::default();
    if let Some(instance) = Instance::of_file(file) {
        let directory = instance.state_directory().to_string_lossy().into_owned();
        let state = Table::from_iter([("directory".to_owned(), Value::String(directory))]);
        layer.values.insert("state".to_owned(), Value::Table(state));
    }
    layer
}

/// The file from which the unit with these settings gets the credential `name`; none for settings of no unit.
pub(super) fn credential_file(file: &Path, name: &str) -> Option<PathBuf> {
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
        let expected = Some(PathBuf::from("/var/lib/ghe-license-sync/octo-corp"));
        assert_eq!(directory_of("/etc/ghe-license-sync/octo-corp.toml"), expected);
        for none in [
            "/etc/ghe-license-sync/config.toml",
            "/etc/ghe-license-sync/octo-corp.toml.dpkg-new",
            "/etc/ghe-license-sync/octo corp.toml",
            "/etc/ghe-license-sync/more/octo-corp.toml",
            "/tmp/octo-corp.toml",
        ] {
            assert_eq!(directory_of(none), None, "{none}");
        }
    }

    #[test]
    fn an_instance_and_its_settings_file_agree() {
        let instance: Instance = "ghe.example.com".parse().unwrap();
        assert_eq!(Instance::of_file(&instance.settings_file()), Some(instance));
    }

    #[test]
    fn a_name_that_a_unit_cannot_have_as_it_is_or_that_is_taken_is_refused() {
        let longest = "x".repeat(64);
        for good in ["one", "octo-corp", "ghe.example.com", "Server_2", "2", &longest] {
            assert!(good.parse::<Instance>().is_ok(), "{good}");
        }
        let long = "x".repeat(65);
        for bad in [
            "", ".", "..", "-one", "a/b", "a b", "a@b", "a:b", "a\\x2db", "é", "a\n", &long,
        ] {
            assert!(matches!(bad.parse::<Instance>(), Err(InstanceError::NotAName)), "{bad}");
        }
        assert!(matches!("config".parse::<Instance>(), Err(InstanceError::Main)));
        for taken in ["lock", "opening.lock", "state.db", "state.db-wal", "state.db.new"] {
            assert!(
                matches!(taken.parse::<Instance>(), Err(InstanceError::Reserved)),
                "{taken}"
            );
        }
    }

    #[test]
    fn a_unit_gets_its_credentials_from_files_that_bear_its_name() {
        let file = |settings: &str| credential_file(Path::new(settings), "server-token");
        let expected = |file: &str| Some(Path::new("/etc/credstore").join(file));
        let main = expected("ghe-license-sync.server-token");
        let one = expected("ghe-license-sync.one.server-token");
        assert_eq!(file("/etc/ghe-license-sync/config.toml"), main);
        assert_eq!(file("/etc/ghe-license-sync/one.toml"), one);
        assert_eq!(file("/etc/ghe-license-sync/lock.toml"), None);
        assert_eq!(file("/tmp/config.toml"), None);
    }
}
