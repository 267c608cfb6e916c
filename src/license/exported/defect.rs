//! What can be wrong with a license usage file. No text shows a value of it.

use crate::reason::Reason;

/// The largest file, in bytes.
pub const EXPORT_CAP: u64 = 1 << 30;

/// How much of it may be kept, in bytes.
pub(super) const SKELETON_CAP: usize = 1024 * 1024;

/// What is wrong with a license usage file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ExportDefect {
    #[error("it is empty")]
    Empty,
    #[error("it is not JSON")]
    NotJson,
    #[error("it is not UTF-8")]
    NotUtf8,
    #[error("it is not whole: it ends in the middle")]
    Half,
    #[error("it is not one JSON object")]
    NotAnObject,
    #[error("something follows the JSON object")]
    MoreThanOne,
    #[error("it is larger than {} bytes", EXPORT_CAP)]
    TooLarge,
    #[error(
        "more than {SKELETON_CAP} bytes stand outside of its long texts, so its users are not encrypted, or it is another file"
    )]
    TooMuchInClear,
    /// The member's name is one that is looked for.
    #[error("it has no `{0}`")]
    Missing(&'static str),
    #[error("`{0}` is there twice")]
    Twice(&'static str),
    #[error("`{member}` is {found}, and has to be {expected}")]
    WrongType {
        member: &'static str,
        expected: &'static str,
        /// What JSON calls it, like `a number`.
        found: &'static str,
    },
    #[error("`{0}` is empty")]
    EmptyText(&'static str),
}

impl ExportDefect {
    /// The reason code.
    pub fn reason(self) -> Reason {
        match self {
            Self::TooLarge => Reason::PayloadTooLarge,
            _ => Reason::MalformedSource,
        }
    }

    /// What to do about it.
    pub fn help(self) -> &'static str {
        match self {
            Self::TooMuchInClear | Self::WrongType { member: "users", .. } => {
                "export the license usage with its users encrypted, which is the default: nothing else is taken"
            }
            Self::TooLarge => {
                "compare its size with that of an earlier export; if it is right, report it to the project"
            }
            _ => {
                "export the license usage again, with `ghe-license usage -o -y` or in Enterprise settings › License; nothing is \
                 guessed, so all of it is refused"
            }
        }
    }
}
