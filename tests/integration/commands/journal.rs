//! `sync --verbose` with standard error in the journal, as in the timer's service: a failure is a record with a reason.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;

use serde_json::Value;

use crate::support::enterprise::{csv, facts_with_stats};
use crate::support::lab::{Lab, Ran};
use crate::support::loopback::Loopback;
use crate::support::past::window_is_over;
use crate::support::process::command;

/// Runs `sync --scheduled --verbose` with a log in JSON. Standard error is a file that stands for the journal.
async fn in_journal(lab: &Lab, more: &[&str]) -> Ran {
    let path = lab.directory.path().join("journal");
    let file = File::create(&path).unwrap();
    let stream = file.metadata().unwrap();
    let config = lab.sandbox.config_file().to_str().unwrap();
    let mut command = command(&["--config", config, "sync", "--scheduled", "--verbose"]);
    command.args(["--set", "log.format=json"]).args(more);
    command.env("JOURNAL_STREAM", format!("{}:{}", stream.dev(), stream.ino()));
    command.stderr(file);
    let output = command.spawn().unwrap().wait_with_output().await.unwrap();
    Ran {
        exit: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: fs::read_to_string(path).unwrap(),
    }
}

/// Level and text of each record with a reason, and the lines that are no records.
fn told(ran: &Ran) -> String {
    let lines = ran.stderr.lines().filter_map(|line| {
        let Ok(record) = serde_json::from_str::<Value>(line) else {
            return Some(line.to_owned());
        };
        let fields = &record["fields"];
        let reason = fields["reason"].as_str()?;
        let text = fields["message"].as_str().unwrap();
        Some(format!("{} [{reason}] {text}", record["level"].as_str().unwrap()))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_failed_run_is_one_record_with_its_reason_and_the_help() {
    let lab = Lab::with_faults(&["report:401*always"]).await;
    let ran = in_journal(&lab, &[]).await;
    assert_eq!((ran.exit, &*ran.stdout), (Some(77), ""), "{ran}");
    insta::assert_snapshot!(lab.plain(&told(&ran)), @"
    ERROR [credentials-refused] no license usage was sent: GET http://SERVER/stafftools/reports/all_users.csv was answered with 401: the token was refused
      help: check that the server token has not expired or been revoked, and that it belongs to the account in `server.source.report.username`
    ");
}

/// From now on the list is one that the server's own counts contradict.
async fn miscount(lab: &Lab) {
    let stats = r#"{"total_users":6000,"admin_users":1,"suspended_users":0}"#;
    let report = b"id,login,email,suspended?,dormant?\n1,user1,user1@example.com,false,false\n";
    let server = Loopback::serve(move |request| facts_with_stats(request, stats).unwrap_or_else(|| csv(report))).await;
    lab.edit_settings(lab.sandbox.server_url().as_str(), server.url.as_str());
}

#[tokio::test]
async fn a_held_list_is_logged_once() {
    let lab = Lab::with_faults(&[]).await;
    miscount(&lab).await;
    let ran = in_journal(&lab, &[]).await;
    assert_eq!(ran.exit, Some(4), "{ran}");
    let held = lab.store().await.held().await.unwrap().unwrap();
    insta::assert_snapshot!(lab.plain(&told(&ran)).replace(&held.frozen.unwrap().digest.short(), "DIGEST"), @"
    ERROR [count-mismatch] held the license usage until a person approves or discards it: the list has 1 user who consumes a license, and the enterprise server itself counts 6000 users who are not suspended
      help: `ghe-license-sync --config DIR/config.toml --set log.format=json review` shows what is different; if the numbers are right, run `ghe-license-sync --config DIR/config.toml --set log.format=json approve DIGEST`; else run `ghe-license-sync --config DIR/config.toml --set log.format=json discard DIGEST`, or fix the server: the next list takes this one's place
    ");
}

#[tokio::test]
async fn what_happened_to_the_document_that_waited_is_reported_beside_a_list_that_is_held() {
    let lab = Lab::with_faults(&["upload:404*1"]).await;
    lab.sync(&[]).await.unwrap_err();
    window_is_over(&lab).await;
    miscount(&lab).await;
    let ran = in_journal(&lab, &["--json"]).await;
    assert_eq!(ran.exit, Some(4), "{ran}");
    let lines = ran.stderr.lines();
    let mut text = lines.filter(|line| serde_json::from_str::<Value>(line).is_err());
    let earlier = text.next().unwrap_or_default();
    assert!(
        earlier.starts_with("the earlier license usage, digest ") && earlier.contains(", ended as failed: "),
        "{ran}"
    );
    assert!(text.next().unwrap_or_default().starts_with("  help: "), "{ran}");
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        (&answer["earlier"]["state"], &answer["reason"]),
        (&"failed".into(), &"count-mismatch".into())
    );
}

#[tokio::test]
async fn a_closed_gate_and_wrong_settings_are_records() {
    let lab = Lab::with_faults(&[]).await;
    let closed = in_journal(&lab, &["--set", "connect.enabled=false"]).await;
    assert_eq!(closed.exit, Some(3), "{closed}");
    insta::assert_snapshot!(told(&closed), @"
    WARN [connect-disabled] no license usage was sent: Connect is not enabled
      help: set `enabled = true` under [connect] once GitHub Connect is set up for this server
    ");
    let wrong = in_journal(&lab, &["--set", "log.level=loud"]).await;
    assert_eq!(wrong.exit, Some(78), "{wrong}");
    // Before the settings are known, the log has its default format.
    let (record, details) = wrong.stderr.split_once('\n').unwrap();
    assert!(
        record.ends_with(" nothing was done: 1 problem in the settings reason=config-invalid"),
        "{wrong}"
    );
    assert!(details.starts_with(" --> flag --set log.level\n"), "{wrong}");
}

#[tokio::test]
async fn on_another_standard_error_a_failure_is_text_alone() {
    let lab = Lab::with_faults(&["report:401*always"]).await;
    let quiet = lab.run(&["sync", "--scheduled"]).await;
    assert!(
        quiet.stderr.starts_with("error: no license usage was sent\n"),
        "{quiet}"
    );
    let verbose = lab.run(&["sync", "--verbose"]).await;
    assert!(verbose.stderr.ends_with(&quiet.stderr), "{verbose}");
    assert_eq!(
        verbose.stderr.matches("no license usage was sent").count(),
        1,
        "{verbose}"
    );
}
