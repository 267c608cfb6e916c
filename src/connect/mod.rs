//! The client of the cloud account. App key → installation token → upload → confirmation; and the list of consumed
//! licenses.
//!
//! It sends what it is given and reports truthfully what came back; when to try again is decided in `sync`. The list,
//! which a person waits for, is the exception: it waits at a limit and says so. The client can only be made from a
//! [`Cloud`](crate::settings::Cloud), which only an open gate holds, the reader of the list from a
//! [`ReadAccess`](crate::settings::ReadAccess), which an enabled Connect gives.

mod api;
mod api_call;
mod app_key;
mod client;
mod consumed;
mod consumed_members;
mod consumed_page;
mod consumed_row;
mod error;
mod graphql;
mod listing;
mod objection;
mod outcome;
mod page_retry;
mod servers;
mod statistics;
mod status;
mod token;
mod upload;
mod wire_text;

pub use app_key::{AppKey, KeyError};
pub use client::Client;
pub use consumed::{LicenseListing, LicensePages, LicenseReader, MayAsk};
pub use consumed_row::Unread;
pub use error::{CloudRefusal, ConnectError};
pub use graphql::{CloudEvidence, EvidencePages, EvidenceReader, Part, Withheld};
pub use listing::{ListedServer, Listing, Unreadable};
pub use objection::Objection;
pub use outcome::{About, judge};
pub use page_retry::ReadProgress;
pub use servers::ServerReader;
pub use statistics::{BuiltInSync, ServerStatistics};
pub use status::Confirmation;
pub use token::Authorization;
pub use upload::{Accepted, Upload};
