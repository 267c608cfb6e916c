//! Converts between the wall clock of a time zone and instants; finds zones by name.
//!
//! The rules of the zones are those that the program was built with; the machine's own are not read.

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, TimeZone, Utc};
use chrono_tz::{GapInfo, TZ_VARIANTS, Tz};

use super::error::ScheduleError;

/// The zone of this name in the IANA database, like `Europe/Paris` or `UTC`.
///
/// # Errors
/// [`ScheduleError::UnknownZone`], with the zone that was probably meant.
pub fn parse_zone(name: &str) -> Result<Tz, ScheduleError> {
    name.parse()
        .map_err(|_| ScheduleError::UnknownZone { meant: closest(name) })
}

/// The instant at which the clock on the wall shows `wall`; the earlier one if it does so twice, the first one
/// after the gap if it never does. Later wall times never give earlier instants.
pub(super) fn instant(zone: Tz, wall: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&wall) {
        MappedLocalTime::Single(instant) | MappedLocalTime::Ambiguous(instant, _) => instant.to_utc(),
        MappedLocalTime::None => GapInfo::new(&wall, &zone)
            .and_then(|gap| gap.end)
            .map_or_else(|| wall.and_utc(), |end| end.to_utc()),
    }
}

/// What the clock on the wall shows.
pub(super) fn wall(zone: Tz, instant: DateTime<Utc>) -> NaiveDateTime {
    instant.with_timezone(&zone).naive_local()
}

/// The zone whose name, or whose city, differs in few letters; the one with the shortest name if several do.
fn closest(name: &str) -> Option<&'static str> {
    let name = name.trim().replace(' ', "_").to_lowercase();
    TZ_VARIANTS
        .iter()
        .map(|zone| zone.name())
        .map(|candidate| (distance(&name, &candidate.to_lowercase()), candidate.len(), candidate))
        .filter(|(distance, ..)| *distance <= name.chars().count() / 5)
        .min()
        .map(|(.., candidate)| candidate)
}

fn distance(name: &str, candidate: &str) -> usize {
    let city = candidate.rsplit('/').next().unwrap_or(candidate);
    strsim::osa_distance(name, candidate).min(strsim::osa_distance(name, city))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant_of(zone: &str, wall: &str) -> String {
        instant(zone.parse().unwrap(), wall.parse().unwrap())
            .format("%FT%TZ")
            .to_string()
    }

    #[test]
    fn a_time_that_the_zone_skips_is_the_first_instant_after_the_gap() {
        assert_eq!(
            instant_of("Europe/Paris", "2026-03-29T02:30:00"),
            "2026-03-29T01:00:00Z"
        );
        assert_eq!(
            instant_of("Europe/Paris", "2026-03-29T02:00:00"),
            "2026-03-29T01:00:00Z"
        );
        assert_eq!(
            instant_of("Europe/Paris", "2026-03-29T03:00:00"),
            "2026-03-29T01:00:00Z"
        );
    }

    #[test]
    fn a_time_that_the_zone_repeats_is_the_earlier_one() {
        assert_eq!(
            instant_of("America/New_York", "2026-11-01T01:30:00"),
            "2026-11-01T05:30:00Z"
        );
        assert_eq!(
            instant_of("America/New_York", "2026-11-01T02:00:00"),
            "2026-11-01T07:00:00Z"
        );
    }

    #[test]
    fn half_hour_changes_and_odd_offsets_are_kept() {
        assert_eq!(
            instant_of("Australia/Lord_Howe", "2026-10-04T02:15:00"),
            "2026-10-03T15:30:00Z"
        );
        assert_eq!(
            instant_of("Australia/Lord_Howe", "2026-04-05T01:45:00"),
            "2026-04-04T14:45:00Z"
        );
        assert_eq!(
            instant_of("Asia/Kathmandu", "2026-01-01T03:00:00"),
            "2025-12-31T21:15:00Z"
        );
    }

    #[test]
    fn a_whole_day_that_a_zone_skips_ends_in_the_next_midnight() {
        assert_eq!(
            instant_of("Pacific/Apia", "2011-12-29T23:59:00"),
            "2011-12-30T09:59:00Z"
        );
        assert_eq!(
            instant_of("Pacific/Apia", "2011-12-30T12:00:00"),
            "2011-12-30T10:00:00Z"
        );
        assert_eq!(
            instant_of("Pacific/Apia", "2011-12-31T00:00:00"),
            "2011-12-30T10:00:00Z"
        );
    }

    #[test]
    fn a_zone_is_guessed_from_its_spelling_or_its_city() {
        for (written, meant) in [
            ("europe/paris", Some("Europe/Paris")),
            ("Europe/Pariss", Some("Europe/Paris")),
            ("Paris", Some("Europe/Paris")),
            ("America/New York", Some("America/New_York")),
            ("new york", Some("America/New_York")),
            ("utc", Some("UTC")),
            ("CEST", None),
            ("+02:00", None),
            ("", None),
            ("Mars/Olympus_Mons", None),
        ] {
            assert_eq!(closest(written), meant, "{written}");
        }
    }

    #[test]
    fn every_zone_is_known_by_its_own_name() {
        for zone in TZ_VARIANTS {
            assert_eq!(parse_zone(zone.name()).unwrap(), zone);
        }
    }
}
