//! The timetable as an English sentence, for people who check what they have configured.

use std::time::Duration;

use super::zone::wall;
use super::{Rhythm, Timetable};
use crate::plain;

impl Timetable {
    /// How often and when, like `Every week on Tuesday at about 03:04 (Europe/Paris), since 2026-11-24; spread by up to
    /// 2h, here 37m later.`
    pub fn describe(&self) -> String {
        let schedule = &self.schedule;
        let enabled_at = wall(schedule.zone, self.enabled_at);
        let rhythm = match &schedule.rhythm {
            Rhythm::Weekly => format!("Every week on {}", enabled_at.format("%A at about %H:%M")),
            Rhythm::Cron(cron) => cron.describe(),
        };
        let since = enabled_at.format("%Y-%m-%d");
        let mut sentence = format!("{rhythm} ({}), since {since}", schedule.zone);
        if !schedule.jitter.is_zero() {
            let spread = plain::duration(schedule.jitter);
            sentence += &format!("; spread by up to {spread}, here {} later", self.delay_in_words());
        }
        if !schedule.catch_up {
            sentence += "; missed runs are not caught up";
        }
        sentence + "."
    }

    fn delay_in_words(&self) -> String {
        let delay = self.delay.to_std().unwrap_or_default();
        let rounded = match delay.as_secs() {
            0..60 => delay,
            seconds => Duration::from_mins(seconds / 60),
        };
        plain::duration(rounded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(rhythm: &str, jitter: Duration, catch_up: bool) -> String {
        Timetable::example_with(rhythm, "Europe/Paris", "2026-11-24T02:04:31Z", jitter, catch_up).describe()
    }

    #[test]
    fn a_timetable_is_described_in_a_sentence() {
        let all = [
            described("weekly", Duration::ZERO, true),
            described("weekly", Duration::from_hours(2), true),
            described("weekly", Duration::from_secs(90), false),
            described("0 3 * * Mon", Duration::ZERO, true),
            described("30 2 1,15 * *", Duration::from_hours(2), true),
            described("0 */6 * Jan-Mar Mon-Fri", Duration::ZERO, false),
            described("0 0-6/3 1 3-9/3 *", Duration::ZERO, true),
            described("0 3 L * Sun#2", Duration::ZERO, true),
        ];
        insta::assert_snapshot!(all.join("\n"), @r"
        Every week on Tuesday at about 03:04 (Europe/Paris), since 2026-11-24.
        Every week on Tuesday at about 03:04 (Europe/Paris), since 2026-11-24; spread by up to 2h, here 50m later.
        Every week on Tuesday at about 03:04 (Europe/Paris), since 2026-11-24; spread by up to 1m 30s, here 37s later; missed runs are not caught up.
        At 03:00, on Monday (Europe/Paris), since 2026-11-24.
        At 02:30, on day 1 and 15 (Europe/Paris), since 2026-11-24; spread by up to 2h, here 50m later.
        At minute 0, of hour 0, 6, 12, and 18, on Monday, Tuesday, Wednesday, Thursday, and Friday, in January, February, and March (Europe/Paris), since 2026-11-24; missed runs are not caught up.
        At minute 0, of hour 0, 3, and 6, on day 1, in March, June, and September (Europe/Paris), since 2026-11-24.
        At 03:00, on the last day of the month or the 2nd Sunday of the month (Europe/Paris), since 2026-11-24.
        ");
    }
}
