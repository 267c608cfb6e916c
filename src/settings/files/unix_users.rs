//! The users of this user namespace, by their IDs, and whose files a process has to do with.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::OnceLock;

/// The user ID of root.
pub const ROOT: u32 = 0;

/// The IDs that name a user here.
pub(in crate::settings) struct Users {
    /// The first ID of each range, and how many there are.
    ranges: Vec<(u32, u32)>,
    /// Root is that of the namespace around this one, so an owner without an ID here is neither root nor this user.
    has_root: bool,
}

impl Users {
    /// Those of the namespace in which this process is.
    pub(in crate::settings) fn of_process() -> Self {
        // Without a map there is one namespace only.
        let map = std::fs::read_to_string("/proc/self/uid_map");
        Self::of_map(map.as_deref().unwrap_or("0 0 4294967295"))
    }

    fn of_map(map: &str) -> Self {
        let range = |line: &str| {
            let mut numbers = line.split_ascii_whitespace().map(|number| number.parse().ok());
            Some((numbers.next()??, numbers.next()??, numbers.next()??))
        };
        let lines: Vec<(u32, u32, u32)> = map.lines().filter_map(range).collect();
        Self {
            has_root: lines
                .iter()
                .any(|(first, outside, _)| (*first, *outside) == (ROOT, ROOT)),
            ranges: lines.into_iter().map(|(first, _, count)| (first, count)).collect(),
        }
    }

    /// Whether this owner is somebody else than root and `user`. Where root itself has no ID, an owner without one may be
    /// root, who has this process in hand anyway.
    pub(in crate::settings) fn is_foreign(&self, owner: u32, user: u32) -> bool {
        let has_id = |(first, count): &(u32, u32)| owner.checked_sub(*first).is_some_and(|nth| nth < *count);
        owner != ROOT && owner != user && (self.has_root || self.ranges.iter().any(has_id))
    }
}

/// Whether a file of this owner is somebody else's than root's and that of the user of this process.
pub(in crate::settings) fn is_foreign(owner: u32) -> bool {
    Users::of_process().is_foreign(owner, uzers::get_effective_uid())
}

/// Whether this process was root's when it began.
static WAS_ROOT: OnceLock<()> = OnceLock::new();

/// From now on no command is advised to be run as root: this one was.
pub fn gave_up_root() {
    let _first = WAS_ROOT.set(());
}

/// A user who is neither root nor that of this process and owns what is at `path`, or the lowest directory above it that is
/// seen. None for root, who is denied nothing.
pub fn stranger(path: &Path) -> Option<(&Path, String)> {
    let user = uzers::get_effective_uid();
    if user == ROOT || WAS_ROOT.get().is_some() {
        return None;
    }
    let owner = |path: &Path| path.symlink_metadata().ok().map(|metadata| metadata.uid());
    let (path, owner) = path.ancestors().find_map(|path| Some((path, owner(path)?)))?;
    (owner != ROOT && owner != user).then(|| (path, name_of(owner).unwrap_or_else(|| owner.to_string())))
}

/// What to do about the files of a [`stranger`], who is the user of the service as a rule. Root alone would be refused by
/// some commands; as that user, it is not.
pub fn run_as(owner: &str) -> String {
    let has_account = uzers::get_user_by_name(owner).is_some();
    let command = if has_account {
        "runuser -u"
    } else {
        "setpriv --clear-groups --reuid"
    };
    format!("run this command as the user {owner}: as root, with `{command} {owner} --` in front of it")
}

/// The name of an account; none for a user who has no account.
pub fn name_of(user: u32) -> Option<String> {
    uzers::get_user_by_uid(user).map(|account| account.name().to_string_lossy().into_owned())
}

/// The user of this process by name, or by number if there is no account.
pub fn name_of_process() -> String {
    let user = uzers::get_effective_uid();
    name_of(user).unwrap_or_else(|| user.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNERS: [u32; 6] = [0, 1, 999, 1000, 1009, 65_534];

    fn foreign(map: &str, user: u32) -> Vec<u32> {
        let users = Users::of_map(map);
        OWNERS
            .into_iter()
            .filter(|owner| users.is_foreign(*owner, user))
            .collect()
    }

    #[test]
    fn everybody_but_root_and_the_user_of_this_process_is_foreign() {
        let map = "         0          0 4294967295\n";
        assert_eq!(foreign(map, 1000), [1, 999, 1009, 65_534]);
        assert_eq!(foreign(map, 0), [1, 999, 1000, 1009, 65_534]);
    }

    #[test]
    fn an_owner_outside_of_a_namespace_that_has_root_is_foreign() {
        // As systemd makes one for `PrivateUsers=yes`.
        assert_eq!(foreign("0 0 1\n999 999 1\n", 999), [1, 1000, 1009, 65_534]);
    }

    #[test]
    fn an_owner_outside_of_a_namespace_without_root_may_be_root() {
        assert_eq!(foreign("0 1000 1\n", 0), [0; 0]);
        assert_eq!(foreign("0 1000 1\n1 100000 1000\n", 0), [1, 999, 1000]);
    }
}
