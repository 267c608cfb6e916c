//! Why the gate is closed.

use crate::explain::Explain;
use crate::reason::Reason;

/// Why the gate is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    #[error("Connect is not enabled")]
    Connect,
    #[error("license sync is not enabled")]
    LicenseSync,
}

impl Closed {
    /// The state of the gate for these two switches; Connect is named first when both are off.
    pub fn from_switches(connect: bool, license_sync: bool) -> Option<Self> {
        match (connect, license_sync) {
            (false, _) => Some(Self::Connect),
            (true, false) => Some(Self::LicenseSync),
            (true, true) => None,
        }
    }

    /// The switch that is off.
    pub fn key(self) -> &'static str {
        match self {
            Self::Connect => "connect.enabled",
            Self::LicenseSync => "license-sync.enabled",
        }
    }
}

impl Explain for Closed {
    fn reason(&self) -> Reason {
        match self {
            Self::Connect => Reason::ConnectDisabled,
            Self::LicenseSync => Reason::LicenseSyncDisabled,
        }
    }

    /// The setting that opens it.
    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Connect => "set `enabled = true` under [connect] once GitHub Connect is set up for this server",
            Self::LicenseSync => {
                "set `enabled = true` under [license-sync] to let this server report its license usage"
            }
        };
        Some(help.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_switches_are_needed_and_connect_comes_first() {
        let reason = |connect, sync| Closed::from_switches(connect, sync).map(|closed| closed.reason());
        assert_eq!(reason(false, false), Some(Reason::ConnectDisabled));
        assert_eq!(reason(false, true), Some(Reason::ConnectDisabled));
        assert_eq!(reason(true, false), Some(Reason::LicenseSyncDisabled));
        assert_eq!(reason(true, true), None);
    }
}
