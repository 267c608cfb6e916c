//! Every wait and every end of waiting. A burst in the process, then a durable time in the store, by the tier of the
//! failure; [`table`] generates its documentation.
//!
//! Full jitter: every wait is drawn between nothing and the cap, so that many servers do not return together.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::job::Job;
use crate::plain;
use crate::schedule::Timetable;
use crate::store::{Run, State, StateReason, Store, StoreError, Trigger};
use crate::transport::{Pace, Tier};

/// How many attempts one run makes before it leaves the rest to a later time.
pub(super) const BURST_ATTEMPTS: u32 = 5;

/// A longer wait than this is not waited for in the process.
pub(super) const LONGEST_WAIT_IN_BURST: Duration = Duration::from_secs(60);

/// The first question about an accepted document is repeated soon, since small accounts are processed at once; each
/// further interval is twice as long.
pub(super) const FIRST_INTERVAL: Duration = Duration::from_millis(250);
const LONGEST_INTERVAL: Duration = Duration::from_secs(30);

const BURST_BASE: Duration = Duration::from_millis(500);
const BURST_CAP: Duration = Duration::from_secs(30);
const PASSING_BASE: Duration = Duration::from_secs(5 * 60);
const LASTING_BASE: Duration = Duration::from_secs(60 * 60);
const DURABLE_CAP: Duration = Duration::from_secs(6 * 60 * 60);

/// The transfers of a run that starts right before the next window continue into it for so long.
const SHORTEST_WINDOW: Duration = Duration::from_secs(60 * 60);

/// A person who asks for a sync is kept waiting for an earlier document for this long.
const LONGEST_WAIT_FOR_EARLIER: Duration = Duration::from_secs(24 * 60 * 60);

/// A run that began less than this in the future is no sign of a wrong clock.
const AHEAD: Duration = Duration::from_secs(5 * 60);

/// So many runs are read to tell how long the next wait is.
const LOOK_BACK: u32 = 20;

/// What belongs to a tier, in words. The order is that of the documentation.
const CAUSES: [(Tier, &str, &str); 3] = [
    (
        Tier::Passing,
        "timeout, stalled transfer, reset, connection refused, DNS, unreachable proxy or host behind it, 408, 425, 429, 5xx, \
         403 with a rate limit, report not ready, interrupted collection",
        "75 when frozen, else that of the reason",
    ),
    (
        Tier::Lasting,
        "wrong clock, 401 after a fresh token, 403, 404, unknown App or installation, missing or unusable credential, \
         untrusted or expired certificate, failed TLS handshake, refusal by the proxy, redirect to another host, unexpected \
         or malformed response, unusable report, server reported under another ID or by another host",
        "that of the reason",
    ),
    (Tier::Final, "400, 409, 413, 415, 422 in response to the upload", "65"),
];

/// The wait before the next attempt of a burst after `failed` attempts. `chance` is drawn from 0.0 to 1.0.
pub(super) fn burst_delay(failed: u32, chance: f64) -> Duration {
    full_jitter(BURST_BASE, BURST_CAP, failed, chance)
}

/// The wait after `failures` of this tier in a row. `chance` is drawn from 0.0 to 1.0.
fn durable_delay(tier: Tier, failures: u32, chance: f64) -> Duration {
    let base = first_wait(tier);
    base + full_jitter(base, DURABLE_CAP - base, failures, chance)
}

/// The pause of the daemon after so many faults in a row of which the store knows nothing.
pub fn pause_after(faults: u32) -> Duration {
    durable_delay(Tier::Passing, faults, fastrand::f64())
}

/// The wait after so many failures, and never less than what the host `asked` for.
pub(super) fn later(tier: Tier, failures: u32, asked: Option<Duration>) -> Duration {
    asked
        .unwrap_or_default()
        .max(durable_delay(tier, failures, fastrand::f64()))
}

impl Job<'_> {
    /// Leaves the run in `state`, for longer each time.
    pub(super) async fn postpone(
        &self,
        run: &Run,
        state: State,
        because: &StateReason,
        tier: Tier,
        asked: Option<Duration>,
    ) -> Result<(), StoreError> {
        let events = self.store.events(run.id).await?;
        let before = events
            .iter()
            .filter(|event| event.state == state && event.reason.is_some())
            .count();
        let failures = u32::try_from(before + 1).unwrap_or(u32::MAX);
        let now = self.now();
        let next = now + later(tier, failures, asked);
        self.store.postpone(run.id, state, now, because, next).await
    }
}

/// The limits of the transfers of a run that starts `now`: they end when the next one is due. By the monotonic clock, so
/// that a clock that is set right meanwhile changes nothing.
pub(super) fn pace(timetable: &Timetable, now: DateTime<Utc>) -> Pace {
    let left = |due: &DateTime<Utc>| (*due - now).to_std().unwrap_or_default().max(SHORTEST_WINDOW);
    let next = timetable.next_runs(now, 1);
    Pace {
        ends: next.first().and_then(|due| Instant::now().checked_add(left(due))),
        ..Pace::default()
    }
}

/// Whether the clock was ahead when the run began: its document is dated in the future.
pub(super) fn was_made_ahead(run: &Run, now: DateTime<Utc>) -> bool {
    run.started_at > now + AHEAD
}

