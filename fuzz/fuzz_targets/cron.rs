//! A zone, a rhythm, and times of enablement and now in seconds, a line each: windows follow one another without end.
#![no_main]

use std::time::Duration;

use chrono::DateTime;
use ghe_license_sync::schedule::{Rhythm, Schedule, Timetable, parse_zone};
use libfuzzer_sys::fuzz_target;
use uuid::Uuid;

/// Two times, from the lines that are left; the time of the epoch stands for what is no time.
fn times<'a>(mut lines: impl Iterator<Item = &'a str>) -> [DateTime<chrono::Utc>; 2] {
    [(); 2].map(|()| {
        let seconds = lines.next().and_then(|line| line.parse().ok()).unwrap_or_default();
        DateTime::from_timestamp(seconds, 999_999_999).unwrap_or_default()
    })
}

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let (zone, rhythm) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let [enabled_at, now] = times(lines);
    let zone = match parse_zone(zone) {
        Ok(zone) => zone,
        Err(error) => {
            let _ = ghe_license_sync_fuzz::told(&error);
            chrono_tz::Tz::UTC
        }
    };
    let rhythm: Rhythm = match rhythm.parse() {
        Ok(rhythm) => rhythm,
        Err(error) => {
            let _ = ghe_license_sync_fuzz::told(&error);
            return;
        }
    };
    assert_eq!(rhythm.to_string().parse::<Rhythm>().ok(), Some(rhythm.clone()));
    let schedule = Schedule::new(rhythm, zone, Duration::ZERO, true).expect("no jitter is never too long");
    let timetable = Timetable::new(schedule, enabled_at, Uuid::from_u128(7));
    let mut window = timetable.window_at(now);
    for _ in 0..3 {
        let following = timetable.following(window);
        assert!(window.start < window.end, "{window:?}");
        assert_eq!(window.end, following.start);
        assert!(
            (window.start..window.end).contains(&timetable.run_time(window)),
            "{window:?}"
        );
        window = following;
    }
    let runs = timetable.next_runs(now, 3);
    assert!(runs.is_sorted_by(|one, other| one < other), "{runs:?}");
});
