//! Does something in the middle of a run, at a moment that the run itself tells.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use ghe_license_sync::collect;
use ghe_license_sync::license::Totals;
use ghe_license_sync::store::Trigger;
use ghe_license_sync::sync::{Context, RunProgress, RunStep, run_once};
use tokio::sync::Notify;

use super::watched::Watched;

/// A moment in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The gate is open; the state directory is not taken yet.
    GateOpen,
    /// What an earlier run left is resumed.
    Resuming,
    /// The collection is complete; nothing is frozen yet.
    Collected,
    Frozen,
    /// The last byte was handed to the connection; no answer is there.
    Sent,
    /// An attempt failed and another one follows.
    Retry,
    Accepted,
    /// The cloud is about to be asked whether it processed the document.
    Asking,
    Confirmed,
}

/// Does this each time that moment comes.
pub(crate) struct On<F>(pub(crate) Moment, pub(crate) F);

impl<F: Fn() + Send + Sync> On<F> {
    fn came(&self, moment: Moment) {
        if self.0 == moment {
            self.1();
        }
    }
}

impl<F: Fn() + Send + Sync> collect::CollectProgress for On<F> {
    fn started(&self, _expected_accounts: Option<u64>) {}
    fn waiting(&self, _waited: Duration, _again_in: Duration) {}
    fn read(&self, _accounts: u64, _bytes: u64) {}

    fn done(&self, _totals: Totals) {
        self.came(Moment::Collected);
    }
}

impl<F: Fn() + Send + Sync> RunProgress for On<F> {
    fn step(&self, step: RunStep<'_>) {
        match step {
            RunStep::GateOpen(_) => self.came(Moment::GateOpen),
            RunStep::Resuming(_) => self.came(Moment::Resuming),
            RunStep::Frozen(_) => self.came(Moment::Frozen),
            RunStep::Sent { bytes, total } if bytes == total => self.came(Moment::Sent),
            RunStep::Retry { .. } => self.came(Moment::Retry),
            RunStep::Accepted(_) => self.came(Moment::Accepted),
            RunStep::Asking => self.came(Moment::Asking),
            RunStep::Confirmed => self.came(Moment::Confirmed),
            _ => {}
        }
    }
}

/// A run of a process that dies at this moment: nothing of it continues and nothing is tidied up.
pub(crate) async fn die_at(site: &Watched, moment: Moment) {
    die_with(moment, |progress| site.context(&[], progress)).await;
}

/// The same with a context of the test's own.
pub(crate) async fn die_with(moment: Moment, context: impl FnOnce(Arc<dyn RunProgress>) -> Context) {
    die_for(&Trigger::Manual, moment, context).await;
}

/// The same in a run for this trigger.
pub(crate) async fn die_for(trigger: &Trigger, moment: Moment, context: impl FnOnce(Arc<dyn RunProgress>) -> Context) {
    let death = Arc::new(Notify::new());
    let comes = Arc::clone(&death);
    let context = context(Arc::new(On(moment, move || {
        comes.notify_one();
        // Not a step further. The last byte is handed over by a task of the connection, which has to continue.
        if moment != Moment::Sent {
            std::panic::resume_unwind(Box::new("the process dies"));
        }
    })));
    let run = AssertUnwindSafe(run_once(&context, trigger)).catch_unwind();
    tokio::select! {
        result = run => assert!(result.is_err(), "the run came to its end: {result:?}"),
        () = death.notified() => {}
    }
}
