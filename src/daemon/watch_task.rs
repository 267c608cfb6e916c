//! The request to the cloud beside the run: a task of its own, which neither waits for a run nor delays one, and which
//! the watchdog does not cover. When the next is due follows from the clock at each ring of the alarm.
//!
//! It does not know what is asked and what is news: that is `sync`.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::timeout;

use super::faults::{TOLD_AGAIN_AFTER, lies_within};
use crate::explain::{Explain, chain};
use crate::observe::catalog::Milestone;
use crate::reason::Reason;
use crate::sync::{WatchContext, WatchMemory, WatchRound};

/// What is left of a question that is stopped, as writing its end into the store, takes no longer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How a question ended: not at all when it panicked.
pub(super) type WatchOutcome = Result<WatchRound, JoinError>;

/// The questions to the cloud, one at a time.
#[derive(Default)]
pub(super) struct CloudWatch {
    memory: WatchMemory,
    under_way: Option<WatchTask>,
    /// When the last question ended, and for how long nothing is asked then.
    pause: Option<(DateTime<Utc>, TimeDelta)>,
    /// What the question under way finds is old already.
    is_overtaken: bool,
    /// When it was reported that the store does not have what it should.
    told_at: Option<DateTime<Utc>>,
}

struct WatchTask {
    task: JoinHandle<WatchRound>,
    /// The question ends when this is dropped.
    _keep: oneshot::Sender<()>,
}

impl CloudWatch {
    /// Whether a question is due. A clock that went back behind the last one makes it due.
    pub(super) fn is_due(&self, now: DateTime<Utc>) -> bool {
        let pauses = self
            .pause
            .is_some_and(|(begin, length)| lies_within(Some(begin), length, now));
        self.under_way.is_none() && !pauses
    }

    pub(super) fn start(&mut self, context: WatchContext) {
        let (keep, stop) = oneshot::channel();
        let memory = std::mem::take(&mut self.memory);
        let task = tokio::spawn(async move { context.ask(memory, stop).await });
        self.under_way = Some(WatchTask { task, _keep: keep });
    }

    /// Waits for the end of the question under way, without end if there is none.
    pub(super) async fn ended(&mut self) -> WatchOutcome {
        match &mut self.under_way {
            None => std::future::pending().await,
            Some(question) => (&mut question.task).await,
        }
    }

    /// A question is over, in whatever way.
    pub(super) fn conclude(&mut self, outcome: WatchOutcome, now: DateTime<Utc>) {
        self.under_way = None;
        let WatchRound {
            memory,
            next_at,
            unkept,
        } = match outcome {
            Ok(round) => round,
            Err(panicked) => {
                tracing::error!(message_id = Milestone::RunPanicked.message_id(), reason = %Reason::Internal, "reading the sync status from the cloud ended in a defect of this program: {panicked}");
                self.pause = Some((now, TimeDelta::hours(1)));
                return;
            }
        };
        self.memory = memory;
        self.pause = (!std::mem::take(&mut self.is_overtaken)).then_some((now, next_at - now));
        let Some(error) = unkept else {
            self.told_at = None;
            return;
        };
        if !lies_within(self.told_at, TOLD_AGAIN_AFTER, now) {
            self.told_at = Some(now);
            tracing::warn!(reason = %error.reason(), "{}", chain(&error));
        }
    }

    /// The cloud knows something new of this server, so the next question is due at once.
    pub(super) fn ask_again(&mut self) {
        self.pause = None;
        self.is_overtaken = self.under_way.is_some();
    }

    /// Ends the question under way, if there is one; the next is due at once.
    pub(super) async fn stop(&mut self) {
        self.pause = None;
        let Some(WatchTask { mut task, _keep: keep }) = self.under_way.take() else {
            return;
        };
        drop(keep);
        match timeout(PATIENCE, &mut task).await {
            Ok(Ok(round)) => self.memory = round.memory,
            Ok(Err(_)) => {}
            Err(_) => {
                task.abort();
                let _aborted = task.await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_due_at_its_time_and_when_the_clock_went_back() {
        let now: DateTime<Utc> = "2026-11-24T03:04:00Z".parse().unwrap();
        let mut watch = CloudWatch::default();
        assert!(watch.is_due(now), "the first");
        watch.pause = Some((now, TimeDelta::minutes(55)));
        let due = [-1, 0, 54, 55, 56].map(|minutes| watch.is_due(now + TimeDelta::minutes(minutes)));
        assert_eq!(due, [true, false, false, true, true]);
    }
}
