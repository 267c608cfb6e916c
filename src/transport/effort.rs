//! How much work a peer may cause while nothing that was asked for arrives.
//!
//! A peer can send what HTTP and TLS process and no reader ever sees: interim responses, PING, SETTINGS, PRIORITY and
//! unknown frames of HTTP/2, empty members of gzip. The HTTP client shows nobody these bytes, but the work that they cause is
//! seen: the time in which the runtime's workers do not rest, and that which the reader needs between two waits to get
//! nothing. An honest peer causes milliseconds of it, however long it is waited for. On a machine with much else to do that
//! time is longer than the work, so the processor time is checked as well. All of it counts, so a process that has
//! several transfers at a time must allow more.
//!
//! The work is checked between two polls of a connection. One poll ends after 128 reads, each of which fills the buffer
//! of the HTTP client.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::sleep;

use super::fault::Fault;
use super::pace::{FLOOR, LONGEST_EFFORT};

/// How often the work is checked.
const LOOK: Duration = Duration::from_millis(250);

/// Adds up the work of waiting for one peer.
pub(super) struct Effort {
    limit: Duration,
    spent: Duration,
    /// The processor time when nothing was spent.
    start: Duration,
    /// What moved since nothing was spent.
    moved: u64,
    /// When the last wait ended, unless something moved since.
    waited: Option<Instant>,
}

impl Default for Effort {
    fn default() -> Self {
        Self::of(LONGEST_EFFORT)
    }
}

impl Effort {
    /// Not more than `limit`.
    pub(super) fn of(limit: Duration) -> Self {
        Self {
            limit,
            spent: Duration::ZERO,
            start: processor_time(),
            moved: 0,
            waited: None,
        }
    }

    /// Takes note that `bytes` of the transfer moved; enough of them are worth the work.
    pub(super) fn advance(&mut self, bytes: u64) {
        if bytes > 0 {
            self.waited = None;
        }
        self.moved = self.moved.saturating_add(bytes);
        if self.moved >= FLOOR {
            (self.spent, self.start, self.moved) = (Duration::ZERO, processor_time(), 0);
        }
    }

    /// Waits for `answer`.
    ///
    /// # Errors
    /// [`Fault::Flood`] when the wait costs more work than is left.
    pub(super) async fn bound<F: Future>(&mut self, answer: F) -> Result<F::Output, Fault> {
        let (mut answer, mut workers) = (std::pin::pin!(answer), Workers::default());
        self.spent += self.waited.take().map(|waited| waited.elapsed()).unwrap_or_default();
        loop {
            let answer = tokio::select! {
                answer = &mut answer => Some(answer),
                () = sleep(LOOK) => None,
            };
            self.spent += workers.worked();
            match answer {
                _ if self.is_exhausted() => return Err(Fault::Flood(self.limit)),
                Some(answer) => {
                    self.waited = Some(Instant::now());
                    return Ok(answer);
                }
                None => {}
            }
        }
    }

    fn is_exhausted(&self) -> bool {
        self.spent > self.limit && processor_time().saturating_sub(self.start) > self.limit
    }
}

/// The processor time of this process, or of the one thread that its runtime has.
fn processor_time() -> Duration {
    let clock = match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
        Ok(RuntimeFlavor::CurrentThread) => ClockId::ThreadCPUTime,
        _ => ClockId::ProcessCPUTime,
    };
    clock_gettime(clock).try_into().unwrap_or_default()
}

/// The workers of this runtime.
struct Workers(Vec<RuntimeWorker>);

/// A worker as it was seen last.
struct RuntimeWorker {
    /// For how long it did not rest since the runtime began. It reports that when it rests, or after some polls.
    busy: Duration,
    /// How often it began and ended a rest: an even number while it works.
    turns: u64,
    seen: Instant,
    /// What it worked since it reported.
    unreported: Duration,
}

impl Default for Workers {
    fn default() -> Self {
        let workers = 0..Handle::current().metrics().num_workers();
        Self(workers.map(RuntimeWorker::now).collect())
    }
}

