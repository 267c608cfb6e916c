//! Root on a state directory of another user: looking and deciding is done as that user, syncing is left to the unit.
//!
//! Without root the tests run in a user namespace, of which the owner is no user: there is nobody to become, and every
//! command refuses.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use insta::{allow_duplicates, assert_snapshot};
use rustix::process::geteuid;

use super::{plain, told};
use crate::support::lab::{Lab, Ran};

/// The account that owns nothing.
const NOBODY: u32 = 65_534;

/// A user without an account.
const SERVICE: u32 = 54_321;

/// A lab with a confirmed run, whose state belongs to another user.
async fn foreign() -> Lab {
    let lab = Lab::with_faults(&[]).await;
    assert_eq!(lab.run(&["sync"]).await.exit, Some(0));
    fs::set_permissions(lab.directory.path(), Permissions::from_mode(0o755)).unwrap();
    for path in files(&lab).into_iter().chain([state(&lab)]) {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    lab
}

fn state(lab: &Lab) -> PathBuf {
    lab.directory.path().join("state")
}

fn files(lab: &Lab) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(state(lab))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

/// The message to root of a user namespace about a directory whose owner is outside of it.
fn without_root(arguments: &[&str]) -> Option<i32> {
    let directory = tempfile::TempDir::new().unwrap();
    let settings = directory.path().join("config.toml");
    fs::write(&settings, "[state]\ndirectory = \"/usr/share/doc\"\n").unwrap();
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", env!("CARGO_BIN_EXE_ghe-license-sync")]);
    command.env_clear().env("PATH", "/usr/bin:/bin").args(arguments);
    command.arg("--config").arg(settings).output().unwrap().status.code()
}

#[tokio::test]
async fn root_reads_the_state_of_another_user_as_that_user() {
    let looking = [&["status"][..], &["history"], &["check", "--offline"]];
    if !geteuid().is_root() {
        for arguments in looking {
            assert_eq!(without_root(arguments), Some(77), "{arguments:?}");
        }
        return;
    }
    let lab = foreign().await;
    for arguments in looking {
        // A reader creates it again.
        fs::remove_file(state(&lab).join("opening.lock")).unwrap();
        let ran = lab.run(arguments).await;
        assert!(matches!(ran.exit, Some(0 | 77)), "{ran}");
        let owner = |path: &Path| path.metadata().unwrap().uid();
        assert!(files(&lab).iter().all(|path| owner(path) == NOBODY), "{arguments:?}");
    }
    assert!(lab.run(&["history"]).await.stdout.contains("confirmed"));
}

#[tokio::test]
async fn root_becomes_the_owner_before_it_opens_a_file_and_before_there_is_a_second_thread() {
    if !geteuid().is_root() {
        assert_eq!(without_root(&["status"]), Some(77));
        return;
    }
    let lab = foreign().await;
    for arguments in [&["status"][..], &["status", "--cloud"]] {
        becomes_the_owner_first(&lab, arguments).await;
    }
}

/// Also where root alone can read the token that it comes with.
async fn becomes_the_owner_first(lab: &Lab, arguments: &[&str]) {
    let trace = lab.directory.path().join("trace");
    let mut command = Command::new("strace");
    command
        .args([
            "-f",
            "-e",
            "trace=setgroups,setresgid,setresuid,clone,clone3,openat",
            "-o",
        ])
        .arg(&trace)
        .arg(env!("CARGO_BIN_EXE_ghe-license-sync"))
        .env_clear()
        .arg("--config")
        .arg(lab.sandbox.config_file())
        .args(arguments);
    let ran = Ran::of(command).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let trace = fs::read_to_string(trace).unwrap();
    let state = state(lab).to_string_lossy().into_owned();
    let calls = trace
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(_, call)| call.trim());
    let calls: Vec<_> = calls
        .filter(|call| !call.starts_with("openat") || call.contains(&state))
        .map(|call| {
            if call.starts_with("clone") {
                "a thread"
            } else {
                call.split(" = ").next().unwrap().trim()
            }
        })
        .take(4)
        .collect();
    assert_eq!(
        calls,
        [
            "setgroups(0, [])",
            "setresgid(65534, 65534, 65534)",
            "setresuid(65534, 65534, 65534)",
            "a thread",
        ],
        "{trace}"
    );
    assert!(
        trace.contains(&format!("{state}/state.db")),
        "the store was opened: {trace}"
    );
}

