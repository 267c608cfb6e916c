//! What the store should know, kept in memory, and what it should refuse. Written from the promises, not from the code.

use crate::support::destination::{HOSTNAME, here};
use chrono::{DateTime, Utc};
use ghe_license_sync::license::{Change, Digest, ReportAge, ServerCounts, Totals};
use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::{
    Baseline, Event, Frozen, HoldAction, HoldDecision, Receipt, Run, RunId, State, StateReason, Trigger, WrittenFile,
};

/// A run with all that belongs to it.
pub(super) struct Known {
    pub(super) run: Run,
    pub(super) story: Vec<Event>,
    pub(super) payload: Vec<Vec<u8>>,
    pub(super) fingerprint: Vec<Vec<u8>>,
}

/// How the store says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum No {
    NotThrough,
    /// The state does not allow it.
    Transition,
    /// The database itself does not.
    Query,
}

/// All runs, the oldest first.
#[derive(Default)]
pub(super) struct Model(pub(super) Vec<Known>);

/// A document that is frozen.
pub(super) struct Frost {
    pub(super) frozen: Frozen,
    pub(super) payload: Vec<Vec<u8>>,
    pub(super) fingerprint: Vec<Vec<u8>>,
    pub(super) hold: Option<StateReason>,
}

fn may_end(from: State, last: State) -> bool {
    match last {
        State::Confirmed => matches!(from, State::Frozen | State::Accepted | State::Written),
        State::Rejected => from == State::Sending,
        State::Failed => matches!(
            from,
            State::Collecting | State::Frozen | State::Accepted | State::Written
        ),
        State::Refused => matches!(
            from,
            State::Collecting | State::Held | State::Frozen | State::Sending | State::Accepted | State::Written
        ),
        other => panic!("{other} is no end"),
    }
}

impl Model {
    pub(super) fn unfinished(&self) -> Option<usize> {
        let under_way = [State::Collecting, State::Frozen, State::Sending, State::Accepted];
        self.0.iter().position(|known| under_way.contains(&known.run.state))
    }

    pub(super) fn held(&self) -> Option<usize> {
        self.0.iter().position(|known| known.run.state == State::Held)
    }

    pub(super) fn waiting_file(&self) -> Option<usize> {
        self.0.iter().position(|known| known.run.state == State::Written)
    }

    pub(super) fn last_confirmed(&self) -> Option<usize> {
        self.0.iter().rposition(|known| known.run.state == State::Confirmed)
    }

    pub(super) fn may_begin(&self) -> Result<(), No> {
        self.unfinished().map_or(Ok(()), |_| Err(No::NotThrough))
    }

    pub(super) fn begin(&mut self, id: RunId, now: DateTime<Utc>) {
        let run = Run {
            id,
            trigger: Trigger::Manual,
            window: None,
            destination: here(),
            hostname: HOSTNAME.to_owned(),
            state: State::Collecting,
            reason: None,
            detail: None,
            started_at: now,
            updated_at: now,
            totals: None,
            encrypted_users: None,
            server_counts: ServerCounts::default(),
            report: None,
            change: None,
            collected_at: None,
            frozen: None,
            decision: None,
            attempts: 0,
            maybe_taken: 0,
            next_attempt_at: None,
            receipt: None,
            baseline: Baseline::default(),
            file: None,
        };
        self.0.push(Known {
            run,
            story: Vec::new(),
            payload: Vec::new(),
            fingerprint: Vec::new(),
        });
        let newest = self.0.len() - 1;
        self.enter(newest, State::Collecting, now, None);
    }

    pub(super) fn count(
        &mut self,
        at: usize,
        totals: Totals,
        counts: ServerCounts,
        report: ReportAge,
        change: Option<Change>,
    ) {
        self.0[at].run.totals = Some(totals);
        self.0[at].run.server_counts = counts;
        self.0[at].run.report = Some(report);
        self.0[at].run.change = change;
    }

    pub(super) fn freeze(&mut self, at: usize, frost: &Frost, now: DateTime<Utc>) -> Result<(), No> {
        let known = &self.0[at];
        if !known.payload.is_empty() || !(known.fingerprint.is_empty() || frost.fingerprint.is_empty()) {
            return Err(No::Query);
        }
        if known.run.state != State::Collecting {
            return Err(No::Transition);
        }
        if let Some(held) = self.held() {
            let because = StateReason {
                reason: self.0[held].run.reason.unwrap(),
                detail: "nobody released it before a newer list took its place".to_owned(),
            };
            self.end(held, State::Refused, now, Some(&because))?;
        }
        let known = &mut self.0[at];
        known.run.frozen = Some(frost.frozen.clone());
        known.payload.clone_from(&frost.payload);
        known.fingerprint.clone_from(&frost.fingerprint);
        let next = if frost.hold.is_some() {
            State::Held
        } else {
            State::Frozen
        };
        self.enter(at, next, now, frost.hold.as_ref());
        Ok(())
    }

