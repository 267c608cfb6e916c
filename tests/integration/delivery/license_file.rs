//! The license usage file of the server arrives as it is, or nothing is sent.

use std::fs::{self, File, FileTimes};
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use ghe_license_sync::clock::{Clock as _, SystemClock};
use ghe_license_sync::collect::{NoProgress, collect_license_file};
use ghe_license_sync::settings::{LicenseFile, ReportFile};
use ghe_license_sync::store::State;
use ghe_license_sync::transport::Pace;
use insta::assert_snapshot;

use super::Lab;
use crate::support::enterprise::{environment, settings, with_report};
use crate::support::moment::{Moment, die_with};
use crate::support::placeholder::placeholders;
use crate::support::render::render;

const REPORT: &str = "[server.source.report]\nusername = \"license-bot\"";

/// A sandbox whose server exports to a file.
struct Export(Lab);

impl Export {
    async fn new() -> Self {
        let export = Self(Lab::with_faults(&[]).await);
        export.0.sandbox.export_license_usage(&export.path()).unwrap();
        let section = format!("[server.source.license-file]\npath = \"{}\"", export.path().display());
        export.0.edit_settings(REPORT, &section);
        export
    }

    fn path(&self) -> PathBuf {
        self.0.directory.path().join("license-usage.json")
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.path()).unwrap()
    }

    /// The server ID that the settings of the sandbox name.
    fn id(&self) -> String {
        let settings = fs::read_to_string(self.0.sandbox.config_file()).unwrap();
        let line = settings
            .lines()
            .find(|line| line.trim_start_matches('#').starts_with("id = "));
        line.unwrap().split('"').nth(1).unwrap().to_owned()
    }

    /// Puts a file there with these users, which the cloud can read.
    fn with_users(&self, numbers: std::ops::Range<u64>) {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        for number in numbers {
            writeln!(gzip, "{number} user{}@example.com", number * 0x9e37_79b9).unwrap();
        }
        let users = STANDARD.encode(gzip.finish().unwrap());
        let id = self.id();
        let file =
            format!("{{\"users\":\"{users}\",\"instance\":{{\"host_name\":\"127.0.0.1\",\"server_id\":\"{id}\"}}}}");
        fs::write(self.path(), file).unwrap();
    }

    async fn says(&self, arguments: &[&str]) -> String {
        let ran = self.0.run(arguments).await;
        placeholders(&self.0.plain(&ran.to_string()))
    }

    /// What arrived as this upload, counted from 1, decompressed.
    fn arrived(&self, number: u32) -> Vec<u8> {
        let file = File::open(self.0.directory.path().join(format!("uploads/usage-{number}.json.gz"))).unwrap();
        let mut bytes = Vec::new();
        GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
        bytes
    }
}

#[tokio::test]
async fn the_bytes_that_arrive_are_those_of_the_file_and_the_cloud_counts_its_users() {
    let export = Export::new().await;
    assert_snapshot!(export.says(&["sync"]).await);
    assert!(export.arrived(1) == export.bytes());
    assert_eq!(export.0.sandbox.tally().server_users, 54);
    let run = export.0.last_run().await;
    assert_eq!((run.state, run.totals, run.change), (State::Confirmed, None, None));
    assert!(
        run.encrypted_users
            .is_some_and(|users| users.bytes > 100 && users.bytes_before.is_none())
    );
    // Another window gets the same file, and hears that the server made no new one.
    let again = export.says(&["sync", "--verbose"]).await;
    assert!(again.contains("the server exported no new file"), "{again}");
    assert_eq!(export.0.fingerprint_pieces().await, 0);
}

