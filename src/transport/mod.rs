//! HTTP for both sides: a client for one host, responses under a cap, and names for faults.
//!
//! It knows nothing of the enterprise server's or the cloud's endpoints.

pub mod body;
mod ca_file;
mod classify;
pub mod client;
mod client_error;
mod coding;
mod dates;
mod effort;
mod ending;
pub mod fault;
pub mod json;
mod link;
pub mod pace;
mod proxy;
pub mod retry_after;
mod retry_budget;
pub mod scim;
mod sockets;
mod status;
mod tier;
mod tls_fault;
mod trust;
mod tunnel;
pub mod uploads;

use url::Url;

pub use body::{Body, BodyError, read_capped, receive_head};
pub use client::{Redirects, USER_AGENT, build, build_kept};
pub use client_error::{CaFileDefect, ClientError};
pub use dates::{header_date, read_time};
pub use ending::{API_VERSION, Announcements};
pub use fault::{Fault, Peer, ProxyFault, TransportError};
pub use link::next_page;
pub use pace::Pace;
pub use retry_after::{LONGEST_WAIT, is_limited, retry_after};
pub use retry_budget::{FailedRequest, Patience, RetryBudget, RetryDecision};
pub use status::StatusKind;
pub use tier::Tier;
pub use tls_fault::{CertificateFault, TlsFault};
pub use tunnel::is_proxied;
pub use uploads::{Handed, Uploads};

/// The address of `path` below `base`, whose path ends with a slash.
pub fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path()));
    url
}