    pub(super) fn release(&mut self, at: usize, now: DateTime<Utc>, by: &str) -> Result<(), No> {
        self.expect(at, State::Held)?;
        if self.unfinished().is_some() {
            return Err(No::Query);
        }
        self.enter(at, State::Frozen, now, None);
        self.decide(at, HoldAction::Approved, now, by);
        self.0[at].run.next_attempt_at = Some(now);
        Ok(())
    }

    pub(super) fn discard(&mut self, at: usize, now: DateTime<Utc>, by: &str, because: &StateReason) -> Result<(), No> {
        self.expect(at, State::Held)?;
        self.end(at, State::Refused, now, Some(because))?;
        self.decide(at, HoldAction::Discarded, now, by);
        Ok(())
    }

    fn decide(&mut self, at: usize, action: HoldAction, now: DateTime<Utc>, by: &str) {
        let by = by.to_owned();
        self.0[at].run.decision = Some(HoldDecision { action, by, at: now });
    }

    pub(super) fn sending(&mut self, at: usize, now: DateTime<Utc>) -> Result<(), No> {
        self.step(at, State::Frozen, State::Sending, now, None)?;
        self.0[at].run.attempts += 1;
        self.0[at].run.maybe_taken += 1;
        self.0[at].run.next_attempt_at = None;
        Ok(())
    }

    pub(super) fn accepted(&mut self, at: usize, now: DateTime<Utc>, receipt: &Receipt) -> Result<(), No> {
        self.expect(at, State::Sending)?;
        self.replace_written(now)?;
        self.step(at, State::Sending, State::Accepted, now, None)?;
        self.0[at].run.receipt = Some(receipt.clone());
        Ok(())
    }

    pub(super) fn written(&mut self, at: usize, now: DateTime<Utc>, path: &str, sha256: Digest) -> Result<(), No> {
        self.expect(at, State::Frozen)?;
        self.replace_written(now)?;
        self.step(at, State::Frozen, State::Written, now, None)?;
        self.0[at].run.maybe_taken += 1;
        self.0[at].run.next_attempt_at = None;
        self.0[at].run.file = Some(WrittenFile {
            path: path.to_owned(),
            sha256,
            bytes: Some(4),
            written_at: now,
            reminded_at: None,
            failed_at: None,
            processed_at: None,
        });
        Ok(())
    }

    /// What is newer takes the place of a file that waits.
    fn replace_written(&mut self, now: DateTime<Utc>) -> Result<(), No> {
        let because = StateReason {
            reason: Reason::Unconfirmed,
            detail: "no upload of its file was seen before another list took its place".to_owned(),
        };
        self.waiting_file()
            .map_or(Ok(()), |waiting| self.end(waiting, State::Failed, now, Some(&because)))
    }

    /// A step after which it is tried again at `next`.
    pub(super) fn put_off(
        &mut self,
        at: usize,
        (from, to): (State, State),
        now: DateTime<Utc>,
        because: &StateReason,
        next: Option<DateTime<Utc>>,
    ) -> Result<(), No> {
        self.step(at, from, to, now, Some(because))?;
        self.0[at].run.next_attempt_at = next;
        Ok(())
    }

    /// Nothing but the last confirmed list leaves a fingerprint.
    pub(super) fn end(
        &mut self,
        at: usize,
        last: State,
        now: DateTime<Utc>,
        because: Option<&StateReason>,
    ) -> Result<(), No> {
        if !may_end(self.0[at].run.state, last) {
            return Err(No::Transition);
        }
        self.enter(at, last, now, because);
        self.0[at].run.maybe_taken -= u32::from(last == State::Rejected);
        self.0[at].payload.clear();
        if last != State::Confirmed {
            self.0[at].fingerprint.clear();
            return Ok(());
        }
        let earlier = (self.0.iter_mut().enumerate())
            .filter(|(place, known)| *place != at && known.run.state == State::Confirmed);
        earlier.for_each(|(_, known)| known.fingerprint.clear());
        Ok(())
    }

    fn expect(&self, at: usize, state: State) -> Result<(), No> {
        if self.0[at].run.state == state {
            Ok(())
        } else {
            Err(No::Transition)
        }
    }

    fn step(
        &mut self,
        at: usize,
        from: State,
        to: State,
        now: DateTime<Utc>,
        because: Option<&StateReason>,
    ) -> Result<(), No> {
        self.expect(at, from)?;
        self.enter(at, to, now, because);
        Ok(())
    }

    fn enter(&mut self, at: usize, state: State, now: DateTime<Utc>, because: Option<&StateReason>) {
        let event = Event {
            at: now,
            state,
            reason: because.map(|because| because.reason),
            detail: because.map(|because| because.detail.clone()),
        };
        let run = &mut self.0[at].run;
        run.state = state;
        run.updated_at = now;
        run.reason = event.reason;
        run.detail.clone_from(&event.detail);
        self.0[at].story.push(event);
    }
}
