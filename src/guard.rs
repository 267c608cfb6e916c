//! Whether a collected list may be sent without a person looking at it. Pure: counts in, a judgement out.
//!
//! Three things are looked at, in this order: whether anybody is left on the list, whether the server's own counts
//! agree with it, and how many people came and went since the last confirmed list. Where it left no usable fingerprint,
//! the difference of the counts stands in for the change: what it exceeds, the change exceeds as well. The guard knows no
//! names and no addresses, and it does not know what a held list is turned into.

use crate::license::{Change, Compared, ServerCounts, Totals};
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
        "{} users came or went since the last confirmed list of {} ({} more, {} fewer), which is more than {allowed} percent of it{}",
        at_least(*.change), .change.before, .change.added, .change.removed, .change.caveat()
    )]
    MassChange { change: Change, allowed: u8 },
}

/// How many people changed, as far as that can be known.
fn at_least(change: Change) -> String {
    match change.compared {
        Compared::Users => change.people().to_string(),
        Compared::Counts => format!("at least {}", change.people()),
    }
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
mod tests;
