//! The gate: nothing happens unless Connect is enabled and license sync is enabled.
//!
//! An open gate carries the [`Link`], so code that talks to the cloud cannot be reached without one.

pub mod live;
pub mod read_access;
pub mod standard_input;
pub mod succession;
pub mod watching;

mod closed;

use crate::settings::Link;

pub use closed::Closed;

/// Whether anything may be sent at all.
#[derive(Debug, Clone)]
pub enum Gate {
    Open(Box<Link>),
    Closed(Closed),
}

impl Gate {
    /// The way through, if there is one.
    ///
    /// # Errors
    /// Why the gate is closed.
    pub fn pass(&self) -> Result<&Link, Closed> {
        match self {
            Self::Open(link) => Ok(link),
            Self::Closed(closed) => Err(*closed),
        }
    }
}
