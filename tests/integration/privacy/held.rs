//! A document that is held, the commands that show it, and what a daemon and the metrics tell.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::canaries::{self, HEADER, PEOPLE, found, good_server, to};
use crate::support::lab::Lab;
use crate::support::service::Service;

fn assert_nothing_in(lab: &Lab, what: &str, text: &str) {
    assert_eq!(found(lab, text.as_bytes()), [""; 0], "{what} tells\n{text}");
}

#[tokio::test]
async fn a_held_document_and_its_release_show_nobody() {
    let (lab, server) = (Lab::with_faults(&[]).await, good_server().await);
    let to = to(&server);
    let metrics = lab.directory.path().join("sync.prom");
    let metrics = format!("--set=metrics.textfile={}", metrics.display());
    assert_eq!(lab.run(&[&to, &metrics, "sync"]).await.exit, Some(0));
    // Nobody is left: an empty list is always held.
    let bot = PEOPLE.lines().find(|line| line.contains("[bot]")).unwrap();
    let nobody = canaries::server(format!("{HEADER}{bot}\n")).await;
    let to = self::to(&nobody);
    let ran = lab.run(&[&to, &metrics, "--set=log.level=trace", "sync"]).await;
    assert_eq!(ran.exit, Some(4), "{ran}");
    assert_nothing_in(&lab, "the run that held it", &ran.to_string());
    let run = lab.last_run().await;
    let digest = run.frozen.as_ref().unwrap().digest.short();
    let commands: [&[&str]; 11] = [
        &["status"],
        &["--json", "status"],
        &["history"],
        &["--json", "history"],
        &["review"],
        &["--json", "review"],
        &["approve", "ffffffffffff"],
        &["discard", "ffffffffffff"],
        &["approve", &digest],
        &["approve", &digest],
        &["--json", "status"],
    ];
    for command in commands {
        let loud = [&[&*to, &metrics, "--verbose", "--set=log.level=trace"], command].concat();
        let ran = lab.run(&loud).await;
        assert_nothing_in(&lab, &format!("{command:?}"), &ran.to_string());
    }
    let released = lab.last_run().await;
    assert!(released.decision.is_some(), "{released:?}");
    assert_nothing_in(&lab, "the debug text of a run", &format!("{released:?}"));
    let samples = fs::read_to_string(lab.directory.path().join("sync.prom")).unwrap();
    assert!(samples.contains("ghe_license_sync_"));
    assert_nothing_in(&lab, "the metrics", &samples);
}

#[tokio::test]
async fn new_users_are_named_in_the_answer_alone_and_only_on_request() {
    let (lab, bot) = (
        Lab::with_faults(&[]).await,
        PEOPLE.lines().find(|line| line.contains("[bot]")).unwrap(),
    );
    let nobody = canaries::server(format!("{HEADER}{bot}\n")).await;
    // The first list is empty and is held, approved and confirmed, the second has everybody.
    assert_eq!(lab.run(&[&to(&nobody), "sync"]).await.exit, Some(4));
    let digest = lab.last_run().await.frozen.unwrap().digest.short();
    assert_eq!(lab.run(&["approve", &digest]).await.exit, Some(0));
    assert_eq!(lab.run(&[&to(&nobody), "sync"]).await.exit, Some(0));
    let server = good_server().await;
    let none = [
        "--set=license-sync.guard.always-allow-users=0",
        &to(&server),
        "--set=log.level=trace",
        "--verbose",
    ];
    assert_eq!(lab.run(&[&none[..], &["sync"]].concat()).await.exit, Some(4));

    let state = lab.directory.path().join("state");
    for command in [&["review"][..], &["review", "--json"]] {
        let ran = lab.run(&[&none[..], command].concat()).await;
        assert_eq!(ran.exit, Some(0), "{ran}");
        assert_nothing_in(&lab, &format!("{command:?}"), &ran.to_string());
    }
    for command in [&["review", "--show-users"][..], &["review", "--show-users", "--json"]] {
        let ran = lab.run(&[&none[..], command].concat()).await;
        assert_eq!(ran.exit, Some(0), "{ran}");
        assert_nothing_in(&lab, "what it logs", &ran.stderr);
        assert!(
            ran.stdout.contains("canary-login-11") && ran.stdout.contains("canary-login-12"),
            "{ran}"
        );
        let without_logins = ran.stdout.replace("canary-login-", "");
        assert_nothing_in(&lab, "the rest of its answer", &without_logins);
    }
    assert_eq!(
        found(&lab, &canaries::files(&state)),
        [""; 0],
        "the held document is packed"
    );
}

