//! What the evidence does not say, and what would make it say so.

/// Something that cannot be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// Of so many members neither an address nor an identity is known.
    HiddenMembers(usize),
    /// The identities were not read.
    Identities,
    /// Secondary addresses were not read.
    SecondaryAddresses,
    /// Which servers report was not read, and rows name other ones.
    Servers,
    /// When the last sync was is not known.
    LastSync,
    /// The local list is, or may be, older than the last sync, and differs from what the cloud has.
    OldList,
    /// The cloud's list moved while it was read, or could not be read as a whole.
    MovedList,
    /// Saved answers have further pages.
    FurtherPages,
    /// No row is of this server.
    Host,
}

impl Unknown {
    /// All, in the order of [`word`](Self::word), which names each; of hidden members one.
    pub const ALL: [Self; 9] = [
        Self::HiddenMembers(1),
        Self::Identities,
        Self::SecondaryAddresses,
        Self::Servers,
        Self::LastSync,
        Self::OldList,
        Self::MovedList,
        Self::FurtherPages,
        Self::Host,
    ];

    /// The word for it, for scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::HiddenMembers(_) => "hidden-members",
            Self::Identities => "identities",
            Self::SecondaryAddresses => "secondary-addresses",
            Self::Servers => "servers",
            Self::LastSync => "last-sync",
            Self::OldList => "old-list",
            Self::MovedList => "moved-list",
            Self::FurtherPages => "further-pages",
            Self::Host => "host",
        }
    }

    /// What is not known.
    pub fn says(self) -> String {
        match self {
            Self::HiddenMembers(1) => "who 1 member is: the cloud shows neither an address nor an identity".to_owned(),
            Self::HiddenMembers(count) => {
                format!("who {count} members are: the cloud shows neither an address nor an identity of them")
            }
            Self::Identities => "what the SAML and SCIM identities of the cloud's users say".to_owned(),
            Self::SecondaryAddresses => "whether a secondary address on the server would match".to_owned(),
            Self::Servers => "whether the other servers in the cloud's list still report".to_owned(),
            Self::LastSync => "which changes are newer than the last sync".to_owned(),
            Self::OldList => {
                "what changed on the server since this list, which can be older than the last sync".to_owned()
            }
            Self::MovedList => {
                "whether these are all licenses: rows moved, came twice or could not be read as a whole".to_owned()
            }
            Self::FurtherPages => "what is on the further pages of the saved answers".to_owned(),
            Self::Host => "which licenses are of this server: no row names its host".to_owned(),
        }
    }

    /// What would make it known.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::HiddenMembers(_) => {
                "verify the domain of their addresses in the cloud account, or read its identities"
            }
            Self::Identities => "read the external identities of the enterprise and of its organizations",
            Self::SecondaryAddresses => "read the addresses that the servers uploaded",
            Self::Servers => "read the sync status of the cloud account",
            Self::LastSync => {
                "run a sync until the cloud confirms it, with a token that may read the license sync status"
            }
            Self::OldList => "read the list from the server again",
            Self::MovedList => "run it again",
            Self::FurtherPages => "save all pages",
            Self::Host => "name the host with `--host` as the cloud lists it",
        }
    }
}
