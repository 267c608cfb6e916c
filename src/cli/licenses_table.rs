//! Consumed licenses in counts, for people.

use std::fmt::Write as _;

use super::report_answer::ReportAnswer;
use super::words;
use crate::connect::LicenseListing;

/// The counts, and notes about them.
pub(super) fn table(answer: &ReportAnswer) -> String {
    let (seats, totals) = (&answer.seats, &answer.totals);
    let known = |number: Option<u64>| number.map_or_else(|| "unknown".to_owned(), words::count);
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _infallible = writeln!(text, "{name:<20} {value:>11}");
    };
    line("seats purchased", &known(seats.purchased));
    line("seats consumed", &known(seats.consumed));
    if let Some(percent) = seats.percent {
        line("", &format!("{percent} %"));
    }
    line("licenses", &words::count(totals.licenses));
    line("  cloud only", &words::count(totals.cloud_only));
    line("  server only", &words::count(totals.server_only));
    line("  merged", &words::count(totals.merged));
    if totals.neither > 0 {
        line("  on neither", &words::count(totals.neither));
    }
    line("kind", "");
    line("  Enterprise", &words::count(totals.enterprise));
    line("  Visual Studio", &words::count(totals.visual_studio));
    if totals.other_kinds > 0 {
        line("  another kind", &words::count(totals.other_kinds));
    }
    line("of all licenses", "");
    line("  pending invitation", &words::count(totals.pending_invitations));
    line("  no address shown", &words::count(totals.without_address));
    let lines: Vec<_> = text.lines().map(str::trim_end).collect();
    format!(
        "consumed licenses of the enterprise {} at {}\n\n{}\n{}",
        answer.enterprise,
        answer.api_url,
        lines.join("\n"),
        remarks(answer)
    )
}

/// Notes about the seats and the list, in lines; nothing when all is well.
pub(super) fn remarks(answer: &ReportAnswer) -> String {
    let notes = notes(answer);
    notes.into_iter().map(|note| format!("note: {note}\n")).collect()
}

/// The same, each by itself.
pub(super) fn notes(answer: &ReportAnswer) -> Vec<String> {
    let list = &answer.list;
    let mut remarks = Vec::new();
    if let (Some(threshold), Some(percent)) = (answer.seats.threshold, answer.seats.percent) {
        remarks.push(format!(
            "{percent} % of the purchased seats are consumed; the threshold of {threshold} % is reached"
        ));
    }
    match list.difference {
        None => remarks.push("the cloud did not say how many seats are consumed in all".to_owned()),
        Some(0) => {}
        Some(apart) => remarks.push(format!(
            "the list has {} {} rows than the cloud says are consumed",
            words::count(apart.unsigned_abs()),
            if apart > 0 { "more" } else { "fewer" },
        )),
    }
    remarks.extend(moved(&list.read));
    let unreadable = list.read.unreadable.iter();
    let unreadable: Vec<_> = unreadable
        .map(|(name, times)| format!("`{name}` {}", words::counted(*times, "time", "times")))
        .collect();
    if !unreadable.is_empty() {
        remarks.push(format!(
            "fields that could not be read were left out: {}",
            unreadable.join(", ")
        ));
    }
    remarks
}

/// That the list changed while it was read, if it did.
fn moved(list: &LicenseListing) -> Option<String> {
    let repeated = || words::counted(list.repeated, "row was", "rows were");
    let what = match (list.changed, list.repeated) {
        (false, 0) => return None,
        (true, 0) => "its total changed".to_owned(),
        (false, _) => format!("{} listed twice", repeated()),
        (true, _) => format!("its total changed and {} listed twice", repeated()),
    };
    Some(format!(
        "the list moved while it was read ({what}); run the command again for exact counts"
    ))
}
