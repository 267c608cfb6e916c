//! Whether Connect is still on while the cloud account is read.

use std::sync::{Mutex, PoisonError};

use crate::settings::load::settings_file::SettingsFile;
use crate::settings::{Settings, Sources, Unwatchable};

/// Follows whether Connect is on while the cloud account is read, which can take an hour.
pub struct Watching<'a> {
    sources: &'a Sources,
    /// What was in the file when it allowed to read the last time.
    allowed: Mutex<Option<String>>,
}

impl<'a> Watching<'a> {
    pub fn of(sources: &'a Sources) -> Self {
        Self {
            sources,
            allowed: Mutex::default(),
        }
    }

    /// Makes sure that the settings on disk still allow to read. Wrong ones change nothing.
    ///
    /// # Errors
    /// [`Unwatchable::Closed`].
    pub fn make_sure(&self) -> Result<(), Unwatchable> {
        let mut allowed = self.allowed.lock().unwrap_or_else(PoisonError::into_inner);
        let text = SettingsFile::read(&self.sources.file).map(|document| document.text().to_owned());
        // The environment and the flags stay as they are.
        if allowed.is_some() && allowed.as_ref() == text.as_ref().ok() {
            return Ok(());
        }
        match Settings::load(self.sources).as_ref().map(Settings::watch) {
            Ok(Err(closed @ Unwatchable::Closed(_))) => Err(closed),
            _ => {
                *allowed = text.ok();
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Environment;
    use crate::settings::gate::Closed;

    #[test]
    fn connect_that_is_turned_off_is_noticed_and_a_file_that_is_wrong_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let sources = Sources {
            file: directory.path().join("config.toml"),
            environment: Environment::default(),
            overrides: Vec::new(),
        };
        let write = |text: &str| std::fs::write(&sources.file, text).unwrap();
        let on = "[connect]\nenabled = true\nenterprise = \"octo\"\n";
        let watching = Watching::of(&sources);
        for text in [on, on, "", "[connect", on] {
            write(text);
            let closed = watching.make_sure().is_err();
            assert_eq!(closed, text.is_empty(), "{text}");
        }
        std::fs::remove_file(&sources.file).unwrap();
        assert_eq!(watching.make_sure(), Ok(()));
        write(&on.replace("true", "false"));
        assert_eq!(watching.make_sure(), Err(Unwatchable::Closed(Closed::Connect)));
    }
}
