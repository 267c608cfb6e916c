//! What a list counts, keeps and refuses.

use super::*;

fn account(id: u64, email: &str) -> Account<'_> {
    Account {
        id: UserId(id),
        login: "x",
        email,
        role: "user",
        suspended: false,
        dormant: Some(false),
        no_sign_in: None,
    }
}

#[test]
fn consumers_come_out_by_id_whatever_the_order_of_the_report() {
    let mut roster = Roster::default();
    roster.add(&account(9, "nine@example.com"), 2).unwrap();
    let dormant = Account {
        dormant: Some(true),
        ..account(1, "")
    };
    roster.add(&dormant, 3).unwrap();
    let suspended = Account {
        suspended: true,
        dormant: Some(true),
        ..account(5, "five@example.com")
    };
    roster.add(&suspended, 4).unwrap();
    let roster = roster.finish().map_err(|duplicate| duplicate.to_string()).unwrap();
    assert_eq!(
        roster.consumers().collect::<Vec<_>>(),
        [(UserId(1), ""), (UserId(9), "nine@example.com")]
    );
    assert_eq!(
        roster.totals(),
        Totals {
            accounts: 3,
            consumed: 2,
            suspended: 1,
            dormant: Some(1),
            unmatchable: 1,
            shared_addresses: Some(0),
            ..Totals::default()
        }
    );
}

#[test]
fn every_account_is_counted_once_as_consuming_or_as_the_kind_that_does_not() {
    let suspended_bot = Account {
        suspended: true,
        ..account(3, "")
    };
    let accounts = [
        account(1, "one@example.com"),
        Account {
            login: "renovate[bot]",
            ..account(2, "")
        },
        Account {
            role: "bot",
            ..suspended_bot
        },
        Account {
            role: "organization",
            ..account(4, "")
        },
        Account {
            login: "scim-admin",
            ..account(5, "")
        },
        Account {
            suspended: true,
            ..account(6, "")
        },
        Account {
            login: "ghost",
            ..account(7, "")
        },
    ];
    let mut roster = Roster::new(true);
    for (row, account) in (2..).zip(&accounts) {
        roster.add(account, row).unwrap();
    }
    let expected = Totals {
        accounts: 7,
        consumed: 1,
        suspended: 1,
        organizations: 1,
        bots: 2,
        setup_users: 1,
        ghosts: 1,
        dormant: Some(0),
        ..Totals::default()
    };
    assert_eq!(roster.totals(), expected);
}

#[test]
fn accounts_without_a_sign_in_are_counted_among_those_that_consume_a_license_if_the_report_shows_it() {
    let mut roster = Roster::default();
    for (id, suspended, no_sign_in) in [(1, false, true), (2, false, false), (3, true, true)] {
        let account = Account {
            suspended,
            no_sign_in: Some(no_sign_in),
            ..account(id, "")
        };
        roster.add(&account, 2).unwrap();
    }
    assert_eq!((roster.totals().consumed, roster.totals().no_sign_in), (2, Some(1)));
}

#[test]
fn an_account_that_takes_the_last_byte_fits_and_one_byte_more_is_refused() {
    // 16 bytes of entry, 2 of length, 5 of address and 8 of fingerprint; a suspended account has the entry alone.
    let roster = |cap| {
        let mut roster = Roster {
            cap,
            ..Roster::default()
        };
        let suspended = Account {
            suspended: true,
            ..account(1, "not kept")
        };
        roster.add(&suspended, 2).unwrap();
        let added = roster.add(&account(2, "a@b.c"), 3);
        (added, roster)
    };
    let (added, full) = roster(16 + 31);
    assert_eq!((added, full.memory()), (Ok(()), 16 + 31));
    let (added, unchanged) = roster(16 + 30);
    let refused = RosterFull {
        accounts: 1,
        held: 16,
        more: 31,
        cap: 46,
    };
    assert_eq!((added, unchanged.memory()), (Err(refused), 16));
    assert_eq!((unchanged.totals().accounts, unchanged.totals().consumed), (1, 0));
}

