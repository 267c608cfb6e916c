//! A program that is up and down, on a clock that is set back and forth, as a list of stretches; and what must be true
//! of its runs.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use ghe_license_sync::schedule::{Decision, Rhythm, RunCause, Schedule, Timetable};
use uuid::Uuid;

use super::oracle::Oracle;
use super::rhythm::Written;

/// How late a run may be without being a catch-up.
const PUNCTUAL: TimeDelta = TimeDelta::hours(1);
/// How far the clock may be off.
const FARTHEST: TimeDelta = TimeDelta::days(20);
/// How long the windows have to be watched around the time that is simulated.
const MARGIN: TimeDelta = TimeDelta::days(70);

/// A time in which the clock runs steadily.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    pub(super) minutes: i64,
    pub(super) is_up: bool,
    /// By how many minutes the clock is set forth afterwards; back if negative.
    pub(super) jump: i64,
    /// When somebody runs a sync by hand, which is confirmed.
    pub(super) manual_run_after: Option<i64>,
}

#[derive(Debug)]
pub(super) struct Case {
    pub(super) rhythm: Written,
    pub(super) zone: Tz,
    pub(super) jitter: Duration,
    pub(super) catch_up: bool,
    pub(super) enabled_at: DateTime<Utc>,
    pub(super) server_id: Uuid,
    pub(super) stretches: Vec<Stretch>,
}

pub(super) struct Told {
    pub(super) days_simulated: i64,
    pub(super) runs: usize,
}

/// What happened, in the time that the clock showed.
#[derive(Default)]
struct Journal {
    /// Every run that counts.
    counted: Vec<DateTime<Utc>>,
    scheduled: Vec<DateTime<Utc>>,
    /// First and last moment of each time in which the program was up.
    up: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

impl Case {
    /// Lives through all stretches, then compares the runs with the windows.
    pub(super) fn run(&self) -> Told {
        let length = TimeDelta::minutes(self.stretches.iter().map(|stretch| stretch.minutes).sum());
        let margin = FARTHEST + MARGIN;
        let (from, to) = (self.enabled_at - margin, self.enabled_at + length + margin);
        let oracle = Oracle::watch(&self.rhythm, self.zone, self.enabled_at, from, to);
        let timetable = self.timetable(self.rhythm.to_string().parse().unwrap(), self.zone);
        let mut journal = Journal::default();
        let mut clock = self.enabled_at;
        let mut off = TimeDelta::zero();
        for stretch in &self.stretches {
            let end = clock + TimeDelta::minutes(stretch.minutes);
            if stretch.is_up {
                journal.live(&timetable, &oracle, clock, end, stretch.manual_run_after);
            }
            let jump = (off + TimeDelta::minutes(stretch.jump)).clamp(-FARTHEST, FARTHEST) - off;
            off += jump;
            clock = end + jump;
        }
        self.judge(&oracle, &journal);
        Told {
            days_simulated: length.num_days(),
            runs: journal.scheduled.len(),
        }
    }

    fn timetable(&self, rhythm: Rhythm, zone: Tz) -> Timetable {
        let schedule = Schedule::new(rhythm, zone, self.jitter, self.catch_up).unwrap();
        Timetable::new(schedule, self.enabled_at, self.server_id)
    }

    /// The delay in a window that is long enough; it depends on neither rhythm nor zone.
    fn delay(&self) -> TimeDelta {
        let weekly = self.timetable(Rhythm::Weekly, Tz::UTC);
        let window = weekly.window_at(self.enabled_at);
        weekly.run_time(window) - window.start
    }

    fn judge(&self, oracle: &Oracle, journal: &Journal) {
        let delay = self.delay();
        for (start, end) in oracle.windows() {
            let due = start + delay.min((end - start) / 2);
            let last_chance = if self.catch_up {
                end
            } else {
                end.min(due + PUNCTUAL + TimeDelta::seconds(1))
            };
            let was_up = journal
                .up
                .iter()
                .any(|(from, to)| *from.max(&due) <= *to && *from.max(&due) < last_chance);
            let is_in = |run: &&DateTime<Utc>| start <= **run && **run < end;
            let scheduled = journal.scheduled.iter().filter(is_in).count();
            let counted = journal.counted.iter().filter(is_in).count();
            let window = format!("{start} to {end}, due {due}: {self:?}");
            if !was_up || oracle.is_before_the_first(end) {
                assert_eq!(scheduled, 0, "a run that is not due in {window}");
            } else {
                assert!(scheduled <= 1, "{scheduled} runs in {window}");
                assert!(counted >= 1, "no run in {window}");
            }
        }
    }
}

impl Journal {
    fn live(
        &mut self,
        timetable: &Timetable,
        oracle: &Oracle,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
        manual_run_after: Option<i64>,
    ) {
        let mut now = from;
        let mut by_hand = manual_run_after.map(|minutes| from + TimeDelta::minutes(minutes));
        let mut catch_ups = 0;
        self.up.push((from, to));
        while now <= to {
            let decision = timetable.decide(&self.counted, now);
            if let Decision::Run { window, because } = decision {
                assert_eq!(oracle.window_at(now), Some((window.start, window.end)));
                assert!(
                    !self.counted.iter().any(|run| window.contains(*run)),
                    "a second run at {now}"
                );
                catch_ups += usize::from(because == RunCause::CatchUp);
                self.counted.push(now);
                self.scheduled.push(now);
                continue;
            }
            let Decision::Wait { until, window } = decision else {
                unreachable!()
            };
            assert!(until > now, "waiting at {now} until {until}");
            assert!(window.contains(until), "{until} is not in {window:?}");
            now = match by_hand.take_if(|at| *at < until) {
                Some(at) => {
                    self.counted.push(at);
                    at
                }
                None => until,
            };
        }
        assert!(catch_ups <= 1, "{catch_ups} catch-ups from {from} to {to}");
    }
}
