//! Judges one account that has a license of its own: the documented rule first, then what resembles it.

use super::address;
use super::cause::DiscrepancyCause;
use super::directory::Directory;
use super::discrepancy::{Clue, Partner};
use super::evidence::{Evidence, LocalAccount};
use super::grade::Grade;
use super::join::Join;
use super::sole::{SoleMatch, agreed};
use crate::license::account::Consumption;
use crate::license::consumed::ConsumedLicense;

/// Why an account is on a row.
#[derive(Debug, Clone)]
pub(super) struct Verdict {
    pub(super) cause: DiscrepancyCause,
    pub(super) grade: Grade,
    pub(super) partner: Option<Partner>,
    /// How sure it is that the row would go, for all that this account knows.
    pub(super) frees: Option<Grade>,
    pub(super) clues: Vec<Clue>,
}

impl Verdict {
    /// One without a partner that frees nothing.
    pub(super) fn new(cause: DiscrepancyCause, grade: Grade, clue: Clue) -> Self {
        Self {
            cause,
            grade,
            partner: None,
            frees: None,
            clues: vec![clue],
        }
    }

    /// The fix frees the license, as sure as the verdict is.
    pub(super) fn that_frees(self) -> Self {
        Self {
            frees: Some(self.grade),
            ..self
        }
    }

    /// The other license of the person is this one, and one of both is freed.
    pub(super) fn with_partner(self, row: usize) -> Self {
        let grade = self.grade;
        Self {
            partner: Some(Partner { row, grade }),
            ..self.that_frees()
        }
    }
}

/// Both sides, prepared for questions.
pub(super) struct Judge<'a> {
    pub(super) evidence: &'a Evidence<'a>,
    pub(super) join: Join<'a>,
    pub(super) directory: Directory<'a>,
}

/// An account on a row.
#[derive(Clone, Copy)]
struct Case<'a> {
    account: &'a LocalAccount,
    number: usize,
    row: &'a ConsumedLicense,
}

/// Whether the account's address is what a sync would send now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AddressFreshness {
    Current,
    /// It may be, or the cloud's is newer.
    Unsure,
    Outdated,
}

impl<'a> Judge<'a> {
    pub(super) fn new(evidence: &'a Evidence<'a>) -> Self {
        Self {
            evidence,
            join: Join::of(evidence),
            directory: Directory::of(evidence),
        }
    }

    /// Why the account at this place of the local list is on the row with this number, which has no login; nothing for an
    /// account of a kind that consumes no license.
    pub(super) fn account(&self, number: usize, place: usize) -> Option<Verdict> {
        let account = &self.evidence.local[place];
        let row = &self.evidence.cloud[number];
        let case = Case { account, number, row };
        match account.consumption(self.evidence.server.scim_enabled) {
            Consumption::Suspended => Some(self.suspended()),
            Consumption::Consumes => {
                let steps = [
                    Self::outdated,
                    Self::no_address,
                    Self::matching,
                    Self::setup_user,
                    Self::identity,
                    Self::secondary,
                    Self::subscription,
                    Self::similar,
                    Self::by_kind,
                ];
                let found = steps.iter().find_map(|step| step(self, case));
                Some(found.unwrap_or_else(|| self.nothing_found(case)))
            }
            Consumption::Bot | Consumption::Organization | Consumption::SetupUser | Consumption::Ghost => None,
        }
    }

    /// A sync that is newer than the list would have removed the account, if it was not in use again meanwhile. That takes a
    /// second list to know.
    pub(super) fn suspended(&self) -> Verdict {
        let clue = match self.evidence.is_superseded() {
            true => Clue::SyncAfterSuspension,
            false => Clue::SyncBeforeList,
        };
        Verdict::new(DiscrepancyCause::SuspendedStillListed, Grade::Likely, clue).that_frees()
    }

