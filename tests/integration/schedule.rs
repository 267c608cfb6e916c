//! A timetable against a year of daylight saving, downtimes and clocks that jump, and against whatever proptest finds.

mod oracle;
mod rhythm;
mod simulation;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use ghe_license_sync::schedule::{Decision, Rhythm, RunCause, Schedule, Timetable};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

use self::oracle::Oracle;
use self::rhythm::{Days, Written};
use self::simulation::{Case, Stretch};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A year and a month, in which the program is stopped and started and the clock set back and forth, by dice.
fn simulate_a_year(zone: Tz, start: &str, seed: u64) {
    let dice = &mut StdRng::seed_from_u64(seed);
    let daily = Written::Cron {
        minute: 30,
        hours: vec![2],
        days: Days::Any,
    };
    let two_a_week = Written::Cron {
        minute: 0,
        hours: vec![1, 22],
        days: Days::OfWeek(vec![0, 3]),
    };
    let cases = [
        (Written::Weekly, true),
        (Written::Weekly, false),
        (daily, true),
        (two_a_week, true),
    ];
    for (rhythm, catch_up) in cases {
        let case = Case {
            rhythm,
            zone,
            jitter: Duration::from_hours(dice.random_range(0..=1)),
            catch_up,
            enabled_at: at(start) + TimeDelta::seconds(dice.random_range(0..14 * 86_400)),
            server_id: Uuid::from_u128(dice.random()),
            stretches: (0..160).map(|_| stretch_of_a_year(dice)).collect(),
        };
        let told = case.run();
        assert!(told.days_simulated > 366, "{} days", told.days_simulated);
        assert!(told.runs > 20, "{} runs", told.runs);
    }
}

fn stretch_of_a_year(dice: &mut StdRng) -> Stretch {
    let minutes = 1440 * dice.random_range(1..5) + dice.random_range(0..1440);
    let jump = match dice.random_range(0..8) {
        0 => dice.random_range(-3 * 1440..3 * 1440),
        1 => dice.random_range(-90..90),
        _ => 0,
    };
    Stretch {
        minutes,
        is_up: dice.random_bool(0.7),
        jump,
        manual_run_after: dice.random_bool(0.1).then(|| dice.random_range(0..minutes)),
    }
}

#[test]
fn a_year_without_daylight_saving_gives_each_window_its_one_run() {
    simulate_a_year(Tz::UTC, "2027-02-01T00:00:00Z", 1);
    simulate_a_year(Tz::Asia__Kathmandu, "2027-02-01T00:00:00Z", 2);
}

#[test]
fn a_year_in_paris_gives_each_window_its_one_run() {
    simulate_a_year(Tz::Europe__Paris, "2027-02-01T00:00:00Z", 3);
}

#[test]
fn a_year_in_new_york_gives_each_window_its_one_run() {
    simulate_a_year(Tz::America__New_York, "2027-02-01T00:00:00Z", 4);
}

#[test]
fn a_year_on_lord_howe_with_its_half_hours_gives_each_window_its_one_run() {
    simulate_a_year(Tz::Australia__Lord_Howe, "2027-02-01T00:00:00Z", 5);
}

#[test]
fn the_year_in_which_samoa_skipped_a_day_gives_each_window_its_one_run() {
    simulate_a_year(Tz::Pacific__Apia, "2011-02-01T00:00:00Z", 6);
}

#[test]
fn a_program_that_is_always_up_runs_53_times_in_a_leap_year_on_the_same_weekday_and_time() {
    let zone = Tz::Europe__Paris;
    let schedule = Schedule::new(Rhythm::Weekly, zone, Duration::ZERO, true).unwrap();
    let timetable = Timetable::new(schedule, at("2028-01-01T02:30:00Z"), Uuid::nil());
    let mut now = at("2028-01-01T02:30:00Z");
    let mut runs = Vec::new();
    while now < at("2028-12-31T23:00:00Z") {
        match timetable.decide(&runs, now) {
            Decision::Run { because, .. } => {
                assert_eq!(because == RunCause::FirstWindow, runs.is_empty());
                assert_ne!(because, RunCause::CatchUp);
                runs.push(now);
            }
            Decision::Wait { until, .. } => now = until,
        }
    }
    assert_eq!(runs.len(), 53);
    for run in runs {
        assert_eq!(run.with_timezone(&zone).format("%a %H:%M").to_string(), "Sat 03:30");
    }
}

fn any_zone() -> impl Strategy<Value = Tz> {
    prop_oneof![
        (0..TZ_VARIANTS.len()).prop_map(|index| TZ_VARIANTS[index]),
        // Those in which much happens.
        proptest::sample::select(vec![
            Tz::Europe__Paris,
            Tz::America__New_York,
            Tz::Australia__Lord_Howe,
            Tz::America__St_Johns,
            Tz::Africa__Casablanca,
            Tz::Antarctica__Troll,
        ]),
    ]
}

