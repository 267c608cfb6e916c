//! A report from standard input, at the end of a pipeline that a person starts.

use std::io::Write as _;
use std::io::{PipeWriter, pipe};
use std::process::Stdio;
use std::time::Duration;

use insta::assert_snapshot;
use rustix::process::Signal;
use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

use crate::commands::advised::{advised, in_a_shell};
use crate::support::lab::{Lab, Ran};
use crate::support::placeholder::placeholders;
use crate::support::process::{Process, command};
use crate::support::service::Service;

const REPORT: &str = "[server.source.report]\nusername = \"license-bot\"";
const INPUT: &str = "[server.source.file]\npath = \"-\"";

/// Nothing here takes so long unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

async fn lab(faults: &[&str]) -> Lab {
    let lab = Lab::with_faults(faults).await;
    lab.edit_settings(REPORT, INPUT);
    lab
}

fn with_settings(lab: &Lab, arguments: &[&str]) -> Command {
    let config = lab.sandbox.config_file().to_string_lossy();
    command(&[&["--config", &config], arguments].concat())
}

/// The command at the end of a pipe, and the other end of that.
fn piped(lab: &Lab, arguments: &[&str]) -> (Process, PipeWriter) {
    let (reader, writer) = pipe().unwrap();
    let mut command = with_settings(lab, arguments);
    command.stdin(reader);
    (Process::of(command), writer)
}

/// The command after one that writes this.
async fn fed(lab: &Lab, arguments: &[&str], report: &str) -> Ran {
    let (process, mut writer) = piped(lab, arguments);
    let report = report.to_owned();
    // The pipe is full before it is read.
    let writing = tokio::task::spawn_blocking(move || writer.write_all(report.as_bytes()));
    let ran = timeout(PATIENCE, process.end()).await.unwrap();
    // It may have been refused before its end.
    let _broken_pipe = writing.await.unwrap();
    ran
}

