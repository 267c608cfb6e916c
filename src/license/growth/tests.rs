//! The line through confirmed lists, and what follows from it for the seats.

use proptest::prelude::*;

use super::*;

fn now() -> DateTime<Utc> {
    "2026-11-27T12:00:00Z".parse().unwrap()
}

fn list(at: DateTime<Utc>, licenses: u64) -> Counted {
    let seats = Some(Seats::Limited(500));
    Counted { at, licenses, seats }
}

/// Weekly lists with these counts, the oldest first, up to an hour ago; as the store has them.
fn weekly(counts: &[u64]) -> Vec<Counted> {
    let newest_first = (0_i32..).zip(counts.iter().rev());
    newest_first
        .map(|(weeks, licenses)| list(now() - TimeDelta::hours(1) - TimeDelta::weeks(1) * weeks, *licenses))
        .collect()
}

/// The growth in JSON, without its times.
fn told(growth: &Growth) -> String {
    let mut json = serde_json::to_value(growth).unwrap();
    for key in ["from", "to"] {
        json.as_object_mut().unwrap().remove(key);
    }
    json.to_string()
}

#[test]
fn licenses_that_grow_evenly_use_up_the_seats_when_the_line_says_so() {
    let growth = growth(&weekly(&[400, 410, 420, 430, 440]), now());
    assert_eq!(
        told(&growth),
        r#"{"licenses_per_week":10.0,"runs":5,"seats":500,"seats_used_up":"2027-01"}"#
    );
    // 60 seats are left, which is 6 weeks.
    let last = now() - TimeDelta::hours(1);
    assert_eq!(
        growth.seats_used_up,
        Some(SeatsUsedUp::Around(last + TimeDelta::weeks(6)))
    );
    assert_eq!((growth.from, growth.to), (Some(last - TimeDelta::weeks(4)), Some(last)));
    assert_eq!(growth.licenses_per_week.unwrap().to_string(), "+10.0");
}

#[test]
fn too_few_lists_or_lists_too_close_together_have_no_rate() {
    assert_eq!(growth(&[], now()), Growth::default());
    for counts in [&[400][..], &[400, 410, 420]] {
        let growth = growth(&weekly(counts), now());
        assert_eq!((growth.runs, growth.licenses_per_week), (counts.len(), None));
        assert_eq!(growth.seats_used_up, None);
    }
    // Four days in a row.
    let daily: Vec<_> = (0..4).map(|day| list(now() - TimeDelta::days(day), 400)).collect();
    let daily = growth(&daily, now());
    assert_eq!((daily.runs, daily.licenses_per_week), (4, None));
}

#[test]
fn lists_of_one_day_are_one_of_which_the_newest_counts() {
    let mut lists = weekly(&[400, 410, 420, 430]);
    let newest = lists[0].at;
    let once = growth(&lists, now());
    // Written before the newest; one of them at the same moment.
    lists.insert(1, list(newest, 7));
    lists.insert(2, list(newest - TimeDelta::hours(2), 9_000));
    assert_eq!(growth(&lists, now()), once);
    let same_time = [list(newest, 400); 30];
    assert_eq!(growth(&same_time, now()).runs, 1);
}

#[test]
fn licenses_that_do_not_grow_use_up_no_seats() {
    let shrinking = growth(&weekly(&[440, 430, 420, 410]), now());
    assert_eq!(
        told(&shrinking),
        r#"{"licenses_per_week":-10.0,"runs":4,"seats":500,"seats_used_up":null}"#
    );
    assert_eq!(shrinking.licenses_per_week.unwrap().to_string(), "-10.0");
    let even = growth(&weekly(&[600, 600, 600, 600]), now());
    assert_eq!(
        told(&even),
        r#"{"licenses_per_week":0.0,"runs":4,"seats":500,"seats_used_up":null}"#
    );
    assert_eq!(even.licenses_per_week.unwrap().to_string(), "0.0");
}

#[test]
fn seats_that_are_used_up_unlimited_unknown_or_far_away_have_no_date() {
    let used_up = |seats| {
        let mut lists = weekly(&[470, 480, 490, 500]);
        lists[0].seats = seats;
        growth(&lists, now()).seats_used_up
    };
    let limited = |seats| used_up(Some(Seats::Limited(seats)));
    assert_eq!([limited(499), limited(500)], [Some(SeatsUsedUp::Already); 2]);
    assert_eq!([used_up(None), used_up(Some(Seats::Unlimited))], [None; 2]);
    // Ten a week are 2 600 and a few in five years.
    assert!(matches!(limited(3_107), Some(SeatsUsedUp::Around(_))));
    assert_eq!([limited(3_108), limited(u64::MAX)], [Some(SeatsUsedUp::Later); 2]);
}

#[test]
fn lists_of_the_future_and_of_long_ago_are_left_out() {
    let lists = weekly(&[400, 410, 420, 430]);
    let alone = growth(&lists, now());
    let mut more = lists.clone();
    // The clock was ahead once, and was set back; before it was set at all it was at its beginning.
    more.insert(0, list(now() + TimeDelta::days(400), 9_000));
    more.push(list(DateTime::UNIX_EPOCH, 9_000));
    more.push(list(now() - SPAN - TimeDelta::seconds(1), 9_000));
    assert_eq!(growth(&more, now()), alone);
    // The clock is a year behind now.
    assert_eq!(growth(&lists, now() - TimeDelta::days(365)), Growth::default());
}

