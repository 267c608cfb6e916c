//! Every fault of HTTP and of the way to a host, in every phase of a run and on every wire, with what happens to it: the
//! last table of `docs/operations.md`.
//!
//! After a change, `GENERATED=write cargo test --test integration faults::` writes the table anew.

mod case;
mod fault;
mod phase;
mod table;