#[tokio::test]
async fn root_does_not_sync_with_the_state_of_another_user() {
    let syncing = [
        &["sync"][..],
        &["sync", "--dry-run"],
        &["sync", "--scheduled"],
        &["upload", "/nowhere/usage.json"],
    ];
    if !geteuid().is_root() {
        for arguments in syncing.into_iter().chain([&["run"][..], &["review"]]) {
            assert_eq!(without_root(arguments), Some(77), "{arguments:?}");
        }
        return;
    }
    let lab = foreign().await;
    let before = (files(&lab), lab.sandbox.uploads().len());
    for arguments in syncing {
        let told = told(&lab, arguments)
            .await
            .replace(&format!("toml {}`", arguments.join(" ")), "toml SYNC`");
        allow_duplicates!(assert_snapshot!(told, @"
        exit 77, stderr:
        error: nothing was sent: the state directory DIR/state belongs to another user than root: nobody
          help: run `runuser -u nobody -- ghe-license-sync --config DIR/config.toml SYNC`
          reason: permission-missing
        "));
    }
    for (command, undone) in [("run", "the daemon did not start"), ("review", "nothing was compared")] {
        let ran = lab.run(&[command]).await;
        assert_eq!(ran.exit, Some(77), "{ran}");
        assert!(ran.stderr.contains(undone), "{ran}");
        assert!(ran.stderr.contains("runuser -u nobody -- ghe-license-sync"), "{ran}");
    }
    for arguments in ["review --show-users", "export --output /tmp/usage.json --frozen"] {
        let ran = lab.run(&arguments.split(' ').collect::<Vec<_>>()).await;
        assert_eq!(ran.exit, Some(77), "{ran}");
        assert!(ran.stderr.contains(&format!(" {arguments}`")), "{ran}");
    }
    assert_eq!((files(&lab), lab.sandbox.uploads().len()), before);
}

#[tokio::test]
async fn what_root_decides_is_written_as_the_owner_of_the_state() {
    if !geteuid().is_root() {
        assert_eq!(without_root(&["discard", "0123456789ab"]), Some(77));
        return;
    }
    let lab = foreign().await;
    fs::remove_file(state(&lab).join("opening.lock")).unwrap();
    let Ran { exit, .. } = lab.run(&["discard", "0123456789ab"]).await;
    assert_eq!(exit, Some(64), "none is held");
    assert_eq!(state(&lab).join("opening.lock").metadata().unwrap().uid(), NOBODY);
}

#[tokio::test]
async fn a_link_of_another_user_makes_root_create_nothing() {
    let lab = Lab::with_faults(&[]).await;
    let target = lab.directory.path().join("etc");
    fs::create_dir(&target).unwrap();
    std::os::unix::fs::symlink(&target, state(&lab)).unwrap();
    if !geteuid().is_root() {
        assert_eq!(without_root(&["sync"]), Some(77));
        return;
    }
    std::os::unix::fs::lchown(state(&lab), Some(NOBODY), Some(NOBODY)).unwrap();
    for arguments in [&["sync"][..], &["status"], &["discard", "0123456789ab"]] {
        let ran = lab.run(arguments).await;
        assert_eq!(ran.exit, Some(74), "{ran}");
        assert!(ran.stderr.contains("root cannot safely use"), "{ran}");
    }
    assert_eq!(fs::read_dir(&target).unwrap().count(), 0, "nothing was made");
}

#[tokio::test]
async fn root_checks_as_the_owner_of_the_state_and_names_who_cannot_read_what() {
    if !geteuid().is_root() {
        return;
    }
    let lab = foreign().await;
    let ran = lab.run(&["check", "--offline"]).await;
    assert_eq!(ran.exit, Some(77), "{ran}");
    let told = lab.plain(&ran.stdout);
    let of = |start: &str| {
        let lines = told.lines().skip_while(|line| !line.starts_with(start));
        lines.take(2).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(of("BAD   server-token"), @"
    BAD   server-token: the credential `server-token` could not be read from DIR/credentials/server-token: Permission denied (os error 13)
          help: make DIR/credentials/server-token readable for the user nobody, who runs this program, and for nobody else
    ");
    assert_snapshot!(of("user  ").lines().next().unwrap(), @"user  nobody: root looked as the user of the service, who has to be able to read the settings and every file below");
    let own = Permissions::from_mode(0o755);
    fs::set_permissions(lab.directory.path().join("credentials"), own).unwrap();
    for name in ["server-token", "connect-private-key", "connect-read-token"] {
        chown(lab.directory.path().join("credentials").join(name), Some(NOBODY), None).unwrap();
    }
    let ran = lab.run(&["check", "--offline"]).await;
    assert_eq!(ran.exit, Some(0), "the files of the service's user are good: {ran}");
}

/// As in the volume of a container.
#[tokio::test]
async fn root_reads_the_state_of_a_user_without_an_account() {
    if !geteuid().is_root() {
        return;
    }
    let lab = foreign().await;
    for path in files(&lab).into_iter().chain([state(&lab)]) {
        chown(path, Some(SERVICE), Some(SERVICE)).unwrap();
    }
    let ran = lab.run(&["history"]).await;
    assert!(ran.exit == Some(0) && ran.stdout.contains("confirmed"), "{ran}");
    let owner = |path: &Path| path.metadata().unwrap().uid();
    assert!(files(&lab).iter().all(|path| owner(path) == SERVICE));
}

/// `cp` as root makes files of root.
#[tokio::test]
async fn a_file_of_the_store_that_root_restored_is_named_with_its_owner() {
    if !geteuid().is_root() {
        return;
    }
    let lab = foreign().await;
    for name in ["state.db", "state.db-wal", "opening.lock"] {
        let file = state(&lab).join(name);
        fs::File::options().create(true).append(true).open(&file).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        chown(&file, Some(0), Some(0)).unwrap();
        let told = told(&lab, &["status"]).await.replace(name, "FILE");
        allow_duplicates!(assert_snapshot!(told, @"
        exit 74, stderr:
        error: the status is not known: DIR/state/FILE belongs to root, and this process runs as nobody
          help: stop the service, then run `chown -R nobody: DIR/state`; files that root restores belong to root
          reason: internal
        "));
        chown(&file, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    assert_eq!(lab.run(&["history"]).await.exit, Some(0));
}

#[tokio::test]
async fn a_fingerprint_key_that_the_owner_of_the_state_cannot_create_is_foreseen() {
    if !geteuid().is_root() {
        return;
    }
    let lab = foreign().await;
    fs::remove_file(lab.fingerprint_key()).unwrap();
    let ran = lab.run(&["check", "--offline"]).await;
    let finding = ran
        .stdout
        .lines()
        .skip_while(|line| !line.contains("  fingerprint-key: "));
    let finding: Vec<_> = finding.take(2).collect();
    assert_snapshot!(lab.plain(&finding.join("\n")), @"
    warn  fingerprint-key: the file of the fingerprint key DIR/fingerprint-key cannot be created: Permission denied (os error 13); a sync compares only the numbers of users
          help: make the directory of DIR/fingerprint-key writable for the user that runs this program, and for nobody else, name another file in `state.fingerprint-key-file`, or give the systemd credential `fingerprint-key`
    ");
}

/// A user who forgot `sudo` must not take the state away from the service.
#[tokio::test]
async fn another_user_is_sent_to_root_and_the_owner_by_every_command() {
    if !geteuid().is_root() {
        return;
    }
    let lab = foreign().await;
    fs::set_permissions(lab.sandbox.config_file(), Permissions::from_mode(0o644)).unwrap();
    let credentials = lab.directory.path().join("credentials");
    fs::set_permissions(&credentials, Permissions::from_mode(0o755)).unwrap();
    let theirs = fs::read_dir(&credentials).unwrap().map(|entry| entry.unwrap().path());
    for path in files(&lab).into_iter().chain([state(&lab)]).chain(theirs) {
        chown(path, Some(SERVICE), Some(SERVICE)).unwrap();
    }
    let mut all = String::new();
    for arguments in [&["status"][..], &["history"], &["sync"], &["check", "--offline"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ghe-license-sync"));
        command
            .env_clear()
            .args(arguments)
            .arg("--config")
            .arg(lab.sandbox.config_file());
        command.uid(NOBODY).gid(NOBODY);
        let told = plain(&lab, &Ran::of(command).await);
        let relevant = |line: &&str| {
            let starts = [
                "exit",
                "error",
                "  because",
                "BAD   state",
                "BAD   connect-p",
                "      help: run",
                "  help",
            ];
            starts.iter().any(|start| line.starts_with(start))
        };
        let lines: Vec<_> = told.lines().filter(relevant).collect();
        all += &format!("{}: {}\n", arguments.join(" "), lines.join("\n"));
    }
    assert_snapshot!(all, @"
    status: exit 74, stderr:
    error: the status is not known: DIR/state belongs to 54321, and this process runs as nobody
      help: run this command as the user 54321: as root, with `setpriv --clear-groups --reuid 54321 --` in front of it
    history: exit 74, stderr:
    error: the history is not known: DIR/state belongs to 54321, and this process runs as nobody
      help: run this command as the user 54321: as root, with `setpriv --clear-groups --reuid 54321 --` in front of it
    sync: exit 74, stderr:
    error: no license usage was sent
      because: DIR/state belongs to 54321, and this process runs as nobody
      help: run this command as the user 54321: as root, with `setpriv --clear-groups --reuid 54321 --` in front of it
    check --offline: exit 74, stdout:
    BAD   state directory: DIR/state belongs to 54321, and this process runs as nobody
          help: run this command as the user 54321: as root, with `setpriv --clear-groups --reuid 54321 --` in front of it
          help: run this command as the user 54321: as root, with `setpriv --clear-groups --reuid 54321 --` in front of it
    BAD   connect-private-key: the credential `connect-private-key` could not be read from DIR/credentials/connect-private-key: Permission denied (os error 13)
          help: run this command as the user 54321: as root, with `setpriv --clear-groups --reuid 54321 --` in front of it
          help: run this command as the user 54321: as root, with `setpriv --clear-groups --reuid 54321 --` in front of it
    ");
    // One that hides the directory is named in its place.
    fs::set_permissions(lab.directory.path(), Permissions::from_mode(0o711)).unwrap();
    let hidden = lab.directory.path().join("hidden");
    fs::create_dir(&hidden).unwrap();
    fs::set_permissions(&hidden, Permissions::from_mode(0o700)).unwrap();
    chown(&hidden, Some(SERVICE), Some(SERVICE)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ghe-license-sync"));
    command
        .env_clear()
        .arg("sync")
        .arg("--config")
        .arg(lab.sandbox.config_file());
    command.arg(format!("--set=state.directory={}", hidden.join("state").display()));
    command.uid(NOBODY).gid(NOBODY);
    assert_snapshot!(plain(&lab, &Ran::of(command).await), @"
    exit 74, stderr:
    error: no license usage was sent
      because: DIR/hidden belongs to 54321, and this process runs as nobody
      help: run this command as the user 54321: as root, with `setpriv --clear-groups --reuid 54321 --` in front of it
      reason: internal
    ");
}

#[tokio::test]
async fn a_daemon_that_root_may_not_start_answers_in_json_and_logs_one_line() {
    if !geteuid().is_root() {
        assert_eq!(without_root(&["run"]), Some(77));
        return;
    }
    let lab = foreign().await;
    let ran = lab.run(&["run", "--json"]).await;
    assert_eq!(ran.exit, Some(77), "{ran}");
    assert_eq!(ran.stderr.lines().count(), 1, "{ran}");
    assert_snapshot!(lab.plain(&ran.stdout), @r#"
    {
      "schema": "ghe-license-sync/error/1",
      "error": "the daemon did not start: the state directory DIR/state belongs to another user than root: nobody",
      "because": [],
      "details": null,
      "help": "run `runuser -u nobody -- ghe-license-sync --config DIR/config.toml run`",
      "reason": "permission-missing",
      "exit_code": 77
    }
    "#);
}
