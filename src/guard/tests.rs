//! What the guard holds and what it allows.

use proptest::prelude::*;

use super::*;

const LIMITS: Limits = Limits {
    max_change_percent: 20,
    always_allow_users: 25,
};

/// The server's own count of users.
fn users(total: u64, suspended: u64) -> ServerCounts {
    ServerCounts {
        users: Some(UserCounts { total, suspended }),
        ..ServerCounts::default()
    }
}

/// A list of so many people whom the server counts as well.
fn list(consumed: u64, change: Option<Change>) -> GuardedList {
    GuardedList {
        totals: Totals {
            accounts: consumed,
            consumed,
            ..Totals::default()
        },
        counts: users(consumed, 0),
        change,
        was_without_addresses: false,
    }
}

fn change_of(before: u64, added: u64, removed: u64) -> Change {
    Change {
        before,
        added,
        removed,
        compared: Compared::Users,
    }
}

fn changed(before: u64, added: u64, removed: u64) -> Option<Hold> {
    let change = change_of(before, added, removed);
    judge(&list(before + added - removed, Some(change)), LIMITS)
}

fn reason(hold: Option<Hold>) -> Option<Reason> {
    hold.map(Hold::reason)
}

#[test]
fn the_first_list_ever_has_nothing_to_be_compared_with() {
    assert_eq!(judge(&list(3000, None), LIMITS), None);
}

#[test]
fn a_list_on_which_nobody_has_an_address_is_held_unless_the_one_before_was_so() {
    let judged = |unmatchable, was_without_addresses| {
        let mut evidence = list(3, None);
        evidence.totals.unmatchable = unmatchable;
        let evidence = GuardedList {
            was_without_addresses,
            ..evidence
        };
        reason(judge(&evidence, LIMITS))
    };
    assert_eq!(judged(3, false), Some(Reason::MalformedSource));
    assert_eq!([judged(2, false), judged(3, true)], [None; 2]);
}

#[test]
fn three_people_instead_of_three_thousand_are_held() {
    assert_eq!(reason(changed(3000, 0, 2997)), Some(Reason::MassChange));
}

