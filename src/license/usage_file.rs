//! A document as a file that a person carries to the cloud: its name, and the checksum that lies beside it.
//!
//! The name sorts by time and says what the file is: `license-usage-20261102T030405Z-ghes.example.com-0123456789ab.json`.
//! The checksum has this name with `.sha256` behind it and the form of `sha256sum`, so that `sha256sum -c` finds whether
//! the file was altered on the way.

use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};

use super::document::Digest;

const PREFIX: &str = "license-usage-";
const SUFFIX: &str = ".json";

/// What the name of the file of a checksum ends with.
pub const CHECKSUM_SUFFIX: &str = ".sha256";

/// Sorts by time, and is a name on every file system.
const TIME: &str = "%Y%m%dT%H%M%SZ";

/// A name has 255 bytes at most, and the other parts of it need 60 with the suffix of a temporary file.
const ROOM_FOR_HOSTNAME: usize = 180;

/// Where a person uploads such a file for this account, or one that the enterprise server exported.
pub fn upload_place(account: &str) -> String {
    format!("on the Licensing page of the {account}, beside \"Enterprise Server instances\", with \"Add server usage\"")
}

/// The name of a file with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageFileName {
    /// In whole seconds.
    pub collected_at: DateTime<Utc>,
    /// Of the enterprise server, as far as it fits into a file name.
    pub hostname: String,
    /// The leading digits of the document's digest.
    pub digest: String,
}

impl UsageFileName {
    /// The name for the document of this server with this digest.
    pub fn new(collected_at: DateTime<Utc>, hostname: &str, digest: Digest) -> Self {
        Self {
            collected_at: collected_at.trunc_subsecs(0),
            hostname: fit(hostname),
            digest: digest.short(),
        }
    }

    /// Reads a name back; nothing when a file is called otherwise.
    pub fn parse(name: &str) -> Option<Self> {
        let (time, rest) = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.split_once('-')?;
        let (hostname, digest) = rest.rsplit_once('-')?;
        let parsed = Self {
            collected_at: NaiveDateTime::parse_from_str(time, TIME).ok()?.and_utc(),
            hostname: hostname.to_owned(),
            digest: digest.to_owned(),
        };
        // There is one way to write each name.
        let is_digest = digest.len() == 12 && digest.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        (is_digest && fit(hostname) == hostname && parsed.to_string() == name).then_some(parsed)
    }

    /// Whether it is the name of a file of the server that is called `hostname`.
    pub fn is_of_server(&self, hostname: &str) -> bool {
        self.hostname == fit(hostname)
    }

    /// Whether a document with this digest has the name.
    pub fn is_of(&self, digest: Digest) -> bool {
        self.digest == digest.short()
    }
}

impl std::fmt::Display for UsageFileName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { hostname, digest, .. } = self;
        let time = self.collected_at.format(TIME);
        write!(f, "{PREFIX}{time}-{hostname}-{digest}{SUFFIX}")
    }
}

/// What of a host name is allowed in a file name: an IPv6 address has colons and brackets.
fn fit(hostname: &str) -> String {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    let lower = hostname.chars().map(|c| c.to_ascii_lowercase());
    let fits = lower.map(|c| if is_plain(c) { c } else { '_' });
    fits.take(ROOM_FOR_HOSTNAME).collect()
}

/// Where the checksum of the file at `path` is: beside it.
pub fn checksum_path(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(CHECKSUM_SUFFIX);
    path.with_file_name(name)
}

/// The content of that file: the SHA-256 of all bytes of the file `name`, as `sha256sum` writes it.
pub fn checksum(sha256: Digest, name: &str) -> String {
    format!("{sha256}  {name}\n")
}

