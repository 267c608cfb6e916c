//! Who decides about a held document: the user who logged in, even if this process has changed its user since.
//!
//! The kernel keeps the login user of a session through `su` and `sudo`, and only root can change it. Where there was
//! no login, as in a container, `SUDO_USER` says who asked; anybody can set it, but for root it is what `sudo` said.

use crate::plain;
use crate::settings::{Environment, name_of};

/// The login user of a process that no login began.
const UNSET: u32 = u32::MAX;

/// No user name is longer than this, in bytes.
const LONGEST: usize = 256;

/// The name to record. To be asked for before the process becomes another user.
pub(super) fn approver(environment: &Environment) -> String {
    let login = std::fs::read_to_string("/proc/self/loginuid").ok();
    let login = login.and_then(|number| number.trim().parse().ok());
    let name = |user| name_of(user).unwrap_or_else(|| format!("user {user}"));
    let approver = match (login.filter(|user| *user != UNSET), environment.get("SUDO_USER")) {
        (Some(user), _) => name(user),
        (None, Some(name)) => name.to_owned(),
        (None, None) => name(uzers::get_effective_uid()),
    };
    plain::shortened(&approver, LONGEST)
}
