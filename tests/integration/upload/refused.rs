//! Every file that is not sent, with every message. Nothing of it is in the store, and nothing reaches the cloud.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;

use chrono::TimeDelta;
use insta::assert_snapshot;
use uuid::Uuid;

use super::{Site, Written, keep};

const AN_HOUR: TimeDelta = TimeDelta::hours(1);

/// Files with one thing wrong, each in a directory of its own.
struct Shelf<'a> {
    site: &'a Site,
    number: u32,
}

impl Shelf<'_> {
    fn directory(&mut self) -> PathBuf {
        self.number += 1;
        let directory = self.site.lab.directory.path().join(format!("{}", self.number));
        fs::create_dir(&directory).unwrap();
        directory
    }

    fn document(&mut self, change: impl FnOnce(&mut Written)) -> PathBuf {
        let mut document = self.site.document(1..41, AN_HOUR);
        change(&mut document);
        document.keep(&self.directory())
    }

    /// With other bytes and, if `again`, a checksum that fits them.
    fn changed(&mut self, again: bool, change: impl FnOnce(String) -> String) -> PathBuf {
        let file = self.document(|_| {});
        let bytes = change(fs::read_to_string(&file).unwrap());
        match again {
            true => keep(&file, bytes.as_bytes()),
            false => {
                fs::write(&file, bytes).unwrap();
                file
            }
        }
    }

    fn replaced(&mut self, from: &str, to: &str) -> PathBuf {
        self.changed(true, |text| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        })
    }
}

fn checksum_of(file: &std::path::Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sha256");
    name.into()
}