/// The SHA-256 that the content of such a file gives for the file `name`; nothing when it gives none. It may be of several
/// files, and of binary ones, which `sha256sum -b` marks with `*`.
pub fn checksum_of(content: &str, name: &str) -> Option<Digest> {
    let of_line = |line: &str| {
        let (hex, rest) = line.trim_end_matches('\r').split_once(' ')?;
        let named = rest.strip_prefix([' ', '*'])?;
        (named == name).then(|| hex.parse().ok())?
    };
    content.lines().find_map(of_line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: Digest = Digest([0xa5; 32]);

    fn name(hostname: &str) -> UsageFileName {
        UsageFileName::new("2026-11-02T03:04:05.678Z".parse().unwrap(), hostname, DIGEST)
    }

    #[test]
    fn a_name_says_when_the_list_was_collected_of_which_server_and_its_digest() {
        let name = name("ghes.example.com");
        assert_eq!(
            name.to_string(),
            "license-usage-20261102T030405Z-ghes.example.com-a5a5a5a5a5a5.json"
        );
        assert!(name.is_of(DIGEST) && !name.is_of(Digest([0; 32])));
        assert!(name.is_of_server("GHES.example.com") && !name.is_of_server("example.com"));
    }

    #[test]
    fn every_name_is_read_back_and_fits_into_a_directory() {
        for hostname in [
            "ghes.example.com",
            "ghes-1.octo-corp.example",
            "[2001:db8::1]",
            "GHES",
            "",
            &"x".repeat(253),
        ] {
            let name = name(hostname);
            let text = name.to_string();
            assert!(text.len() < 240 && !text.contains([':', '/', '[']), "{text}");
            assert_eq!(UsageFileName::parse(&text), Some(name), "{text}");
        }
    }

    #[test]
    fn another_name_is_none_of_ours() {
        for other in [
            "",
            "license-usage.json",
            "license-usage-20261102T030405Z-ghes.example.com-a5a5a5a5a5a5",
            "license-usage-20261102T030405Z-ghes.example.com-a5a5a5a5a5a5.json.sha256",
            "license-usage-20261102T030405Z-ghes.example.com-A5A5A5A5A5A5.json",
            "license-usage-20261102T030405Z-ghes.example.com-a5a5a5a5a5.json",
            "license-usage-20261302T030405Z-ghes.example.com-a5a5a5a5a5a5.json",
            "license-usage-20261102T030405-ghes.example.com-a5a5a5a5a5a5.json",
            "license-usage-20261102T030405Z-ghes/../example.com-a5a5a5a5a5a5.json",
            "license-usage-20261102T030405Z-GHES-a5a5a5a5a5a5.json",
        ] {
            assert_eq!(UsageFileName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn names_sort_by_time() {
        let at = |time: &str| UsageFileName::new(time.parse().unwrap(), "ghes", DIGEST).to_string();
        let names = ["2026-09-30T23:59:59Z", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z"].map(at);
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn a_checksum_is_found_by_the_name_of_its_file() {
        let content = checksum(DIGEST, "one.json");
        assert_eq!(content, format!("{}  one.json\n", "a5".repeat(32)));
        assert_eq!(checksum_path(Path::new("to/one.json")), Path::new("to/one.json.sha256"));
        assert_eq!(checksum_of(&content, "one.json"), Some(DIGEST));
        assert_eq!(checksum_of(&content, "two.json"), None);
        let several = format!("{}  two.json\r\n{} *one.json\r\n", "00".repeat(32), "a5".repeat(32));
        assert_eq!(checksum_of(&several, "one.json"), Some(DIGEST));
        for damaged in ["", "a5a5  one.json\n", "one.json", "\n", "\u{0}"] {
            assert_eq!(checksum_of(damaged, "one.json"), None, "{damaged:?}");
        }
    }

    #[test]
    fn sha256sum_itself_accepts_the_checksum_and_notices_one_byte() {
        use std::process::Command;

        use sha2::{Digest as _, Sha256};

        let directory = tempfile::tempdir().unwrap();
        let name = name("ghes.example.com").to_string();
        let path = directory.path().join(&name);
        let is_accepted = || {
            let mut sha256sum = Command::new("sha256sum");
            sha256sum
                .args(["--strict", "-c"])
                .arg(checksum_path(&path))
                .current_dir(&directory);
            sha256sum.output().unwrap().status.success()
        };
        std::fs::write(&path, "{}").unwrap();
        let sha256 = Digest(Sha256::digest("{}").into());
        std::fs::write(checksum_path(&path), checksum(sha256, &name)).unwrap();
        assert!(is_accepted());
        std::fs::write(&path, "{ }").unwrap();
        assert!(!is_accepted());
    }
}
