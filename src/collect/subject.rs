//! What is read from a file or from a program, as errors name it.

use std::fmt;

/// The largest report, in bytes after decompression.
pub(super) const REPORT_CAP: u64 = 4 << 30;

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The all-users report.
    Report,
    /// The license usage file that the server exports.
    LicenseFile,
}

impl Subject {
    /// The setting `key` of the section in which a file is named.
    pub(super) fn file_key(self, key: &str) -> String {
        match self {
            Self::Report => format!("server.source.file.{key}"),
            Self::LicenseFile => format!("server.source.license-file.{key}"),
        }
    }

    /// The setting `key` of the section in which a program is named.
    pub(super) fn command_key(self, key: &str) -> String {
        match self {
            Self::Report => format!("server.source.command.{key}"),
            Self::LicenseFile => format!("server.source.license-file.{key}"),
        }
    }

    /// How it is made anew.
    pub(super) fn again(self) -> &'static str {
        match self {
            Self::Report => "download the all-users report again",
            Self::LicenseFile => "export the license usage again",
        }
    }

    /// What it is called where it is a thing that somebody puts somewhere.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Report => "all-users report",
            Self::LicenseFile => "license usage file",
        }
    }

    /// The largest that is read from a program, in bytes.
    pub(super) fn cap(self) -> u64 {
        match self {
            Self::Report => REPORT_CAP,
            Self::LicenseFile => crate::license::exported::EXPORT_CAP,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Report => "report",
            Self::LicenseFile => "license usage file",
        })
    }
}
