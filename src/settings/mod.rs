//! What the operator decided, in three steps: `load` reads where settings are written, `schema` says what may be written, and
//! `check` validates the whole. The result, [`Settings`], can only hold what makes sense.
//!
//! Secrets are never in the settings; they are named here and read by [`secret`]. What may be done with settings is in
//! [`gate`], and who can change the [`files`] that they name as well.

pub mod error;
pub mod files;
pub mod gate;
pub mod instance;
pub mod problem;
pub mod secret;

mod check;
mod checked;
mod link;
mod load;
mod read;
mod schema;
mod sources;

pub use check::cloud::{App, Cloud};
pub use check::effective::Effective;
pub use check::license_sync::{Delivery, LicenseSync};
pub use check::network::{Network, Proxy};
pub use check::server::Server;
pub use check::source::{LicenseFile, Report, ReportCommand, ReportFile, Scim, Source};
pub use checked::{Log, Settings};
pub use error::SettingsError;
pub use files::replace;
pub use files::unix_users::{ROOT, name_of, name_of_process};
pub use gate::Gate;
pub use gate::live::LiveSettings;
pub use gate::read_access::{ReadAccess, Unwatchable};
pub use gate::standard_input::{Collector, InputError, make_sure_of_input};
pub use gate::succession::{Changes, SuccessionError};
pub use gate::watching::Watching;
pub use instance::{Instance, UNIT, unit_of};
pub use link::Link;
pub use load::environment::Environment;
pub use problem::redact::is_secret_word;
pub use schema::choice::LogFormat;
pub use schema::duration::MaxAge;
pub use schema::license_owner::LicenseOwner;
pub use schema::service_url::AddressKey;
pub use schema::value::Form;
pub use schema::{key, keys};
pub use secret::bound_hosts::OtherHost;
pub use secret::fingerprint_key::FingerprintKeySource;
pub use secret::snapshot::{BothChanged, CredentialSnapshot};
pub use secret::token::other_kind;
pub use secret::{Credential, make_sure_of_hosts};
pub use sources::Sources;
