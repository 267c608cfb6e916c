//! Whether to run now, or how long to wait.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Timetable, Window, time_range};

/// A run that is late by no more than this is still the scheduled one and no catch-up: the machine was restarted, or
/// another run was under way.
const PUNCTUAL: TimeDelta = TimeDelta::hours(1);

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Start a run for `window`, now.
    Run { window: Window, because: RunCause },
    /// Ask again at `until`, which is later than now; `window` is the next that will get a run.
    Wait { until: DateTime<Utc>, window: Window },
}

/// Why to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunCause {
    /// It is time.
    Due,
    /// The time in this window has been missed.
    CatchUp,
    /// The gate has opened; it is the first window of all.
    FirstWindow,
}

impl Timetable {
    /// Decides for `now`. `counted` has, in any order, the times when those runs began that count for their window: every
    /// confirmed run, however it was started, and every run that the schedule started, however it ended, since its retries
    /// are not started here. When the schedule starts one, the `now` of that decision is what to keep.
    ///
    /// Runs outside the window of `now` and those after it change nothing and may be left out. To leave out one inside
    /// means a second run: what was recorded last is not enough when the clock has been ahead.
    pub fn decide(&self, counted: &[DateTime<Utc>], now: DateTime<Utc>) -> Decision {
        let now = time_range::clamp(now);
        let mut window = self.window_at(now);
        while !self.is_open(window, counted, now) {
            window = self.following(window);
        }
        let due = self.run_time(window);
        if due > now {
            Decision::Wait { until: due, window }
        } else {
            Decision::Run {
                window,
                because: self.because(window, now - due),
            }
        }
    }

    /// Whether a run is to be started in `window`, now or later. Some window is: `counted` ends, and so does the past.
    fn is_open(&self, window: Window, counted: &[DateTime<Utc>], now: DateTime<Utc>) -> bool {
        let is_missed = now - self.run_time(window) > PUNCTUAL;
        self.owes_a_run(window)
            && (self.schedule.catch_up || !is_missed)
            && !counted.iter().any(|run| window.contains(*run))
    }

