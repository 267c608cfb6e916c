//! The file system of the state directory. The database keeps its journal in memory that all of its processes share,
//! and a network file system gives them none: there it gets damaged unnoticed.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{major, minor, statfs};

use super::error::StoreError;

/// Numbers of network and cluster file systems, from `linux/magic.h` and the sources of the kernel.
const NETWORK: [(u32, &str); 15] = [
    (0x0000_6969, "NFS"),
    (0xFF53_4D42, "CIFS"),
    (0xFE53_4D42, "SMB2"),
    (0x0000_517B, "SMB"),
    (0x0102_1997, "9p"),
    (0x5346_414F, "AFS"),
    (0x6B41_4653, "kAFS"),
    (0x7375_7245, "Coda"),
    (0x0000_564C, "NCP"),
    (0x00C3_6400, "Ceph"),
    (0x0BD0_0BD0, "Lustre"),
    (0x0116_1970, "GFS2"),
    (0x7461_636F, "OCFS2"),
    (0x4750_4653, "GPFS"),
    (0x2003_0528, "OrangeFS"),
];

/// The number of every file system in user space; the table of mounts says which one it is.
const FUSE: u32 = 0x6573_5546;

/// Those in user space that lead to another machine, by what follows `fuse.` in the table of mounts.
const NETWORK_IN_USER_SPACE: [&str; 16] = [
    "sshfs",
    "glusterfs",
    "ceph",
    "ceph-fuse",
    "s3fs",
    "gcsfuse",
    "blobfuse",
    "blobfuse2",
    "rclone",
    "curlftpfs",
    "davfs",
    "smbnetfs",
    "juicefs",
    "goofys",
    "mfs",
    "seaweedfs",
];

/// Makes sure that the database can be kept in `directory`, or in the one that would be made there. What cannot be found
/// out keeps nothing from being tried.
///
/// # Errors
/// [`StoreError::Network`] when it is on a network file system.
pub(super) fn check(directory: &Path) -> Result<(), StoreError> {
    let there = directory.ancestors().find(|it| it.exists()).unwrap_or(directory);
    let Ok(found) = statfs(there) else { return Ok(()) };
    // On some machines the number has more bits, all of them copies of the sign.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "its type differs by machine"
    )]
    let magic = found.f_type as u32;
    match kind(magic, there) {
        Some(kind) => Err(StoreError::Network {
            path: directory.to_owned(),
            kind,
        }),
        None => Ok(()),
    }
}

/// The type of the file system with this number that `directory` is on, if it is a network file system.
fn kind(magic: u32, directory: &Path) -> Option<String> {
    if magic == FUSE {
        return in_user_space(directory);
    }
    let known = NETWORK.iter().find(|(number, _)| *number == magic);
    known.map(|(_, name)| (*name).to_owned())
}

fn in_user_space(directory: &Path) -> Option<String> {
    let device = directory.metadata().ok()?.dev();
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    network_mount(&mounts, major(device), minor(device))
}

/// The type of the network file system in user space that these mounts have under this device; see
/// `proc_pid_mountinfo(5)`.
fn network_mount(mounts: &str, major: u32, minor: u32) -> Option<String> {
    let device = format!("{major}:{minor}");
    let kind = mounts.lines().find_map(|line| {
        let (mount, filesystem) = line.split_once(" - ")?;
        (mount.split(' ').nth(2)? == device).then(|| filesystem.split(' ').next())?
    })?;
    let name = kind.strip_prefix("fuse.")?;
    NETWORK_IN_USER_SPACE.contains(&name).then(|| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn network_file_systems_are_known_by_their_numbers_and_local_ones_are_not_among_them() {
        let table = [
            (0x6969, Some("NFS")),
            (0xFF53_4D42, Some("CIFS")),
            (0xFE53_4D42, Some("SMB2")),
            (0x517B, Some("SMB")),
            (0x0102_1997, Some("9p")),
            // ext4, xfs, btrfs, tmpfs, overlayfs, ZFS, F2FS.
            (0xEF53, None),
            (0x5846_5342, None),
            (0x9123_683E, None),
            (0x0102_1994, None),
            (0x794C_7630, None),
            (0x2FC1_2FC1, None),
            (0xF2F5_2010, None),
            (FUSE, None),
        ];
        for (magic, expected) in table {
            assert_eq!(kind(magic, Path::new("/")).as_deref(), expected, "{magic:#x}");
        }
    }

    #[test]
    fn a_file_system_in_user_space_is_known_by_the_table_of_mounts() {
        let mounts = "25 1 254:1 / / rw,relatime - ext4 /dev/vda1 rw\n\
            36 25 0:34 / /mnt/a\\040b rw shared:1 master:2 - fuse.sshfs octo@example.com:/srv rw,user_id=0\n\
            37 25 0:35 / /mnt/ntfs rw - fuseblk /dev/sdb1 rw\n\
            38 25 0:36 / /mnt/view rw - fuse.bindfs /srv rw\n\
            39 25 0:37 / /mnt/gluster rw - fuse.glusterfs example.com:/vol rw\n";
        let kinds = [34, 35, 36, 37, 38].map(|minor| network_mount(mounts, 0, minor));
        let expected = [Some("fuse.sshfs"), None, None, Some("fuse.glusterfs"), None];
        assert_eq!(kinds, expected.map(|kind| kind.map(str::to_owned)));
    }

    #[test]
    fn a_local_disk_and_a_file_system_in_memory_are_accepted() {
        for directory in ["/dev/shm", "/", env!("CARGO_MANIFEST_DIR")] {
            check(Path::new(directory)).unwrap();
        }
    }
}
