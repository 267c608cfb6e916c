//! Every fault of HTTP and of the way to a host, in every phase of a run, with what becomes of it: `docs/faults.md`.
//!
//! After a change, `GENERATED=write cargo test --test integration faults::` writes the page anew.

mod case;
mod fault;
mod phase;
mod table;
