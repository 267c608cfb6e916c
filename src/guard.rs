//! Whether a collected list may be sent without a person's approval. Pure: counts in, a decision out.
//!
//! Four things are checked, in this order: whether anybody is left on the list, whether anybody on it has an address,
//! whether the server's own counts agree with it, and how many users were added and removed since the last confirmed
//! list. Where it left no usable fingerprint, the difference of the counts is used as the change: what it exceeds, the
//! change exceeds as well. The guard knows no names and no addresses, and it does not know what a held list is turned
//! into.

use crate::license::{Change, Compared, EncryptedUsers, ServerCounts, Totals, UserCounts};
use crate::plain;
use crate::reason::Reason;

/// How far the server's own counts may be from the list, in percent and in users: accounts change while a report is
/// made. Whichever is more.
const COUNT_TOLERANCE: (u64, u64) = (5, 2);

/// What a user takes at least in an encrypted list, with an ID and an address.
const BYTES_OF_A_USER: u64 = 64;

/// How much may change unseen (`[license-sync.guard]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// In percent of the last confirmed list.
    pub max_change_percent: u8,
    /// A change of so many users is never held.
    pub always_allow_users: u32,
}

/// A list as the guard sees it.
#[derive(Debug, Clone, Copy)]
pub struct GuardedList {
    pub totals: Totals,
    /// What the enterprise server counts itself, as far as it answered.
    pub counts: ServerCounts,
    /// Since the last confirmed list; nothing before there was one.
    pub change: Option<Change>,
    /// Nobody on the last confirmed list had an address either.
    pub was_without_addresses: bool,
}

/// Why a person has to look first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Hold {
    #[error(
        "no license is consumed by the {} on the enterprise server",
        plain::counted(*.accounts, "account", "accounts")
    )]
    Empty { accounts: u64 },
    #[error(
        "none of the {} on the list has an email address, so the cloud would count each as one more person",
        plain::counted(*.users, "user", "users")
    )]
    WithoutAddresses { users: u64 },
    #[error(
        "the list has {}, and the enterprise server itself counts {}",
        plain::counted(*.listed, "user who consumes a license", "users who consume a license"),
        plain::counted(*.counted, "user who is not suspended", "users who are not suspended")
    )]
    CountMismatch { listed: u64, counted: u64 },
    #[error(
        "the list has {}, and the enterprise server, which does not say how many users it has, reports {} in use",
        plain::counted(*.listed, "user who consumes a license", "users who consume a license"),
        plain::counted(*.used, "seat", "seats")
    )]
    MoreSeatsUsed { listed: u64, used: u64 },
    #[error(
        "{} came or went since the last confirmed list of {} ({} more, {} fewer), which is more than {allowed} percent of it{}",
        at_least(*.change), .change.before, .change.added, .change.removed, .change.caveat()
    )]
    MassChange { change: Change, allowed: u8 },
    #[error(
        "the encrypted users take {} bytes, and took {before} in the last confirmed license usage file, which is more than \
         {allowed} percent {} than that",
        .bytes, if .bytes > .before { "more" } else { "less" }
    )]
    SizeChange { before: u64, bytes: u64, allowed: u8 },
}

/// How many users changed, as far as that can be known.
fn at_least(change: Change) -> String {
    let users = plain::counted(change.people(), "user", "users");
    match change.compared {
        Compared::Users => users,
        Compared::Counts => format!("at least {users}"),
    }
}

impl Hold {
    /// The word for it.
    pub fn reason(self) -> Reason {
        match self {
            Self::Empty { .. } => Reason::EmptyCollection,
            Self::WithoutAddresses { .. } => Reason::MalformedSource,
            Self::CountMismatch { .. } | Self::MoreSeatsUsed { .. } => Reason::CountMismatch,
            Self::MassChange { .. } | Self::SizeChange { .. } => Reason::MassChange,
        }
    }
}

