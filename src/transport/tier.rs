//! How a failure is retried: whether it passes, probably needs a person, or is final.
//!
//! It does not know how long the waits are; `sync::retry` does.

/// What can be expected of trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tier {
    /// It passes by itself: the network, a server under load, a rate limit.
    Passing,
    /// A person probably has to fix something, and it may pass all the same: a clock, a certificate, a permission.
    Lasting,
    /// The cloud's last word on this document.
    Final,
}
