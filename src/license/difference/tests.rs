//! What is proved of a difference, against the truth that the hashes hide.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::license::{Fingerprint, Roster};

fn key() -> FingerprintKey {
    FingerprintKey::new(&[7; 32])
}

/// An account: its address, and whether it is suspended.
type State = (String, bool);

fn account<'a>(id: u64, (email, suspended): &'a State) -> Account<'a> {
    Account {
        id: UserId(id),
        login: "mona",
        email,
        role: "user",
        suspended: *suspended,
        dormant: None,
        no_sign_in: None,
    }
}

fn roster<'a>(accounts: impl IntoIterator<Item = (&'a u64, &'a State)>, mut roster: Roster) -> Roster {
    for (row, (id, state)) in (2..).zip(accounts) {
        roster.add(&account(*id, state), row).unwrap();
    }
    roster.finish().unwrap_or_default()
}

/// What is proved of these accounts, when those before made the last confirmed list.
fn difference(before: &BTreeMap<u64, State>, now: &BTreeMap<u64, State>) -> (Difference, Vec<u64>) {
    let mut earlier = EarlierList::new(key());
    for piece in Fingerprint::of(&roster(before, Roster::default()), &key()).pieces() {
        earlier.add(&piece).unwrap();
    }
    let mut list = roster(now, Roster::default().beside(Some(earlier)));
    let (difference, new_users) = list.difference().unwrap();
    (difference, new_users.iter().map(|user| user.id.0).collect())
}

fn accounts(accounts: &[(u64, &str, bool)]) -> BTreeMap<u64, State> {
    accounts
        .iter()
        .map(|(id, email, suspended)| (*id, ((*email).to_owned(), *suspended)))
        .collect()
}

#[test]
fn who_is_new_suspended_or_not_found_is_distinguished() {
    let before = accounts(&[
        (1, "a@example.com", false),
        (2, "b@example.com", false),
        (3, "c@example.com", false),
        (4, "d@example.com", false),
        (5, "e@example.com", false),
    ]);
    let now = accounts(&[
        (1, "a@example.com", false),
        // Another name, another domain, and suspended; 5 is deleted.
        (2, "bea@example.com", false),
        (4, "d@example.net", false),
        (3, "c@example.com", true),
        (6, "f@example.com", false),
    ]);
    let (difference, new) = difference(&before, &now);
    assert_eq!(new, [2, 4, 6]);
    let expected = Difference {
        before: 5,
        kept: 1,
        new: 3,
        new_by_domain: BTreeMap::new(),
        gone: 4,
        gone_suspended: 1,
        gone_other_kind: 0,
        gone_other_domain: 1,
        gone_not_found: 2,
        // The two other new ones could be among them.
        gone_deleted_at_least: 0,
    };
    assert_eq!(difference, expected);
}

#[test]
fn a_suspended_account_whose_address_changed_proves_nothing() {
    let before = accounts(&[(1, "a@example.com", false), (2, "b@example.com", false)]);
    let now = accounts(&[(2, "b@example.com", false), (1, "", true)]);
    let (difference, new) = difference(&before, &now);
    assert_eq!(
        (difference.gone, difference.gone_suspended, difference.gone_not_found),
        (1, 0, 1)
    );
    assert_eq!((difference.gone_deleted_at_least, new), (0, vec![]));
}

#[test]
fn a_new_domain_of_everybody_is_seen_where_an_account_of_the_report_still_has_the_old_one() {
    let at = |domain: &str| -> BTreeMap<u64, State> {
        (1..=30).map(|id| (id, (format!("user{id}@{domain}"), false))).collect()
    };
    let (before, mut now) = (at("old.example"), at("new.example"));
    let (difference_without, _) = difference(&before, &now);
    assert_eq!(
        (difference_without.gone_other_domain, difference_without.gone_not_found),
        (0, 30)
    );
    now.insert(99, ("left@Old.example".to_owned(), true));
    let (difference, _) = difference(&before, &now);
    assert_eq!((difference.new, difference.gone), (30, 30));
    assert_eq!((difference.gone_other_domain, difference.gone_not_found), (30, 0));
    assert_eq!(difference.gone_deleted_at_least, 0);
}