#[tokio::test]
async fn a_daemon_logs_nobody_at_the_loudest() {
    for format in ["text", "json"] {
        let faults = ["upload:503*1", "location:pending*1", "report:202*1", "token:cut*1"];
        let (lab, server) = (Lab::with_faults(&faults).await, good_server().await);
        lab.edit_settings(lab.sandbox.server_url().as_str(), server.url.as_str());
        let file = lab.sandbox.config_file();
        let text = fs::read_to_string(file).unwrap();
        fs::write(
            file,
            format!("{text}\n[log]\nlevel = \"trace\"\nformat = \"{format}\"\n"),
        )
        .unwrap();
        let service = Service::start_with(&lab, &[("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full")]);
        let mut said = service.says("last run confirmed").await;
        service.signal("HUP");
        said += &service.says("READY=1").await;
        service.signal("TERM");
        let (status, log) = service.end().await;
        assert!(status.success());
        assert!(log.contains("DEBUG"), "it is loud: {log}");
        for library in ["hyper", "reqwest", "sqlx", "rustls", "h2::"] {
            assert!(!log.contains(library), "{library} is kept quiet: {log}");
        }
        assert_nothing_in(&lab, "the log of the daemon", &log);
        assert_nothing_in(&lab, "what it tells the service manager", &said);
    }
}

#[cfg(feature = "failpoints")]
#[tokio::test]
async fn a_daemon_that_panics_in_a_run_tells_nobody() {
    for point in ["run", "after-collect", "before-upload"] {
        let (lab, server) = (Lab::with_faults(&[]).await, good_server().await);
        lab.edit_settings(lab.sandbox.server_url().as_str(), server.url.as_str());
        let panics = format!("{point}=1*panic");
        let environment = [("FAILPOINTS", &*panics), ("RUST_BACKTRACE", "full")];
        let service = Service::start_with(&lab, &environment);
        service.says("STATUS=waiting").await;
        service.signal("TERM");
        let (_, log) = service.end().await;
        assert!(log.contains("panicked"), "{log}");
        assert_nothing_in(&lab, point, &log);
        let ran = lab.run(&["--json", "status"]).await;
        assert_nothing_in(&lab, point, &ran.to_string());
    }
}

/// Every file below a directory whose mode lets others in.
fn open_to_others(directory: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let (path, metadata) = entry.map(|it| (it.path(), it.metadata().unwrap())).unwrap();
        let mode = metadata.permissions().mode() & 0o7777;
        let wanted = if metadata.is_dir() { 0o700 } else { 0o600 };
        if mode != wanted {
            found.push(format!("{} {mode:04o}", path.display()));
        }
        if metadata.is_dir() {
            open_to_others(&path, found);
        }
    }
}

#[tokio::test]
async fn everything_that_is_written_is_for_its_owner_alone_whatever_the_umask() {
    let (lab, server) = (Lab::with_faults(&["upload:503@3600*1"]).await, good_server().await);
    let binary = env!("CARGO_BIN_EXE_ghe-license-sync");
    let script = format!(
        "umask 0000; '{binary}' --config '{}' '{}' sync",
        lab.sandbox.config_file().display(),
        to(&server)
    );
    for exit in [75, 0] {
        let mut shell = tokio::process::Command::new("sh");
        let ran = shell.env_clear().args(["-c", &script]).output().await.unwrap();
        assert_eq!(ran.status.code(), Some(exit), "{ran:?}");
        let mut open = Vec::new();
        open_to_others(&lab.directory.path().join("state"), &mut open);
        assert_eq!(open, [""; 0]);
    }
}
