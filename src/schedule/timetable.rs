//! The windows of one server, and when in each it runs.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use uuid::Uuid;

use super::zone::{instant, wall};
use super::{Schedule, Window, jitter};

/// Times are understood from the first to the second of these, and taken for the nearer one beyond. No clock of Linux
/// shows any (it ends in 2262), and within them no computation can overflow.
const UNDERSTOOD: (DateTime<Utc>, DateTime<Utc>) = (DateTime::UNIX_EPOCH, year_3000());

const fn year_3000() -> DateTime<Utc> {
    match DateTime::from_timestamp(32_503_680_000, 0) {
        Some(instant) => instant,
        None => DateTime::UNIX_EPOCH,
    }
}

/// A schedule as it applies to one server.
#[derive(Debug, Clone, PartialEq)]
pub struct Timetable {
    pub(super) schedule: Schedule,
    pub(super) enabled_at: DateTime<Utc>,
    /// This server's delay within each window.
    pub(super) delay: TimeDelta,
}

impl Timetable {
    /// `enabled_at` is when the gate was first seen open; it sets weekday and time of a weekly schedule.
    #[must_use]
    pub fn new(schedule: Schedule, enabled_at: DateTime<Utc>, server_id: Uuid) -> Self {
        let delay = jitter::delay(server_id, schedule.jitter);
        Self {
            schedule,
            enabled_at: understood(enabled_at),
            delay: TimeDelta::from_std(delay).unwrap_or_default(),
        }
    }

    /// The window in which `now` lies. There is always one, also before the time of enablement.
    #[must_use]
    pub fn window_at(&self, now: DateTime<Utc>) -> Window {
        self.window_of(understood(now))
    }

    fn window_of(&self, now: DateTime<Utc>) -> Window {
        let Schedule { rhythm, zone, .. } = &self.schedule;
        let mut start = rhythm.latest(self.anchor(), wall(*zone, now));
        // The wall clock may have come back to a time that it had passed; and several starts may fall into one gap.
        loop {
            let following = rhythm.following(start);
            let end = instant(*zone, following);
            if end > now {
                let start = instant(*zone, start);
                return Window { start, end };
            }
            start = following;
        }
    }

    /// The window after `window`.
    #[must_use]
    pub fn following(&self, window: Window) -> Window {
        self.window_of(window.end)
    }

    /// When in `window` this server runs: later than its start by the delay that this server always has. Within it even
    /// where a change of the offset leaves less time than the wall clock says.
    #[must_use]
    pub fn run_time(&self, window: Window) -> DateTime<Utc> {
        window.start + self.delay.min((window.end - window.start) / 2)
    }

    /// The next `n` run times after `now`, if the program is up and no run comes before them.
    #[must_use]
    pub fn next_runs(&self, now: DateTime<Utc>, n: usize) -> Vec<DateTime<Utc>> {
        let now = understood(now);
        std::iter::successors(Some(self.window_at(now)), |window| Some(self.following(*window)))
            .filter(|window| self.owes_a_run(*window))
            .map(|window| self.run_time(window))
            .filter(|run| *run > now)
            .take(n)
            .collect()
    }

    /// Whether `window` gets a run at all. All do but the one right before the first.
    ///
    /// If the time of enablement lies further ahead than that, the clock was wrong then, or is now; as the gate is open
    /// all the same, it is better to run than to wait for that time.
    pub(super) fn owes_a_run(&self, window: Window) -> bool {
        window.end != self.first_window().start
    }

    /// The first window that is owed a run: for a weekly schedule the one that starts with the enablement, for cron
    /// the first that starts after it.
    pub(super) fn first_window(&self) -> Window {
        let window = self.window_at(self.enabled_at);
        if self.schedule.rhythm == super::Rhythm::Weekly || window.start == self.enabled_at {
            window
        } else {
            self.following(window)
        }
    }

    /// The wall clock at enablement, to the minute.
    fn anchor(&self) -> chrono::NaiveDateTime {
        let wall = wall(self.schedule.zone, self.enabled_at);
        wall.duration_trunc(TimeDelta::minutes(1)).unwrap_or(wall)
    }
}

/// `instant`, or the end of the understood span that is nearest to it.
pub(super) fn understood(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.clamp(UNDERSTOOD.0, UNDERSTOOD.1)
}
