//! The answer of `sync --dry-run`: what a sync would send, in counts, compared with what was last confirmed.

use std::fmt::Write as _;

use super::words;
use crate::advice;
use crate::license::Totals;
use crate::sync::Preview;

/// The answer as a table of counts.
pub(super) fn in_words(preview: &Preview) -> String {
    let before = preview.last_confirmed.as_ref();
    let mut text = format!(
        "nothing was sent; this is what a sync would send under the server ID {}\n",
        preview.server_id
    );
    if let Some(waiting) = &preview.waiting {
        let is_same = waiting.has_frozen(preview.digest);
        let what = match is_same {
            true => "it is the license usage that waits",
            false => "a sync first continues with the waiting license usage",
        };
        let _infallible = writeln!(text, "  {what}: {}", words::run(waiting));
    }
    let (server, report) = (preview.server_counts, preview.report);
    let remarks = match (preview.totals, preview.encrypted_users) {
        (Some(totals), _) => {
            table(&mut text, totals, before.and_then(|run| run.totals));
            words::remarks(totals, server, report)
        }
        (None, Some(users)) => words::encrypted(users, server, report),
        (None, None) => Vec::new(),
    };
    for remark in remarks {
        let _infallible = writeln!(text, "  {remark}");
    }
    let same = before.is_some_and(|run| run.has_frozen(preview.digest));
    let comparison = match preview.change {
        _ if same => "the same as the last confirmed".to_owned(),
        Some(change) => format!(
            "{} more and {} fewer users than last confirmed{}",
            words::count(change.added),
            words::count(change.removed),
            change.caveat()
        ),
        None if before.is_some() => "no users are compared, because they are encrypted".to_owned(),
        None => "no run was confirmed before".to_owned(),
    };
    let _infallible = writeln!(text, "  digest {}; {comparison}", preview.digest.short());
    if let Some(reason) = preview.held {
        let _infallible = writeln!(text, "  a sync would hold it for review: {reason}");
    }
    let _infallible = writeln!(text, "  {} shows the document itself", advice::collecting("export"));
    text
}

fn table(text: &mut String, new: Totals, old: Option<Totals>) {
    // What is not known has no row.
    let mut line = |name: &str, of: fn(Totals) -> Option<u64>| {
        let Some(count) = of(new) else { return };
        let change = old.and_then(of).map(|old| i128::from(count) - i128::from(old));
        let change = change.map(|change| format!("{change:+}")).unwrap_or_default();
        let row = format!("  {name:<13} {:>9} {change:>10}", words::count(count));
        let _infallible = writeln!(text, "{}", row.trim_end());
    };
    line("accounts", |totals| Some(totals.accounts));
    line("consumed", |totals| Some(totals.consumed));
    line("suspended", |totals| Some(totals.suspended));
    line("organizations", |totals| Some(totals.organizations));
    line("bots", |totals| Some(totals.bots));
    line("setup users", |totals| Some(totals.setup_users));
    line("ghosts", |totals| Some(totals.ghosts));
    line("dormant", |totals| totals.dormant);
    line("unmatchable", |totals| Some(totals.unmatchable));
}