impl Workers {
    /// For how long the workers did not rest since this was asked before.
    fn worked(&mut self) -> Duration {
        self.0
            .iter_mut()
            .enumerate()
            .map(|(index, worker)| worker.worked(index))
            .sum()
    }
}

impl RuntimeWorker {
    fn now(index: usize) -> Self {
        let metrics = Handle::current().metrics();
        Self {
            busy: metrics.worker_total_busy_duration(index),
            turns: metrics.worker_park_unpark_count(index),
            seen: Instant::now(),
            unreported: Duration::ZERO,
        }
    }

    fn worked(&mut self, index: usize) -> Duration {
        let before = std::mem::replace(self, Self::now(index));
        if (self.busy, self.turns) != (before.busy, before.turns) {
            return self.busy.saturating_sub(before.busy + before.unreported);
        }
        if self.turns % 2 == 1 {
            return Duration::ZERO;
        }
        // A poll that continues for seconds is not reported before its end.
        let worked = self.seen - before.seen;
        self.unreported = before.unreported + worked;
        worked
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn the_kernel_tells_the_processor_time_of_a_runtime_that_works() {
        let start = processor_time();
        while processor_time() < start + Duration::from_millis(20) {}
    }

    /// What the workers reported.
    fn reported(workers: &Workers) -> Duration {
        workers.0.iter().map(|worker| worker.busy).sum()
    }

    /// Keeps a worker busy for ever.
    async fn toil() {
        loop {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_wait_that_keeps_the_workers_busy_ends() {
        let toiling = tokio::spawn(toil());
        let limit = Duration::from_millis(100);
        let ended = Effort::of(limit).bound(pending::<()>()).await;
        assert_eq!(ended, Err(Fault::Flood(limit)));
        toiling.abort();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_poll_that_continues_counts_before_its_end_and_not_again_after_it() {
        let (ending, end) = std::sync::mpsc::channel::<()>();
        let mut workers = Workers::default();
        let start = Instant::now();
        let poll = tokio::spawn(async move { end.recv().is_err() });
        let mut worked = Duration::ZERO;
        while worked < Duration::from_millis(200) {
            worked += workers.worked();
        }
        let is_reported = || reported(&Workers::default()) > Duration::from_millis(100);
        assert!(!is_reported(), "the poll was reported before its end");
        drop(ending);
        assert!(poll.await.unwrap());
        while !is_reported() {
            tokio::task::yield_now().await;
        }
        worked += workers.worked();
        assert!(worked < start.elapsed() * 3 / 2, "{worked:?} of {:?}", start.elapsed());
    }

    #[tokio::test]
    async fn waits_add_up_until_enough_bytes_moved() {
        let toiling = tokio::spawn(toil());
        let mut effort = Effort::of(Duration::from_millis(100));
        let mut wait = async || effort.bound(sleep(Duration::from_millis(30))).await;
        let first = (wait().await, wait().await);
        assert_eq!(first, (Ok(()), Ok(())));
        while wait().await.is_ok() {}
        effort.advance(FLOOR - 1);
        assert!(effort.bound(async {}).await.is_err());
        effort.advance(1);
        assert_eq!(effort.bound(async {}).await, Ok(()));
        toiling.abort();
    }

    #[tokio::test]
    async fn a_reader_that_works_between_two_waits_and_gets_nothing_spends_as_well() {
        let mut effort = Effort::of(Duration::from_millis(50));
        let work = || {
            let start = Instant::now();
            while start.elapsed() < Duration::from_millis(20) {}
        };
        while effort.bound(async {}).await.is_ok() {
            work();
        }
        effort.advance(FLOOR);
        for _ in 0..10 {
            assert_eq!(effort.bound(async {}).await, Ok(()));
            work();
            effort.advance(1);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_of_an_hour_in_which_nothing_is_processed_costs_nothing() {
        let hour = sleep(Duration::from_secs(60 * 60));
        assert_eq!(Effort::default().bound(hour).await, Ok(()));
    }
}