    fn freshness(&self, Case { account, row, .. }: Case<'_>) -> AddressFreshness {
        let is_held = holds(row, &account.address);
        match self.evidence.last_sync {
            _ if is_held => AddressFreshness::Current,
            _ if self.evidence.is_newer_than_sync() => AddressFreshness::Current,
            Some(_) if !row.server_addresses.is_empty() => AddressFreshness::Outdated,
            _ => AddressFreshness::Unsure,
        }
    }

    fn outdated(&self, case: Case<'_>) -> Option<Verdict> {
        let verdict = || Verdict::new(DiscrepancyCause::ListOutdated, Grade::Unknown, Clue::ListBeforeSync);
        (self.freshness(case) == AddressFreshness::Outdated).then(verdict)
    }

    fn no_address(&self, case: Case<'_>) -> Option<Verdict> {
        if case.account.address.contains('@') {
            return None;
        }
        let verdict = Verdict::new(DiscrepancyCause::NoPrimaryAddress, Grade::Certain, Clue::NoAddress);
        let found = [self.identity(case), self.secondary(case), self.login(case)];
        // That nothing can match the account is certain; whose it is can be less so.
        let person = found.into_iter().flatten().find(|other| other.partner.is_some());
        Some(match person {
            Some(other) => Verdict {
                partner: other.partner,
                frees: other.frees,
                clues: [verdict.clues, other.clues].concat(),
                ..verdict
            },
            None => verdict,
        })
    }

    /// By the documented rule both are one person, so a sync makes them one.
    fn matching(&self, case: Case<'_>) -> Option<Verdict> {
        let cause = DiscrepancyCause::NotSyncedSince;
        let row = match self.directory.matching(&case.account.address) {
            SoleMatch::Nothing => return None,
            SoleMatch::Several => return Some(Verdict::new(cause, Grade::Possible, Clue::ShownForSeveral)),
            SoleMatch::One(row) => row,
        };
        let (grade, clue) = match self.freshness(case) {
            // The cloud has this address already, and does not match it: why, or whether it has done so yet, is not known.
            AddressFreshness::Current if holds(case.row, &case.account.address) => (Grade::Likely, Clue::HeldAlready),
            AddressFreshness::Current => (Grade::Certain, Clue::ChangedSinceSync),
            AddressFreshness::Unsure | AddressFreshness::Outdated => (Grade::Likely, Clue::ChangedBeforeOrAfterSync),
        };
        let mut verdict = Verdict::new(cause, grade, Clue::ShownForOneMember).with_partner(row);
        verdict.clues.push(clue);
        Some(verdict)
    }

    fn setup_user(&self, Case { account, .. }: Case<'_>) -> Option<Verdict> {
        let is_admin = account.role.eq_ignore_ascii_case("admin") && account.login != "scim-admin";
        let verdict = || {
            let verdict = Verdict::new(DiscrepancyCause::SetupUser, Grade::Likely, Clue::AdministratorWithTag);
            match self.directory.but_for_tag(&account.address) {
                Some(row) => verdict.with_partner(row),
                None => verdict.that_frees(),
            }
        };
        (is_admin && address::is_tagged_admin(&account.address)).then(verdict)
    }

    /// Identity providers that use one name for the person, which no account on another row has. A name that is the login says no
    /// more than a login does.
    fn identity(&self, Case { account, number, .. }: Case<'_>) -> Option<Verdict> {
        let names = account.identity_names.iter().map(String::as_str);
        let own = names.filter(|name| {
            !name.eq_ignore_ascii_case(&account.login) && self.join.names.find(*name) == SoleMatch::One(number)
        });
        let row = agreed(own.map(|name| self.directory.with_identity(name))).one()?;
        let verdict = Verdict::new(
            DiscrepancyCause::IdentityDiffers,
            Grade::Certain,
            Clue::SameIdentityName,
        );
        Some(verdict.with_partner(row))
    }

