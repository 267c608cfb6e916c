//! One vocabulary for "did not send": the same word in the exit message, the journal, `status --json` and history.
//!
//! It holds words and numbers only. What happened in detail belongs to the error that carries the reason
//! ([`Explain`](crate::explain::Explain)).

use serde::{Deserialize, Serialize};

macro_rules! exits {
    ($($(#[$doc:meta])* $variant:ident = $code:literal => $meaning:literal,)+) => {
        /// Process exit codes; the numbers from 64 up are those of `sysexits.h`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Exit {
            $($(#[$doc])* $variant = $code,)+
        }

        impl Exit {
            /// Every exit code, in the order of the documentation.
            pub const ALL: &[Exit] = &[$(Exit::$variant,)+];

            /// Its description in the help and the README.
            pub fn meaning(self) -> &'static str {
                match self { $(Exit::$variant => $meaning,)+ }
            }
        }
    };
}

exits! {
    /// What was asked for is done.
    Done = 0 => "done; for `sync` and `upload`: confirmed by the cloud, or written to a file that a person uploads",
    /// The gate is closed; nothing was sent.
    GateClosed = 3 => "the gate is closed (Connect or license sync is off); nothing was sent",
    /// A person has to look before anything is sent.
    Held = 4 => "held: a list waits for a person to approve or discard it",
    /// `status` only: the last confirmed run is too old, or runs are failing.
    Unhealthy = 5 => "`status` only: stale or failing; with `--cloud`, when any server of the account is stale or failed",
    /// The command line was wrong.
    Usage = 64 => "the command line is wrong",
    /// The input data was wrong.
    Data = 65 => "the data is wrong",
    /// A service that is needed does not answer as it should.
    Unavailable = 69 => "something that is needed is not available",
    /// A defect of this program.
    Internal = 70 => "a defect of this program",
    /// Reading or writing local files failed.
    Io = 74 => "a file could not be read or written; if it was only the answer, standard error says what was done",
    /// The document is frozen but the cloud has not confirmed it; it will be tried again.
    Undelivered = 75 => "frozen, but not delivered or confirmed yet, for a cause that passes; the next run continues",
    /// Permission or credentials are missing or were refused.
    Permission = 77 => "credentials or permissions are missing or were refused",
    /// The settings are wrong.
    Config = 78 => "the settings are wrong",
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal => $exit:ident $(or $other:ident $when:literal)*,)+) => {
        /// Why nothing was sent, or why what was sent does not count yet.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
        pub enum Reason {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)+
        }

        impl Reason {
            /// Every reason, in the order of the documentation.
            pub const ALL: &[Reason] = &[$(Reason::$variant,)+];

            /// The code as operators read it.
            pub fn code(self) -> &'static str {
                match self { $(Reason::$variant => $code,)+ }
            }

            /// The exit code when this reason ends a command before a document was frozen.
            pub fn exit(self) -> Exit {
                match self { $(Reason::$variant => Exit::$exit,)+ }
            }

            /// Other exit codes with which an error of this reason can end a command, and when it does.
            pub fn other_exits(self) -> &'static [(Exit, &'static str)] {
                match self { $(Reason::$variant => &[$((Exit::$other, $when)),*],)+ }
            }
        }
    };
}

reasons! {
    /// `connect.enabled` is false.
    ConnectDisabled = "connect-disabled" => GateClosed,
    /// `license-sync.enabled` is false.
    LicenseSyncDisabled = "license-sync-disabled" => GateClosed,
    /// Another process holds the state directory.
    AlreadyRunning = "already-running" => Unavailable,
    /// The server reported no account, or none that consumes a license.
    EmptyCollection = "empty-collection" => Data or Held "when the list is held",
    /// More users changed since the last confirmed run than the guard allows.
    MassChange = "mass-change" => Held,
    /// The collected list disagrees with the server's own counts.
    CountMismatch = "count-mismatch" => Held,
    /// Another host reports under our server ID, or our host name stands under another.
    IdentityConflict = "identity-conflict" => Config,
    /// The settings are wrong.
    ConfigInvalid = "config-invalid" => Config or Usage "when an argument of a command does not fit",
    /// A key or token is missing or cannot be used.
    CredentialsMissing = "credentials-missing" => Permission,
    /// A key or token was refused.
    CredentialsRefused = "credentials-refused" => Permission,
    /// The credentials are good, the permission is not there.
    PermissionMissing = "permission-missing" => Permission,
    /// A rate limit was hit.
    RateLimited = "rate-limited" => Unavailable,
    /// The enterprise server cannot be reached.
    UnreachableServer = "unreachable-server" => Unavailable,
    /// The cloud cannot be reached.
    UnreachableCloud = "unreachable-cloud" => Unavailable,
    /// A certificate is not trusted.
    TlsUntrusted = "tls-untrusted" => Unavailable,
    /// The proxy refused the connection.
    ProxyRefused = "proxy-refused" => Unavailable,
    /// A service answered with an error of its own.
    ServerError = "server-error" => Unavailable,
    /// What the enterprise server reported cannot be understood.
    MalformedSource = "malformed-source" => Data or Io "when a file could not be read" or Held "when the list is held",
    /// An answer cannot be understood.
    MalformedAnswer = "malformed-answer" => Unavailable,
    /// Something is larger than its cap.
    PayloadTooLarge = "payload-too-large" => Data,
    /// The cloud rejected the document.
    Rejected = "rejected" => Data,
    /// The cloud took the document and has not said that it processed it.
    Unconfirmed = "unconfirmed" => Undelivered,
    /// What was made for another account, address or server ID is not sent to this one.
    DestinationChanged = "destination-changed" => Unavailable,
    /// A person dropped the held document. What was asked for is done.
    Discarded = "discarded" => Done,
    /// A person or a signal ended the run.
    Cancelled = "cancelled" => Unavailable or Data "when `upload` was given an older list",
    /// A defect of this program or of the local storage.
    Internal = "internal" => Internal or Io "when a file could not be read or written",
}

impl Reason {
    /// Whether a command can end with this exit code for this reason; with [`Exit::Undelivered`] once a document is frozen.
    pub fn allows(self, exit: Exit) -> bool {
        let mut others = self.other_exits().iter();
        exit == self.exit() || exit == Exit::Undelivered || others.any(|(other, _)| exit == *other)
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::str::FromStr for Reason {
    type Err = UnknownReason;

    fn from_str(code: &str) -> Result<Self, UnknownReason> {
        Self::ALL
            .iter()
            .copied()
            .find(|reason| reason.code() == code)
            .ok_or_else(|| UnknownReason(code.to_owned()))
    }
}

/// A reason code that this version does not know.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a reason code")]
pub struct UnknownReason(String);
