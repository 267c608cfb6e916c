//! HTTP as both sides need it: a client for one host, answers read under a cap, and faults named for what they are.
//!
//! It knows nothing of the enterprise server's or the cloud's endpoints.

pub mod answer;
pub mod client;
pub mod fault;

pub use answer::{Body, read_capped};
pub use client::{ClientError, Redirects, build};
pub use fault::{Fault, Peer, TransportError};

/// Sent with every request.
pub const USER_AGENT: &str = concat!("ghe-license-sync/", env!("CARGO_PKG_VERSION"));