    fn secondary(&self, Case { account, .. }: Case<'_>) -> Option<Verdict> {
        let further = self.evidence.secondary_of(account).iter();
        let row = agreed(further.map(|address| self.directory.matching(address))).one()?;
        let verdict = Verdict::new(
            DiscrepancyCause::SecondaryAddress,
            Grade::Likely,
            Clue::SecondaryAddressShown,
        );
        Some(verdict.with_partner(row))
    }

    fn subscription(&self, Case { account, .. }: Case<'_>) -> Option<Verdict> {
        let further = self
            .evidence
            .secondary_of(account)
            .iter()
            .chain(&account.identity_names);
        let known = further.chain([&account.address]);
        let row = agreed(known.map(|address| self.directory.subscription(address))).one()?;
        let verdict = Verdict::new(DiscrepancyCause::VisualStudio, Grade::Likely, Clue::SubscriptionAddress);
        Some(verdict.with_partner(row))
    }

    /// What would match if GitHub compared in a way that it does not document.
    fn similar(&self, case: Case<'_>) -> Option<Verdict> {
        let (directory, address) = (&self.directory, &case.account.address);
        let found = |cause, clue, row: Option<usize>| {
            row.map(|row| Verdict::new(cause, Grade::Possible, clue).with_partner(row))
        };
        let case_only = directory.but_for_case(address);
        let tag_only = directory.but_for_tag(address);
        let domain_only = directory.but_for_domain(address);
        found(DiscrepancyCause::LetterCase, Clue::EqualButForCase, case_only)
            .or_else(|| found(DiscrepancyCause::PlusAddress, Clue::EqualButForTag, tag_only))
            .or_else(|| found(DiscrepancyCause::AliasDomain, Clue::EqualButForDomain, domain_only))
            .or_else(|| {
                self.login(case)
                    .filter(|found| found.cause == DiscrepancyCause::IdentityDiffers)
            })
    }

    /// A member with the same login, who may be somebody else. Of a hidden one nothing is known that could differ.
    fn login(&self, Case { account, .. }: Case<'_>) -> Option<Verdict> {
        let row = self.directory.with_login(&account.login)?;
        Some(match self.directory.is_hidden(row) {
            true => {
                let mut verdict = Verdict::new(DiscrepancyCause::NotShown, Grade::Unknown, Clue::MembersHidden);
                verdict.clues.push(Clue::SameLogin);
                let grade = Grade::Possible;
                verdict.partner = Some(Partner { row, grade });
                verdict
            }
            false => {
                Verdict::new(DiscrepancyCause::IdentityDiffers, Grade::Possible, Clue::SameLogin).with_partner(row)
            }
        })
    }

    fn by_kind(&self, Case { account, .. }: Case<'_>) -> Option<Verdict> {
        let possible = |cause, clue| Verdict::new(cause, Grade::Possible, clue).that_frees();
        if address::is_machine(&account.login) {
            Some(possible(DiscrepancyCause::MachineUser, Clue::MachineName))
        } else if account.never_signed_in == Some(true) {
            Some(possible(DiscrepancyCause::NeverSignedIn, Clue::NoSignIn))
        } else {
            None
        }
    }

    fn nothing_found(&self, case: Case<'_>) -> Verdict {
        match self.login(case) {
            Some(verdict) => verdict,
            None if self.directory.hidden() > 0 => {
                let mut verdict = Verdict::new(DiscrepancyCause::NotShown, Grade::Unknown, Clue::MembersHidden);
                let domain = address::parts(&case.account.address).map(|(_, domain)| domain);
                let is_verified = domain.and_then(|domain| self.evidence.is_verified(domain));
                verdict
                    .clues
                    .extend((is_verified == Some(false)).then_some(Clue::DomainNotVerified));
                verdict
            }
            None => Verdict::new(DiscrepancyCause::OnlyHere, Grade::Possible, Clue::NothingSimilar),
        }
    }
}

/// Whether the cloud holds this address for the row, in any letter case.
fn holds(row: &ConsumedLicense, address: &str) -> bool {
    row.server_addresses
        .iter()
        .any(|held| held.eq_ignore_ascii_case(address))
}
