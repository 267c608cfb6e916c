//! The parts that sections are made of: numbers, times, tables, bars. It decides nothing about what is shown.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::super::words;
use crate::plain;
use crate::timestamp;

/// A number whose thousands stay together on a line.
pub(super) fn number(number: u64) -> String {
    words::count(number).replace(' ', "\u{a0}")
}

/// A number, or a word when it is not known.
pub(super) fn known(count: Option<u64>) -> String {
    count.map_or_else(|| "unknown".to_owned(), number)
}

pub(super) fn time(time: DateTime<Utc>) -> Markup {
    html! { time datetime=(timestamp::text(time)) { (words::time(time)) } }
}

pub(super) fn day(time: DateTime<Utc>) -> Markup {
    let day = time.format("%Y-%m-%d").to_string();
    html! { time datetime=(day) { (day) } }
}

/// Text of somebody else: what would steer or turn it around is written out. Markup in it is escaped by `html!`.
pub(super) fn foreign(text: &str) -> String {
    plain::escaped(text).into_owned()
}

/// So many thousandths as a length in a chart.
pub(super) fn length(thousandths: u64) -> String {
    format!("{}.{}%", thousandths / 10, thousandths % 10)
}

/// How many thousandths `part` is of `whole`, rounded to the nearest.
pub(super) fn thousandths(part: u64, whole: u64) -> u64 {
    let (part, whole) = (u128::from(part), u128::from(whole.max(1)));
    u64::try_from((part * 1000 + whole / 2) / whole).unwrap_or(u64::MAX)
}

/// A share in percent with one decimal.
pub(super) fn share(part: u64, whole: u64) -> String {
    let thousandths = thousandths(part, whole);
    format!("{}.{}\u{a0}%", number(thousandths / 10), thousandths % 10)
}

/// The heading of a column.
#[derive(Clone, Copy)]
pub(super) enum Heading {
    Text(&'static str),
    Number(&'static str),
}

/// A table that says what it is of and has a head.
pub(super) fn table(caption: &str, columns: &[Heading], rows: &Markup) -> Markup {
    html! {
        table {
            caption { (caption) }
            thead { tr {
                @for column in columns {
                    @match column {
                        Heading::Text(name) => th scope="col" { (name) },
                        Heading::Number(name) => th.number scope="col" { (name) },
                    }
                }
            } }
            tbody { (rows) }
        }
    }
}

/// The same for one that a narrow window scrolls, which a keyboard can do as well.
pub(super) fn wide_table(name: &str, is_very_wide: bool, table: &Markup) -> Markup {
    let class = if is_very_wide { "scroll wide" } else { "scroll" };
    html! { div class=(class) role="region" aria-label=(name) tabindex="0" { (table) } }
}

/// A part of a bar, with its row in the table.
pub(super) struct Segment {
    pub(super) name: &'static str,
    pub(super) note: &'static str,
    pub(super) count: u64,
}

/// A bar that shows how parts make up a whole, and under it the table with the same numbers.
pub(super) fn bar_and_table(id: &str, title: &str, column: &'static str, segments: &[Segment]) -> Markup {
    let whole = segments.iter().map(|segment| segment.count).sum();
    let columns = [
        Heading::Text(column),
        Heading::Number("Licenses"),
        Heading::Number("Share"),
    ];
    let rows = html! {
        @for (segment, tone) in segments.iter().zip(1..) {
            tr {
                th scope="row" { (swatch(tone)) (segment.name) @if !segment.note.is_empty() { span.note { (segment.note) } } }
                td.number { (number(segment.count)) }
                td.number { (share(segment.count, whole)) }
            }
        }
        tr.total {
            th scope="row" { "All" }
            td.number { (number(whole)) }
            td.number {}
        }
    };
    html! {
        (bar(id, title, segments, whole))
        (table(title, &columns, &rows))
    }
}

fn bar(id: &str, title: &str, segments: &[Segment], whole: u64) -> Markup {
    let described: Vec<_> = segments
        .iter()
        .map(|segment| format!("{} {}", segment.name, share(segment.count, whole)))
        .collect();
    let starts = segments.iter().scan(0, |start, segment| {
        let this = *start;
        *start += segment.count;
        Some(this)
    });
    html! {
        figure {
            svg role="img" aria-labelledby={ (id) "-title " (id) "-desc" } height="40" {
                title id={ (id) "-title" } { (title) }
                desc id={ (id) "-desc" } { (described.join("; ")) }
                @for ((segment, start), tone) in segments.iter().zip(starts).zip(1..) {
                    @if segment.count > 0 {
                        rect class={ "tone-" (tone) } x=(length(thousandths(start, whole))) y="4" height="32"
                            width=(length(thousandths(segment.count, whole).saturating_sub(3).max(2))) {}
                    }
                }
            }
        }
    }
}

/// The color of a part, in front of its name.
fn swatch(tone: u32) -> Markup {
    html! { svg.swatch aria-hidden="true" { rect class={ "tone-" (tone) } width="10" height="10" {} } }
}
