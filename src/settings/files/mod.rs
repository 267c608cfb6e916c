//! Files and the paths to them: who can write or replace a file, and how one is replaced in one step.

pub mod unix_users;

mod replace;
mod resolve;
mod writers;

pub use replace::replace;
pub use resolve::{PathError, ResolvedPath, WRITABLE, check_directory};
pub(in crate::settings) use writers::check_path_of;
pub use writers::{WriterError, check_delivered, check_file, check_found};
