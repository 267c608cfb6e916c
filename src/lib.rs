//! Tells a GitHub Enterprise Cloud account every week who consumes a license on a GitHub Enterprise Server.
#![forbid(unsafe_code)]

pub mod clock;
pub mod collect;
pub mod explain;
pub mod license;
pub mod reason;
pub mod settings;
pub mod transport;
