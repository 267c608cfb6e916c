//! The seats: how many of the purchased ones are consumed, compared with the thresholds.

use maud::{Markup, html};

use super::part::{Heading, known, length, number, share, table, thousandths};
use crate::license::{SeatUse, THRESHOLDS};

/// The figures under the heading of the report.
pub(super) fn figures(seats: &SeatUse) -> Markup {
    let left = seats.purchased.zip(seats.consumed);
    let left = left.map(|(purchased, consumed)| match purchased.checked_sub(consumed) {
        Some(left) => ("Seats left", number(left)),
        None => ("Seats missing", number(consumed - purchased)),
    });
    let (left_name, left) = left.unwrap_or(("Seats left", "unknown".to_owned()));
    let percent = seats.percent.map(|percent| number(percent) + "\u{a0}%");
    html! {
        dl.figures {
            div { dt { "Seats consumed" } dd { (known(seats.consumed)) } }
            div { dt { "Seats purchased" } dd { (known(seats.purchased)) } }
            div { dt { "Consumed of purchased" } dd { (percent.unwrap_or_else(|| "unknown".to_owned())) } }
            div { dt { (left_name) } dd { (left) } }
        }
    }
}

pub(super) fn section(seats: &SeatUse) -> Markup {
    let known = seats
        .consumed
        .zip(seats.purchased)
        .filter(|(_, purchased)| *purchased > 0);
    html! {
        section aria-labelledby="seats" {
            h2 #seats { "Seats" }
            @match known {
                Some((consumed, purchased)) => {
                    p.lead { "How many of the purchased seats are consumed, and how many are left until somebody should look." }
                    div.beside {
                        (meter(consumed, purchased))
                        (thresholds(consumed, purchased))
                    }
                }
                None => p.lead { "The cloud did not say how many seats are consumed and how many were purchased." },
            }
        }
    }
}

fn meter(consumed: u64, purchased: u64) -> Markup {
    let whole = consumed.max(purchased);
    let at = |part| length(thousandths(part, whole));
    let description = format!(
        "{} of {} seats are consumed, {}; marks at 80, 90 and 95 %",
        number(consumed),
        number(purchased),
        share(consumed, purchased)
    );
    html! {
        figure {
            svg role="img" aria-labelledby="meter-title meter-desc" height="64" {
                title #meter-title { "Seats consumed of those purchased" }
                desc #meter-desc { (description) }
                rect.track x="0" y="8" width="100%" height="28" {}
                rect.tone-1 x="0" y="8" width=(at(consumed)) height="28" {}
                @for threshold in THRESHOLDS {
                    @let place = at(at_threshold(purchased, threshold));
                    line.cut x1=(place) x2=(place) y1="8" y2="36" {}
                    line.mark x1=(place) x2=(place) y1="37" y2="43" {}
                    text x=(place) y="57" text-anchor="middle" { (threshold) }
                }
            }
            figcaption { "Consumed of " (number(purchased)) " purchased seats, with marks at 80, 90 and 95\u{a0}%." }
        }
    }
}

fn thresholds(consumed: u64, purchased: u64) -> Markup {
    let rows = html! {
        @for threshold in THRESHOLDS {
            @let seats = at_threshold(purchased, threshold);
            tr {
                th scope="row" { (threshold) "\u{a0}%" }
                td.number { (number(seats)) }
                td.number {
                    @match seats.checked_sub(consumed) {
                        None | Some(0) => span.alarm { "reached" },
                        Some(left) => (number(left) + " left"),
                    }
                }
            }
        }
    };
    let columns = [
        Heading::Text("Threshold"),
        Heading::Number("Seats"),
        Heading::Number("Until then"),
    ];
    table("Seats at each threshold", &columns, &rows)
}

/// How many consumed seats reach it: the percentage is rounded down.
fn at_threshold(purchased: u64, threshold: u64) -> u64 {
    let seats = (u128::from(purchased) * u128::from(threshold)).div_ceil(100);
    u64::try_from(seats).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_reached_with_as_many_seats_as_the_table_says() {
        for purchased in [1, 7, 98, 1000, 1001] {
            for threshold in THRESHOLDS {
                let seats = at_threshold(purchased, threshold);
                let percent = |seats| SeatUse::of(Some(seats), Some(purchased)).percent.unwrap();
                assert!(
                    percent(seats) >= threshold && percent(seats - 1) < threshold,
                    "{purchased} {threshold}"
                );
            }
        }
    }
}
