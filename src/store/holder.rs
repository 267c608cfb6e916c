//! Which process holds a lock on a file, as far as the kernel says.

use std::fs::File;
use std::os::unix::fs::MetadataExt;

/// The ID of a process that holds a lock on the file; nothing when it is not seen, as in another container.
pub(super) fn of(file: &File) -> Option<u32> {
    let found = file.metadata().ok()?;
    let (major, minor) = (libc::major(found.dev()), libc::minor(found.dev()));
    let name = format!("{major:02x}:{minor:02x}:{}", found.ino());
    holder(&std::fs::read_to_string("/proc/locks").ok()?, &name)
}

/// From lines like `1: FLOCK  ADVISORY  WRITE 20588 fe:00:5341185 0 EOF`; one that waits has a `->` before the kind.
fn holder(locks: &str, name: &str) -> Option<u32> {
    locks.lines().find_map(|line| {
        let mut words = line.split_ascii_whitespace().skip(1);
        (words.next()? != "->").then_some(())?;
        let process: i64 = words.nth(2)?.parse().ok()?;
        // 0 is one of another namespace, and a lock of an open file that was passed on has none.
        (words.next()? == name).then(|| u32::try_from(process).ok().filter(|process| *process > 0))?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_holder_is_read_and_who_waits_is_not() {
        let locks = "1: FLOCK  ADVISORY  WRITE 20588 fe:00:5341185 0 EOF\n\
                     1: -> FLOCK  ADVISORY  WRITE 20600 fe:00:5341186 0 EOF\n\
                     2: POSIX  ADVISORY  READ 77 fe:00:5341187 128 128\n\
                     3: OFDLCK ADVISORY  WRITE -1 fe:00:5341188 0 EOF\n\
                     4: FLOCK  ADVISORY  WRITE 0 fe:00:5341189 0 EOF\n";
        let holders =
            [5_341_185, 5_341_186, 5_341_187, 5_341_188, 5_341_189].map(|ino| holder(locks, &format!("fe:00:{ino}")));
        assert_eq!(holders, [Some(20_588), None, Some(77), None, None]);
    }
}
