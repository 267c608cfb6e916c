//! The Connect client: the way to the cloud account. App key → installation token → upload → confirmation.
//!
//! It sends what it is given and tells truthfully what came back; when to try again is decided in `sync`.
//! It can only be made from a [`Cloud`](crate::settings::Cloud), which only an open gate holds.

mod api;
mod app_key;
mod client;
mod error;
mod listing;
mod objection;
mod outcome;
mod status;
mod token;
mod upload;
mod word;

pub use app_key::{AppKey, KeyError};
pub use client::Client;
pub use error::{ConnectError, Refusal};
pub use listing::{ListedServer, Listing, Unreadable};
pub use objection::Objection;
pub use outcome::{About, judge};
pub use status::Confirmation;
pub use token::Authorization;
pub use upload::{Accepted, Upload};
