//! Why a license is consumed beside another one, or for nobody: the causes, what helps against each, and who can do it.
//!
//! Source: "Troubleshooting license usage", "License usage reports" and "GitHub license users" in GitHub's public
//! documentation. What they do not say, like how letter case compares, is possible at most.

use serde::Serialize;

use super::grade::Grade;

/// Why a row of the cloud's list is there beside another one of the same person, or for nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum DiscrepancyCause {
    /// Both sides agree by now; the last sync was before that.
    NotSyncedSince,
    /// The account has no primary address, so nothing can match it.
    NoPrimaryAddress,
    /// Accounts on several servers share an address and one license: the good case.
    MergedServers,
    /// The person's SAML or SCIM identity, or another shown address, differs from the primary address.
    IdentityDiffers,
    /// Another address of the account on the server would match.
    SecondaryAddress,
    /// A Visual Studio subscription under another address.
    VisualStudio,
    /// The account is suspended, and the cloud still lists it.
    SuspendedStillListed,
    /// The account is one of a server that is gone, or is gone itself.
    StaleServer,
    /// An invitation by email to a person who has a seat.
    InvitationByEmail,
    /// An account to set up the server, with an address like `mona+admin@example.com`.
    SetupUser,
    /// The addresses differ in letter case only.
    LetterCase,
    /// The addresses differ in a `+tag` only.
    PlusAddress,
    /// The addresses differ in the domain only.
    AliasDomain,
    /// By its name, an account that no person uses.
    MachineUser,
    /// The report shows no sign-in.
    NeverSignedIn,
    /// Nobody in the cloud account resembles the person.
    OnlyHere,
    /// The cloud shows too little of its users.
    NotShown,
    /// The local list is, or may be, older than what the cloud has.
    ListOutdated,
}

use DiscrepancyCause::{
    AliasDomain, IdentityDiffers, InvitationByEmail, LetterCase, ListOutdated, MachineUser, MergedServers,
    NeverSignedIn, NoPrimaryAddress, NotShown, NotSyncedSince, OnlyHere, PlusAddress, SecondaryAddress, SetupUser,
    StaleServer, SuspendedStillListed, VisualStudio,
};

