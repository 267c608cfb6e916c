//! Where settings are written: the file, environment variables and flags. Each is read once, into leaves that know where they
//! are written; `merge` puts what they set into one.

pub(in crate::settings) mod environment;
pub(in crate::settings) mod file;
pub(in crate::settings) mod leaf;
pub(in crate::settings) mod merge;
pub(in crate::settings) mod origin;
pub(in crate::settings) mod overrides;
pub(in crate::settings) mod settings_file;

mod read_file;
mod syntax;
