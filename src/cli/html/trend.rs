//! How the list of the server grew from one confirmed run to the next: a curve, the growth in a sentence, and the counts.

use chrono::{DateTime, Datelike as _, Utc};
use maud::{Markup, html};

use super::super::growth;
use super::part::{Heading, day, length, number, table, thousandths};
use crate::license::{Counted, Seats};
use crate::sync::Trend;

/// A longer history is shown by month.
const WEEKS_SHOWN: i64 = 60;

/// Where the curve begins and ends, in thousandths of the width: the labels of the grid are left of it.
const FIRST: u64 = 120;
const LAST: u64 = 980;

/// The height of the chart and of what the curve is drawn in.
const HEIGHT: u64 = 220;
const TOP: u64 = 24;
const BOTTOM: u64 = 188;

pub(super) fn section(trend: &Trend) -> Markup {
    let lists = thinned(&trend.lists);
    html! {
        section aria-labelledby="trend" {
            h2 #trend { "Trend" }
            p.lead { "Licenses on the list of the server of these settings, from the confirmed runs that this machine recorded." }
            @match lists.as_slice() {
                [] => p { "No confirmed run is recorded on this machine." },
                [only] => p { "One confirmed run is recorded: " (number(only.licenses)) " licenses on " (day(only.at)) "." },
                [first, .., last] => {
                    (chart(&lists, first, last))
                    @if let Some(said) = growth::in_words(&trend.growth) { p { "Growth: " (said) "." } }
                    details {
                        summary { "The counts as a table" }
                        div { (counts(&lists)) }
                    }
                }
            }
        }
    }
}

/// The last list of each week, or of each month if there are many, the oldest first.
fn thinned(newest_first: &[Counted]) -> Vec<Counted> {
    let (Some(newest), Some(oldest)) = (newest_first.first(), newest_first.last()) else {
        return Vec::new();
    };
    let is_long = (newest.at - oldest.at).num_weeks() > WEEKS_SHOWN;
    let of_one_point = |list: &Counted| match is_long {
        true => (list.at.year(), list.at.month()),
        false => (list.at.iso_week().year(), list.at.iso_week().week()),
    };
    let mut lists = newest_first.to_vec();
    lists.dedup_by_key(|list| of_one_point(list));
    lists.reverse();
    lists
}

/// The counts at the bottom and the top of a chart, and between two lines of its grid.
#[derive(Debug, PartialEq, Eq)]
struct Scale {
    low: u64,
    high: u64,
    step: u64,
}

impl Scale {
    /// A grid of round numbers with two to six lines, which all counts are within.
    fn of(counts: impl Iterator<Item = u64> + Clone) -> Self {
        let (least, most) = (counts.clone().min().unwrap_or(0), counts.max().unwrap_or(0));
        let spread = (most - least).max(4);
        let mut step = 1_u64;
        while spread / step > 4 {
            step = match step.to_string().starts_with('2') {
                true => step / 2 * 5,
                false => step.saturating_mul(2),
            };
        }
        let low = least / step * step;
        Self {
            low,
            high: most.div_ceil(step).saturating_mul(step).max(low.saturating_add(step)),
            step,
        }
    }

    fn lines(&self) -> impl Iterator<Item = u64> {
        (0..=(self.high - self.low) / self.step).map(|line| self.low + line * self.step)
    }

    fn y(&self, count: u64) -> u64 {
        let height = BOTTOM - TOP;
        BOTTOM - thousandths(count.saturating_sub(self.low), self.high - self.low).min(1000) * height / 1000
    }
}

fn x(at: DateTime<Utc>, first: DateTime<Utc>, last: DateTime<Utc>) -> String {
    let seconds = |to: DateTime<Utc>| u64::try_from((to - first).num_seconds()).unwrap_or(0);
    length(FIRST + thousandths(seconds(at), seconds(last)) * (LAST - FIRST) / 1000)
}

/// The seats of the server's license, if the curve is near enough to them that a line shows something.
fn limit(lists: &[Counted], last: &Counted) -> Option<u64> {
    let Some(Seats::Limited(seats)) = last.seats else {
        return None;
    };
    let most = lists.iter().map(|list| list.licenses).max()?;
    (seats <= most.saturating_mul(2)).then_some(seats)
}

