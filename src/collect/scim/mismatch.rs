//! What keeps the users of SCIM and the accounts of the server from being one list, in counts. No text names a person.

use crate::license::roster::RosterFull;
use crate::plain;
use crate::reason::Reason;

/// What does not fit.
#[derive(Debug, thiserror::Error)]
pub enum Mismatch {
    #[error("SCIM lists no user")]
    NoUsers,
    #[error("the server lists no account")]
    NoAccounts,
    #[error("{0} of the SCIM users have no `userName` or no `active` that can be read")]
    Unreadable(u64),
    #[error("{}", in_words(*.ambiguous, *.unjoined))]
    /// At least one of either.
    Unjoined { ambiguous: u64, unjoined: u64 },
    #[error("more than {most} accounts of users are not listed by SCIM")]
    TooManyOthers { most: u32 },
    #[error("the list of SCIM users takes more than {most} requests")]
    TooManyPages { most: usize },
    #[error("the accounts do not come by ascending ID")]
    Order,
    #[error("the SCIM users take more than {cap} bytes of memory")]
    TooLarge { cap: usize },
    #[error("the list of accounts is larger than a run may hold in memory")]
    Full(#[source] RosterFull),
}

fn in_words(ambiguous: u64, unjoined: u64) -> String {
    let users = plain::counted(unjoined, "active SCIM user", "active SCIM users");
    let accounts = plain::counted(ambiguous, "account", "accounts");
    let parts = [
        (unjoined, format!("{users} without an account")),
        (
            ambiguous,
            format!("{accounts} with several SCIM users, or with that of another account"),
        ),
    ];
    let parts = parts.into_iter().filter(|(number, _)| *number > 0);
    parts.map(|(_, part)| part).collect::<Vec<_>>().join(", ")
}

impl Mismatch {
    /// The reason code.
    pub fn reason(&self) -> Reason {
        match self {
            Self::NoUsers | Self::NoAccounts => Reason::EmptyCollection,
            Self::TooLarge { .. } | Self::Full(_) => Reason::PayloadTooLarge,
            Self::Unreadable(_)
            | Self::Unjoined { .. }
            | Self::TooManyOthers { .. }
            | Self::TooManyPages { .. }
            | Self::Order => Reason::MalformedSource,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoUsers => {
                "check that the identity provider provisions users to this server; without SCIM, use [server.source.report]"
            }
            Self::NoAccounts => "check `server.url` and what the server token may list",
            Self::Unreadable(_) => {
                "compare `ghe-scim-identities-csv` on the server with the identity provider, and provision those users again"
            }
            Self::Unjoined { .. } => {
                "nobody is guessed; compare `ghe-scim-identities-csv` on the server with the identity provider: a `userName` has to \
                 become the login of one account. If the provider is at work now, it will fit later"
            }
            Self::TooManyOthers { .. } => {
                "each of them is asked for on its own; if they are meant to be there, raise `server.source.scim.max-other-accounts`, \
                 or use [server.source.report]"
            }
            Self::TooManyPages { .. } | Self::Order => {
                "check `server.url`, and whether something in between changes its answers"
            }
            Self::TooLarge { .. } | Self::Full(_) => {
                "use [server.source.report], which takes less; nothing was sent, so the cloud keeps what it has"
            }
        }
    }
}
