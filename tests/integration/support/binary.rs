//! The real binary in another place.

use std::path::Path;
use std::process::Command;

/// Copies the binary to where another user can start it. A process does that, since a file that this one writes may be
/// held open by what another test starts at that moment, and is not started then.
pub(crate) fn copy_binary(to: &Path) {
    let mut copy = Command::new("cp");
    copy.arg(env!("CARGO_BIN_EXE_ghe-license-sync")).arg(to);
    assert!(copy.status().unwrap().success());
}
