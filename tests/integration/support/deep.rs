//! Whether the checks of every night are wanted, or those of every change.

/// `GHE_LICENSE_SYNC_DEEP=1` asks for the full size of what a test scales down otherwise.
#[allow(clippy::disallowed_methods, reason = "asks the developer who runs the tests")]
pub(crate) fn is_deep() -> bool {
    std::env::var("GHE_LICENSE_SYNC_DEEP").is_ok_and(|value| value == "1")
}
