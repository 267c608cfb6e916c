//! A schedule; and with it the windows of one server, and when in each it runs.

use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use chrono_tz::Tz;
use uuid::Uuid;

use super::zone::{instant, wall};
use super::{Rhythm, ScheduleError, Window, jitter, time_range};

/// How often, on whose wall clock, and how exactly; the same for every server that has these settings.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    pub(super) rhythm: Rhythm,
    pub(super) zone: Tz,
    /// The largest delay after the start of a window.
    pub(super) jitter: Duration,
    /// Whether a missed run is caught up within its window.
    pub(super) catch_up: bool,
}

impl Schedule {
    /// Puts the parts together. `jitter` is the span over which servers spread their runs.
    ///
    /// # Errors
    /// [`ScheduleError::JitterTooLong`] when `jitter` is longer than half of the shortest time between two windows: the
    /// other half belongs to the retries.
    pub fn new(rhythm: Rhythm, zone: Tz, jitter: Duration, catch_up: bool) -> Result<Self, ScheduleError> {
        let longest = rhythm.shortest_window() / 2;
        if jitter > longest {
            return Err(ScheduleError::JitterTooLong { longest });
        }
        Ok(Self {
            rhythm,
            zone,
            jitter,
            catch_up,
        })
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
    pub fn new(schedule: Schedule, enabled_at: DateTime<Utc>, server_id: Uuid) -> Self {
        let delay = jitter::delay(server_id, schedule.jitter);
        Self {
            schedule,
            enabled_at: time_range::clamp(enabled_at),
            delay: TimeDelta::from_std(delay).unwrap_or_default(),
        }
    }

    /// The same, with a run for each window whose time has passed.
    pub fn catching_up(&self) -> Self {
        let mut timetable = self.clone();
        timetable.schedule.catch_up = true;
        timetable
    }

    /// The window in which `now` lies. There is always one, also before the time of enablement.
    pub fn window_at(&self, now: DateTime<Utc>) -> Window {
        self.window_of(time_range::clamp(now))
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
    pub fn following(&self, window: Window) -> Window {
        self.window_of(window.end)
    }

    /// When in `window` this server runs: later than its start by the delay that this server always has. Within it even
    /// where a change of the offset leaves less time than the wall clock says.
    pub fn run_time(&self, window: Window) -> DateTime<Utc> {
        window.start + self.delay.min((window.end - window.start) / 2)
    }

    /// The next `n` run times after `now`, if the program is up and no run comes before them.
    pub fn next_runs(&self, now: DateTime<Utc>, n: usize) -> Vec<DateTime<Utc>> {
        let now = time_range::clamp(now);
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
        if self.schedule.rhythm == Rhythm::Weekly || window.start == self.enabled_at {
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

#[cfg(test)]
impl Timetable {
    /// Without jitter, catching up, for a server whose ID is 7.
    pub(super) fn example(rhythm: &str, zone: &str, enabled_at: &str) -> Self {
        Self::example_with(rhythm, zone, enabled_at, Duration::ZERO, true)
    }

    /// The same with jitter and catch-up of choice.
    pub(super) fn example_with(rhythm: &str, zone: &str, enabled_at: &str, jitter: Duration, catch_up: bool) -> Self {
        let schedule = Schedule::new(rhythm.parse().unwrap(), zone.parse().unwrap(), jitter, catch_up).unwrap();
        Self::new(schedule, enabled_at.parse().unwrap(), Uuid::from_u128(7))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(timetable: &Timetable, now: &str, n: usize) -> Vec<String> {
        let runs = timetable.next_runs(now.parse().unwrap(), n);
        runs.iter()
            .map(|run| {
                run.with_timezone(&timetable.schedule.zone)
                    .format("%a %F %H:%M:%S %z")
                    .to_string()
            })
            .collect()
    }

    #[test]
    fn a_weekly_window_starts_on_the_weekday_and_at_the_time_of_enablement_in_winter_and_summer() {
        let timetable = Timetable::example("weekly", "Europe/Paris", "2026-03-17T02:04:31Z");
        assert_eq!(
            runs(&timetable, "2026-03-17T02:04:00Z", 3),
            [
                "Tue 2026-03-24 03:04:00 +0100",
                "Tue 2026-03-31 03:04:00 +0200",
                "Tue 2026-04-07 03:04:00 +0200"
            ]
        );
        assert_eq!(
            timetable.window_at("2026-03-17T02:04:31Z".parse().unwrap()).key(),
            "2026-03-17T02:04Z"
        );
    }

    #[test]
    fn a_weekly_time_that_the_zone_skips_runs_right_after_the_gap_and_is_back_in_its_place_a_week_later() {
        let timetable = Timetable::example("weekly", "America/New_York", "2026-03-01T07:30:00Z");
        assert_eq!(
            runs(&timetable, "2026-03-01T08:00:00Z", 2),
            ["Sun 2026-03-08 03:00:00 -0400", "Sun 2026-03-15 02:30:00 -0400"]
        );
    }

    #[test]
    fn a_weekly_time_that_the_zone_repeats_runs_the_first_time_only() {
        let timetable = Timetable::example("weekly", "Australia/Lord_Howe", "2026-03-28T14:45:00Z");
        assert_eq!(
            runs(&timetable, "2026-03-29T00:00:00Z", 2),
            ["Sun 2026-04-05 01:45:00 +1100", "Sun 2026-04-12 01:45:00 +1030"]
        );
    }

    #[test]
    fn enablement_in_the_hour_that_the_zone_repeats_lies_in_the_first_window() {
        let timetable = Timetable::example("weekly", "America/New_York", "2026-11-01T06:30:00Z");
        let window = timetable.window_at(timetable.enabled_at);
        assert_eq!(window, timetable.first_window());
        assert_eq!(window.key(), "2026-11-01T05:30Z");
        assert_eq!(timetable.following(window).key(), "2026-11-08T06:30Z");
    }

    #[test]
    fn an_hourly_schedule_neither_stops_nor_returns_while_the_zone_repeats_an_hour() {
        let timetable = Timetable::example("30 * * * *", "America/New_York", "2026-01-01T00:00:00Z");
        assert_eq!(
            runs(&timetable, "2026-11-01T04:31:00Z", 3),
            [
                "Sun 2026-11-01 01:30:00 -0400",
                "Sun 2026-11-01 02:30:00 -0500",
                "Sun 2026-11-01 03:30:00 -0500"
            ]
        );
        let second_pass = "2026-11-01T06:10:00Z".parse().unwrap();
        assert_eq!(timetable.window_at(second_pass).key(), "2026-11-01T05:30Z");
    }

    #[test]
    fn a_day_that_a_zone_skips_costs_no_window() {
        let timetable = Timetable::example("0 3 * * *", "Pacific/Apia", "2011-12-01T00:00:00Z");
        assert_eq!(
            runs(&timetable, "2011-12-29T00:00:00Z", 3),
            [
                "Thu 2011-12-29 03:00:00 -1000",
                "Sat 2011-12-31 00:00:00 +1400",
                "Sat 2011-12-31 03:00:00 +1400"
            ]
        );
    }

    #[test]
    fn starts_that_fall_into_one_gap_are_one_window() {
        let timetable = Timetable::example("30 * * * *", "Pacific/Apia", "2011-12-01T00:00:00Z");
        assert_eq!(
            runs(&timetable, "2011-12-30T08:45:00Z", 3),
            [
                "Thu 2011-12-29 23:30:00 -1000",
                "Sat 2011-12-31 00:00:00 +1400",
                "Sat 2011-12-31 00:30:00 +1400"
            ]
        );
    }

    #[test]
    fn the_delay_is_the_same_in_every_window() {
        let two_hours = Duration::from_hours(2);
        let timetable = Timetable::example_with("0 3 * * Mon", "UTC", "2026-11-24T00:00:00Z", two_hours, true);
        assert_eq!(
            runs(&timetable, "2026-12-25T00:00:00Z", 2),
            ["Mon 2026-12-28 03:50:28 +0000", "Mon 2027-01-04 03:50:28 +0000"]
        );
    }

    #[test]
    fn the_delay_gives_way_where_a_gap_has_made_a_window_short() {
        let two_hours = Duration::from_hours(2);
        let timetable = Timetable::example_with(
            "59 2,23 * * *",
            "Pacific/Apia",
            "2011-12-01T00:00:00Z",
            two_hours / 2,
            true,
        );
        let short = timetable.window_at("2011-12-30T09:59:30Z".parse().unwrap());
        assert_eq!(short.end - short.start, TimeDelta::minutes(1));
        assert_eq!(timetable.run_time(short), short.start + TimeDelta::seconds(30));
    }

    #[test]
    fn cron_waits_for_its_first_time_after_enablement() {
        let timetable = Timetable::example("0 3 * * Mon", "UTC", "2026-11-25T10:00:00Z");
        assert_eq!(timetable.first_window().key(), "2026-11-30T03:00Z");
        let timetable = Timetable::example("0 3 * * Mon", "UTC", "2026-11-23T03:00:00Z");
        assert_eq!(timetable.first_window().key(), "2026-11-23T03:00Z");
    }
}
