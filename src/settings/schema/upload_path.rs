//! The path of the upload, with placeholders for the account.

use super::license_owner::LicenseOwner;
use super::value::{Text, ValueError};

const ENTERPRISE: &str = "{enterprise}";
const ORGANIZATION: &str = "{organization}";

/// Like `/enterprises/{enterprise}/license-usage`.
///
/// Made of plain segments only, so that joining it to a URL can lead neither to another host nor out of its directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::settings) struct UploadPath(String);

impl UploadPath {
    /// The path for this kind of account, unless the operator writes another.
    pub(in crate::settings) fn default_for(account: &LicenseOwner) -> Self {
        Self(match account {
            LicenseOwner::Enterprise(_) => format!("/enterprises/{ENTERPRISE}/license-usage"),
            LicenseOwner::Organization(_) => format!("/orgs/{ORGANIZATION}/license-usage"),
        })
    }

    /// The path with the account filled in and without a leading slash; nothing when it names the other kind of account.
    pub(in crate::settings) fn fill(&self, account: &LicenseOwner) -> Option<String> {
        let (own, name, other) = match account {
            LicenseOwner::Enterprise(name) => (ENTERPRISE, name, ORGANIZATION),
            LicenseOwner::Organization(name) => (ORGANIZATION, name, ENTERPRISE),
        };
        if self.0.contains(other) {
            return None;
        }
        Some(self.0.trim_start_matches('/').replace(own, name))
    }
}

impl Text for UploadPath {
    fn parse(text: &str) -> Result<Self, ValueError> {
        let Some(segments) = text.strip_prefix('/') else {
            return Err(ValueError::new(
                "this path does not start with `/`",
                "write the path below `uploads-url`, like `/enterprises/{enterprise}/license-usage`",
            ));
        };
        if segments.split('/').all(is_segment) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ValueError::new(
                "this path has a part that is not allowed",
                "use letters, digits, `-`, `_` and `.` between the slashes, and as placeholders only `{enterprise}` and \
                 `{organization}`; no `..`, no query, no `%`",
            ))
        }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

fn is_segment(segment: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    matches!(segment, ENTERPRISE | ORGANIZATION)
        || (!segment.is_empty() && !segment.chars().all(|c| c == '.') && segment.chars().all(plain))
}
