//! The real daemon dies, fails and is killed at every failpoint, and at random; started again, it brings every window
//! to its end and the cloud sees one document.
//!
//! Needs the feature `failpoints`:
//! `cargo test --features failpoints --test integration crash:: -- --nocapture`.

mod death;
mod file_matrix;
mod files;
mod license_file;
mod list;
mod matrix;
mod page;
mod remains;
mod rows;
mod storm;
mod weather;