    fn because(&self, window: Window, late: TimeDelta) -> RunCause {
        if late > PUNCTUAL {
            RunCause::CatchUp
        } else if window == self.first_window() {
            RunCause::FirstWindow
        } else {
            RunCause::Due
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Tuesdays at 03:04.
    fn weekly() -> Timetable {
        Timetable::example("weekly", "UTC", "2026-11-24T03:04:31Z")
    }

    fn never_catching_up() -> Timetable {
        Timetable::example_with("weekly", "UTC", "2026-11-24T03:04:31Z", Duration::ZERO, false)
    }

    /// `run KEY because` or `wait UNTIL for KEY`.
    fn decided(timetable: &Timetable, counted: &[&str], now: &str) -> String {
        let counted: Vec<DateTime<Utc>> = counted.iter().map(|at| at.parse().unwrap()).collect();
        match timetable.decide(&counted, now.parse().unwrap()) {
            Decision::Run { window, because } => format!("run {} {because:?}", window.key()),
            Decision::Wait { until, window } => format!("wait {} for {}", until.format("%FT%TZ"), window.key()),
        }
    }

    #[test]
    fn the_first_window_gets_its_run_as_soon_as_the_gate_opens() {
        assert_eq!(
            decided(&weekly(), &[], "2026-11-24T03:04:31Z"),
            "run 2026-11-24T03:04Z FirstWindow"
        );
    }

    #[test]
    fn a_window_that_has_its_run_waits_for_the_next() {
        let wait = "wait 2026-12-01T03:04:00Z for 2026-12-01T03:04Z";
        assert_eq!(
            decided(&weekly(), &["2026-11-24T03:05:00Z"], "2026-11-24T03:05:00Z"),
            wait
        );
        assert_eq!(
            decided(&weekly(), &["2026-11-24T03:05:00Z"], "2026-12-01T03:03:59.999Z"),
            wait
        );
        assert_eq!(
            decided(&weekly(), &["2026-11-24T03:05:00Z"], "2026-12-01T03:04:00Z"),
            "run 2026-12-01T03:04Z Due"
        );
    }

    #[test]
    fn a_manual_run_inside_the_window_counts_for_it() {
        assert_eq!(
            decided(&weekly(), &["2026-12-03T12:00:00Z"], "2026-12-03T12:01:00Z"),
            "wait 2026-12-08T03:04:00Z for 2026-12-08T03:04Z"
        );
    }

    #[test]
    fn many_missed_windows_are_caught_up_by_one_run() {
        let caught_up = ["2026-11-24T03:05:00Z", "2027-01-14T09:00:00Z"];
        assert_eq!(
            decided(&weekly(), &caught_up[..1], caught_up[1]),
            "run 2027-01-12T03:04Z CatchUp"
        );
        assert_eq!(
            decided(&weekly(), &caught_up, caught_up[1]),
            "wait 2027-01-19T03:04:00Z for 2027-01-19T03:04Z"
        );
    }

    #[test]
    fn a_run_is_no_catch_up_within_an_hour() {
        assert_eq!(
            decided(&weekly(), &[], "2026-12-01T04:04:00Z"),
            "run 2026-12-01T03:04Z Due"
        );
        assert_eq!(
            decided(&weekly(), &[], "2026-12-01T04:04:01Z"),
            "run 2026-12-01T03:04Z CatchUp"
        );
    }

    #[test]
    fn without_catch_up_a_missed_window_is_left_out() {
        assert_eq!(
            decided(&never_catching_up(), &[], "2026-12-01T04:04:00Z"),
            "run 2026-12-01T03:04Z Due"
        );
        assert_eq!(
            decided(&never_catching_up(), &[], "2026-12-01T04:04:01Z"),
            "wait 2026-12-08T03:04:00Z for 2026-12-08T03:04Z"
        );
    }

    #[test]
    fn the_delay_is_waited_for_inside_the_window() {
        let two_hours = Duration::from_hours(2);
        let timetable = Timetable::example_with("weekly", "UTC", "2026-11-24T03:04:31Z", two_hours, true);
        assert_eq!(
            decided(&timetable, &[], "2026-12-01T03:04:00Z"),
            "wait 2026-12-01T03:54:28Z for 2026-12-01T03:04Z"
        );
        assert_eq!(
            decided(&timetable, &[], "2026-12-01T03:54:28Z"),
            "run 2026-12-01T03:04Z Due"
        );
    }

    #[test]
    fn a_clock_that_jumps_back_within_a_window_or_into_an_earlier_one_gives_no_second_run() {
        let counted = ["2026-11-24T03:05:00Z", "2026-12-01T03:05:00Z"];
        assert_eq!(
            decided(&weekly(), &counted, "2026-12-01T03:04:30Z"),
            "wait 2026-12-08T03:04:00Z for 2026-12-08T03:04Z"
        );
        assert_eq!(
            decided(&weekly(), &counted, "2026-11-30T12:00:00Z"),
            "wait 2026-12-08T03:04:00Z for 2026-12-08T03:04Z"
        );
    }

    #[test]
    fn a_clock_that_jumps_back_to_before_the_enablement_waits_for_the_first_window_without_a_run() {
        assert_eq!(
            decided(&weekly(), &["2026-11-24T03:05:00Z"], "2026-11-24T03:00:00Z"),
            "wait 2026-12-01T03:04:00Z for 2026-12-01T03:04Z"
        );
    }

    #[test]
    fn a_run_recorded_in_a_future_that_was_none_blocks_nothing() {
        let counted = ["2026-11-24T03:05:00Z", "2099-01-01T00:00:00Z"];
        assert_eq!(
            decided(&weekly(), &counted, "2026-11-25T00:00:00Z"),
            "wait 2026-12-01T03:04:00Z for 2026-12-01T03:04Z"
        );
        assert_eq!(
            decided(&weekly(), &counted, "2026-12-01T03:04:00Z"),
            "run 2026-12-01T03:04Z Due"
        );
    }

    #[test]
    fn an_enablement_recorded_in_a_future_that_was_none_blocks_nothing() {
        let timetable = Timetable::example("0 3 * * Mon", "UTC", "2099-01-01T00:00:00Z");
        assert_eq!(
            decided(&timetable, &[], "2026-11-24T00:00:00Z"),
            "run 2026-11-23T03:00Z CatchUp"
        );
        assert_eq!(
            decided(&timetable, &["2026-11-24T00:00:00Z"], "2026-11-24T00:01:00Z"),
            "wait 2026-11-30T03:00:00Z for 2026-11-30T03:00Z"
        );
    }

    #[test]
    fn cron_waits_for_its_first_time_after_enablement() {
        let timetable = Timetable::example("0 3 * * Mon", "Europe/Paris", "2026-11-25T10:00:00Z");
        assert_eq!(
            decided(&timetable, &[], "2026-11-25T10:00:00Z"),
            "wait 2026-11-30T02:00:00Z for 2026-11-30T02:00Z"
        );
        assert_eq!(
            decided(&timetable, &[], "2026-11-30T02:00:00Z"),
            "run 2026-11-30T02:00Z FirstWindow"
        );
    }
}