#[test]
fn a_duplicate_id_is_refused_even_when_one_of_the_two_is_suspended() {
    let mut roster = Roster::default();
    roster.add(&account(4, "a@example.com"), 2).unwrap();
    roster
        .add(
            &Account {
                suspended: true,
                ..account(4, "b@example.com")
            },
            3,
        )
        .unwrap();
    assert_eq!(
        roster.finish().err(),
        Some(DuplicateId {
            id: UserId(4),
            first: 2,
            second: 3
        })
    );
}

/// The list of these rows, or why it is refused.
fn list<'a>(rows: impl IntoIterator<Item = Account<'a>>) -> Result<Roster, DuplicateId> {
    let mut roster = Roster::default();
    for (row, account) in (2..).zip(rows) {
        roster.add(&account, row).unwrap();
    }
    roster.finish()
}

#[test]
fn a_row_that_repeats_another_one_is_counted_once_whatever_it_is() {
    let one = || Account {
        dormant: Some(true),
        no_sign_in: Some(true),
        ..account(4, "A@example.com")
    };
    let other = || Account {
        no_sign_in: Some(false),
        ..account(7, "")
    };
    let left = || Account {
        suspended: true,
        no_sign_in: Some(true),
        ..account(5, "")
    };
    let once = list([one(), left(), other()]).unwrap_or_default();
    let rows = [one(), left(), other(), one(), left(), one(), other()];
    let repeated = list(rows).unwrap_or_default();
    let expected = Totals {
        repeated_rows: 4,
        ..once.totals()
    };
    assert_eq!((once.totals().consumed, repeated.totals()), (2, expected));
    assert!(repeated.consumers().eq(once.consumers()));
}

#[test]
fn two_rows_of_one_id_that_differ_in_anything_that_is_kept_are_refused() {
    let one = || account(4, "a@example.com");
    let others = [
        account(4, "A@example.com"),
        Account {
            dormant: Some(true),
            ..one()
        },
        Account {
            no_sign_in: Some(true),
            ..one()
        },
        Account {
            role: "organization",
            ..one()
        },
    ];
    for other in others {
        assert!(list([one(), account(3, ""), other]).is_err());
    }
}

#[test]
fn accounts_that_share_an_address_are_counted_among_those_that_consume_a_license() {
    let suspended = Account {
        suspended: true,
        ..account(9, "b@example.com")
    };
    let rows = [
        account(1, "a@example.com"),
        account(2, "A@example.com"),
        account(3, "b@example.com"),
        suspended,
        account(4, ""),
        account(5, ""),
    ];
    let totals = list(rows).unwrap_or_default().totals();
    assert_eq!((totals.consumed, totals.shared_addresses), (5, Some(2)));
}

#[test]
fn products_take_no_memory_of_their_own_once_the_list_is_there() {
    let lists = [None, Some(ProductUsers::default())].map(|users| {
        let mut roster = Roster::default().with_products(users);
        roster.add(&account(1, "a@b.c"), 2).unwrap();
        let roster = roster.finish().unwrap_or_default();
        (roster.memory(), roster.totals().products.is_some())
    });
    assert_eq!(lists, [(31, false), (31, true)]);
    assert_eq!((size_of::<Entry>(), size_of::<Head>()), (16, 2));
}

#[test]
fn an_address_is_kept_with_all_that_belongs_to_it_up_to_its_longest() {
    use crate::license::Product;
    let longest = "x".repeat(Head::LONGEST_ADDRESS);
    let mut users = ProductUsers::default();
    Product::ALL.into_iter().for_each(|product| users.add(product, "x"));
    let mut roster = Roster::default().with_products(Some(users));
    roster.add(&account(1, &longest), 2).unwrap();
    assert!(roster.add(&account(2, &format!("{longest}x")), 3).is_err());
    let roster = roster.finish().unwrap_or_default();
    let user = roster.users().next().unwrap();
    assert_eq!((user.address, user.products.iter().count()), (&*longest, 3));
}
