//! Tells a GitHub Enterprise Cloud account every week who consumes a license on a GitHub Enterprise Server.
#![forbid(unsafe_code)]

pub mod cli;
pub mod clock;
pub mod collect;
pub mod connect;
pub mod daemon;
pub mod explain;
pub mod license;
pub mod observe;
pub mod reason;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod schedule;
pub mod settings;
pub mod store;
pub mod sync;
pub mod transport;
