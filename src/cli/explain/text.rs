//! The answer as a table, as CSV with one line a fix, and as JSON.

use std::fmt::Write as _;

use super::super::answer_format::Format;
use super::super::{json, licenses_csv, words};
use super::answer::{CauseCount, ExplainAnswer, Fix, Freed, Summary};
use super::evidence::EvidenceCount;
use crate::license::explain::Grade;

/// The whole text.
pub(super) fn written(answer: &ExplainAnswer, format: Format) -> Result<String, serde_json::Error> {
    Ok(match format {
        Format::Json => json::text(answer)? + "\n",
        Format::Csv => csv(answer),
        Format::Table => match &answer.person {
            Some(_) if !answer.is_known => {
                "nobody on the server and no license in the cloud's list has this login or address\n".to_owned()
            }
            Some(fixes) => person(fixes),
            None => table(answer),
        },
    })
}

fn table(answer: &ExplainAnswer) -> String {
    let summary = &answer.summary;
    let mut text = heading(summary);
    let _infallible = writeln!(
        text,
        "\n{:<48} {:>7} {:>6} {:>8} {:>7}",
        "CAUSE", "CERTAIN", "LIKELY", "POSSIBLE", "UNKNOWN"
    );
    for of_cause in summary.causes.chunk_by(|a, b| a.cause == b.cause) {
        cause(&mut text, of_cause);
    }
    if summary.causes.is_empty() {
        text.push_str("none found\n");
    }
    let _infallible = writeln!(text, "\nlicenses that fixing this frees: {}", freed(&summary.frees));
    if summary.frees.certain + summary.frees.likely + summary.frees.possible > 0 {
        text.push_str("with metered billing, a freed license saves from the next billing cycle\n");
    }
    for unknown in &summary.unknown {
        let _infallible = writeln!(text, "not known: {}\n  {}", unknown.says, unknown.remedy);
    }
    for fix in answer.fixes.iter().flatten() {
        text.push('\n');
        block(&mut text, fix);
    }
    text
}

fn heading(summary: &Summary) -> String {
    let mut text = format!(
        "licenses of {} in the enterprise {}\n\n",
        summary.hostname, summary.enterprise
    );
    for (name, count) in [
        ("in the cloud's list", summary.licenses),
        ("  of users here, known to the cloud", summary.matched),
        ("  of users here, not known to it", summary.server_only),
    ] {
        let _infallible = writeln!(text, "{name:<37} {:>11}", words::count(count as u64));
    }
    if !summary.evidence.is_empty() {
        let read = summary.evidence.iter().map(EvidenceCount::says);
        let _infallible = writeln!(text, "read besides: {}", read.collect::<Vec<_>>().join(", "));
    }
    text
}

fn cause(text: &mut String, of_cause: &[CauseCount]) {
    let count = |grade| {
        let count = of_cause
            .iter()
            .find(|counted| counted.grade == grade)
            .map(|counted| counted.count);
        count.map(|count| words::count(count as u64)).unwrap_or_default()
    };
    let [certain, likely, possible, unknown] = Grade::ALL.map(count);
    if let Some(first) = of_cause.first() {
        let row = format!("{:<48} {certain:>7} {likely:>6} {possible:>8} {unknown:>7}", first.says);
        let _infallible = writeln!(text, "{}\n  {}\n  by {}", row.trim_end(), first.fix, first.fixer);
    }
}

fn freed(freed: &Freed) -> String {
    let count = |count: usize| words::count(count as u64);
    format!(
        "{} certain; besides, {} likely, {} possible",
        count(freed.certain),
        count(freed.likely),
        count(freed.possible)
    )
}

fn person(fixes: &[Fix]) -> String {
    let mut text = String::new();
    for fix in fixes {
        block(&mut text, fix);
    }
    if fixes.is_empty() {
        text.push_str("nothing to explain: no license of this user is one too many, as far as is shown\n");
    }
    text
}

fn block(text: &mut String, fix: &Fix) {
    let who = fix.login.as_ref().or(fix.member.as_ref());
    let who = who.cloned().unwrap_or_else(|| fix.server_users.join(", "));
    let _infallible = writeln!(text, "{}: {}, {}", who, fix.cause.says(), fix.grade.word());
    let mut line = |name: &str, value: &str| {
        let _infallible = writeln!(text, "  {name:<9} {value}");
    };
    line("license", &license(fix));
    for evidence in &fix.evidence {
        line("evidence", evidence);
    }
    if let (Some(partner), Some(grade)) = (&fix.partner, fix.partner_grade) {
        line("partner", &format!("{partner}, {}", grade.word()));
    }
    line("fix", &format!("{} ({})", fix.fix, fix.fixer));
    let frees = fix.frees.map(|grade| format!("1 license, {}", grade.word()));
    line(
        "frees",
        &frees.unwrap_or_else(|| "no license, as far as is shown".to_owned()),
    );
}

/// Whose it is: accounts, addresses here and there, login.
fn license(fix: &Fix) -> String {
    let held = || fix.held_addresses.iter().map(|held| format!("{held} on the cloud"));
    let here = fix.address.as_ref().map(|address| format!("{address} here"));
    let users = fix.server_users.iter().chain(&fix.member).cloned();
    users.chain(here).chain(held()).collect::<Vec<_>>().join(", ")
}

fn csv(answer: &ExplainAnswer) -> String {
    let mut text = String::new();
    match answer.fixes.as_ref().or(answer.person.as_ref()) {
        Some(fixes) => {
            text.push_str(
                "cause,grade,frees,server_users,login,address,held_addresses,member,partner,partner_grade,fix,fixer,evidence\n",
            );
            fixes.iter().for_each(|fix| text.push_str(&fix_line(fix)));
        }
        None => {
            text.push_str("cause,grade,count,frees_certain,frees_likely,frees_possible,fix,fixer\n");
            answer
                .summary
                .causes
                .iter()
                .for_each(|counted| text.push_str(&count_line(counted)));
        }
    }
    text
}

fn fix_line(fix: &Fix) -> String {
    let grade = |grade: Option<Grade>| grade.map(Grade::word).unwrap_or_default().to_owned();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    licenses_csv::joined(&[
        fix.cause.word().to_owned(),
        fix.grade.word().to_owned(),
        grade(fix.frees),
        fix.server_users.join(";"),
        text(&fix.login),
        text(&fix.address),
        fix.held_addresses.join(";"),
        text(&fix.member),
        text(&fix.partner),
        grade(fix.partner_grade),
        fix.fix.to_owned(),
        fix.fixer.to_owned(),
        fix.evidence.join("; "),
    ])
}

fn count_line(counted: &CauseCount) -> String {
    licenses_csv::joined(&[
        counted.cause.word().to_owned(),
        counted.grade.word().to_owned(),
        counted.count.to_string(),
        counted.frees.certain.to_string(),
        counted.frees.likely.to_string(),
        counted.frees.possible.to_string(),
        counted.fix.to_owned(),
        counted.fixer.to_owned(),
    ])
}
