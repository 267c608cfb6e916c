//! Where settings are written: the file, environment variables and flags, merged into one.

pub(in crate::settings) mod document;
pub(in crate::settings) mod environment;
pub(in crate::settings) mod file;
pub(in crate::settings) mod merge;
pub(in crate::settings) mod origin;
pub(in crate::settings) mod text;

mod syntax;