#[test]
fn a_week_without_a_confirmed_list_leaves_the_line_as_it_is() {
    let all = weekly(&[400, 410, 420, 430, 440, 450]);
    // The list of one week was held, and was discarded.
    let mut without = all.clone();
    without.remove(2);
    let (all, without) = (growth(&all, now()), growth(&without, now()));
    assert_eq!((all.runs, without.runs), (6, 5));
    assert_eq!(all.licenses_per_week, without.licenses_per_week);
    assert_eq!(all.seats_used_up, without.seats_used_up);
}

#[test]
fn rates_are_rounded_to_the_nearest_tenth() {
    let rate = |licenses, seconds| Line { licenses, seconds }.rate().to_string();
    let week = SECONDS_A_WEEK;
    assert_eq!(rate(1, week * 20), "+0.1", "a half goes up");
    assert_eq!(rate(-1, week * 20), "-0.1");
    assert_eq!(rate(1, week * 21), "0.0");
    assert_eq!(rate(-13, week * 4), "-3.3");
    assert_eq!(
        rate(i128::from(u64::MAX), 1),
        "+214748364.7",
        "it stops at the greatest"
    );
}

/// Lists of different days within the span, in any order.
fn lists() -> impl Strategy<Value = Vec<Counted>> {
    let list = |(day, second, licenses)| {
        let midnight = "2026-11-26T00:00:00Z".parse::<DateTime<Utc>>().unwrap();
        list(midnight - TimeDelta::days(day) + TimeDelta::seconds(second), licenses)
    };
    let days = prop::collection::btree_map(0_i64..180, (0_i64..86_400, 0_u64..1_000_000), LEAST_RUNS..60);
    days.prop_map(move |days| {
        days.into_iter()
            .map(|(day, (at, licenses))| list((day, at, licenses)))
            .collect()
    })
}

#[test]
fn a_month_that_is_past_is_not_named() {
    let mut lists = weekly(&[400, 410, 420, 430, 440]);
    lists[0].seats = Some(Seats::Limited(450));
    assert!(matches!(
        growth(&lists, now()).seats_used_up,
        Some(SeatsUsedUp::Around(_))
    ));
    assert_eq!(growth(&lists, now() + TimeDelta::weeks(8)).seats_used_up, None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_lists_does_not_matter(lists in lists(), seed in any::<u64>()) {
        let mut shuffled = lists.clone();
        shuffled.sort_by_key(|list| list.licenses.rotate_left(7) ^ seed);
        prop_assert_eq!(growth(&shuffled, now()), growth(&lists, now()));
    }

    #[test]
    fn the_same_number_more_in_each_list_leaves_the_rate_and_the_opposite_counts_have_the_opposite_rate(
        lists in lists(), more in 0_u64..1_000_000
    ) {
        let rate = |licenses: &dyn Fn(u64) -> u64| {
            let lists: Vec<_> = lists.iter().map(|it| list(it.at, licenses(it.licenses))).collect();
            growth(&lists, now()).licenses_per_week
        };
        let as_it_is = rate(&|licenses| licenses);
        prop_assert_eq!(rate(&|licenses| licenses + more), as_it_is);
        prop_assert_eq!(rate(&|licenses| 1_000_000 - licenses), as_it_is.map(|Rate(tenths)| Rate(-tenths)));
    }

    #[test]
    fn the_rate_is_none_that_two_neighbors_exceed(lists in lists()) {
        let growth = growth(&lists, now());
        if let Some(Rate(tenths)) = growth.licenses_per_week {
            let slopes: Vec<_> = lists.windows(2).map(|pair| {
                let seconds = i128::from((pair[0].at - pair[1].at).num_seconds());
                let licenses = i128::from(pair[0].licenses) - i128::from(pair[1].licenses);
                (licenses * SECONDS_A_WEEK * 10).div_euclid(seconds.max(1))
            }).collect();
            let (least, most) = (*slopes.iter().min().unwrap(), *slopes.iter().max().unwrap());
            prop_assert!((least..=most + 1).contains(&i128::from(tenths)), "{} within {}..{}", tenths, least, most);
        }
    }

    #[test]
    fn on_the_day_that_it_names_the_line_has_used_up_the_seats_and_a_week_before_it_has_not(
        weekly_growth in 1_u64..50, seats in 450_u64..5_000
    ) {
        let counts: Vec<_> = (0..10).map(|week| 400 + week * weekly_growth).collect();
        let mut lists = weekly(&counts);
        lists[0].seats = Some(Seats::Limited(seats));
        let growth = growth(&lists, now());
        if let Some(SeatsUsedUp::Around(time)) = growth.seats_used_up {
            let licenses = |time: DateTime<Utc>| {
                let weeks = u64::try_from((time - lists[0].at).num_weeks()).unwrap();
                lists[0].licenses + weeks * weekly_growth
            };
            prop_assert!(licenses(time + TimeDelta::weeks(1)) >= seats);
            prop_assert!(licenses(time) <= seats);
        }
    }

    #[test]
    fn no_count_and_no_time_is_too_large(
        lists in prop::collection::vec((any::<i64>(), any::<u64>(), any::<u64>()), 0..300), spread in any::<bool>()
    ) {
        let lists: Vec<_> = (0_i32..).zip(lists).filter_map(|(days, (seconds, licenses, seats))| {
            let at = match spread {
                true => now() - TimeDelta::days(1) * days,
                false => DateTime::from_timestamp(seconds % 8_000_000_000_000, 0)?,
            };
            Some(Counted { at, licenses, seats: Some(Seats::Limited(seats)) })
        }).collect();
        let growth = growth(&lists, now());
        prop_assert!(growth.runs <= 184);
    }
}
