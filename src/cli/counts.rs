//! How the counts of a list are written for people, and notes about them.

use super::numbers::{count, counted, size};
use crate::guard;
use crate::license::{EncryptedUsers, ReportAge, ServerCounts, Totals};
use crate::store::Run;

/// Everything that was counted, in lines.
pub(super) fn counts(totals: Totals, server: ServerCounts, report: Option<ReportAge>) -> Vec<String> {
    let mut lines = vec![self::totals(totals)];
    lines.extend(remarks(totals, server, report));
    lines
}

/// Everything that is known of the users of a run, in lines: the counts, or the size of what is encrypted.
pub(super) fn users(run: &Run) -> Vec<String> {
    match (run.totals, run.encrypted_users) {
        (Some(totals), _) => counts(totals, run.server_counts, run.report),
        (None, Some(users)) => encrypted(users, run.server_counts, run.report),
        (None, None) => Vec::new(),
    }
}

/// What is known of users who are encrypted.
pub(super) fn encrypted(users: EncryptedUsers, server: ServerCounts, report: Option<ReportAge>) -> Vec<String> {
    let before = match users.bytes_before {
        Some(before) if before == users.bytes => ", as many as in the last confirmed file".to_owned(),
        Some(before) => format!(", and took {} in the last confirmed file", size(before)),
        None => String::new(),
    };
    let size = size(users.bytes);
    let seats = server_seats(server).map(|seats| format!("; {seats}"));
    let lines = [
        Some(format!(
            "the users are encrypted and take {size}{before}; how many they are is not known"
        )),
        Some(server_users(server) + &seats.unwrap_or_default()),
        report.and_then(ReportAge::remark),
    ];
    lines.into_iter().flatten().collect()
}

/// Notes about the counts, in lines.
pub(super) fn remarks(totals: Totals, server: ServerCounts, report: Option<ReportAge>) -> Vec<String> {
    let beside = Some(server_counts(server, totals));
    let lines = [
        no_sign_in(totals),
        shared_addresses(totals),
        repeated_rows(totals),
        beside,
        products(totals),
        report.and_then(ReportAge::remark),
    ];
    lines.into_iter().flatten().collect()
}

/// Who was counted and which kinds of accounts were left out, in one line that adds up.
pub(super) fn totals(totals: Totals) -> String {
    let accounts = counted(totals.accounts, "account", "accounts");
    let consumed = counted(totals.consumed, "license", "licenses");
    let kinds = [
        (totals.suspended, "suspended", "suspended"),
        (totals.organizations, "organization", "organizations"),
        (totals.bots, "bot", "bots"),
        (totals.setup_users, "setup user", "setup users"),
        (totals.ghosts, "ghost account", "ghost accounts"),
    ];
    let left_out: Vec<_> = kinds
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, more)| counted(number, one, more))
        .collect();
    let left_out = match left_out[..] {
        [] => "none".to_owned(),
        _ => left_out.join(", "),
    };
    let unmatchable = match totals.unmatchable {
        0 => String::new(),
        number => format!(", {} of them without an address to match", count(number)),
    };
    format!("{accounts} seen, {consumed} consumed{unmatchable}; left out: {left_out}")
}

/// That the list has accounts that the server's newest documentation may not count, if the report shows any.
fn no_sign_in(totals: Totals) -> Option<String> {
    let number = totals.no_sign_in.filter(|number| *number > 0)?;
    Some(format!(
        "{} of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in",
        count(number)
    ))
}

/// That several accounts of the list seem to be of one person, if some do.
fn shared_addresses(totals: Totals) -> Option<String> {
    let number = totals.shared_addresses.filter(|number| *number > 0)?;
    Some(format!(
        "{} share an address with another; the cloud counts accounts with one address as one person",
        counted(number, "account", "accounts")
    ))
}

/// That rows of the report were left out because they repeat another one, if some were.
fn repeated_rows(totals: Totals) -> Option<String> {
    let rows = counted(totals.repeated_rows, "row repeats", "rows repeat");
    (totals.repeated_rows > 0).then(|| format!("{rows} another one with the same ID, which is counted once"))
}

/// Who uses a product beside the license, if that was asked.
fn products(totals: Totals) -> Option<String> {
    if totals.products_refused {
        return Some(
            "products were not collected: the server refused to say who uses them, so the list says nothing about them"
                .to_owned(),
        );
    }
    let products = totals.products?;
    let users = products
        .each()
        .map(|(product, users)| format!("{} {}", product.title(), count(users)));
    let aside = [
        (products.without_license, "of accounts that consume no license"),
        (products.unknown, "of no account"),
    ];
    let aside = aside.into_iter().filter(|(logins, _)| *logins > 0);
    let aside = aside.map(|(logins, whose)| format!("; {} {whose}", counted(logins, "login", "logins")));
    Some(format!(
        "products: {}{}",
        users.collect::<Vec<_>>().join(", "),
        aside.collect::<String>()
    ))
}