#[test]
fn a_domain_is_named_when_five_new_users_share_it() {
    let new = |domain: &str, ids: std::ops::Range<u64>| -> BTreeMap<u64, State> {
        ids.map(|id| (id, (format!("{id}@{domain}"), false))).collect()
    };
    let mut now = new("few.example", 1..5);
    now.extend(new("Many.example", 5..8));
    now.extend(new("many.example", 8..11));
    now.extend(accounts(&[(20, "", false), (21, "no address", false)]));
    let (difference, _) = difference(&accounts(&[(99, "z@example.com", false)]), &now);
    assert_eq!(difference.new, 12);
    assert_eq!(
        difference.new_by_domain,
        BTreeMap::from([("many.example".to_owned(), 6)])
    );
}

#[test]
fn the_first_thousand_new_users_are_named_and_all_are_counted() {
    let now: BTreeMap<_, _> = (1..=1_001)
        .map(|id| (id, (format!("{id}@example.com"), false)))
        .collect();
    let (difference, named) = difference(&accounts(&[(5_000, "z@example.com", false)]), &now);
    assert_eq!((difference.new, named.len()), (1_001, NAMED));
}

#[test]
fn pieces_that_are_damaged_or_out_of_order_are_refused() {
    let piece = |hash: u64| hash.to_le_bytes();
    let mut earlier = EarlierList::new(key());
    assert!(earlier.add(&[0; 12]).is_err() && earlier.add(&[]).is_err());
    earlier.add(&piece(7)).unwrap();
    assert!(earlier.add(&piece(6)).is_err());
    earlier.add(&piece(8)).unwrap();
    assert_eq!(earlier.users(), 2);
}

/// Accounts with few IDs, addresses and states, so that all that can happen to one does.
fn some() -> impl Strategy<Value = BTreeMap<u64, State>> {
    let state = (
        prop::sample::select(vec!["", "a@example.com", "b@example.com", "a@example.net"]),
        any::<bool>(),
    );
    prop::collection::btree_map(
        1..20_u64,
        state.prop_map(|(email, suspended)| (email.to_owned(), suspended)),
        0..20,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_said_to_be_proved_is_true(before in some(), now in some()) {
        let (told, new) = difference(&before, &now);
        let was: BTreeMap<_, _> = before.iter().filter(|(_, state)| !state.1).collect();
        let is: BTreeMap<_, _> = now.iter().filter(|(_, state)| !state.1).collect();
        let gone: Vec<_> = was.iter().filter(|(id, state)| is.get(*id) != Some(*state)).collect();
        let really_new: Vec<_> = is.iter().filter(|(id, state)| was.get(*id) != Some(*state)).map(|(id, _)| **id).collect();
        prop_assert_eq!(new, really_new);
        prop_assert_eq!((told.before, told.gone), (was.len() as u64, gone.len() as u64));
        let suspended = gone.iter().filter(|(id, state)| now.get(*id).is_some_and(|it| it.1 && it.0 == state.0)).count();
        prop_assert_eq!(told.gone_suspended, suspended as u64);
        let parts = |state: &State| state.0.split_once('@').map(|(name, domain)| (name.to_owned(), domain.to_owned()));
        let domains: BTreeSet<_> = now.values().filter_map(parts).map(|(_, domain)| domain).collect();
        let moved = gone.iter().filter(|(id, state)| {
            let (then, today) = (parts(state), is.get(*id).copied().and_then(parts));
            then.zip(today).is_some_and(|(then, today)| then.0 == today.0 && domains.contains(&then.1))
        });
        prop_assert_eq!(told.gone_other_domain, moved.count() as u64);
        prop_assert_eq!(told.gone_not_found, told.gone - told.gone_suspended - told.gone_other_domain);
        let deleted = gone.iter().filter(|(id, _)| !now.contains_key(*id)).count();
        prop_assert!(told.gone_deleted_at_least <= deleted as u64);
        prop_assert!(deleted as u64 <= told.gone_not_found);
    }
}