#[tokio::test]
async fn each_defect_of_a_file_has_a_message_of_its_own() {
    let site = Site::with_faults(&[]).await;
    let mut shelf = Shelf { site: &site, number: 0 };
    let missing = shelf.directory().join("missing.json");
    let pipe = shelf.directory().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let alone = shelf.document(|_| {});
    fs::remove_file(checksum_of(&alone)).unwrap();
    let renamed = shelf.document(|_| {});
    let other_name = renamed.with_file_name("usage.json");
    fs::rename(&renamed, &other_name).unwrap();
    fs::rename(checksum_of(&renamed), checksum_of(&other_name)).unwrap();
    let huge = shelf.document(|_| {});
    File::options()
        .write(true)
        .open(&huge)
        .unwrap()
        .set_len((2 << 30) + 1)
        .unwrap();
    let exported = shelf.directory().join("license-usage.json");
    let summed = shelf.directory().join("license-usage.json");
    site.lab.sandbox.export_license_usage(&exported).unwrap();
    keep(&summed, &fs::read(&exported).unwrap());
    let mixed = shelf.document(|_| {});
    keep(&mixed, &shelf.site.document(1..9, AN_HOUR).bytes().0);
    let cases = [
        ("a file that is not there", missing),
        ("a directory", shelf.directory()),
        ("a pipe", pipe),
        ("standard input", "-".into()),
        ("no checksum", alone),
        ("the checksum itself", checksum_of(&mixed)),
        ("a checksum of another name", other_name),
        ("one byte more", shelf.changed(false, |text| text + " ")),
        (
            "cut off",
            shelf.changed(false, |text| text[..text.len() / 2].to_owned()),
        ),
        ("empty", shelf.changed(true, |_| String::new())),
        (
            "cut off before the checksum was made",
            shelf.changed(true, |text| text[..text.len() / 2].to_owned()),
        ),
        ("too large", huge),
        ("no JSON", shelf.changed(true, |text| text.replacen(':', "=", 1))),
        ("another schema", shelf.replaced("usage/v1", "usage/v7")),
        (
            "a member too many",
            shelf.replaced("\"emails\":", "\"login\":\"canary\",\"emails\":"),
        ),
        ("a member too few", shelf.replaced(",\"http_only\":true", "")),
        ("a user twice", shelf.replaced("{\"id\":2,", "{\"id\":1,")),
        ("wrong totals", shelf.replaced("\"accounts\":40", "\"accounts\":41")),
        ("white space", shelf.replaced("\"users\":", "\"users\": ")),
        ("the name of another document", mixed),
        ("of the future", shelf.document(|it| it.collected_at += AN_HOUR * 2)),
        ("too old", shelf.document(|it| it.collected_at -= AN_HOUR * 24 * 8)),
        (
            "of another host",
            shelf.document(|it| "ghes-2.example.com".clone_into(&mut it.server.hostname)),
        ),
        ("exported by the server", exported),
        ("exported by the server, with a checksum", summed),
        (
            "of another server ID",
            shelf.document(|it| it.server.id = Uuid::from_u128(7)),
        ),
    ];
    let mut table = String::new();
    for (what, file) in cases {
        let ran = site.upload(&file, &[]).await;
        assert!(!ran.stderr.contains("canary") && !ran.stderr.contains('@'), "{ran}");
        let text = site.plain(&ran);
        let (exit, text) = text.split_once(", stderr:\n").unwrap_or(("", &text));
        let _infallible = writeln!(table, "{what}: {exit}\n{text}");
    }
    assert_snapshot!(table);
    assert_eq!(site.taken(), 0);
    assert!(site.lab.store().await.runs(1).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_wrong_checksum_or_age_on_the_command_line_is_a_usage_error() {
    let site = Site::with_faults(&[]).await;
    let file = site.file(1..41, AN_HOUR);
    let mut table = String::new();
    for more in [&["--sha256", "a5a5"][..], &["--max-age", "0s"], &["--max-age", "long"]] {
        let ran = site.upload(&file, more).await;
        assert_eq!(ran.exit, Some(64), "{ran}");
        let _infallible = writeln!(table, "{}", ran.stderr.lines().next().unwrap_or_default());
    }
    assert_snapshot!(table, @"
    error: invalid value 'a5a5' for '--sha256 <HEX>': not a SHA-256 in hex
    error: invalid value '0s' for '--max-age <DURATION>': an age must be longer than nothing; write a number with its unit, like `36h` or `7d`
    error: invalid value 'long' for '--max-age <DURATION>': this is not a duration; write a number with its unit, like `36h` or `7d`
    ");
    let wrong = site.upload(&file, &["--sha256", &"a5".repeat(32)]).await;
    assert_eq!((wrong.exit, site.taken()), (Some(65), 0), "{wrong}");
}

#[tokio::test]
async fn a_list_never_takes_the_place_of_a_newer_one() {
    let site = Site::with_faults(&[]).await;
    let (older, newer) = (site.file(1..40, AN_HOUR * 5), site.file(1..41, AN_HOUR));
    assert_eq!(site.upload(&newer, &[]).await.exit, Some(0));
    assert_snapshot!(site.plain(&site.upload(&older, &[]).await), @"
    exit 65, stderr:
    error: no license usage was sent
      because: the list was collected at TIME, and the cloud took a newer one of this server from here, of TIME
      help: the older list would take the place of the newer one; write a new document if the cloud is to get one
      reason: cancelled
    ");
    // A host that has never sent anything learns it from the cloud.
    let other = format!("state.directory={}/other", site.lab.directory.path().display());
    assert_snapshot!(site.plain(&site.upload(&older, &["--set", &other]).await), @"
    exit 65, stderr:
    error: no license usage was sent
      because: the list was collected at TIME, and the cloud lists a later sync of this server, of TIME
      help: the older list would take the place of the newer one; write a new document if the cloud is to get one
      reason: cancelled
    warning: the cloud lists a sync of this server, of TIME, that this store did not make: the state directory is new or was restored from a backup, or something else syncs under the same server ID
    ");
    assert_eq!(site.taken(), 1);
}

#[tokio::test]
async fn a_closed_gate_is_said_before_the_file_is_read() {
    let site = Site::with_faults(&[]).await;
    let missing = site.lab.directory.path().join("missing.json");
    for switch in ["connect.enabled=false", "license-sync.enabled=false"] {
        let ran = site.upload(&missing, &["--set", switch]).await;
        assert_eq!(ran.exit, Some(3), "{ran}");
    }
}