/// What the server counts itself, beside the list.
fn server_counts(counts: ServerCounts, totals: Totals) -> String {
    let apart = counts.users.map(|users| beside(guard::apart(totals, users)));
    let suspended = counts
        .users
        .map(|users| (users.suspended, guard::suspended_apart(totals, users)));
    let suspended = suspended.filter(|(_, apart)| *apart != 0).map(|(number, apart)| {
        let users = counted(number, "suspended user", "suspended users");
        format!(", and {users}{}", beside(apart))
    });
    let users = server_users(counts) + &apart.unwrap_or_default() + &suspended.unwrap_or_default();
    match (counts.seats_used, server_seats(counts)) {
        (Some(used), Some(seats)) => {
            let apart = beside(used.cast_signed() - totals.consumed.cast_signed());
            format!("{users}; {seats}{apart}")
        }
        _ if counts.users.is_some() => format!("{users}; the number of seats in use is not known"),
        _ => users,
    }
}

fn beside(apart: i64) -> String {
    match apart {
        0 => String::new(),
        more if more > 0 => format!(" ({} more than the list)", count(more.unsigned_abs())),
        fewer => format!(" ({} fewer than the list)", count(fewer.unsigned_abs())),
    }
}

/// How many users the server counts itself.
fn server_users(counts: ServerCounts) -> String {
    let active = |number| counted(number, "user who is not suspended", "users who are not suspended");
    match counts.users {
        Some(users) => format!("the server itself counts {}", active(users.active())),
        None => "the server's own count of its users is not known".to_owned(),
    }
}

/// How many seats the server calls used, if it says so.
fn server_seats(counts: ServerCounts) -> Option<String> {
    let used = counts.seats_used?;
    Some(format!("it reports {} in use", counted(used, "seat", "seats")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::license::{ProductTotals, UserCounts};

    #[test]
    fn every_kind_of_account_that_is_left_out_is_named() {
        let everything = Totals {
            accounts: 2006,
            consumed: 1000,
            suspended: 1,
            organizations: 1001,
            bots: 2,
            setup_users: 1,
            ghosts: 1,
            dormant: Some(7),
            no_sign_in: Some(7),
            ..Totals::default()
        };
        assert_eq!(
            totals(everything),
            "2 006 accounts seen, 1 000 licenses consumed; left out: 1 suspended, 1 001 organizations, 2 bots, 1 setup user, \
             1 ghost account"
        );
        let nothing = Totals {
            accounts: 3,
            consumed: 3,
            ..Totals::default()
        };
        assert_eq!(totals(nothing), "3 accounts seen, 3 licenses consumed; left out: none");
        let one = Totals {
            accounts: 1,
            consumed: 1,
            ..Totals::default()
        };
        assert_eq!(totals(one), "1 account seen, 1 license consumed; left out: none");
    }

    #[test]
    fn one_of_a_kind_is_reported_in_the_singular() {
        let counts = ServerCounts {
            users: Some(UserCounts { total: 3, suspended: 2 }),
            seats_used: Some(1),
            seats: None,
        };
        let totals = Totals {
            accounts: 3,
            consumed: 1,
            suspended: 2,
            ..Totals::default()
        };
        assert_eq!(
            server_counts(counts, totals),
            "the server itself counts 1 user who is not suspended; it reports 1 seat in use"
        );
    }

    #[test]
    fn what_is_remarkable_of_the_counts_is_said() {
        let counts = ServerCounts {
            users: Some(UserCounts { total: 9, suspended: 5 }),
            ..ServerCounts::default()
        };
        let totals = Totals {
            accounts: 6,
            consumed: 4,
            suspended: 2,
            shared_addresses: Some(2),
            repeated_rows: 1,
            products: Some(ProductTotals {
                advanced_security: Some(1200),
                secret_protection: Some(0),
                without_license: 1,
                unknown: 2,
                ..ProductTotals::default()
            }),
            ..Totals::default()
        };
        insta::assert_snapshot!(remarks(totals, counts, None).join("\n"), @"
        2 accounts share an address with another; the cloud counts accounts with one address as one person
        1 row repeats another one with the same ID, which is counted once
        the server itself counts 4 users who are not suspended, and 5 suspended users (3 more than the list); the number of seats in use is not known
        products: Advanced Security 1 200, Secret Protection 0; 1 login of accounts that consume no license; 2 logins of no account
        ");
        let refused = Totals {
            products: None,
            products_refused: true,
            ..Totals::default()
        };
        insta::assert_snapshot!(products(refused).unwrap(), @"products were not collected: the server refused to say who uses them, so the list says nothing about them");
    }
}
