//! Where a secret was found.

use std::path::PathBuf;

/// Where a secret was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretOrigin {
    SystemdCredential(PathBuf),
    File(PathBuf),
    Environment(&'static str),
}

impl std::fmt::Display for SecretOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SystemdCredential(path) => write!(f, "systemd credential {}", path.display()),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(variable) => write!(f, "environment variable {variable}"),
        }
    }
}
