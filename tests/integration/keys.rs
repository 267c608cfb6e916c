//! The App's key and what goes with it: whatever is wrong is named before anything about a person is sent.

mod refused;
mod token;
mod unusable;

use std::fs;
use std::path::Path;

use super::support::counter::Counter;
use super::support::lab::Lab;
use super::support::watched::Watched;

/// A key from `tests/fixtures/keys`.
fn fixture(name: &str) -> Vec<u8> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/keys");
    fs::read(directory.join(name)).unwrap()
}

/// Puts another key in the place of the right one; the file keeps its mode.
fn replace_key(lab: &Lab, pem: &[u8]) -> Vec<u8> {
    let path = lab.directory.path().join("credentials/connect-private-key");
    let right = fs::read(&path).unwrap();
    fs::write(path, pem).unwrap();
    right
}
