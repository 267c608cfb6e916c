//! `review`: how the held list differs, before it is approved or discarded. Users are named only on request, and only
//! in the answer.

use std::cmp::Reverse;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::Serialize;

use super::json::JsonAnswer;
use super::undone::Undone;
use super::{GlobalOptions, privilege, report, session, words, work};
use crate::advice;
use crate::license::difference::SHARED_BY;
use crate::license::{Difference, NewUser, ReportAge};
use crate::plain::escaped;
use crate::reason::Exit;
use crate::settings::{Settings, Sources};
use crate::sync::{self, HeldList, NoProgress};

/// How today's list differs from the last confirmed one.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct ReviewAnswer<'a> {
    /// Nothing where no list is held.
    held_list: Option<&'a HeldList>,
    /// Only when they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    new_users: Option<Vec<Named<'a>>>,
}

impl JsonAnswer for ReviewAnswer<'_> {
    const SCHEMA: &'static str = "ghe-license-sync/review/1";
}

#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
struct Named<'a> {
    id: u64,
    login: &'a str,
}

impl<'a> From<&'a NewUser> for Named<'a> {
    fn from(user: &'a NewUser) -> Self {
        let (id, login) = (user.id.0, &user.login);
        Self { id, login }
    }
}

pub(super) fn run(options: &GlobalOptions, show_users: bool) -> Exit {
    let (settings, sources) = match session::load(options) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    match privilege::refuse_foreign(options, &settings.state_directory, command(show_users)) {
        Ok(()) => work(options, show(options, &settings, sources, show_users)),
        Err(error) => {
            let error = Undone::because("nothing was compared")(error);
            session::fail(&error, options, &sources.environment)
        }
    }
}

/// How it is written on the command line.
fn command(show_users: bool) -> &'static str {
    match show_users {
        true => "review --show-users",
        false => "review",
    }
}

async fn show(options: &GlobalOptions, settings: &Settings, sources: Sources, show_users: bool) -> Exit {
    let context = session::context(settings, sources, Arc::new(NoProgress));
    let list = sync::held_list(&context).await;
    match list.map_err(Undone::because("nothing was compared")) {
        Ok(list) => {
            let named = list.iter().filter(|_| show_users);
            let answer = ReviewAnswer {
                held_list: list.as_ref(),
                new_users: named
                    .map(|list| list.new_users.iter().map(Named::from).collect())
                    .next(),
            };
            report::answer(options.json, &answer, None, |answer| match answer.held_list {
                Some(list) => in_words(list, show_users),
                None => "no list is held for the account in force; there is nothing to review\n".to_owned(),
            })
        }
        Err(error) => session::fail(&error, options, &context.environment),
    }
}

fn in_words(list: &HeldList, show_users: bool) -> String {
    let digest = list
        .run
        .frozen
        .as_ref()
        .map(|frozen| frozen.digest.short())
        .unwrap_or_default();
    let mut text = format!("the held list, digest {digest}; {}\n", today(list));
    let mut line = |name: &str, told: &str| text.push_str(&format!("  {name:<8} {told}\n"));
    for (at, told) in users(list).iter().enumerate() {
        line(if at == 0 { "today" } else { "" }, told);
    }
    if let Some(remark) = list.report.and_then(ReportAge::remark) {
        line("", &remark);
    }
    match (&list.last_confirmed, &list.difference) {
        (None, _) => line("before", "no list was confirmed for this account"),
        (Some(run), None) if list.totals.is_none() || run.totals.is_none() => line(
            "before",
            &format!(
                "{}; who is new or gone is not known: encrypted users cannot be compared",
                words::run(run)
            ),
        ),
        (Some(run), None) => line(
            "before",
            &format!(
                "{}; who is new or gone is not known: that list left no fingerprint under the key in force",
                words::run(run)
            ),
        ),
        (Some(run), Some(difference)) => {
            line("before", &words::run(run));
            for (name, told) in changes(difference) {
                line(name, &told);
            }
        }
    }
    if let (true, Some(difference)) = (show_users, &list.difference) {
        name(&mut text, difference, &list.new_users);
    }
    let (approve, discard) = (format!("approve {digest}"), format!("discard {digest}"));
    let (approve, discard) = (advice::command(&approve), advice::command(&discard));
    let _infallible = writeln!(
        text,
        "  nothing was decided: {approve} releases the held list, {discard} drops it"
    );
    text
}

/// Whether what would be sent today is what is held.
fn today(list: &HeldList) -> String {
    let (same, other) = match list.totals {
        Some(_) => (
            "today's report makes the same list",
            "today's report makes another list",
        ),
        None => (
            "today's license usage file is the same",
            "today's license usage file is another one",
        ),
    };
    match list.same_today {
        true => same.to_owned(),
        false => format!("{other}, digest {}, to which the rest applies", list.digest.short()),
    }
}