fn chart(lists: &[Counted], first: &Counted, last: &Counted) -> Markup {
    let limit = limit(lists, last);
    let scale = Scale::of(lists.iter().map(|list| list.licenses).chain(limit));
    let place = |list: &Counted| (x(list.at, first.at, last.at), scale.y(list.licenses));
    let description = format!(
        "From {} licenses on {} to {} on {}",
        number(first.licenses),
        first.at.format("%Y-%m-%d"),
        number(last.licenses),
        last.at.format("%Y-%m-%d")
    );
    html! {
        figure {
            svg role="img" aria-labelledby="trend-title trend-desc" height=(HEIGHT) {
                title #trend-title { "Licenses from run to run" }
                desc #trend-desc { (description) }
                @for count in scale.lines() {
                    line.grid x1="0" x2="100%" y1=(scale.y(count)) y2=(scale.y(count)) {}
                    text x="0" y=(scale.y(count) - 5) { (number(count)) }
                }
                @if let Some(seats) = limit {
                    line.limit x1="0" x2="100%" y1=(scale.y(seats)) y2=(scale.y(seats)) {}
                    text x="100%" y=(scale.y(seats) - 5) text-anchor="end" { (number(seats)) " seats of the server's license" }
                }
                @for pair in lists.windows(2) {
                    @let (from, to) = (place(&pair[0]), place(&pair[1]));
                    line.curve x1=(from.0) y1=(from.1) x2=(to.0) y2=(to.1) {}
                }
                @for list in [first, last] {
                    @let (x, y) = place(list);
                    circle.tone-1 cx=(x) cy=(y) r="4" {}
                }
                text x=(length(FIRST)) y=(HEIGHT - 10) { (first.at.format("%Y-%m-%d")) }
                text x=(length(LAST)) y=(HEIGHT - 10) text-anchor="end" { (last.at.format("%Y-%m-%d")) }
            }
        }
    }
}

fn counts(lists: &[Counted]) -> Markup {
    let rows = html! {
        @for list in lists.iter().rev() {
            tr {
                th scope="row" { (day(list.at)) }
                td.number { (number(list.licenses)) }
                td.number { @match list.seats {
                    Some(Seats::Limited(seats)) => (number(seats)),
                    Some(Seats::Unlimited) => "unlimited",
                    None => "not known",
                } }
            }
        }
    };
    let columns = [
        Heading::Text("Run of"),
        Heading::Number("Licenses"),
        Heading::Number("Seats of the server's license"),
    ];
    table("Licenses from run to run, the newest first", &columns, &rows)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn weekly(weeks: i32) -> Vec<Counted> {
        let now: DateTime<Utc> = "2026-11-27T12:00:00Z".parse().unwrap();
        let list = |week| Counted {
            at: now - TimeDelta::weeks(1) * week,
            licenses: 100,
            seats: None,
        };
        (0..weeks).map(list).collect()
    }

    #[test]
    fn a_long_history_is_shown_by_month_and_a_short_one_by_week() {
        let daily: Vec<_> = weekly(5).into_iter().flat_map(|list| [list, list]).collect();
        assert_eq!(thinned(&daily), weekly(5).into_iter().rev().collect::<Vec<_>>());
        assert_eq!(thinned(&weekly(61)).len(), 61);
        let years = thinned(&weekly(3 * 52));
        assert!((36..=37).contains(&years.len()), "{}", years.len());
        assert!(years.is_sorted_by_key(|list| list.at));
        assert_eq!(thinned(&[]), []);
    }

    #[test]
    fn the_grid_has_round_numbers_around_all_counts() {
        let lines = |counts: &[u64]| Scale::of(counts.iter().copied()).lines().collect::<Vec<_>>();
        assert_eq!(lines(&[1404, 1500]), [1400, 1420, 1440, 1460, 1480, 1500]);
        assert_eq!(lines(&[63]), [63, 64]);
        assert_eq!(lines(&[0, 100_000]), [0, 50_000, 100_000]);
        let all = Scale::of([0, u64::MAX].into_iter());
        assert!(all.y(u64::MAX) >= TOP && all.y(0) == BOTTOM);
    }
}