#[test]
fn a_hold_of_one_user_is_reported_in_the_singular() {
    let change = |added, compared| Change {
        compared,
        ..change_of(2, added, 0)
    };
    let holds = [
        Hold::Empty { accounts: 1 },
        Hold::CountMismatch { listed: 1, counted: 9 },
        Hold::CountMismatch { listed: 9, counted: 1 },
        Hold::MassChange {
            change: change(1, Compared::Users),
            allowed: 20,
        },
        Hold::MassChange {
            change: change_of(277, 520, 303),
            allowed: 20,
        },
        Hold::MassChange {
            change: change(1, Compared::Counts),
            allowed: 20,
        },
    ];
    insta::assert_snapshot!(holds.map(|hold| hold.to_string()).join("\n"), @"
    no license is consumed by the 1 account on the enterprise server
    the list has 1 user who consumes a license, and the enterprise server itself counts 9 users who are not suspended
    the list has 9 users who consume a license, and the enterprise server itself counts 1 user who is not suspended
    1 user came or went since the last confirmed list of 2 (1 more, 0 fewer), which is more than 20 percent of it
    823 users came or went since the last confirmed list of 277 (520 more, 303 fewer), which is more than 20 percent of it
    at least 1 user came or went since the last confirmed list of 2 (1 more, 0 fewer), which is more than 20 percent of it; only the counts were compared, because there is no usable fingerprint of the last confirmed list
    ");
}

#[test]
fn a_list_without_anybody_is_held_even_when_it_is_the_first() {
    assert_eq!(reason(changed(3000, 0, 3000)), Some(Reason::EmptyCollection));
    assert_eq!(reason(judge(&list(0, None), LIMITS)), Some(Reason::EmptyCollection));
}

#[test]
fn sixty_percent_more_people_are_held() {
    assert_eq!(reason(changed(3000, 1800, 0)), Some(Reason::MassChange));
}

#[test]
fn swapped_people_count_although_their_number_is_equal() {
    assert_eq!(changed(3000, 150, 150), None);
    assert_eq!(reason(changed(3000, 301, 300)), Some(Reason::MassChange));
    let strict = Limits {
        max_change_percent: 5,
        ..LIMITS
    };
    let change = change_of(3000, 150, 150);
    assert_eq!(
        reason(judge(&list(3000, Some(change)), strict)),
        Some(Reason::MassChange)
    );
}

#[test]
fn exactly_the_limit_is_allowed() {
    assert_eq!(changed(3000, 600, 0), None);
    assert_eq!(reason(changed(3000, 601, 0)), Some(Reason::MassChange));
}

#[test]
fn a_small_site_is_not_held_for_a_few_new_hires() {
    assert_eq!(changed(10, 25, 0), None);
    assert_eq!(reason(changed(10, 26, 0)), Some(Reason::MassChange));
}

#[test]
fn a_list_far_from_the_servers_own_counts_is_held_before_anything_is_compared() {
    let change = change_of(3000, 0, 2000);
    let short = GuardedList {
        counts: users(3100, 100),
        ..list(1000, Some(change))
    };
    let expected = Hold::CountMismatch {
        listed: 1000,
        counted: 3000,
    };
    assert_eq!(judge(&short, LIMITS), Some(expected));
}

#[test]
fn two_users_or_five_percent_may_be_apart_from_the_servers_own_count() {
    let held = |listed, counted| {
        let evidence = GuardedList {
            counts: users(counted, 0),
            ..list(listed, None)
        };
        judge(&evidence, LIMITS).is_some()
    };
    assert!(held(1, 26));
    assert!(!held(1, 3));
    assert!(held(1, 4));
    assert!(!held(95, 100));
    assert!(held(94, 100));
    assert!(!held(100, 95));
    assert!(held(100, 94));
}

#[test]
fn where_the_server_does_not_count_its_users_nothing_is_held_for_it() {
    let evidence = GuardedList {
        counts: ServerCounts::default(),
        ..list(1, None)
    };
    assert_eq!(judge(&evidence, LIMITS), None);
}

#[test]
fn where_the_server_does_not_count_its_users_more_used_seats_than_accounts_hold_the_list() {
    let judged = |counts: ServerCounts| {
        judge(
            &GuardedList {
                counts,
                ..list(100, None)
            },
            LIMITS,
        )
    };
    let seats = |used| ServerCounts {
        seats_used: Some(used),
        ..ServerCounts::default()
    };
    assert_eq!([judged(seats(105)), judged(seats(0))], [None; 2]);
    let held = judged(seats(106));
    assert_eq!(reason(held), Some(Reason::CountMismatch));
    insta::assert_snapshot!(held.unwrap(), @"the list has 100 users who consume a license, and the enterprise server, which does not say how many users it has, reports 106 seats in use");
    let both = ServerCounts {
        seats_used: Some(1000),
        ..users(100, 0)
    };
    assert_eq!(judged(both), None, "its users are what the list is compared with");
    let totals = list(100, None).totals;
    assert!(covers(seats(300), seats(302), totals) && !covers(seats(100), seats(302), totals));
}

#[test]
fn suspended_users_are_apart_beyond_the_accounts_that_consume_none() {
    let totals = Totals {
        accounts: 20,
        consumed: 10,
        suspended: 6,
        bots: 4,
        ..Totals::default()
    };
    let apart = |suspended| {
        let counts = UserCounts { total: 20, suspended };
        suspended_apart(totals, counts)
    };
    assert_eq!([5, 6, 10, 13].map(apart), [-1, 0, 0, 3]);
}

#[test]
fn bots_may_or_may_not_be_among_the_servers_users() {
    let evidence = |total_users| GuardedList {
        totals: Totals {
            accounts: 2000,
            consumed: 1500,
            suspended: 100,
            organizations: 300,
            bots: 100,
            ..Totals::default()
        },
        counts: users(total_users, 100),
        change: None,
        was_without_addresses: false,
    };
    // 1500 people, and 400 accounts that are neither suspended nor people.
    for (total_users, held) in [
        (1524, true),
        (1525, false),
        (1600, false),
        (2000, false),
        (2100, false),
        (2101, true),
    ] {
        assert_eq!(
            judge(&evidence(total_users), LIMITS).is_some(),
            held,
            "{total_users} users"
        );
    }
}

#[test]
fn where_only_counts_can_be_compared_their_difference_is_held_to_the_same_limits() {
    let counted = |before, now| judge(&list(now, Some(Change::of_counts(before, now))), LIMITS);
    assert_eq!(reason(counted(3000, 3)), Some(Reason::MassChange));
    assert_eq!(reason(counted(3000, 2399)), Some(Reason::MassChange));
    assert_eq!(counted(3000, 2400), None);
    assert_eq!(reason(counted(3000, 3601)), Some(Reason::MassChange));
    assert_eq!(counted(10, 35), None);
    let held = counted(10, 36).map(|hold| hold.to_string()).unwrap_or_default();
    insta::assert_snapshot!(held, @"at least 26 users came or went since the last confirmed list of 10 (26 more, 0 fewer), which is more than 20 percent of it; only the counts were compared, because there is no usable fingerprint of the last confirmed list");
}

proptest! {
    #[test]
    fn what_the_counts_alone_hold_the_users_would_hold_as_well(
        before in 0..10_000_u64, added in 0..10_000_u64, removed in 0..10_000_u64,
    ) {
        let removed = removed.min(before);
        let now = before - removed + added;
        let judged = |change| judge(&list(now.max(1), Some(change)), LIMITS).is_some();
        prop_assert!(!judged(Change::of_counts(before, now)) || judged(change_of(before, added, removed)));
    }

    #[test]
    fn nothing_up_to_the_floor_is_held_for_its_change(before: u64, added in 0..=25_u64, percent in 0..=100_u8) {
        let change = change_of(before, added, 25 - added);
        let limits = Limits { max_change_percent: percent, ..LIMITS };
        prop_assert_eq!(judge(&list(1, Some(change)), limits), None);
    }

    #[test]
    fn more_change_is_never_allowed_where_less_is_held(
        before in 0..10_000_u64, added in 0..10_000_u64, removed in 0..10_000_u64, more in 0..10_000_u64,
    ) {
        let held = |added| {
            let change = change_of(before, added, removed);
            judge(&list(1, Some(change)), LIMITS).is_some()
        };
        prop_assert!(!held(added) || held(added + more));
    }
}

#[test]
fn encrypted_users_are_judged_by_their_size_with_a_floor_for_small_lists() {
    let judged = |before, bytes| {
        let users = EncryptedUsers {
            bytes,
            bytes_before: before,
        };
        judge_size(users, LIMITS)
    };
    assert_eq!(judged(None, 5), None, "there is nothing to compare with");
    for (before, bytes) in [(100_000, 120_000), (100_000, 80_000), (1000, 2600), (2000, 400)] {
        assert_eq!(judged(Some(before), bytes), None, "{before} {bytes}");
    }
    let held: Vec<_> = [(100_000, 120_001), (100_000, 79_999), (1000, 2601), (u64::MAX, 1)]
        .map(|(before, bytes)| judged(Some(before), bytes).map(|hold| (hold.reason(), hold.to_string())))
        .into();
    assert!(
        held.iter()
            .all(|it| it.as_ref().is_some_and(|(reason, _)| *reason == Reason::MassChange))
    );
    let texts: Vec<_> = held.into_iter().flatten().take(2).map(|(_, text)| text).collect();
    insta::assert_snapshot!(texts.join("\n"), @"
    the encrypted users take 120001 bytes, and took 100000 in the last confirmed license usage file, which is more than 20 percent more than that
    the encrypted users take 79999 bytes, and took 100000 in the last confirmed license usage file, which is more than 20 percent less than that
    ");
}