#[tokio::test]
async fn the_bytes_that_arrive_are_those_that_the_program_writes() {
    let export = Export::new().await;
    let path = export.path().display().to_string();
    export.0.edit_settings(
        &format!("path = \"{path}\""),
        &format!("run = [\"/bin/cat\", \"{path}\"]"),
    );
    let ran = export.0.run(&["sync"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert!(export.arrived(1) == export.bytes());
    fs::write(export.path(), "{\"instance\":").unwrap();
    assert_snapshot!(export.says(&["sync"]).await);
    export.0.edit_settings("\"/bin/cat\", ", "\"/bin/cat\", \"/nowhere\", ");
    assert_snapshot!(export.says(&["sync"]).await);
}

#[tokio::test]
async fn the_id_comes_from_the_file_where_no_setting_names_it_and_stays() {
    let export = Export::new().await;
    let id = export.id();
    export.0.edit_settings("\nid = ", "\n#id = ");
    let preview = export.0.run(&["sync", "--dry-run", "--json"]).await;
    assert!(preview.stdout.contains(&id), "{preview}");
    assert_eq!(export.0.run(&["sync"]).await.exit, Some(0));
    let run = export.0.last_run().await;
    assert_eq!(run.destination.server_id.to_string(), id);
    assert!(run.frozen.unwrap().idempotency_key.starts_with(&id));
    let status = export.0.run(&["status"]).await;
    assert!(
        status.stdout.contains(&format!("{id}, that of the license usage file")),
        "{status}"
    );
    // The file of another server is not sent from this store.
    let other = String::from_utf8(export.bytes())
        .unwrap()
        .replace(&id, "0191d3a2-77aa-4c11-9b1e-5e2f8a4c0d17");
    fs::write(export.path(), other).unwrap();
    for command in [&["sync"][..], &["sync", "--dry-run"]] {
        let ran = export.0.run(command).await;
        assert!(
            ran.exit == Some(78) && ran.stderr.contains("belongs to the server ID"),
            "{ran}"
        );
    }
    let check = export.0.run(&["check", "--offline"]).await;
    assert!(
        check.exit == Some(78) && check.stdout.contains("belongs to the server ID"),
        "{check}"
    );
    assert_eq!(export.0.sandbox.uploads().len(), 1);
}

/// The lines about the server ID of `check --offline` and `status`, and the ID of both in JSON.
async fn shown_id(export: &Export) -> String {
    let mut text = String::new();
    for (command, name) in [(&["check", "--offline"][..], "ID    "), (&["status"], "server ID ")] {
        let lines = export.0.run(command).await.stdout;
        let line = lines.lines().find(|line| line.starts_with(name));
        text += &format!("{}\n", line.unwrap_or("none"));
        let json = export.0.run(&[command, &["--json"]].concat()).await.stdout;
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        text += &format!("  {} {}\n", json["server_id"], json["server_id_source"]);
    }
    export.0.plain(&text.replace(&export.id(), "ID"))
}

#[tokio::test]
async fn the_id_that_is_shown_is_the_one_that_a_sync_uses() {
    let export = Export::new().await;
    export.0.edit_settings("\nid = ", "\n#id = ");
    let good = export.bytes();
    let other = String::from_utf8(good.clone())
        .unwrap()
        .replace(&export.id(), "0191d3a2-77aa-4c11-9b1e-5e2f8a4c0d17");
    let mut shown = shown_id(&export).await;
    fs::remove_file(export.path()).unwrap();
    shown += &shown_id(&export).await;
    fs::write(export.path(), &good).unwrap();
    assert_eq!(export.0.run(&["sync"]).await.exit, Some(0));
    fs::write(export.path(), other).unwrap();
    shown += &shown_id(&export).await;
    fs::remove_file(export.path()).unwrap();
    shown += &shown_id(&export).await;
    export
        .0
        .edit_settings("path = \"", "run = [\"/bin/cat\", \"/nowhere\"]\n#path = \"");
    shown += &shown_id(&export).await;
    assert_snapshot!(shown);
}

/// What one error advises is not what the next one takes back.
#[tokio::test]
async fn who_follows_the_advice_about_the_id_of_a_file_gets_to_an_end() {
    let export = Export::new().await;
    assert_eq!(export.0.run(&["sync"]).await.exit, Some(0));
    let id = export.id();
    let other = "0191d3a2-77aa-4c11-9b1e-5e2f8a4c0d17";
    let file = String::from_utf8(export.bytes()).unwrap().replace(&id, other);
    fs::write(export.path(), file).unwrap();
    let help = |ran: &str| {
        let line = ran.lines().find(|line| line.contains("help: ")).unwrap_or(ran);
        format!("{}\n", line.replace(&id, "ID").replace(other, "OTHER"))
    };
    let said = export.says(&["sync", "--set", &format!("server.id={other}")]).await;
    assert!(said.contains("set `server.id` to"), "{said}");
    let mut advised = help(&export.0.plain(&export.0.run(&["sync"]).await.to_string()));
    export.0.edit_settings("\nid = ", "\n#id = ");
    advised += &help(&export.0.plain(&export.0.run(&["sync"]).await.to_string()));
    assert_snapshot!(advised);
}

#[tokio::test]
async fn a_file_that_names_no_host_is_of_this_server_only_by_the_id_of_the_settings() {
    let export = Export::new().await;
    let id = export.id();
    for host in ["", "\"host_name\":\"\",", "\"host_name\":null,"] {
        let file = format!("{{\"instance\":{{{host}\"server_id\":\"{id}\"}},\"users\":\"QUJD\"}}");
        fs::write(export.path(), file).unwrap();
        assert_eq!(export.0.run(&["sync", "--dry-run"]).await.exit, Some(0), "{host}");
        export.0.edit_settings("\nid = ", "\n#id = ");
        let ran = export.0.run(&["sync"]).await;
        assert!(
            ran.exit == Some(78) && ran.stderr.contains("names no host"),
            "{host}: {ran}"
        );
        assert!(ran.stderr.contains("as `server.id`"), "{ran}");
        export.0.edit_settings("\n#id = ", "\nid = ");
    }
    assert!(export.0.sandbox.uploads().is_empty());
}

#[tokio::test]
async fn what_is_no_whole_file_of_this_server_is_refused_and_nothing_of_it_is_shown() {
    let export = Export::new().await;
    let whole = String::from_utf8(export.bytes()).unwrap();
    let instance = |members: &str| format!("{{\"instance\":{{{members}}},\"users\":\"canary\"}}");
    let cases = [
        whole[..whole.len() / 2].to_owned(),
        String::new(),
        "id,login,email\n1,canary,canary@example.com\n".to_owned(),
        whole.clone() + &whole,
        instance("\"host_name\":\"canary\""),
        instance("\"server_id\":\"0191d3a2-77aa-4c11-9b1e-5e2f8a4c0d17\""),
        whole.replace("\"users\":\"", "\"users\":[\"canary@example.com\"],\"other\":\""),
    ];
    let mut found = String::new();
    for case in cases {
        fs::write(export.path(), case).unwrap();
        found += &export.says(&["sync"]).await;
    }
    fs::write(export.path(), whole).unwrap();
    let old = FileTimes::new().set_modified((SystemClock.now() - Duration::from_hours(25)).into());
    File::options()
        .append(true)
        .open(export.path())
        .unwrap()
        .set_times(old)
        .unwrap();
    found += &export.says(&["sync"]).await;
    fs::remove_file(export.path()).unwrap();
    found += &export.says(&["sync"]).await;
    assert!(!found.contains("canary"), "{found}");
    assert_snapshot!(found);
    assert!(export.0.sandbox.uploads().is_empty());
}

#[tokio::test]
async fn a_file_that_is_written_to_while_it_is_read_is_refused() {
    /// Writes to the file at the first piece.
    struct Meddling(PathBuf);
    impl std::io::Write for Meddling {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            File::options().append(true).open(&self.0)?.write_all(b" ")?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let export = Export::new().await;
    let server = with_report(|request| panic!("{} was asked for", request.path())).await;
    let source = LicenseFile::File(ReportFile {
        path: export.path(),
        max_age: Duration::from_hours(24),
    });
    let (settings, environment) = (settings(&server), environment());
    let collecting = collect_license_file(
        &settings,
        &source,
        Pace::default(),
        &environment,
        &NoProgress,
        Meddling(export.path()),
    );
    let Err(error) = collecting.await else {
        panic!("the file was taken")
    };
    assert_snapshot!(export.0.plain(&render(&error, &server.url)));
}

#[tokio::test]
async fn a_file_whose_users_take_much_less_is_held_and_goes_once_it_is_approved() {
    let export = Export::new().await;
    export.0.edit_settings(
        "[license-sync]\n",
        "[license-sync.guard]\nalways-allow-users = 1\n\n[license-sync]\n",
    );
    export.with_users(1..400);
    assert_eq!(export.0.run(&["sync"]).await.exit, Some(0));
    export.with_users(1..380);
    assert_eq!(export.0.run(&["sync"]).await.exit, Some(0), "a little less is let go");
    export.with_users(1..100);
    assert_snapshot!(bytes(&export.says(&["sync", "--dry-run"]).await));
    assert_snapshot!(bytes(&export.says(&["sync"]).await));
    assert_snapshot!(bytes(&export.says(&["review"]).await));
    let held = export.0.last_run().await.frozen.unwrap().digest.short();
    assert_eq!(export.0.run(&["approve", &held]).await.exit, Some(0));
    assert_eq!(export.0.run(&["sync"]).await.exit, Some(0));
    assert_eq!(export.0.sandbox.tally().server_users, 99);
    let history = export.0.run(&["history"]).await.stdout;
    assert!(history.contains("the users are encrypted and take"), "{history}");
    let json = export.0.run(&["status", "--json"]).await.stdout;
    let status: serde_json::Value = serde_json::from_str(&json).unwrap();
    let users = &status["last_confirmed"];
    assert!(
        users["totals"].is_null() && users["encrypted_users"]["bytes"].is_u64(),
        "{json}"
    );
}

/// The server ID and with it the digest are other ones each time, and another version of gzip makes other sizes.
fn bytes(text: &str) -> String {
    let text = text.replace(" took ", " took bytes ");
    let text = regex::Regex::new("bytes [0-9]{3,}|[0-9]{3,} bytes")
        .unwrap()
        .replace_all(&text, "SIZE bytes");
    let text = text.replace(" took bytes ", " took ");
    let digest = regex::Regex::new("(approve|discard) [0-9a-f]{12}").unwrap();
    digest.replace_all(&text, "$1 DIGEST").into_owned()
}

#[tokio::test]
async fn a_list_after_a_file_is_compared_with_nothing_and_a_file_after_a_list_neither() {
    let export = Export::new().await;
    assert_eq!(export.0.run(&["sync"]).await.exit, Some(0));
    let section = format!("[server.source.license-file]\npath = \"{}\"", export.path().display());
    export.0.edit_settings(&section, REPORT);
    assert_eq!(export.0.run(&["sync"]).await.exit, Some(0));
    assert_eq!(export.0.last_run().await.change, None);
    export.0.edit_settings(REPORT, &section);
    assert_eq!(export.0.run(&["sync"]).await.exit, Some(0));
    let users = export.0.last_run().await.encrypted_users.unwrap();
    assert_eq!(users.bytes_before, None);
}

#[tokio::test]
async fn a_check_looks_into_the_file_and_an_explanation_needs_a_list() {
    let export = Export::new().await;
    let of_source = |text: &str| {
        let lines = text
            .lines()
            .skip_while(|line| !line.contains("server.source.license-file: "));
        lines.take(2).fold(String::new(), |all, line| all + line + "\n")
    };
    let check = export.says(&["check", "--offline"]).await;
    assert_snapshot!(of_source(&check));
    let other = String::from_utf8(export.bytes())
        .unwrap()
        .replace("127.0.0.1", "ghes.example.com");
    fs::write(export.path(), other).unwrap();
    let check = export.says(&["check", "--offline"]).await;
    assert_snapshot!(of_source(&check));
    assert_snapshot!(export.says(&["explain"]).await);
    export.0.edit_settings("path = \"", "run = [\"/bin/true\"]\npath = \"");
    assert_snapshot!(export.says(&["sync"]).await);
    let settings = fs::read_to_string(export.0.sandbox.config_file()).unwrap();
    let path = settings.lines().find(|line| line.starts_with("path = ")).unwrap();
    export.0.edit_settings(path, "");
    export.0.edit_settings("run = [\"/bin/true\"]\n", "");
    assert_snapshot!(export.says(&["sync"]).await);
}

#[tokio::test]
async fn a_process_that_dies_leaves_the_file_that_it_froze_and_no_other_takes_its_place() {
    let export = Export::new().await;
    let frozen = export.bytes();
    die_with(Moment::Frozen, |progress| export.0.context_with(&[], progress)).await;
    export.with_users(1..50);
    assert_eq!(export.0.run(&["sync"]).await.exit, Some(0));
    assert!(export.arrived(1) == frozen && export.arrived(2) == export.bytes());
}
