//! What happens when nobody reads what is written, or when it cannot be written.

use std::fs::File;
use std::process::Stdio;

use tokio::process::Command;

use crate::support::lab::Lab;
use crate::support::process::command;

/// A pipe whose reader has gone.
fn unread() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

async fn exit_of(mut command: Command) -> (Option<i32>, String) {
    let output = command.spawn().unwrap().wait_with_output().await.unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn a_reader_that_goes_away_is_no_failure() {
    let lab = Lab::with_faults(&[]).await;
    let config = lab.sandbox.config_file().to_str().unwrap();
    let status = ["--config", config, "status"];
    let sync = ["--config", config, "sync"];
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["demo", "--users", "3"],
        &sync,
        &status,
    ] {
        let mut command = command(arguments);
        command.stdout(unread());
        assert_eq!(exit_of(command).await, (Some(0), String::new()), "{arguments:?}");
    }
}

#[tokio::test]
async fn the_log_and_the_errors_may_go_unread() {
    let lab = Lab::with_faults(&[]).await;
    let config = lab.sandbox.config_file().to_str().unwrap();
    for (arguments, exit) in [
        (&["--config", config, "sync", "--verbose"][..], 0),
        (
            &["--config", config, "sync", "--verbose", "--set", "log.format=json"],
            0,
        ),
        (&["--config", config, "sync", "--set", "connect.enabled=false"], 3),
        (&["snyc"], 64),
    ] {
        let mut command = command(arguments);
        command.stderr(unread());
        assert_eq!(exit_of(command).await.0, Some(exit), "{arguments:?}");
    }
    assert_eq!(lab.sandbox.uploads().len(), 2);
}

#[tokio::test]
async fn a_run_that_is_confirmed_is_said_to_be_so_where_its_answer_cannot_be_written() {
    let lab = Lab::with_faults(&[]).await;
    let config = lab.sandbox.config_file().to_str().unwrap();
    for json in [&[][..], &["--json"]] {
        let mut command = command(&["--config", config, "sync"]);
        command.args(json).stdout(full());
        let (exit, stderr) = exit_of(command).await;
        assert_eq!(exit, Some(74));
        insta::allow_duplicates!(insta::assert_snapshot!(stderr, @"
        error: the answer could not be written; the run is confirmed
          because: No space left on device (os error 28)
        "));
    }
    assert_eq!(lab.sandbox.uploads().len(), 2);
}

#[tokio::test]
async fn an_answer_that_cannot_be_written_is_a_failure() {
    let lab = Lab::with_faults(&[]).await;
    let mut command = command(&["--config", lab.sandbox.config_file().to_str().unwrap(), "history"]);
    command.stdout(full());
    let (exit, stderr) = exit_of(command).await;
    assert_eq!(exit, Some(74));
    insta::assert_snapshot!(stderr, @"
    error: the answer could not be written
      because: No space left on device (os error 28)
    ");
}

#[tokio::test]
async fn a_demo_whose_story_cannot_be_written_says_so_once_and_that_it_ran_to_its_end() {
    for json in [&[][..], &["--json"]] {
        let mut command = command(&["demo", "--users", "3"]);
        command.args(json).stdout(full());
        let (exit, stderr) = exit_of(command).await;
        assert_eq!(exit, Some(74));
        insta::allow_duplicates!(insta::assert_snapshot!(stderr, @"
        error: the answer could not be written; the demo ran to its end, and nothing is left behind
          because: No space left on device (os error 28)
        "));
    }
}

#[tokio::test]
async fn a_help_and_a_version_that_cannot_be_written_are_failures() {
    for arguments in [&["--help"][..], &["--version"], &["sync", "--help"]] {
        let mut command = command(arguments);
        command.stdout(full());
        let (exit, stderr) = exit_of(command).await;
        assert_eq!(exit, Some(74), "{arguments:?}");
        insta::allow_duplicates!(insta::assert_snapshot!(stderr, @"
        error: the answer could not be written
          because: No space left on device (os error 28)
        "));
    }
}

#[tokio::test]
async fn a_dash_is_standard_output_for_every_command_that_writes_a_file() {
    let (lab, place) = (Lab::with_faults(&[]).await, tempfile::tempdir().unwrap());
    let config = lab.sandbox.config_file().to_str().unwrap();
    let html = ["report", "--format", "html"];
    for arguments in [
        &["report"][..],
        &html,
        &["explain"],
        &["export"],
        &["export", "--force"],
    ] {
        let arguments = [&["--config", config], arguments, &["--output", "-"]].concat();
        let mut command = command(&arguments);
        command.current_dir(place.path());
        let output = command.output().await.unwrap();
        assert!(
            output.status.success() && !output.stdout.is_empty(),
            "{arguments:?}: {output:?}"
        );
        assert_eq!(place.path().read_dir().unwrap().count(), 0, "{arguments:?}");
    }
}
