//! Text of a settings file, and behind each NUL one `--set`: settings or an error, and no token in its text.
#![no_main]

use std::cell::OnceCell;

use ghe_license_sync::settings::{Environment, Settings, Sources};
use ghe_license_sync_fuzz::told;
use libfuzzer_sys::fuzz_target;

/// How tokens and keys begin.
const TOKENS: [&str; 5] = ["ghp_", "gho_", "ghs_", "github_pat_", "-----BEGIN"];

thread_local! {
    static DIRECTORY: OnceCell<tempfile::TempDir> = const { OnceCell::new() };
}

fuzz_target!(|data: &[u8]| {
    DIRECTORY.with(|directory| {
        let directory = directory.get_or_init(|| tempfile::tempdir().expect("a directory"));
        let mut parts = data.split(|byte| *byte == 0);
        let file = directory.path().join("config.toml");
        std::fs::write(&file, parts.next().unwrap_or_default()).expect("written");
        let sources = Sources {
            file,
            environment: Environment::default(),
            overrides: parts.map(|flag| String::from_utf8_lossy(flag).into_owned()).collect(),
        };
        match Settings::load(&sources) {
            Ok(settings) => {
                let _ = format!("{settings:?}");
            }
            Err(error) => {
                let text = told(&error);
                for token in TOKENS {
                    assert!(!text.contains(token), "{text}");
                }
            }
        }
    });
});
