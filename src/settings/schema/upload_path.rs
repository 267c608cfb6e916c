//! The path of the upload, with placeholders for the account.

use serde::{Deserialize, Serialize};

use crate::settings::Account;
use crate::settings::schema::value::{Refusal, written_as_text};

const ENTERPRISE: &str = "{enterprise}";
const ORGANIZATION: &str = "{organization}";

/// Like `/enterprises/{enterprise}/license-usage`.
///
/// Made of plain segments only, so that joining it to a URL can lead neither to another host nor out of its directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UploadPath(String);

written_as_text!(UploadPath);

impl UploadPath {
    /// The path for this kind of account, unless the operator writes another.
    #[must_use]
    pub fn default_for(account: &Account) -> Self {
        Self(match account {
            Account::Enterprise(_) => format!("/enterprises/{ENTERPRISE}/license-usage"),
            Account::Organization(_) => format!("/orgs/{ORGANIZATION}/license-usage"),
        })
    }

    /// The path with the account filled in and without a leading slash; nothing when it names the other kind of account.
    #[must_use]
    pub fn fill(&self, account: &Account) -> Option<String> {
        let (own, name, other) = match account {
            Account::Enterprise(name) => (ENTERPRISE, name, ORGANIZATION),
            Account::Organization(name) => (ORGANIZATION, name, ENTERPRISE),
        };
        if self.0.contains(other) {
            return None;
        }
        Some(self.0.trim_start_matches('/').replace(own, name))
    }

    fn parse(text: &str) -> Result<Self, Refusal> {
        let Some(segments) = text.strip_prefix('/') else {
            return Err(Refusal::new(
                "this path does not start with `/`",
                "write the path below `uploads-url`, like `/enterprises/{enterprise}/license-usage`",
            ));
        };
        if segments.split('/').all(is_segment) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Refusal::new(
                "this path has a part that is not allowed",
                "use letters, digits, `-`, `_` and `.` between the slashes, and as placeholders only `{enterprise}` and \
                 `{organization}`; no `..`, no query, no `%`",
            ))
        }
    }
}

fn is_segment(segment: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    matches!(segment, ENTERPRISE | ORGANIZATION)
        || (!segment.is_empty() && !segment.chars().all(|c| c == '.') && segment.chars().all(plain))
}

impl std::fmt::Display for UploadPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
