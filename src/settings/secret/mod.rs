//! Where secrets come from: a systemd credential, else a file named in the settings, else the environment.
//!
//! A secret is read when it is needed and never kept in the settings. None implements `Display` or `Serialize`.

pub mod bound_hosts;
pub mod fingerprint_key;
pub mod snapshot;
pub mod token;

mod credential;
mod error;
mod given_hosts;
mod read;
mod secret_origin;

pub use credential::Credential;
pub use error::SecretError;
pub use given_hosts::make_sure_of_hosts;
pub use secret_origin::SecretOrigin;