impl DiscrepancyCause {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 18] = [
        NotSyncedSince,
        SuspendedStillListed,
        StaleServer,
        NoPrimaryAddress,
        IdentityDiffers,
        SecondaryAddress,
        VisualStudio,
        InvitationByEmail,
        SetupUser,
        LetterCase,
        PlusAddress,
        AliasDomain,
        MachineUser,
        NeverSignedIn,
        OnlyHere,
        NotShown,
        ListOutdated,
        MergedServers,
    ];

    /// The best grade that any evidence allows.
    pub fn best_grade(self) -> Grade {
        match self {
            NotSyncedSince | NoPrimaryAddress | MergedServers | IdentityDiffers | StaleServer => Grade::Certain,
            SuspendedStillListed | SecondaryAddress | VisualStudio | InvitationByEmail | SetupUser => Grade::Likely,
            LetterCase | PlusAddress | AliasDomain | MachineUser | NeverSignedIn | OnlyHere => Grade::Possible,
            NotShown | ListOutdated => Grade::Unknown,
        }
    }

    /// The word for it, for scripts.
    pub fn word(self) -> &'static str {
        match self {
            NotSyncedSince => "not-synced-since",
            NoPrimaryAddress => "no-primary-address",
            MergedServers => "merged-servers",
            IdentityDiffers => "identity-differs",
            SecondaryAddress => "secondary-address",
            VisualStudio => "visual-studio",
            SuspendedStillListed => "suspended-still-listed",
            StaleServer => "stale-server",
            InvitationByEmail => "invitation-by-email",
            SetupUser => "setup-user",
            LetterCase => "letter-case",
            PlusAddress => "plus-address",
            AliasDomain => "alias-domain",
            MachineUser => "machine-user",
            NeverSignedIn => "never-signed-in",
            OnlyHere => "only-here",
            NotShown => "not-shown",
            ListOutdated => "list-outdated",
        }
    }

    /// What is the case, in words.
    pub fn says(self) -> &'static str {
        match self {
            NotSyncedSince => "corrected, but not synced since",
            NoPrimaryAddress => "no primary address on the server",
            MergedServers => "one address on several servers, counted once",
            IdentityDiffers => "the identity on the cloud says otherwise",
            SecondaryAddress => "a secondary address would match",
            VisualStudio => "Visual Studio subscription under another address",
            SuspendedStillListed => "suspended here, still listed there",
            StaleServer => "account of a server that is renamed, rebuilt or gone",
            InvitationByEmail => "invited by email beside a seat",
            SetupUser => "setup user with a +admin address",
            LetterCase => "addresses differ in letter case",
            PlusAddress => "addresses differ in a +tag",
            AliasDomain => "addresses differ in the domain",
            MachineUser => "machine user, by its name",
            NeverSignedIn => "never signed in, by the report",
            OnlyHere => "only on this server, as far as is shown",
            NotShown => "the cloud does not show enough to decide",
            ListOutdated => "the local list may be older than the last sync",
        }
    }

    /// What helps.
    pub fn fix(self) -> &'static str {
        match self {
            NotSyncedSince => "run a sync",
            NoPrimaryAddress => "give the account the address that the cloud knows, then sync",
            MergedServers => "nothing to do",
            IdentityDiffers => "make the primary address and the identity agree, then sync",
            SecondaryAddress => "make that address the primary one, then sync",
            VisualStudio => "match the subscription by hand, or make its address agree",
            SuspendedStillListed => "run a sync; if it stays, remove the server's old usage",
            StaleServer => "run a sync; if it stays, remove the old server from the cloud account",
            InvitationByEmail => "cancel the invitation and invite by user name",
            SetupUser => "name it `scim-admin` where SCIM is enabled, or suspend it",
            LetterCase => "write the address the same way on both sides, then sync",
            PlusAddress => "use the same address without the tag on both sides, then sync",
            AliasDomain => "use the same address on both sides, then sync",
            MachineUser => "suspend it if nothing uses it",
            NeverSignedIn => "suspend it if nobody needs it",
            OnlyHere => "nothing, if the person has no account on the cloud",
            NotShown => "verify the domain in the cloud account, or read its identities",
            ListOutdated => "read the server's list again",
        }
    }

    /// Who can do it.
    pub fn fixer(self) -> &'static str {
        match self {
            NotSyncedSince | ListOutdated => "operator of the sync",
            NoPrimaryAddress | SecondaryAddress | LetterCase | PlusAddress | AliasDomain => {
                "the user, or the identity provider's administrator"
            }
            IdentityDiffers => "the identity provider's administrator",
            SuspendedStillListed | StaleServer => "operator of the sync, then an enterprise owner",
            VisualStudio | NotShown => "enterprise owner",
            InvitationByEmail => "organization owner",
            SetupUser | MachineUser | NeverSignedIn => "site administrator",
            MergedServers | OnlyHere => "nobody",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_github_leaves_undocumented_is_more_than_possible() {
        for cause in [
            LetterCase,
            PlusAddress,
            AliasDomain,
            MachineUser,
            NeverSignedIn,
            OnlyHere,
        ] {
            assert_eq!(cause.best_grade(), Grade::Possible, "{}", cause.word());
        }
        for cause in [SecondaryAddress, VisualStudio, InvitationByEmail, SetupUser] {
            assert_eq!(cause.best_grade(), Grade::Likely, "{}", cause.word());
        }
    }

    #[test]
    fn every_cause_has_a_word_of_its_own_which_is_the_one_in_json() {
        let words: std::collections::BTreeSet<_> = DiscrepancyCause::ALL.map(DiscrepancyCause::word).into();
        assert_eq!(words.len(), DiscrepancyCause::ALL.len());
        for cause in DiscrepancyCause::ALL {
            assert_eq!(serde_json::to_value(cause).unwrap(), cause.word());
        }
    }
}
