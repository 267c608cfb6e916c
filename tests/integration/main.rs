//! What the program does, from outside, against real sockets and files. Nothing here leaves the machine.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in what it calls; whole texts are long"
)]

#[cfg(feature = "sandbox")]
mod accounts;
#[cfg(feature = "sandbox")]
mod changes;
mod collect;
#[cfg(feature = "sandbox")]
mod commands;
#[cfg(feature = "sandbox")]
mod contract;
#[cfg(all(feature = "failpoints", feature = "sandbox"))]
mod crash;
#[cfg(feature = "sandbox")]
mod daemon;
#[cfg(feature = "sandbox")]
mod delivery;
#[cfg(feature = "sandbox")]
mod evidence;
mod explain;
#[cfg(feature = "sandbox")]
mod faults;
#[cfg(feature = "sandbox")]
mod gate;
#[cfg(feature = "generate")]
mod generated;
#[cfg(feature = "sandbox")]
mod guard;
mod hostile;
#[cfg(feature = "sandbox")]
mod keys;
mod licenses;
#[cfg(feature = "sandbox")]
mod metrics;
#[cfg(feature = "sandbox")]
mod openapi;
#[cfg(feature = "sandbox")]
mod privacy;
#[cfg(feature = "sandbox")]
mod requests;
mod schedule;
mod settings;
mod store;
mod support;
#[cfg(feature = "sandbox")]
mod totals;
mod transport;
#[cfg(feature = "sandbox")]
mod trouble;
#[cfg(feature = "sandbox")]
mod upload;
