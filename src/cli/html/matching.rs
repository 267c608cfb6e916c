//! What is merged, what is unmatched and what is counted twice, with what a fix frees. The causes need the server's
//! list; without it they are reported as not examined, and none is guessed from the cloud's list alone.

use maud::{Markup, html};

use super::super::explain::{CauseCount, Fix, Freed, Summary};
use super::part::{Heading, foreign, number, table, wide_table};
use crate::license::ConsumedTotals;
use crate::license::explain::Grade;

pub(super) fn section(totals: &ConsumedTotals, several_servers: u64, explained: Option<&Summary>) -> Markup {
    html! {
        section aria-labelledby="matching" {
            h2 #matching { "Merged, unmatched and one too many" }
            p.lead { "A user of a server and a user of the cloud whose addresses match share one license." }
            (figures(totals, explained))
            (details(totals, several_servers))
            @match explained {
                Some(summary) => (causes(summary)),
                None => (not_examined()),
            }
        }
    }
}

fn figures(totals: &ConsumedTotals, explained: Option<&Summary>) -> Markup {
    html! {
        dl.figures.of-three {
            div { dt { "Merged" } dd { (number(totals.merged)) } dd.said { "one license for cloud and server" } }
            div { dt { "Unmatched" } dd { (number(totals.server_only)) } dd.said { "of a server, without a user on the cloud" } }
            div {
                dt { "Freed by fixes" }
                @match explained {
                    Some(summary) => {
                        dd { (count(summary.frees.certain)) }
                        dd.said { "certain; besides, " (likely_and_possible(&summary.frees)) }
                    }
                    None => { dd { "–" } dd.said { "not examined" } }
                }
            }
        }
    }
}

fn likely_and_possible(freed: &Freed) -> String {
    format!("{} likely, {} possible", count(freed.likely), count(freed.possible))
}

fn count(count: usize) -> String {
    number(count as u64)
}

fn details(totals: &ConsumedTotals, several_servers: u64) -> Markup {
    let rows = html! {
        @for (name, note, count) in [
            ("On several servers", "one license for all accounts of a user", several_servers),
            ("Pending invitations", "a license that nobody uses yet", totals.pending_invitations),
            ("No address shown", "the cloud may know one: it shows addresses of verified domains only", totals.without_address),
        ] {
            tr { th scope="row" { (name) span.note { (note) } } td.number { (number(count)) } }
        }
    };
    let columns = [Heading::Text("Of all licenses"), Heading::Number("Licenses")];
    table("What the cloud's list shows about matching", &columns, &rows)
}

fn not_examined() -> Markup {
    html! {
        h3 { "Causes" }
        p {
            "The cloud's list alone does not show who is counted twice: it takes the server's list as well. "
            code { "--explain" } " reads it, and " code { "--report FILE" }
            " takes it from an all-users report that was downloaded."
        }
    }
}

fn causes(summary: &Summary) -> Markup {
    let freed = &summary.frees;
    let columns = [
        Heading::Text("Cause"),
        Heading::Text("What helps, and who can do it"),
        Heading::Text("How sure"),
        Heading::Number("Licenses"),
        Heading::Number("A fix frees"),
    ];
    let rows = html! {
        @for counted in &summary.causes { (cause(counted)) }
        tr.total {
            th scope="row" { "Freed by all fixes" }
            td {} td {} td {}
            td.number { (count(freed.certain)) " certain" span.note { (likely_and_possible(freed)) } }
        }
    };
    html! {
        h3 { "Causes" }
        p.soft { "Found by comparing the cloud's list with that of " (foreign(&summary.hostname))
            ". Certain follows from both lists and the documented rule; likely and possible do not." }
        @if summary.causes.is_empty() {
            p { "No cause was found." }
        } @else {
            (wide_table("Causes", false, &table("Causes, and what a fix frees", &columns, &rows)))
        }
        @for unknown in &summary.unknown {
            p.soft { "Not known: " (foreign(&unknown.says)) ". To know it: " (unknown.remedy) "." }
        }
    }
}

fn cause(counted: &CauseCount) -> Markup {
    let freed = &counted.frees;
    let grades = [
        (freed.certain, Grade::Certain),
        (freed.likely, Grade::Likely),
        (freed.possible, Grade::Possible),
    ];
    let freed: Vec<_> = grades
        .into_iter()
        .filter(|(freed, _)| *freed > 0)
        .map(|(freed, grade)| format!("{} {}", count(freed), grade.word()))
        .collect();
    html! {
        tr {
            th.sentence scope="row" { (counted.says) }
            td.sentence { (counted.fix) span.note { (counted.fixer) } }
            td { (counted.grade.word()) }
            td.number { (count(counted.count)) }
            td.number { (if freed.is_empty() { "none".to_owned() } else { freed.join(", ") }) }
        }
    }
}

/// Each fix with those whom it is about; only where users are to be shown.
pub(super) fn fixes(fixes: &[Fix]) -> Markup {
    let columns = [
        Heading::Text("Account"),
        Heading::Text("Addresses"),
        Heading::Text("Other license"),
        Heading::Text("Cause"),
        Heading::Text("How sure"),
        Heading::Text("What helps"),
    ];
    let rows = html! { @for fix in fixes { (of_user(fix)) } };
    html! {
        section aria-labelledby="fixes" {
            h2 #fixes { "Fixes, by user" }
            (wide_table("Fixes", true, &table("One row for each license that a fix is about", &columns, &rows)))
        }
    }
}

fn of_user(fix: &Fix) -> Markup {
    let accounts = fix.login.iter().chain(&fix.member).chain(&fix.server_users);
    let accounts: Vec<_> = accounts.map(|account| foreign(account)).collect();
    let here = fix.address.iter().map(|address| format!("{} here", foreign(address)));
    let held = fix
        .held_addresses
        .iter()
        .map(|held| format!("{} on the cloud", foreign(held)));
    let addresses: Vec<_> = here.chain(held).collect();
    let frees = fix.frees.map(|grade| format!("frees 1 license, {}", grade.word()));
    html! {
        tr {
            th scope="row" { (accounts.join(", ")) }
            td { (addresses.join(", ")) }
            td { @if let Some(partner) = &fix.partner { (foreign(partner)) } }
            td.sentence { (fix.cause.says()) }
            td { (fix.grade.word()) }
            td.sentence { (fix.fix) span.note { (frees.unwrap_or_else(|| "frees none, as far as is shown".to_owned())) } }
        }
    }
}
