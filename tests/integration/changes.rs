//! What happens when something changes between two steps: every change, in every state of the earlier run, in every way in
//! which the program meets it.
//!
//! What is expected follows from the rules in `changes/rules.rs`, and what holds everywhere is in `changes/invariants.rs`.
//! `cargo test --test integration changes:: -- --nocapture` prints the rules and the table.

mod case;
mod cloud;
mod daemon;
mod expected;
mod invariants;
mod ledger;
mod making;
mod matrix;
mod play;
mod prepared;
mod program;
mod request;
mod rules;
mod site;
