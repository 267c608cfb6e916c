//! The growth of the licenses in one line, with what it is based on.

use chrono::{DateTime, Utc};

use super::words;
use crate::license::growth::{Growth, HORIZON_YEARS, LEAST_RUNS, LEAST_SPAN, SPAN};
use crate::license::{Seats, SeatsUsedUp};

/// Nothing where no run was confirmed lately.
pub(super) fn in_words(growth: &Growth) -> Option<String> {
    let day = |time: DateTime<Utc>| time.format("%Y-%m-%d");
    let (from, to) = (day(growth.from?), day(growth.to?));
    let days = words::counted(
        growth.runs as u64,
        "day with a confirmed run",
        "days with a confirmed run",
    );
    Some(match growth.licenses_per_week {
        Some(rate) => format!(
            "{rate} licenses a week over {days} from {from} to {to}{}",
            seats(growth)
        ),
        None => format!(
            "not known yet: {days} in the last {} weeks; it takes {LEAST_RUNS}, over {} weeks",
            SPAN.num_weeks(),
            LEAST_SPAN.num_weeks()
        ),
    })
}

/// What follows for the seats, if anything does.
fn seats(growth: &Growth) -> String {
    let (Some(Seats::Limited(seats)), Some(used_up)) = (growth.seats, growth.seats_used_up) else {
        return String::new();
    };
    let seats = words::counted(seats, "seat", "seats");
    match used_up {
        SeatsUsedUp::Already => format!("; the last list uses up the {seats}"),
        SeatsUsedUp::Around(time) => format!("; at this rate the {seats} are used up around {}", time.format("%Y-%m")),
        SeatsUsedUp::Later => format!("; at this rate the {seats} last for more than {HORIZON_YEARS} years"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::license::{Counted, growth};

    /// The line for weekly lists with these counts, the oldest first.
    fn told(counts: &[u64], seats: Seats) -> String {
        let now: DateTime<Utc> = "2026-11-27T12:00:00Z".parse().unwrap();
        let lists = (0_i32..).zip(counts.iter().rev()).map(|(weeks, licenses)| Counted {
            at: now - TimeDelta::weeks(1) * weeks,
            licenses: *licenses,
            seats: Some(seats),
        });
        in_words(&growth(&lists.collect::<Vec<_>>(), now)).unwrap_or_default()
    }

    #[test]
    fn it_is_said_with_its_basis_and_what_it_means_for_the_seats_if_anything() {
        let growing = [1_404, 1_409, 1_411, 1_414, 1_416];
        let lines = [
            told(&[], Seats::Limited(1_500)),
            told(&[1_404], Seats::Limited(1_500)),
            told(&growing, Seats::Limited(1_500)),
            told(&growing, Seats::Limited(1_400)),
            told(&growing, Seats::Limited(9_000)),
            told(&growing, Seats::Unlimited),
            told(&[1_416, 1_414, 1_411, 1_409], Seats::Limited(1_500)),
        ];
        insta::assert_snapshot!(lines.join("\n"), @"

        not known yet: 1 day with a confirmed run in the last 26 weeks; it takes 4, over 3 weeks
        +2.9 licenses a week over 5 days with a confirmed run from 2026-10-30 to 2026-11-27; at this rate the 1 500 seats are used up around 2027-06
        +2.9 licenses a week over 5 days with a confirmed run from 2026-10-30 to 2026-11-27; the last list uses up the 1 400 seats
        +2.9 licenses a week over 5 days with a confirmed run from 2026-10-30 to 2026-11-27; at this rate the 9 000 seats last for more than 5 years
        +2.9 licenses a week over 5 days with a confirmed run from 2026-10-30 to 2026-11-27
        -2.4 licenses a week over 4 days with a confirmed run from 2026-11-06 to 2026-11-27
        ");
    }
}
