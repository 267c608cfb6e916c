//! One vocabulary for "did not send": the same word in the exit message, the journal, `status --json` and history.
//!
//! It holds words and numbers only. What happened in detail belongs to the error that carries the reason
//! ([`Explain`](crate::explain::Explain)).

use serde::{Deserialize, Serialize};

/// Process exit codes; the numbers from 64 up are those of `sysexits.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// What was asked for is done.
    Done = 0,
    /// The gate is closed; nothing was sent.
    GateClosed = 3,
    /// A person has to look before anything is sent.
    Held = 4,
    /// `status` only: the last confirmed run is too old, or runs are failing.
    Unhealthy = 5,
    /// The command line was wrong.
    Usage = 64,
    /// The input data was wrong.
    Data = 65,
    /// A service that is needed does not answer as it should.
    Unavailable = 69,
    /// A defect of this program.
    Internal = 70,
    /// Reading or writing local files failed.
    Io = 74,
    /// The document is frozen but the cloud has not confirmed it; it will be tried again.
    Undelivered = 75,
    /// Permission or credentials are missing or were refused.
    Permission = 77,
    /// The settings are wrong.
    Config = 78,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal => $exit:ident,)+) => {
        /// Why nothing was sent, or why what was sent does not count yet.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Reason {
            $($(#[$doc])* #[serde(rename = $code)] $variant,)+
        }

        impl Reason {
            /// Every reason, in the order of the documentation.
            pub const ALL: &[Reason] = &[$(Reason::$variant,)+];

            /// The code as operators read it.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Reason::$variant => $code,)+ }
            }

            /// The exit code when this reason ends a command before a document was frozen.
            #[must_use]
            pub fn exit(self) -> Exit {
                match self { $(Reason::$variant => Exit::$exit,)+ }
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
    EmptyCollection = "empty-collection" => Data,
    /// More people changed since the last confirmed run than the guard lets through.
    MassChange = "mass-change" => Held,
    /// The collected list disagrees with the server's own counts.
    CountMismatch = "count-mismatch" => Held,
    /// Another host reports under our server ID, or our host name stands under another.
    IdentityConflict = "identity-conflict" => Config,
    /// The settings are wrong.
    ConfigInvalid = "config-invalid" => Config,
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
    MalformedSource = "malformed-source" => Data,
    /// An answer cannot be understood.
    MalformedAnswer = "malformed-answer" => Unavailable,
    /// Something is larger than its cap.
    PayloadTooLarge = "payload-too-large" => Data,
    /// The cloud looked at the document and said no.
    Rejected = "rejected" => Data,
    /// The cloud took the document and has not said that it processed it.
    Unconfirmed = "unconfirmed" => Undelivered,
    /// What was made for another account, address or server ID is not sent to this one.
    DestinationChanged = "destination-changed" => Unavailable,
    /// A person dropped the held document. What was asked for is done.
    Discarded = "discarded" => Done,
    /// A person or a signal ended the run.
    Cancelled = "cancelled" => Unavailable,
    /// A defect of this program or of the local storage.
    Internal = "internal" => Internal,
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
