//! Where settings come from.

use std::path::PathBuf;

use super::load::environment::Environment;

/// Where settings come from, besides the defaults; a later field wins.
#[derive(Debug, Clone)]
pub struct Sources {
    pub file: PathBuf,
    pub environment: Environment,
    /// `KEY=VALUE` of each `--set`, like `connect.enabled=true`.
    pub overrides: Vec<String>,
}