/// Why the list has to be held, if it has to be.
pub fn judge(evidence: &GuardedList, limits: Limits) -> Option<Hold> {
    let totals = evidence.totals;
    if totals.consumed == 0 {
        return Some(Hold::Empty {
            accounts: totals.accounts,
        });
    }
    if totals.is_without_addresses() && !evidence.was_without_addresses {
        let users = totals.consumed;
        return Some(Hold::WithoutAddresses { users });
    }
    disagreement(totals, evidence.counts).or_else(|| mass_change(evidence.change?, limits))
}

/// The same for users who are encrypted, by how long their text is. How many bytes a user takes is not known; a change that
/// so many small users make is never held.
pub fn judge_size(users: EncryptedUsers, limits: Limits) -> Option<Hold> {
    let (bytes, before, allowed) = (users.bytes, users.bytes_before?, limits.max_change_percent);
    let floor = u64::from(limits.always_allow_users) * BYTES_OF_A_USER;
    exceeds(bytes.abs_diff(before), before, allowed.into(), floor).then_some(Hold::SizeChange {
        before,
        bytes,
        allowed,
    })
}

fn disagreement(totals: Totals, counts: ServerCounts) -> Option<Hold> {
    let listed = totals.consumed;
    let (counted, hold) = match counts {
        ServerCounts { users: Some(users), .. } => {
            let counted = users.active();
            (counted, Hold::CountMismatch { listed, counted })
        }
        ServerCounts {
            seats_used: Some(used), ..
        } => (used, Hold::MoreSeatsUsed { listed, used }),
        _ => return None,
    };
    let (percent, floor) = COUNT_TOLERANCE;
    exceeds(far(totals, counts), counted.max(listed), percent, floor).then_some(hold)
}

/// How far the server's own counts are from the list. Where it does not count its users, the seats that it calls used
/// are compared instead, but only for users that the list lacks: accounts that never signed in are on the list and may use no seat.
fn far(totals: Totals, counts: ServerCounts) -> u64 {
    match (counts.users, counts.seats_used) {
        (Some(users), _) => apart(totals, users).unsigned_abs(),
        (None, Some(used)) => used.saturating_sub(totals.accounts - totals.suspended),
        (None, None) => 0,
    }
}

/// How many users more the server counts than the list has, or fewer if it is negative. Its count of users who are not
/// suspended may lie between those who consume a license and all who are not suspended, since it is not known whether it
/// counts bots and the like.
pub fn apart(totals: Totals, counts: UserCounts) -> i64 {
    let (least, most) = (totals.consumed, totals.accounts - totals.suspended);
    let counted = counts.active();
    counted.saturating_sub(most).cast_signed() - least.saturating_sub(counted).cast_signed()
}

/// The same of those who are suspended, which no list depends on: it is shown, and holds none.
pub fn suspended_apart(totals: Totals, counts: UserCounts) -> i64 {
    let (least, most) = (totals.suspended, totals.accounts - totals.consumed);
    let counted = counts.suspended;
    counted.saturating_sub(most).cast_signed() - least.saturating_sub(counted).cast_signed()
}

/// Whether a person who approved the same list saw as much as this: the server's own count is no further from it now than
/// it was `then`, but for the tolerance.
pub fn covers(then: ServerCounts, now: ServerCounts, totals: Totals) -> bool {
    let (percent, floor) = COUNT_TOLERANCE;
    let counted = now.users.map(UserCounts::active).or(now.seats_used);
    let whole = counted.unwrap_or_default().max(totals.consumed);
    let further = far(totals, now).saturating_sub(far(totals, then));
    !exceeds(further, whole, percent, floor)
}

fn mass_change(change: Change, limits: Limits) -> Option<Hold> {
    let (allowed, floor) = (limits.max_change_percent, limits.always_allow_users);
    let is_large = exceeds(change.people(), change.before, allowed.into(), floor.into());
    is_large.then_some(Hold::MassChange { change, allowed })
}

/// Whether so many users are more than `floor`, and more than `percent` of `whole`.
fn exceeds(people: u64, whole: u64, percent: u64, floor: u64) -> bool {
    people > floor && u128::from(people) * 100 > u128::from(whole) * u128::from(percent)
}

#[cfg(test)]
mod tests;
