//! How slow a transfer may be. It may take as long as it needs, as long as bytes move.
//!
//! It measures nothing: its caller reports what moved and when.

use std::time::Duration;

use tokio::time::Instant;

use super::fault::Fault;

/// How long no byte may move.
const LONGEST_STALL: Duration = Duration::from_secs(2 * 60);

/// The bytes that have to move in each span, so that a few bytes a minute do not hold up a run for ever. Slower than
/// 1 KB/s by half, so that a slow line has room for stalls.
pub(super) const FLOOR: u64 = 256 * 1024;

/// How long a span is; much longer than a stall, so that one stall does not make a transfer too slow.
const SPAN: Duration = Duration::from_secs(10 * 60);

/// How long the answer to an upload may take once its last byte arrived.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2 * 60);

/// So many bytes of an upload may wait in a proxy on the way that took them fast and passes them on slowly.
const MAX_HELD: u64 = 1024 * 1024;

/// The most work for one answer, and within a transfer for each [`FLOOR`] bytes that move.
pub(super) const LONGEST_EFFORT: Duration = Duration::from_secs(3);

/// The limits of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// No byte may move for so long.
    pub longest_stall: Duration,
    /// So many bytes have to move…
    pub floor: u64,
    /// …in each time of this length.
    pub span: Duration,
    /// The time for the answer to an upload, without the time that a proxy needs.
    pub answer: Duration,
    /// The most work that the peer may cause while nothing moves.
    pub longest_effort: Duration,
    /// A transfer ends here, however well it goes.
    pub ends: Option<Instant>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            longest_stall: LONGEST_STALL,
            floor: FLOOR,
            span: SPAN,
            answer: ANSWER_TIMEOUT,
            longest_effort: LONGEST_EFFORT,
            ends: None,
        }
    }
}

impl Pace {
    /// How long the answer to an upload of so many bytes may take after the last one arrived at the next hop.
    pub fn answer_to(&self, bytes: u64) -> Duration {
        let millis = self.span.as_millis() * u128::from(bytes.min(MAX_HELD)) / u128::from(self.floor.max(1));
        self.answer + Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX))
    }

    /// This limit, or the end of all transfers if that comes first.
    pub(super) fn bounded(&self, limit: (Instant, Fault)) -> (Instant, Fault) {
        match self.ends {
            Some(ends) if ends < limit.0 => (ends, Fault::OutOfTime),
            _ => limit,
        }
    }
}

/// Judges one transfer.
pub(super) struct Meter {
    pace: Pace,
    /// When the current span began, and what moved in it.
    began: Instant,
    moved: u64,
    /// When something moved for the last time.
    last: Instant,
}

impl Meter {
    pub(super) fn new(pace: Pace, now: Instant) -> Self {
        Self {
            pace,
            began: now,
            moved: 0,
            last: now,
        }
    }

    /// Takes note that `bytes` moved; none of them when something moved that cannot be counted.
    pub(super) fn moved(&mut self, bytes: u64, now: Instant) {
        if now >= self.began + self.pace.span && self.moved >= self.pace.floor {
            (self.began, self.moved) = (now, 0);
        }
        self.moved = self.moved.saturating_add(bytes);
        self.last = now;
    }

    /// Silence counts from now on: before, nobody waited for bytes.
    pub(super) fn listen(&mut self, now: Instant) {
        self.last = now;
    }

    /// When something moved for the last time.
    pub(super) fn last(&self) -> Instant {
        self.last
    }

    /// When the transfer ends unless something moves before, and what it is called then.
    pub(super) fn limit(&self) -> (Instant, Fault) {
        let Pace {
            longest_stall,
            floor,
            span,
            ..
        } = self.pace;
        let (stalled, slow) = (self.last + longest_stall, self.began + span);
        let limit = if self.moved < floor && slow < stalled {
            (slow, Fault::TooSlow { floor, span })
        } else {
            (stalled, Fault::Stalled(longest_stall))
        };
        self.pace.bounded(limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// When and how a transfer ends that moves so many bytes in each of these seconds, if it does.
    fn end(bytes: impl FnMut(u32) -> u64, seconds: u32) -> Option<(u32, Fault)> {
        let start = Instant::now();
        end_at(Pace::default(), start, bytes, seconds)
    }

    fn end_at(pace: Pace, start: Instant, mut bytes: impl FnMut(u32) -> u64, seconds: u32) -> Option<(u32, Fault)> {
        let mut meter = Meter::new(pace, start);
        for second in 1..=seconds {
            let now = start + second * SECOND;
            let (limit, fault) = meter.limit();
            if now >= limit {
                return Some((second, fault));
            }
            match bytes(second) {
                0 => {}
                bytes => meter.moved(bytes, now),
            }
        }
        None
    }

    #[test]
    fn a_transfer_may_take_a_day_while_bytes_move() {
        assert_eq!(end(|_| 1000, 24 * 60 * 60), None);
        assert_eq!(
            end(|second| if second % 110 < 60 { 1000 } else { 0 }, 24 * 60 * 60),
            None
        );
    }

    #[test]
    fn a_transfer_that_goes_well_ends_when_its_time_is_over() {
        let start = Instant::now();
        let pace = Pace {
            ends: Some(start + 5000 * SECOND),
            ..Pace::default()
        };
        assert_eq!(end_at(pace, start, |_| 1000, 9999), Some((5000, Fault::OutOfTime)));
        let stalled = Fault::Stalled(LONGEST_STALL);
        assert_eq!(end_at(pace, start, |_| 0, 9999), Some((120, stalled)));
    }

    #[test]
    fn a_stall_ends_it_after_two_minutes() {
        let stalled = Fault::Stalled(LONGEST_STALL);
        assert_eq!(end(|_| 0, 1000), Some((120, stalled.clone())));
        assert_eq!(
            end(|second| if second < 5000 { 1000 } else { 0 }, 9999),
            Some((5119, stalled))
        );
    }

    #[test]
    fn a_trickle_ends_it_after_a_span() {
        let slow = Fault::TooSlow {
            floor: FLOOR,
            span: SPAN,
        };
        assert_eq!(end(|_| 1, 9999), Some((600, slow.clone())));
        let tires = |second| if second <= 600 { 1000 } else { 1 };
        assert_eq!(end(tires, 9999), Some((1200, slow)));
    }

    #[test]
    fn the_answer_to_a_large_document_may_take_longer_but_not_for_ever() {
        let minutes = |bytes| Pace::default().answer_to(bytes).as_secs() / 60;
        assert_eq!([0, 256 * 1024, 1024 * 1024, u64::MAX].map(minutes), [2, 12, 42, 42]);
    }
}