prop_compose! {
    /// A zone and a time from 1996, when many zones still changed at odd times, to 2036; mostly one at which the zone
    /// changes its offset, if there is one in the year after.
    fn any_zone_and_time()(
        zone in any_zone(),
        seconds in 820_454_400_i64..2_082_758_400,
        is_change in prop::bool::weighted(0.8),
    ) -> (Tz, DateTime<Utc>) {
        let time = DateTime::from_timestamp(seconds, 0).unwrap();
        (zone, change_after(zone, time).filter(|_| is_change).unwrap_or(time))
    }
}

/// The minute in which the zone changes its offset, within a year.
fn change_after(zone: Tz, time: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let off = |time: DateTime<Utc>| time.with_timezone(&zone).naive_local() - time.naive_utc();
    let day = (0..366)
        .map(|days| time + TimeDelta::days(days))
        .find(|day| off(*day) != off(*day + TimeDelta::days(1)))?;
    (1..=1440)
        .map(|minutes| day + TimeDelta::minutes(minutes))
        .find(|minute| off(*minute) != off(day))
}

fn any_rhythm() -> impl Strategy<Value = Written> {
    let hours = proptest::collection::btree_set(0_u32..24, 1..24);
    let days = prop_oneof![
        Just(Days::Any),
        proptest::collection::btree_set(0_u32..7, 1..4).prop_map(|days| Days::OfWeek(days.into_iter().collect())),
        proptest::collection::btree_set(1_u32..32, 1..4).prop_map(|days| Days::OfMonth(days.into_iter().collect())),
    ];
    prop_oneof![
        Just(Written::Weekly),
        (0_u32..60, hours, days).prop_map(|(minute, hours, days)| Written::Cron {
            minute,
            hours: hours.into_iter().collect(),
            days,
        }),
    ]
}

prop_compose! {
    fn any_stretch()(
        minutes in 1_i64..6 * 1440,
        is_up in any::<bool>(),
        jump in prop_oneof![3 => Just(0), 1 => -90_i64..90, 1 => -4 * 1440_i64..4 * 1440],
        manual in proptest::option::weighted(0.1, 0.0..1.0),
    ) -> Stretch {
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a share of some days")]
        let manual_run_after = manual.map(|share: f64| (share * minutes as f64) as i64);
        Stretch { minutes, is_up, jump, manual_run_after }
    }
}

prop_compose! {
    fn any_case()(
        rhythm in any_rhythm(),
        (zone, time) in any_zone_and_time(),
        jitter_minutes in 0_u64..=30,
        catch_up in any::<bool>(),
        minutes_before in 0_i64..20 * 1440,
        server_id in any::<u128>(),
        stretches in proptest::collection::vec(any_stretch(), 1..20),
    ) -> Case {
        let jitter = Duration::from_mins(jitter_minutes);
        let enabled_at = time - TimeDelta::minutes(minutes_before);
        Case { rhythm, zone, jitter, catch_up, enabled_at, server_id: Uuid::from_u128(server_id), stretches }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    #[test]
    fn each_window_in_which_the_program_was_up_has_its_one_run(case in any_case()) {
        case.run();
    }

    #[test]
    fn windows_are_those_of_a_clock_that_is_watched_minute_by_minute(
        rhythm in any_rhythm(), (zone, time) in any_zone_and_time(),
        minutes in -180_i64..180, weeks in -3_i64..3, minutes_before in -180_i64..180,
    ) {
        let now = time + TimeDelta::minutes(minutes);
        let enabled_at = time - TimeDelta::weeks(weeks) - TimeDelta::minutes(minutes_before);
        let schedule = Schedule::new(rhythm.to_string().parse().unwrap(), zone, Duration::ZERO, true).unwrap();
        let timetable = Timetable::new(schedule, enabled_at, Uuid::nil());
        let oracle = Oracle::watch(&rhythm, zone, enabled_at, now - TimeDelta::days(40), now + TimeDelta::days(70));
        let Some(expected) = oracle.window_at(now) else { return Ok(()) };
        let window = timetable.window_at(now);
        prop_assert_eq!((window.start, window.end), expected);
        prop_assert_eq!(timetable.following(window).start, window.end);
    }

    #[test]
    fn no_text_makes_the_schedule_panic_and_what_is_taken_occurs(text in "[0-9*,/#?+LWa-z@ -]{0,20}", (_, now) in any_zone_and_time()) {
        if let Ok(rhythm) = text.parse::<Rhythm>() {
            let schedule = Schedule::new(rhythm, Tz::UTC, Duration::ZERO, true).unwrap();
            let runs = Timetable::new(schedule, now, Uuid::nil()).next_runs(now, 3);
            prop_assert_eq!(runs.len(), 3);
            prop_assert!(now < runs[0] && runs[0] < runs[1] && runs[1] < runs[2]);
        }
    }
}
