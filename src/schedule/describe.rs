//! The timetable as an English sentence, for people who check what they have configured.

use std::time::Duration;

use super::zone::wall;
use super::{Rhythm, Timetable};

impl Timetable {
    /// How often and when, like `Every week on Tuesday at about 03:04 (Europe/Paris), since 2026-11-24; spread by up to
    /// 2h, here 37m later.`
    #[must_use]
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
            let spread = humantime::format_duration(schedule.jitter);
            sentence += &format!("; spread by up to {spread}, here {} later", self.delay_in_words());
        }
        if !schedule.catch_up {
            sentence += "; a run that was missed is not made up for";
        }
        sentence + "."
    }

    fn delay_in_words(&self) -> String {
        let delay = self.delay.to_std().unwrap_or_default();
        let rounded = match delay.as_secs() {
            0..60 => delay,
            seconds => Duration::from_mins(seconds / 60),
        };
        humantime::format_duration(rounded).to_string()
    }
}
