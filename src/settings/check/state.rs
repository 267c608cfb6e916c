//! What the program keeps (`[state]`): a directory of its own, and the key of the fingerprints outside of it.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::Check;
use crate::settings::secret::fingerprint_key::{lies_within, resolved};

/// Directories of the system, where other programs and users keep their files: nobody makes one of them private.
const SHARED: &str = "/ /bin /boot /dev /dev/shm /etc /etc/credstore /etc/credstore.encrypted \
    /etc/ghe-license-sync /home /lib /lib64 /media /mnt /opt /proc /root /run /run/lock /sbin \
    /srv /sys /tmp /usr /usr/bin /usr/lib /usr/local /usr/sbin /usr/share /var /var/cache \
    /var/lib /var/lock /var/log /var/mail /var/run /var/spool /var/tmp";

/// File systems of the kernel: nothing is kept in them.
const NOT_A_DISK: [&str; 2] = ["/proc", "/sys"];

/// The mode bit of a directory that several users share.
const STICKY: u32 = 0o1000;

impl Check<'_> {
    pub(super) fn state(&mut self) {
        let state = &self.sections.state;
        let directory = &state.directory;
        // It is made private.
        if let Some(why) = unfit(directory).or_else(|| unfit(&resolved(directory))) {
            self.report(
                "state.directory",
                format!("{why}, and the state needs one of its own"),
                "name a directory that nothing else uses, like `/var/lib/ghe-license-sync`; the program makes it",
            );
        } else if lies_within(&state.fingerprint_key_file, directory) {
            self.report(
                "state.fingerprint-key-file",
                "the file of the fingerprint key is in the state directory",
                "a copy of the state directory must not include the key: name a file outside of it that backups \
                 leave out, like `/var/cache/ghe-license-sync/fingerprint-key`",
            );
        }
    }
}

/// What speaks against a directory for the state.
fn unfit(directory: &Path) -> Option<&'static str> {
    if NOT_A_DISK
        .iter()
        .any(|it| directory != Path::new(it) && directory.starts_with(it))
    {
        return Some("this directory is not on a disk");
    }
    if SHARED.split(' ').any(|it| directory == Path::new(it)) {
        return Some("this directory belongs to the system");
    }
    let shared = directory
        .metadata()
        .is_ok_and(|it| it.is_dir() && it.mode() & STICKY != 0);
    shared.then_some("other users keep files in this directory")
}
