//! How long to wait between attempts: a short burst in the process, then a durable time in the store.
//!
//! `docs/operations.md` tells these numbers; `tests/documents.rs` compares them.
//!
//! Full jitter: every wait is drawn between nothing and the cap, so that many servers do not return together.

use std::time::Duration;

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
const DURABLE_BASE: Duration = Duration::from_secs(5 * 60);
const DURABLE_CAP: Duration = Duration::from_secs(6 * 60 * 60);

/// The wait before the next attempt of a burst after `failed` attempts. `chance` is drawn from 0.0 to 1.0.
#[must_use]
pub(super) fn burst_delay(failed: u32, chance: f64) -> Duration {
    full_jitter(BURST_BASE, BURST_CAP, failed, chance)
}

/// The wait before the next burst after `bursts` of them failed. `chance` is drawn from 0.0 to 1.0.
#[must_use]
pub fn durable_delay(bursts: u32, chance: f64) -> Duration {
    DURABLE_BASE + full_jitter(DURABLE_BASE, DURABLE_CAP - DURABLE_BASE, bursts, chance)
}

/// The interval between two questions for a confirmation that comes after `interval`.
#[must_use]
pub(super) fn next_interval(interval: Duration) -> Duration {
    interval.saturating_mul(2).min(LONGEST_INTERVAL)
}

fn full_jitter(base: Duration, cap: Duration, failed: u32, chance: f64) -> Duration {
    let ceiling = base
        .saturating_mul(2_u32.saturating_pow(failed.saturating_sub(1)))
        .min(cap);
    ceiling.mul_f64(chance.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_doubles_its_ceiling_up_to_the_cap() {
        let ceilings: Vec<_> = (1..=8).map(|failed| burst_delay(failed, 1.0).as_millis()).collect();
        assert_eq!(ceilings, [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
        assert_eq!(burst_delay(3, 0.0), Duration::ZERO);
        assert_eq!(burst_delay(u32::MAX, 1.0), BURST_CAP);
    }

    #[test]
    fn a_durable_wait_is_never_shorter_than_five_minutes_nor_longer_than_six_hours() {
        assert_eq!(durable_delay(1, 0.0), DURABLE_BASE);
        assert_eq!(durable_delay(u32::MAX, 1.0), DURABLE_CAP);
    }

    #[test]
    fn questions_become_rarer_until_there_are_two_a_minute() {
        let intervals: Vec<_> = std::iter::successors(Some(FIRST_INTERVAL), |interval| Some(next_interval(*interval)))
            .take(9)
            .map(|interval| interval.as_millis())
            .collect();
        assert_eq!(intervals, [250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
    }
}