/// Whether a run that is not through has had its time, now that something triggers another one.
pub(super) fn has_had_its_time(run: &Run, trigger: &Trigger, now: DateTime<Utc>) -> bool {
    match trigger.window() {
        Some(window) => run.window.as_deref() != Some(window),
        None => now > run.started_at + LONGEST_WAIT_FOR_EARLIER,
    }
}

/// The wait after a collection that led to no document, for longer the more of them there were in a row, the one under way
/// included.
pub(super) async fn after_collection(
    store: &Store,
    tier: Tier,
    asked: Option<Duration>,
) -> Result<Duration, StoreError> {
    let in_vain = |run: &&Run| matches!(run.state, State::Collecting | State::Failed) && run.frozen.is_none();
    let count = store.runs(LOOK_BACK).await?.iter().take_while(in_vain).count();
    Ok(later(tier, u32::try_from(count).unwrap_or(LOOK_BACK), asked))
}

/// The wait after an upload that ended with its process: none, unless it was the last attempt of a burst.
pub(super) fn after_interruption(attempts: u32) -> Duration {
    match attempts % BURST_ATTEMPTS {
        0 => later(Tier::Passing, attempts / BURST_ATTEMPTS, None),
        _ => Duration::ZERO,
    }
}

/// The interval between two questions for a confirmation that comes after `interval`.
pub(super) fn next_interval(interval: Duration) -> Duration {
    interval.saturating_mul(2).min(LONGEST_INTERVAL)
}

/// The tiers as a table in Markdown, for `docs/operations.md`.
pub fn table() -> String {
    let mut table = "| tier | causes | tried again | until | exit code of `sync` |\n|---|---|---|---|---|\n".to_owned();
    for (tier, causes, exit) in CAUSES {
        let (name, again, until) = match tier {
            Tier::Passing => ("passing", true, "the next window"),
            Tier::Lasting => ("probably needs a person", true, "the next window"),
            Tier::Final => ("final", false, "at once"),
        };
        let again = if again {
            let in_words = plain::duration;
            let (first, longest) = (first_wait(tier), DURABLE_CAP);
            format!("after {} to {}", in_words(first), in_words(longest))
        } else {
            "never: the document is deleted, the next window makes a new one".to_owned()
        };
        let _infallible = writeln!(table, "| {name} | {causes} | {again} | {until} | {exit} |");
    }
    table
}

fn first_wait(tier: Tier) -> Duration {
    match tier {
        Tier::Passing => PASSING_BASE,
        Tier::Lasting | Tier::Final => LASTING_BASE,
    }
}

fn full_jitter(base: Duration, cap: Duration, failed: u32, chance: f64) -> Duration {
    let ceiling = base
        .saturating_mul(2_u32.saturating_pow(failed.saturating_sub(1)))
        .min(cap);
    ceiling.mul_f64(chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::schedule::{Rhythm, Schedule};

    #[test]
    fn a_burst_doubles_its_ceiling_up_to_the_cap() {
        let ceilings: Vec<_> = (1..=8).map(|failed| burst_delay(failed, 1.0).as_millis()).collect();
        assert_eq!(ceilings, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
        assert_eq!(burst_delay(3, 0.0), Duration::ZERO);
        assert_eq!(burst_delay(u32::MAX, 1.0), BURST_CAP);
    }

    #[test]
    fn a_durable_wait_is_between_the_first_wait_of_its_tier_and_six_hours() {
        for (tier, first) in [(Tier::Passing, 5), (Tier::Lasting, 60)] {
            assert_eq!(durable_delay(tier, 1, 0.0), Duration::from_secs(first * 60));
            assert_eq!(durable_delay(tier, u32::MAX, 1.0), DURABLE_CAP);
        }
    }

    #[test]
    fn a_wait_is_never_shorter_than_what_the_host_asked_for() {
        let asked = Duration::from_secs(24 * 60 * 60);
        assert_eq!(later(Tier::Passing, 1, Some(asked)), asked);
        assert!(later(Tier::Lasting, 1, Some(Duration::ZERO)) >= LASTING_BASE);
    }

    #[test]
    fn questions_become_rarer_until_there_are_two_a_minute() {
        let intervals: Vec<_> = std::iter::successors(Some(FIRST_INTERVAL), |interval| Some(next_interval(*interval)))
            .take(9)
            .map(|interval| interval.as_millis())
            .collect();
        assert_eq!(intervals, [250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
    }

    /// In how many hours the transfers of a run end that starts at this time, by a window a week from Tuesday 03:04 on.
    fn hours(start: &str) -> u64 {
        let time = |time: &str| time.parse().unwrap();
        let schedule = Schedule::new(Rhythm::Weekly, chrono_tz::UTC, Duration::ZERO, true).unwrap();
        let timetable = Timetable::new(schedule, time("2026-11-24T03:04:00Z"), Uuid::nil());
        let hour = Duration::from_secs(60 * 60);
        let before = Instant::now();
        let ends = pace(&timetable, time(start)).ends.unwrap();
        let hours = (ends - before).as_secs() / hour.as_secs();
        assert!(ends - before < hour * u32::try_from(hours).unwrap() + hour / 2);
        hours
    }

    #[test]
    fn transfers_end_with_the_window_and_have_an_hour() {
        assert_eq!(hours("2026-11-24T03:04:00Z"), 7 * 24);
        assert_eq!(hours("2026-11-30T23:04:00Z"), 4);
        assert_eq!(hours("2026-12-01T03:03:59Z"), 1);
    }
}
