//! Whether a collected list may be sent without a person looking at it. Pure: counts in, a judgement out.
//!
//! Three things are looked at, in this order: whether anybody is left on the list, whether the server's own counts
//! agree with it, and how many people came and went since the last confirmed list. It knows no names and no addresses,
//! and it does not know what a held list is turned into.

use crate::license::{Change, ServerCounts, Totals};
use crate::reason::Reason;

/// How far the server's own counts may be from the list, in percent: people come and go while a report is made.
const COUNT_TOLERANCE_PERCENT: u64 = 5;

/// How much may change unseen (`[license-sync.guard]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In percent of the last confirmed list.
    pub max_change_percent: u8,
    /// A change of so many people is never held.
    pub always_allow_users: u32,
}

/// A list as the guard sees it.
#[derive(Debug, Clone, Copy)]
pub struct Evidence {
    pub totals: Totals,
    /// What the enterprise server counts itself.
    pub counts: ServerCounts,
    /// Since the last confirmed list; nothing before there was one.
    pub change: Option<Change>,
}

/// Why a person has to look first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Hold {
    #[error("none of the {accounts} accounts on the enterprise server consumes a license")]
    Empty { accounts: u64 },
    #[error(
        "the list has {listed} people who consume a license, and the enterprise server itself counts {counted} users who are not suspended"
    )]
    CountMismatch { listed: u64, counted: u64 },
    #[error(
        "{} of the {} people of the last confirmed list changed ({} more, {} fewer), which is more than {allowed} percent",
        .change.people(), .change.before, .change.added, .change.removed
    )]
    MassChange { change: Change, allowed: u8 },
}

impl Hold {
    /// The word for it.
    #[must_use]
    pub fn reason(self) -> Reason {
        match self {
            Self::Empty { .. } => Reason::EmptyCollection,
            Self::CountMismatch { .. } => Reason::CountMismatch,
            Self::MassChange { .. } => Reason::MassChange,
        }
    }
}

/// Why the list has to be held, if it has to be.
#[must_use]
pub fn judge(evidence: &Evidence, limits: Limits) -> Option<Hold> {
    let totals = evidence.totals;
    if totals.consumed == 0 {
        return Some(Hold::Empty {
            accounts: totals.accounts,
        });
    }
    disagreement(totals, evidence.counts, limits).or_else(|| mass_change(evidence.change?, limits))
}

/// The server's count of users who are not suspended has to lie between those who consume a license and all who are not
/// suspended, since it is not told whether it counts bots and the like.
fn disagreement(totals: Totals, counts: ServerCounts, limits: Limits) -> Option<Hold> {
    let counted = counts.total_users.saturating_sub(counts.suspended_users);
    let (least, most) = (totals.consumed, totals.accounts - totals.suspended);
    let apart = least.saturating_sub(counted).max(counted.saturating_sub(most));
    exceeds(apart, counted.max(least), COUNT_TOLERANCE_PERCENT, limits).then_some(Hold::CountMismatch {
        listed: totals.consumed,
        counted,
    })
}

fn mass_change(change: Change, limits: Limits) -> Option<Hold> {
    let allowed = limits.max_change_percent;
    exceeds(change.people(), change.before, allowed.into(), limits).then_some(Hold::MassChange { change, allowed })
}

/// Whether so many people are more than the floor, and more than `percent` of `whole`.
fn exceeds(people: u64, whole: u64, percent: u64, limits: Limits) -> bool {
    people > u64::from(limits.always_allow_users) && u128::from(people) * 100 > u128::from(whole) * u128::from(percent)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMITS: Limits = Limits {
        max_change_percent: 20,
        always_allow_users: 25,
    };

    /// A list of so many people whom the server counts as well.
    fn list(consumed: u64, change: Option<Change>) -> Evidence {
        Evidence {
            totals: Totals {
                accounts: consumed,
                consumed,
                ..Totals::default()
            },
            counts: ServerCounts {
                total_users: consumed,
                admin_users: 1,
                suspended_users: 0,
            },
            change,
        }
    }

    fn changed(before: u64, added: u64, removed: u64) -> Option<Hold> {
        let change = Change { before, added, removed };
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
    fn three_people_instead_of_three_thousand_are_held() {
        assert_eq!(reason(changed(3000, 0, 2997)), Some(Reason::MassChange));
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
        let change = Change {
            before: 3000,
            added: 150,
            removed: 150,
        };
        assert_eq!(
            reason(judge(&list(3000, Some(change)), strict)),
            Some(Reason::MassChange)
        );
    }

    #[test]
    fn exactly_the_limit_is_let_through() {
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
        let change = Change {
            before: 3000,
            added: 0,
            removed: 2000,
        };
        let short = Evidence {
            counts: ServerCounts {
                total_users: 3100,
                admin_users: 1,
                suspended_users: 100,
            },
            ..list(1000, Some(change))
        };
        let expected = Hold::CountMismatch {
            listed: 1000,
            counted: 3000,
        };
        assert_eq!(judge(&short, LIMITS), Some(expected));
    }

    #[test]
    fn bots_may_or_may_not_be_among_the_servers_users() {
        let evidence = |total_users| Evidence {
            totals: Totals {
                accounts: 2000,
                consumed: 1500,
                suspended: 100,
                dormant: 0,
            },
            counts: ServerCounts {
                total_users,
                admin_users: 1,
                suspended_users: 100,
            },
            change: None,
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

    proptest! {
        #[test]
        fn nothing_up_to_the_floor_is_held_for_its_change(before: u64, added in 0..=25_u64, percent in 0..=100_u8) {
            let change = Change { before, added, removed: 25 - added };
            let limits = Limits { max_change_percent: percent, ..LIMITS };
            prop_assert_eq!(judge(&list(1, Some(change)), limits), None);
        }

        #[test]
        fn more_change_is_never_let_through_where_less_is_held(
            before in 0..10_000_u64, added in 0..10_000_u64, removed in 0..10_000_u64, more in 0..10_000_u64,
        ) {
            let held = |added| {
                let change = Change { before, added, removed };
                judge(&list(1, Some(change)), LIMITS).is_some()
            };
            prop_assert!(!held(added) || held(added + more));
        }
    }
}
