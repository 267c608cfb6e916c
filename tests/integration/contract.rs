//! The sandbox keeps its contract: GitHub's published shapes, our own description, faults on demand.
//!
//! Every answer that a test receives through [`Bench`](bench::Bench) is held against the descriptions.

mod app_token;
mod bench;
mod confirmation;
mod consumed;
mod corpus;
mod description;
mod faults;
mod layout;
mod refusal;
mod server;
mod statistics;
mod upload;
mod usage;
