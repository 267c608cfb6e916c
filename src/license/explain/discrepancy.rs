//! What was found: rows by their number, nobody by name.

use serde::Serialize;

use super::cause::DiscrepancyCause;
use super::grade::Grade;
use super::unknown::Unknown;

/// One license, and why it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discrepancy {
    pub cause: DiscrepancyCause,
    pub grade: Grade,
    /// The row of the cloud's list.
    pub row: usize,
    /// The account in the local list.
    pub account: Option<usize>,
    pub partner: Option<Partner>,
    /// How sure it is that the fix frees this license; nothing when it does not.
    pub frees: Option<Grade>,
    pub clues: Vec<Clue>,
}

impl Discrepancy {
    /// Nothing of it is certain any more.
    pub(super) fn doubt(&mut self) {
        let grades = [Some(&mut self.grade), self.frees.as_mut()];
        let partner = self.partner.as_mut().map(|partner| &mut partner.grade);
        for grade in grades.into_iter().chain([partner]).flatten() {
            *grade = (*grade).min(Grade::Likely);
        }
    }
}

/// The row that is probably the same person's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partner {
    pub row: usize,
    pub grade: Grade,
}

/// What a statement rests on, in words that name nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Clue {
    ChangedSinceSync,
    ChangedBeforeOrAfterSync,
    HeldAlready,
    ShownForOneMember,
    ShownForSeveral,
    NoAddress,
    SameIdentityName,
    SecondaryAddressShown,
    SubscriptionAddress,
    SyncAfterSuspension,
    SyncBeforeList,
    HostNotListed,
    HostNotConnected,
    SameAccountOtherHost,
    AccountGone,
    InvitedAddress,
    AdministratorWithTag,
    EqualButForCase,
    EqualButForTag,
    EqualButForDomain,
    SameLogin,
    MachineName,
    NoSignIn,
    SeveralHosts,
    NothingSimilar,
    MembersHidden,
    DomainNotVerified,
    ListBeforeSync,
}

impl Clue {
    /// What was seen.
    pub fn says(self) -> &'static str {
        match self {
            Self::ChangedSinceSync => "the cloud still holds another address for the account than the server has now",
            Self::ChangedBeforeOrAfterSync => "whether the address is newer than the last sync is not known",
            Self::HeldAlready => "the cloud holds this address for the account already, and counts it apart",
            Self::ShownForOneMember => "the primary address is one that the cloud shows for one member",
            Self::ShownForSeveral => "the primary address is one that the cloud shows for several members",
            Self::NoAddress => "the server's report has no address for the account",
            Self::SameIdentityName => "the identity providers of both sides use the same name for the person",
            Self::SecondaryAddressShown => "a secondary address is one that the cloud shows for one member",
            Self::SubscriptionAddress => "the address of the subscription is another one of the same person",
            Self::SyncAfterSuspension => "a sync that is newer than the list did not remove it",
            Self::SyncBeforeList => "the last sync can be older than the suspension",
            Self::HostNotListed => "no server that reports to the cloud account has this host name",
            Self::HostNotConnected => "the server with this host name is not connected",
            Self::SameAccountOtherHost => "this server has an account with the same ID and address",
            Self::AccountGone => "this server no longer has an account with this ID",
            Self::InvitedAddress => "the invited address is one of a person who has a seat",
            Self::AdministratorWithTag => "an administrator whose address has the tag +admin",
            Self::EqualButForCase => "without regard to letter case, the cloud shows the address for one member",
            Self::EqualButForTag => "without the +tag, the cloud shows the address for one member",
            Self::EqualButForDomain => "with another domain, the cloud shows the address for one member",
            Self::SameLogin => "a member has the same login",
            Self::MachineName => "the login has a word for a machine in it",
            Self::NoSignIn => "the report shows neither an address of a sign-in nor activity",
            Self::SeveralHosts => "the row lists accounts on several servers",
            Self::NothingSimilar => "no member resembles the account, and the cloud shows something of every member",
            Self::MembersHidden => "the cloud shows neither an address nor an identity of some members",
            Self::DomainNotVerified => "the domain of the address is not verified, so the cloud shows it for nobody",
            Self::ListBeforeSync => {
                "the cloud holds another address than this list, which may be older than the last sync"
            }
        }
    }
}

/// Everything that was found.
#[derive(Debug, Default)]
pub struct Explanation {
    /// The surest first, then by cause and by row.
    pub discrepancies: Vec<Discrepancy>,
    /// What cannot be known from this evidence.
    pub unknowns: Vec<Unknown>,
    /// Licenses in the cloud's list.
    pub licenses: usize,
    /// Those of a person who is on this server and has a login on the cloud: counted once.
    pub matched: usize,
    /// Those of an account of this server that matches nobody on the cloud.
    pub server_only: usize,
}

impl Explanation {
    /// How many discrepancies have this cause and grade.
    pub fn count(&self, cause: DiscrepancyCause, grade: Grade) -> usize {
        let found = self.discrepancies.iter();
        found
            .filter(|found| found.cause == cause && found.grade == grade)
            .count()
    }

    /// How many licenses the fixes free, as sure as this. Each license has one discrepancy at most, so none counts twice.
    pub fn freed(&self, grade: Grade) -> usize {
        let found = self.discrepancies.iter();
        found.filter(|found| found.frees == Some(grade)).count()
    }
}
