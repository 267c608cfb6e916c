//! A person's word during a run: it cuts short the waits of the process, as it does those in the store.

use std::time::Duration;

use tokio::sync::watch;

/// Where a reload or a signal reaches the run under way.
#[derive(Debug, Default)]
pub struct Nudge(watch::Sender<()>);

impl Nudge {
    /// Ends the wait of the run under way, if it waits now.
    pub fn give(&self) {
        self.0.send_replace(());
    }

    /// Listens from now on. Ask the gate after that, so that nothing is missed in between.
    pub(super) fn listen(&self) -> Listener {
        Listener(self.0.subscribe())
    }
}

/// What was given since it was made.
pub(super) struct Listener(watch::Receiver<()>);

impl Listener {
    /// Waits for so long, or until somebody gives a nudge.
    pub(super) async fn wait(mut self, wait: Duration) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.given() => {}
        }
    }

    /// Waits until somebody gives a nudge.
    pub(super) async fn given(&mut self) {
        if self.0.changed().await.is_err() {
            // Nobody is left who could give one.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    const WAIT: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_nudge_ends_the_wait_that_goes_on_and_none_that_begins_later() {
        let nudge = Nudge::default();
        nudge.give();
        let start = Instant::now();
        nudge.listen().wait(WAIT).await;
        assert_eq!(start.elapsed(), WAIT);
        let listener = nudge.listen();
        nudge.give();
        listener.wait(WAIT).await;
        assert_eq!(start.elapsed(), WAIT);
    }
}
