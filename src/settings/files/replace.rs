//! A file that is replaced in one step.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// Writes a file beside `path` under a name that nobody else has or can guess, and gives it that of `path` when it is whole
/// and on the disk. Whatever has this name, also a link, gives way and is not followed.
///
/// # Errors
/// Those of the file system; what was at `path` is as it was, and nothing else is left.
pub fn replace(path: &Path, mode: u32, content: &[u8]) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}.new", Uuid::now_v7().simple()));
    let draft = PathBuf::from(draft);
    let file = File::options().write(true).create_new(true).mode(0o600).open(&draft)?;
    let replaced = fill(file, mode, content).and_then(|()| fs::rename(&draft, path));
    if replaced.is_err() {
        // What went wrong is reported; that the draft may stay behind adds nothing.
        let _left_behind = fs::remove_file(&draft);
    }
    replaced
}

fn fill(mut file: File, mode: u32, content: &[u8]) -> io::Result<()> {
    // Whatever the umask.
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_beside_the_file_is_neither_followed_nor_lost() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("precious"), "kept").unwrap();
        // What a draft might be called, and what one was called.
        let names = [
            "metrics.prom.new",
            "metrics.new",
            &format!("metrics.prom.{}", std::process::id()),
        ];
        for name in names {
            std::os::unix::fs::symlink(path("precious"), path(name)).unwrap();
        }
        for file in ["metrics.prom", names[0]] {
            replace(&path(file), 0o644, b"new").unwrap();
            assert_eq!(fs::read(path(file)).unwrap(), b"new");
        }
        assert_eq!(fs::read(path("precious")).unwrap(), b"kept");
        assert!(names[1..].iter().all(|name| path(name).is_symlink()));
    }
}