/// How many licenses today's list has, or how large it is where it is encrypted.
fn users(list: &HeldList) -> Vec<String> {
    match (list.totals, list.encrypted_users) {
        (Some(totals), _) => vec![words::counted(totals.consumed, "license", "licenses")],
        (None, Some(users)) => words::encrypted(users, list.run.server_counts, None),
        (None, None) => Vec::new(),
    }
}

/// What the hashes prove, and no more.
fn changes(difference: &Difference) -> Vec<(&'static str, String)> {
    let count = words::count;
    let mut lines = vec![(
        "new",
        format!(
            "{}: on today's list, and not on that one with the same address",
            count(difference.new)
        ),
    )];
    if !difference.new_by_domain.is_empty() {
        lines.push(("", domains(difference)));
    }
    lines.push((
        "gone",
        format!(
            "{}: on that list, and not on today's with the same address",
            count(difference.gone)
        ),
    ));
    let kinds = [
        (difference.gone_suspended, "suspended now"),
        (difference.gone_other_kind, "now of a kind that consumes no license"),
        (
            difference.gone_other_domain,
            "on today's list with the same address at another domain",
        ),
    ];
    for (number, what) in kinds {
        if number > 0 {
            lines.push(("", format!("{} of them {} {what}", count(number), are(number))));
        }
    }
    if difference.gone_not_found > 0 {
        lines.push(("", not_found(difference)));
    }
    lines
}

/// The domains that many of the new users share, the most shared one first.
fn domains(difference: &Difference) -> String {
    let mut domains: Vec<_> = difference.new_by_domain.iter().collect();
    domains.sort_by_key(|(_, users)| Reverse(**users));
    let at = |(domain, users): (&String, &u64)| format!("{} at {}", words::count(*users), escaped(domain));
    let mut parts: Vec<_> = domains.into_iter().map(at).collect();
    let others = difference.new.saturating_sub(difference.new_by_domain.values().sum());
    if others > 0 {
        let others = words::count(others);
        parts.push(format!(
            "{others} without an address or at domains of fewer than {SHARED_BY}"
        ));
    }
    parts.join(", ")
}

fn are(number: u64) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// Of those whom no account of the report matches.
fn not_found(difference: &Difference) -> String {
    let (all, deleted) = (difference.gone_not_found, difference.gone_deleted_at_least);
    let which = match deleted {
        _ if deleted == all => "their accounts no longer exist".to_owned(),
        0 => "whether their accounts no longer exist or have another address is not known".to_owned(),
        _ => format!(
            "at least {} of their accounts no longer {}; of the others it is not known, they may have another address",
            words::count(deleted),
            if deleted == 1 { "exists" } else { "exist" }
        ),
    };
    format!(
        "{} of them {} not in the report with the same address: {which}",
        words::count(all),
        are(all)
    )
}

/// The new users by ID and login.
fn name(text: &mut String, difference: &Difference, users: &[NewUser]) {
    text.push_str("  new users, by ID and login\n");
    for user in users {
        let _infallible = writeln!(text, "    {:>9}  {}", user.id, escaped(&user.login));
    }
    let more = difference.new.saturating_sub(users.len() as u64);
    if more > 0 {
        let _infallible = writeln!(text, "    and {} more", words::count(more));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(difference: &Difference) -> String {
        let lines = changes(difference)
            .into_iter()
            .map(|(name, told)| format!("{name:<5}{told}"));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_happened_to_those_who_are_gone_is_said_as_far_as_it_is_known() {
        let domains = [("a.example", 12), ("b.example", 1_200)];
        let some = Difference {
            new: 1_215,
            new_by_domain: domains.map(|(name, users)| (name.to_owned(), users)).into(),
            gone: 1_203,
            gone_suspended: 1,
            gone_other_kind: 2,
            gone_other_domain: 1_190,
            gone_not_found: 10,
            gone_deleted_at_least: 1,
            ..Difference::default()
        };
        insta::assert_snapshot!(told(&some), @"
        new  1 215: on today's list, and not on that one with the same address
             1 200 at b.example, 12 at a.example, 3 without an address or at domains of fewer than 5
        gone 1 203: on that list, and not on today's with the same address
             1 of them is suspended now
             2 of them are now of a kind that consumes no license
             1 190 of them are on today's list with the same address at another domain
             10 of them are not in the report with the same address: at least 1 of their accounts no longer exists; of the others it is not known, they may have another address
        ");
        let not_found = |gone_deleted_at_least| {
            not_found(&Difference {
                gone_not_found: 3,
                gone_deleted_at_least,
                ..Difference::default()
            })
        };
        insta::assert_snapshot!([not_found(0), not_found(2), not_found(3)].join("\n"), @"
        3 of them are not in the report with the same address: whether their accounts no longer exist or have another address is not known
        3 of them are not in the report with the same address: at least 2 of their accounts no longer exist; of the others it is not known, they may have another address
        3 of them are not in the report with the same address: their accounts no longer exist
        ");
    }
}
