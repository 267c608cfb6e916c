//! What may be written, and the strict reading of what is.
//!
//! [`sections`] lists every key with its type and default; the other files have the types. Each leaf of each source is read by
//! itself, also one that a later source overrides, and each mistake is reported where it is.

pub(in crate::settings) mod choice;
pub(in crate::settings) mod duration;
pub(in crate::settings) mod license_owner;
pub(in crate::settings) mod name;
pub(in crate::settings) mod path;
pub(in crate::settings) mod reading;
pub(in crate::settings) mod section;
pub(in crate::settings) mod sections;
pub(in crate::settings) mod service_url;
pub(in crate::settings) mod upload_path;
pub(in crate::settings) mod value;

mod keys;
mod suggestion;
mod timing;
mod unknown_key;

pub use keys::{key, keys};

pub(in crate::settings) use keys::paths;