#[tokio::test]
async fn a_report_from_a_pipe_makes_the_document_that_the_server_makes() {
    let lab = Lab::with_faults(&[]).await;
    let from_server = lab.run(&["sync", "--dry-run", "--json"]).await;
    lab.edit_settings(REPORT, INPUT);
    let report = lab.report().await;
    let digest = |ran: &Ran, pointer: &str| {
        assert_eq!(ran.exit, Some(0), "{ran}");
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        answer.pointer(pointer).unwrap().as_str().unwrap().to_owned()
    };
    let expected = digest(&from_server, "/digest");
    let dry = fed(&lab, &["sync", "--dry-run", "--json"], &report).await;
    assert_eq!(digest(&dry, "/digest"), expected);
    assert!(lab.sandbox.uploads().is_empty());
    let sent = fed(&lab, &["sync", "--json"], &report).await;
    assert_eq!(digest(&sent, "/run/frozen/digest"), expected);
    assert_eq!(lab.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn the_flag_names_standard_input_where_the_settings_name_a_file() {
    let lab = Lab::with_faults(&[]).await;
    lab.edit_settings(REPORT, "[server.source.file]\npath = \"/nowhere/all_users.csv\"");
    let report = lab.report().await;
    let ran = fed(&lab, &["sync", "--set", "server.source.file.path=-"], &report).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert_eq!(lab.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn what_is_no_report_is_refused_and_nothing_is_sent() {
    let lab = lab(&[]).await;
    let empty = fed(&lab, &["sync"], "").await;
    let half = fed(&lab, &["sync"], "id,login,email,suspended?\n7,mona,mo").await;
    let mut nothing = with_settings(&lab, &["sync"]);
    nothing.stdin(Stdio::null());
    let nothing = Process::of(nothing).end().await;
    let binary = env!("CARGO_BIN_EXE_ghe-license-sync");
    let config = lab.sandbox.config_file().display();
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", &format!("exec {binary} --config {config} sync <&-")]);
    shell.env_clear().stdout(Stdio::piped()).stderr(Stdio::piped());
    let closed = Process::of(shell).end().await;
    for same in [&nothing, &closed] {
        assert_eq!((same.exit, &same.stderr), (empty.exit, &empty.stderr));
    }
    assert_eq!((empty.exit, half.exit), (Some(65), Some(65)));
    assert_snapshot!(lab.plain(&(empty.stderr + &half.stderr)), @"
    error: no license usage was sent
      because: the report on standard input cannot be used
      because: it is empty, there is not even a header
      help: nothing is guessed, so all of it is refused; look at what the command before it in the pipeline writes, and start the pipeline again
      reason: malformed-source
    error: no license usage was sent
      because: the report on standard input cannot be used
      because: row 2: has 3 cells, the header has 4
      help: nothing is guessed, so all of it is refused; look at what the command before it in the pipeline writes, and start the pipeline again
      reason: malformed-source
    ");
    assert!(lab.sandbox.uploads().is_empty());
}

#[tokio::test]
async fn a_stop_is_heard_while_nobody_writes() {
    let lab = lab(&[]).await;
    let (mut process, mut writer) = piped(&lab, &["sync", "--verbose"]);
    process.wait_for("collecting who consumes a license").await;
    writer
        .write_all(b"id,login,email,suspended?\n7,mona,mona@example.com,false\n")
        .unwrap();
    process.signal(Signal::INT);
    // The pipe stays open until the process is gone.
    let ran = timeout(PATIENCE, process.end()).await.unwrap();
    drop(writer);
    assert_eq!(ran.exit, Some(69), "{ran}");
    assert_snapshot!(lab.plain(ran.stderr.split_once("error: ").unwrap().1), @"
    the sync was cancelled; no license usage was sent
      help: run `ghe-license-sync --config DIR/config.toml sync < REPORT` (REPORT is the all-users report) again; it begins anew
      reason: cancelled
    ");
    assert!(lab.sandbox.uploads().is_empty());
}

#[tokio::test]
async fn a_document_from_standard_input_is_sent_by_the_next_process() {
    let lab = lab(&["upload:503*100"]).await;
    let report = lab.report().await;
    let frozen = fed(&lab, &["sync"], &report).await;
    assert_eq!(frozen.exit, Some(75), "{frozen}");
    lab.clear_faults().await;
    let again = fed(&lab, &["sync"], "").await;
    assert_eq!(again.exit, Some(65), "{again}");
    assert_snapshot!(placeholders(&lab.plain(&again.stderr)), @"
    error: the earlier license usage, digest DIGEST, ended as confirmed; then: no license usage was sent
      because: the report on standard input cannot be used
      because: it is empty, there is not even a header
      help: nothing is guessed, so all of it is refused; look at what the command before it in the pipeline writes, and start the pipeline again
      reason: malformed-source
    ");
    assert_eq!(lab.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn who_comes_without_a_pipe_is_refused_before_anything_is_done() {
    let lab = lab(&[]).await;
    let mut refused = String::new();
    for arguments in [&["run"][..], &["sync", "--scheduled"]] {
        let ran = lab.run(arguments).await;
        assert_eq!(ran.exit, Some(78), "{ran}");
        refused += &ran.stderr;
    }
    let binary = env!("CARGO_BIN_EXE_ghe-license-sync");
    let config = lab.sandbox.config_file().display();
    for arguments in ["sync", "sync --dry-run", "explain"] {
        let mut terminal = Command::new("script");
        terminal.args(["-qec", &format!("{binary} --config {config} {arguments}"), "/dev/null"]);
        terminal
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let ran = timeout(PATIENCE, Process::of(terminal).end()).await.unwrap();
        assert_eq!(ran.exit, Some(78), "{ran}");
        refused += &ran.stdout.replace("\r\n", "\n");
    }
    let check = lab.run(&["check", "--offline"]).await;
    let lines = check.stdout.lines().skip_while(|line| !line.contains("source.file: "));
    refused += &lines.take(2).collect::<Vec<_>>().join("\n");
    assert_snapshot!(placeholders(&lab.plain(&refused)), @"
    TIME ERROR ghe_license_sync::cli::run: the daemon did not start: `server.source.file.path` is `-`, and the daemon cannot read standard input each week; name a file in `server.source.file.path`, or another source; only a sync that a person starts reads standard input reason=config-invalid
    error: nothing was done: `server.source.file.path` is `-`, and a scheduled sync does not read standard input
      help: name a file in `server.source.file.path`, or another source; only a sync that a person starts reads standard input
      reason: config-invalid
    error: nothing was done: `server.source.file.path` is `-`, and standard input is a terminal
      help: start the command at the end of a pipeline whose first command writes the all-users report
      reason: config-invalid
    error: nothing was done: `server.source.file.path` is `-`, and standard input is a terminal
      help: start the command at the end of a pipeline whose first command writes the all-users report
      reason: config-invalid
    error: nothing was explained: `server.source.file.path` is `-`, and standard input is a terminal
      help: start the command at the end of a pipeline whose first command writes the all-users report
      reason: config-invalid
    warn  server.source.file: standard input, for a sync that a person starts; the service and its timer do not start with it
          help: name a file in `server.source.file.path`, or another source; only a sync that a person starts reads standard input
    ");
    assert!(!lab.directory.path().join("state").exists());
}

#[tokio::test]
async fn what_is_advised_about_a_held_list_works_as_printed() {
    let lab = Lab::with_faults(&[]).await;
    let report = lab.report().await;
    let path = lab.directory.path().join("all_users.csv");
    assert_eq!(lab.run(&["sync"]).await.exit, Some(0));
    let few: Vec<_> = report.lines().take(10).collect();
    std::fs::write(&path, few.join("\n") + "\n").unwrap();
    let guard = "--set=license-sync.guard.always-allow-users=1";
    lab.edit_settings(REPORT, INPUT);
    let held = fed(&lab, &["sync", guard], &few.join("\n")).await;
    assert_eq!(held.exit, Some(4), "{held}");
    let status = lab.run(&["status"]).await;
    for said in [&held, &status] {
        let review = advised(&said.to_string())
            .into_iter()
            .find(|line| line.contains(" review"));
        let review = review.unwrap();
        assert!(review.ends_with(" review < REPORT"), "{review}");
        let ran = in_a_shell(&review.replace("REPORT", &path.display().to_string())).await;
        assert!(
            ran.exit == Some(0) && ran.stdout.contains("gone     49"),
            "{review}: {ran}"
        );
    }
}

#[tokio::test]
async fn a_daemon_refuses_settings_that_name_standard_input() {
    let lab = Lab::with_faults(&[]).await;
    let service = Service::start(&lab);
    service.says("last run confirmed").await;
    lab.edit_settings(REPORT, INPUT);
    service.signal("HUP");
    service.says("the changed settings were refused").await;
    service.signal("TERM");
    let (_, log) = service.end().await;
    let refusal =
        "the old ones stay in force: `server.source.file.path` is `-`, and the daemon cannot read standard input";
    assert!(log.contains(refusal), "{log}");
}
