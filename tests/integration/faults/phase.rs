//! Where in a run a fault happens.

use crate::support::loopback::Request;

/// A phase, by the requests that belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The server's own facts.
    Facts,
    /// The report, which the server has ready.
    Report,
    /// The report, after the server has said that it generates it.
    Waiting,
    Token,
    Upload,
    /// Whether the cloud processed the document.
    Confirmation,
}

impl Phase {
    pub(super) const ALL: [Self; 6] = [
        Self::Facts,
        Self::Report,
        Self::Waiting,
        Self::Token,
        Self::Upload,
        Self::Confirmation,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Facts => "server facts",
            Self::Report => "report",
            Self::Waiting => "report, while it is generated",
            Self::Token => "token",
            Self::Upload => "upload",
            Self::Confirmation => "confirmation",
        }
    }

    /// Whether this request belongs to it.
    pub(super) fn has(self, request: &Request) -> bool {
        let path = request.path();
        match self {
            Self::Facts => path.starts_with("/api/v3/"),
            Self::Report | Self::Waiting => path.starts_with("/stafftools/"),
            Self::Token => path.ends_with("/access_tokens") || path == "/app",
            Self::Upload => path.ends_with("/license-usage"),
            Self::Confirmation => path.contains("/license-usage/"),
        }
    }

    /// The settings with the address that is asked and with the authority that is trusted there.
    pub(super) fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Facts | Self::Report | Self::Waiting => ("server.url", "server.ca-file"),
            Self::Token | Self::Confirmation => ("connect.api-url", "connect.ca-file"),
            Self::Upload => ("connect.uploads-url", "connect.ca-file"),
        }
    }

    /// Whether it asks again and again until its time is up, so that nobody can tell how often.
    pub(super) fn asks_on(self) -> bool {
        matches!(self, Self::Waiting | Self::Confirmation)
    }
}
