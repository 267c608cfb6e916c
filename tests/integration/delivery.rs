//! Whole runs against the sandbox: what happens to a document when the cloud or the server misbehaves.

mod arriving;
pub(crate) mod by_file;
mod confirming;
mod destination;
mod diagnostics;
mod dying;
mod earlier;
mod faults;
mod file_answers;
mod identity;
mod license_file;
mod listed;
mod messages;
mod order;
mod other_way;
mod piped;
mod products;
mod proxies;
mod repeating;
mod reports;
mod server;
mod server_id;
mod sources;
mod waiting_file;

use std::sync::Arc;

use ghe_license_sync::explain::Explain;
use ghe_license_sync::store::{Run, Trigger};
use ghe_license_sync::sync::{NoProgress, SyncError, run_once};

use super::support::counter::Counter;
use super::support::lab::Lab;
use super::support::loopback::Loopback;
use super::support::watched::Watched;

/// Takes the token away that may read the sync status, so that only `Location` is left to ask.
fn without_read_token(lab: &Lab) {
    lab.edit_settings("read-token-file", "# read-token-file");
}

/// How it ended, in words that fit into a table: state, reason, exit, and how often the document was sent and taken.
async fn outcome(site: &Watched, result: &Result<Run, SyncError>) -> String {
    outcome_in(&site.lab, site.relay.sent().len(), result).await
}

/// The same where it was sent so many times.
async fn outcome_in(lab: &Lab, sent: usize, result: &Result<Run, SyncError>) -> String {
    let run = lab.last_run().await;
    let reason = run.reason.map_or("-", |reason| reason.code());
    let exit = result.as_ref().map_or_else(|error| error.exit() as u8, |_| 0);
    let taken = lab.sandbox.uploads().len();
    format!(
        "{:<10} {reason:<20} exit {exit:<3} sent {sent} taken {taken}",
        run.state.word()
    )
}

/// A sandbox whose cloud is never to be reached, and the counter in its place.
struct Unreached {
    lab: Lab,
    cloud: Counter,
}

impl Unreached {
    async fn with_faults(faults: &[&str]) -> Self {
        Self {
            lab: Lab::with_faults(faults).await,
            cloud: Counter::listen().await,
        }
    }

    /// One run; `server` takes the place of the sandbox's, if it is given.
    async fn sync(&self, server: Option<&Loopback>, overrides: &[&str]) -> SyncError {
        let mut all = vec![
            format!("connect.api-url={}", self.cloud.url),
            format!("connect.uploads-url={}", self.cloud.url),
        ];
        all.extend(server.map(|server| format!("server.url={}", server.url)));
        all.extend(overrides.iter().map(ToString::to_string));
        let all: Vec<_> = all.iter().map(String::as_str).collect();
        let context = self.lab.context_with(&all, Arc::new(NoProgress));
        let error = run_once(&context, &Trigger::Manual).await.unwrap_err();
        assert_eq!(self.cloud.connections().await, 0, "the cloud is left alone: {error}");
        error
    }
}
