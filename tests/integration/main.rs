//! What the program does against real sockets on loopback. Nothing here leaves the machine.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in what it calls"
)]

mod collect;
#[cfg(feature = "sandbox")]
mod contract;
#[cfg(feature = "sandbox")]
mod openapi;
mod support;
mod transport;
