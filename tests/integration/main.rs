//! What the modules do against real sockets on loopback. Nothing here leaves the machine.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in what it calls"
)]

mod collect;
mod support;
mod transport;
