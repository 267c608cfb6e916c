//! Reports to a GitHub Enterprise Cloud account every week who consumes a license on a GitHub Enterprise Server, proves that
//! the cloud processed it, and reports clearly when it did not.
//!
//! # Data flow
//!
//! ```text
//!  alarm ──┐                                                                        ┌─ history, metrics, journal, status
//!  signal ─┼─> daemon ─┐                                                            │
//!  CLI ────┴───────────┴─> gate ─> collect ─> guard ─> freeze ─> gate ─> send ─> confirm ─> settle
//!                        settings   collect    guard    store   settings connect  connect    store
//! ```
//!
//! One function runs this for every trigger: [`sync::run_once`]. While the gate is closed, it opens no socket to the
//! cloud. The commands `report` and `explain` only read there; [`settings::gate::read_access`] gives them what they need.
//!
//! # Modules
//!
//! - Entry points: [`cli`] (one file for each command), [`daemon`] (alarm, worker, signals, systemd), [`sync`] (the use case).
//! - Input and output: [`collect`] (the enterprise server), [`store`] (all SQL), [`connect`] (the cloud account),
//!   [`transport`] (HTTP for both), [`settings`] (the configuration, the gate, where secrets are).
//! - The domain, pure: [`license`] (who consumes a license, and the document that lists them), [`schedule`] (when),
//!   [`guard`] (whether a person has to approve first).
//! - Crashes and failures in tests: [`failpoint`].
//! - Messages: [`reason`] (the vocabulary of "did not send"), [`explain`] (what every error provides), [`advice`]
//!   (the text of an advised command), [`observe`] (records, catalog, metrics), [`output_file`], [`timestamp`],
//!   [`clock`].
#![cfg_attr(
    feature = "sandbox",
    doc = "- Test environment: [`sandbox`], an enterprise server and a cloud account on loopback."
)]
//!
//! # Invariants
//!
//! 1. Pure modules do no I/O, read no clock, log nothing
//! 2. Nothing is sent that is not frozen; nothing leaves the outbox before the cloud's final answer
//! 3. The same payload goes under the same idempotency key
//! 4. Every trigger runs the same function; the file of an `upload` takes the place of the collection in it
//! 5. One run at a time for each state directory
//! 6. Only `settings/load/merge.rs` names `config`, only `store` names `sqlx`, only `daemon/alarm.rs` the scheduler,
//!    only `sandbox` names `axum`, only `cli` prints, only `main` exits, only `clock` reads the time, only
//!    `settings/load/environment.rs` reads the environment
//! 7. No secret implements `Display`, `Serialize` or a `Debug` in clear; no email and no login in a log record or an
//!    error
//! 8. Gate closed: no socket to the cloud, but for `report`, `status --cloud`, `explain --report` and the daemon's
//!    watch while Connect is on; Connect off: none at all
//!
//! `docs/ARCHITECTURE.md` names what enforces each.
#![forbid(unsafe_code)]

#[macro_use]
pub mod failpoint;

pub mod advice;
pub mod cli;
pub mod clock;
pub mod collect;
pub mod connect;
pub mod daemon;
pub mod explain;
pub mod guard;
pub mod license;
pub mod observe;
pub mod output_file;
pub mod plain;
pub mod reason;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod schedule;
pub mod settings;
pub mod store;
pub mod sync;
pub mod timestamp;
pub mod transport;
