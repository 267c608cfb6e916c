//! Everything that must survive a crash, in one SQLite file: runs, their payloads and their events. All SQL is here.
//!
//! Promises: a state changes in one transaction with all that belongs to it; a transition that [`State`] does not allow,
//! or that another process made first, changes nothing and is [`StoreError::Transition`]; the bytes of a frozen document
//! stay as they are until the cloud's final answer, and are deleted with it. It does not decide anything and reads no clock.

mod claim;
mod cloud;
mod columns;
#[cfg(test)]
mod cost;
mod counting;
mod creation;
mod daemon;
mod database;
mod deleted;
mod delivery;
mod destination;
mod error;
mod file_lock;
mod filesystem;
mod fingerprint;
mod held_document;
mod hold_decision;
mod holder;
mod holder_note;
mod migration;
mod owner;
mod payload;
mod private_file;
mod pruning;
mod read;
mod retention;
mod run;
mod run_id;
mod spool;
mod start_and_end;
mod state;
mod state_directory;
mod tally;
mod transition;
mod withdrawal;
mod written_file;

pub use claim::Installation;
pub use cloud::{CloudRecord, RecordedServer};
pub use daemon::{Daemon, DaemonLock, daemon, lock_for_daemon};
pub use database::Store;
pub use deleted::DeletedRun;
pub use destination::{CloudAccount, Destination};
pub use error::StoreError;
pub use hold_decision::{HoldAction, HoldDecision};
pub use holder::{Holder, Role};
pub use holder_note::holder;
pub use owner::owner;
pub use payload::{CHUNK_SIZE, Freezer};
pub use pruning::Pruned;
pub use retention::KEPT_RUNS;
pub use run::{Baseline, Event, Frozen, Location, Receipt, Run, Trigger, WrittenFile};
pub use run_id::RunId;
pub use spool::Spool;
pub use state::{State, StateReason};
pub use state_directory::{Lock, inspect, lock};
pub use tally::{Attempts, RunTally};
pub use written_file::SUPERSEDED;
