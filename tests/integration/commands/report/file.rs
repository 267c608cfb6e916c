//! A report in a file: of its owner alone, whole or not there, and never in place of another one by accident.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use rustix::process::Signal;
use serde_json::json;
use tempfile::TempDir;
use tokio::sync::Notify;

use super::{at, counted};
use crate::support::lab::{Lab, Ran};
use crate::support::loopback::{Loopback, Reply};
use crate::support::process::Process;

#[tokio::test]
async fn a_report_goes_to_a_new_file_that_its_owner_alone_can_read() {
    let (lab, directory) = (counted().await, TempDir::new().unwrap());
    for (format, users) in [
        ("table", false),
        ("csv", false),
        ("csv", true),
        ("json", false),
        ("json", true),
    ] {
        let file = directory.path().join(format!("{format}-{users}"));
        let path = file.to_str().unwrap();
        let mut arguments = vec!["report", "--format", format];
        arguments.extend(users.then_some("--show-users"));
        let printed = lab.run(&arguments).await.stdout;
        arguments.extend(["--output", path]);
        let ran = lab.run(&arguments).await;
        assert_eq!((ran.exit, ran.stdout.as_str()), (Some(0), ""), "{ran}");
        assert_eq!(ran.stderr, format!("written to {path}\n"));
        let written = fs::read_to_string(&file).unwrap();
        assert!(written == printed, "{format} is the same in a file");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn a_file_that_is_there_is_replaced_only_by_force() {
    let (lab, directory) = (counted().await, TempDir::new().unwrap());
    let file = directory.path().join("report");
    fs::write(&file, "precious").unwrap();
    let path = file.to_str().unwrap();
    let ran = lab.run(&["report", "--output", path]).await;
    assert_eq!(fs::read_to_string(&file).unwrap(), "precious");
    insta::assert_snapshot!(ran.to_string().replace(path, "FILE"), @"
    exit 64, stderr:
    error: there is a file FILE already
      help: name another file, or add `--force` to replace it
    ");
    let ran = lab.run(&["report", "--output", path, "--force"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert!(fs::read_to_string(&file).unwrap().starts_with("consumed licenses of"));
    let ran = lab.run(&["report", "--output", "/nonexistent/report"]).await;
    insta::assert_snapshot!(ran, @"
    exit 74, stderr:
    error: the consumed licenses were not reported: /nonexistent/report could not be written
      because: No such file or directory (os error 2)
      help: name a file in a directory that you may write to, with room on its disk
      reason: internal
    ");
}

#[tokio::test]
async fn a_report_that_fails_leaves_no_file_and_the_old_one_as_it_was() {
    let (lab, directory) = (
        Lab::with_faults(&["consumed:404*always"]).await,
        TempDir::new().unwrap(),
    );
    let path = directory.path().join("report");
    let path = path.to_str().unwrap();
    assert_eq!(lab.run(&["report", "--output", path]).await.exit, Some(77));
    assert_eq!(directory.path().read_dir().unwrap().count(), 0);
    fs::write(path, "precious").unwrap();
    assert_eq!(lab.run(&["report", "--output", path, "--force"]).await.exit, Some(77));
    assert_eq!(fs::read_to_string(path).unwrap(), "precious");
    assert_eq!(directory.path().read_dir().unwrap().count(), 1);
}

/// What happens to a report to a file that gets this signal after its first page, with the directory of the file.
async fn interrupted(signal: Signal) -> (Ran, TempDir) {
    let (lab, directory, asked) = (
        Lab::with_faults(&[]).await,
        TempDir::new().unwrap(),
        Arc::new(Notify::new()),
    );
    let noted = Arc::clone(&asked);
    let cloud = Loopback::serve(move |request| {
        if request.path().ends_with("page=2") {
            noted.notify_one();
            return Reply::ThenSilence(Vec::new());
        }
        let next = "Link: </enterprises/octo-corp/consumed-licenses?page=2>; rel=\"next\"\r\n";
        let users: Vec<_> = (0..100)
            .map(|number| json!({ "github_com_login": "mona".repeat(100 + number) }))
            .collect();
        let page = json!({ "total_seats_consumed": 200, "users": users });
        Reply::answer(200, next, page.to_string().as_bytes())
    })
    .await;
    let path = directory.path().join("report");
    let config = lab.sandbox.config_file().to_str().unwrap();
    let process = Process::start(&[
        "--config",
        config,
        &at(&cloud),
        "report",
        "--format",
        "csv",
        "--show-users",
        "--output",
        path.to_str().unwrap(),
    ]);
    asked.notified().await;
    process.signal(signal);
    (process.end().await, directory)
}

#[tokio::test]
async fn a_report_that_is_killed_leaves_nothing_of_anybody() {
    let (ran, directory) = interrupted(Signal::KILL).await;
    assert_eq!(ran.exit, None, "{ran}");
    assert_eq!(directory.path().read_dir().unwrap().count(), 0);
}

#[tokio::test]
async fn a_report_that_is_stopped_leaves_no_file() {
    let (ran, directory) = interrupted(Signal::TERM).await;
    insta::assert_snapshot!(ran, @"
    exit 69, stderr:
    error: the consumed licenses were not reported: a person or a signal ended it; nothing was written
      reason: cancelled
    ");
    assert_eq!(directory.path().read_dir().unwrap().count(), 0);
}
