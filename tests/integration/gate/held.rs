//! A gate that closes while a process works on the state directory: what is held, then or since before, ends with the run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::{DateTime, Utc};
use ghe_license_sync::clock::{Clock, SystemClock};
use ghe_license_sync::explain::Explain;
use ghe_license_sync::license::Totals;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::{State, Trigger};
use ghe_license_sync::sync::{Context, NoProgress, run_once};

use super::{CLOSED, Moment, OPEN, Watched, closing_at};
use crate::support::past;

#[tokio::test]
async fn what_was_held_before_ends_with_the_run_during_which_the_gate_closes() {
    for moment in [Moment::GateOpen, Moment::Collected] {
        let site = Arc::new(Watched::with_faults(&[]).await);
        let context = site.context(&[], closing_at(moment, &site));
        let store = site.lab.store().await;
        let held = past::held(&context, &store, SystemClock.now()).await;
        store.close().await;
        let error = run_once(&context, &Trigger::Manual).await.unwrap_err();
        assert_eq!(error.reason(), Reason::LicenseSyncDisabled, "{moment:?}");
        let store = site.lab.store().await;
        let ended = store.run(held).await.unwrap();
        let disabled = (State::Refused, Some(Reason::LicenseSyncDisabled));
        assert_eq!((ended.state, ended.reason), disabled, "{moment:?}");
        assert_eq!(store.piece(held, 0).await.unwrap(), None, "{moment:?}");
    }
}

/// Closes the gate when it is asked for the time so often.
struct ClosingClock {
    site: Arc<Watched>,
    left: AtomicU32,
}

impl Clock for ClosingClock {
    fn now(&self) -> DateTime<Utc> {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.site.lab.edit_settings(OPEN, CLOSED);
        }
        SystemClock.now()
    }
}

#[tokio::test]
async fn a_list_that_is_held_while_the_gate_closes_does_not_outlive_the_run() {
    let mut was_held = false;
    for number in 1.. {
        let site = Arc::new(Watched::with_faults(&[]).await);
        let context = site.context(&[], Arc::new(NoProgress));
        let store = site.lab.store().await;
        let many = Totals {
            consumed: 3000,
            ..Totals::default()
        };
        past::confirmed(&context, &store, many, SystemClock.now()).await;
        store.close().await;
        let clock = Arc::new(ClosingClock {
            site: Arc::clone(&site),
            left: AtomicU32::new(number),
        });
        let context = Context {
            clock: clock.clone(),
            ..context
        };
        let error = run_once(&context, &Trigger::Manual).await.unwrap_err();
        if clock.left.load(Ordering::Relaxed).cast_signed() > 0 {
            assert_eq!(error.reason(), Reason::MassChange, "the run is over before that");
            break;
        }
        assert_eq!(error.reason(), Reason::LicenseSyncDisabled, "{number}: {error}");
        let store = site.lab.store().await;
        assert_eq!(store.held().await.unwrap(), None, "{number}");
        assert_eq!(store.unfinished().await.unwrap(), None, "{number}");
        let last = store.runs(1).await.unwrap().remove(0);
        assert_eq!(store.piece(last.id, 0).await.unwrap(), None, "{number}");
        let story = store.events(last.id).await.unwrap();
        was_held |= story.iter().any(|event| event.state == State::Held);
    }
    assert!(was_held, "once it closes when the list is held already");
}
