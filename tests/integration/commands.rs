//! Every command as a person or a script meets it: the real binary without an environment, its whole text and its exit
//! code.

pub(crate) mod advised;
mod cancel;
mod check;
mod cloud;
mod demo;
mod explain;
mod export;
mod findings;
mod health;
mod history;
mod instances;
mod journal;
mod json;
mod notices;
mod output;
mod owner;
mod report;
mod running;
mod sandbox;
mod settings;
mod status;
mod sync;
mod terminal;
mod trend;
mod usage;
mod watch_only;

use crate::support::lab::{Lab, Ran};
use crate::support::placeholder::placeholders;

/// What the binary said in this lab, to be compared with a text.
pub(crate) async fn told(lab: &Lab, arguments: &[&str]) -> String {
    plain(lab, &lab.run(arguments).await)
}

fn plain(lab: &Lab, ran: &Ran) -> String {
    placeholders(&lab.plain(&ran.to_string()))
}
