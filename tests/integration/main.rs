//! The program and its sandbox from the outside, over real sockets and files.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[cfg(feature = "sandbox")]
mod contract;
#[cfg(feature = "sandbox")]
mod openapi;
