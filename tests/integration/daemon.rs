//! The daemon: the real binary with a real notification socket and real signals, and the worker through weeks of a
//! manual clock.

mod approved;
mod bench;
mod beside;
mod by_file;
mod milestones;
mod reload;
mod service;
mod waits;
mod watch;
mod watch_changes;
mod watchdog;
mod weeks;
