//! What lets a held document go, and what does not.

use std::path::Path;
use std::process::Command;

use ghe_license_sync::store::{State, Trigger};
use ghe_license_sync::sync::run_once;
use insta::assert_snapshot;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::Site;
use crate::commands::advised::{advised, in_a_shell};
use crate::support::family::Family;

#[tokio::test]
async fn an_approved_document_is_sent_as_it_was_held_whatever_the_server_says_now() {
    let (site, digest) = Site::held().await;
    assert_snapshot!(site.by_user(&["approve", &digest]).await, @"
    exit 0, stdout:
    the held license usage is released
      frozen TIME, 3 licenses, digest DIGEST, approved by USER
      the daemon sends it within a minute; `ghe-license-sync --config DIR/config.toml sync` sends it at once
    ");
    assert_eq!(site.uploads(), 1, "nothing is sent by the approval itself");
    site.change_to(1..3001);
    // What is released goes first; today's list then is a mass change against it.
    assert_eq!(site.run(&["sync"]).await.exit, Some(4));
    let runs = site.lab.store().await.runs(10).await.unwrap();
    let states: Vec<_> = runs.iter().map(|run| run.state).collect();
    assert_eq!(states, [State::Held, State::Confirmed, State::Confirmed]);
    assert_eq!(runs[1].frozen.as_ref().unwrap().digest.short(), digest);
    assert_eq!(runs[1].decision.as_ref().unwrap().by, whoami());
    assert_eq!(site.lab.sandbox.uploads()[1].users, 3);
}

#[tokio::test]
async fn an_approved_document_is_kept_when_an_attempt_fails_in_a_later_window() {
    let (site, digest) = Site::held().await;
    site.run(&["approve", &digest]).await;
    site.lab.sandbox.add_fault("upload:404*1".parse().unwrap());
    let later = Trigger::Scheduled("a later window".to_owned());
    run_once(&site.lab.context(&[]), &later).await.unwrap_err();
    let waiting = site.lab.last_run().await;
    assert_eq!(waiting.state, State::Frozen);
    assert_eq!(waiting.frozen.unwrap().digest.short(), digest);
}

/// `--set` is no part of what is printed, so that the list is held by the settings alone.
#[tokio::test]
async fn a_held_document_is_released_and_discarded_by_the_commands_as_printed() {
    for (word, state) in [("approve", State::Frozen), ("discard", State::Refused)] {
        let (site, _) = Site::held().await;
        let status = site.run(&["status"]).await.stdout;
        let command = advised(&status).into_iter().find(|line| line.contains(word)).unwrap();
        let ran = in_a_shell(&command).await;
        assert_eq!(ran.exit, Some(0), "{command}: {ran}");
        assert_eq!(site.lab.last_run().await.state, state, "{command}");
        for line in advised(&ran.stdout) {
            let ran = in_a_shell(&line).await;
            assert!(!matches!(ran.exit, Some(64 | 78)), "{line}: {ran}");
        }
    }
}

#[tokio::test]
async fn what_cannot_be_approved_is_refused_with_the_reason() {
    let mut family = Family::default();
    let (site, digest) = Site::held().await;
    site.run(&["approve", &digest]).await;
    let said = site.told(&["approve", &digest]).await;
    family.row("a document is released once: approve", said);
    site.change_to(1..4);
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    let said = site.told(&["approve", &digest]).await;
    family.row("a document is released once: approve again", said);
    let (site, digest) = Site::held().await;
    let said = site.told(&["approve", "0123456789abcdef"]).await;
    family.row("another digest releases nothing: approve 0123456789abcdef", said);
    assert_eq!(site.held_digest().await, digest);
    assert_eq!(site.run(&["approve", &digest[..11]]).await.exit, Some(64), "too short");
    let said = site.told(&["approve", "not-a-digest-at-all"]).await;
    family.row("another digest releases nothing: approve not-a-digest-at-all", said);
    let (site, digest) = Site::held().await;
    site.change_to(1..5);
    site.run(&["sync"]).await;
    let said = site.told(&["approve", &digest]).await;
    family.row("a stale digest releases nothing", said);
    assert_eq!(site.uploads(), 1);
    let site = Site::with(1..4).await;
    let said = site.told(&["approve", "0123456789ab"]).await;
    family.row("nothing is held", said);
    let said = site.told(&["approve", "0123456789ab", "--json"]).await;
    family.row("nothing is held, in JSON", said);
    let (site, digest) = Site::held().await;
    let said = site.told(&["approve", &digest, "--set", "connect.enabled=false"]).await;
    family.row("behind a closed gate nothing is released", said);
    assert_snapshot!(family, @r#"
    a document is released once: approve: [1] error: no document was approved: this one is not held, it is frozen [2]
    a document is released once: approve again: [1] error: no document was approved: this one is not held, it is confirmed [2]
    another digest releases nothing: approve 0123456789abcdef: [1] error: no document was approved: the one that is held is DIGEST
        help: look at it with `ghe-license-sync --config DIR/config.toml status`; if its numbers are right, run `ghe-license-sync --config DIR/config.toml approve DIGEST`
    another digest releases nothing: approve not-a-digest-at-all: [1] error: invalid value 'not-a-digest-at-all' for '<DIGEST>': write 12 or more leading hex digits of the digest of the held document
      
      For more information, try '--help'.
    a stale digest releases nothing: [1] error: no document was approved: this one is not held, it is refused: nobody released it before a newer list took its place
        help: only a held document can be approved or discarded; `ghe-license-sync --config DIR/config.toml status` shows whether one is held
    nothing is held: [1] [3]
    nothing is held, in JSON: exit 64, stdout:
      {
        "schema": "ghe-license-sync/error/1",
        "error": "no document was approved: none is held",
        "because": [],
        "details": null,
        "help": "`ghe-license-sync --config DIR/config.toml status` shows what is held, and `ghe-license-sync --config DIR/config.toml history` shows earlier documents",
        "reason": null,
        "exit_code": 64
      }
      --- stderr [3]
    behind a closed gate nothing is released: exit 3, stderr:
      error: no document was approved: Connect is not enabled
        help: set `enabled = true` under [connect] once GitHub Connect is set up for this server
        reason: connect-disabled
    [1] exit 64, stderr:
    [2]   help: it was approved before, and a document is sent once; `ghe-license-sync --config DIR/config.toml status` shows what happened to it
    [3] error: no document was approved: none is held
          help: `ghe-license-sync --config DIR/config.toml status` shows what is held, and `ghe-license-sync --config DIR/config.toml history` shows earlier documents
    "#);
}

/// Without an environment, the user who logged in, or else the one whose process this is.
pub(super) fn whoami() -> String {
    let login = login_user("/proc/self/loginuid").unwrap_or_else(uzers::get_effective_uid);
    let user = uzers::get_user_by_uid(login).unwrap();
    user.name().to_string_lossy().into_owned()
}

fn login_user(file: impl AsRef<Path>) -> Option<u32> {
    let number = std::fs::read_to_string(file).ok()?.trim().parse().unwrap();
    (number != u32::MAX).then_some(number)
}

impl Site {
    /// Runs it by this script with more environment.
    async fn by_script(&self, script: &str, environment: (&str, &str), digest: &str) -> String {
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh"]).arg(self.lab.directory.path());
        command.arg(env!("CARGO_BIN_EXE_ghe-license-sync")).arg("--config");
        command.arg(self.lab.sandbox.config_file()).args(["approve", digest]);
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env(environment.0, environment.1);
        let output = tokio::task::spawn_blocking(move || command.output())
            .await
            .unwrap()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        self.lab.last_run().await.decision.unwrap().by
    }
}

/// Only root can say who logged in, and only where the kernel lets it; elsewhere it is who it was.
#[tokio::test]
async fn the_user_who_logged_in_approved_whatever_the_environment_says() {
    let (site, digest) = Site::held().await;
    let script = "directory=$1; shift
        (echo 65534 >/proc/self/loginuid) 2>/dev/null && echo 65534 >/proc/self/loginuid
        cat /proc/self/loginuid >$directory/loginuid
        exec \"$@\"";
    let by = site.by_script(script, ("SUDO_USER", "mona"), &digest).await;
    let expected = match login_user(site.lab.directory.path().join("loginuid")) {
        Some(user) => uzers::get_user_by_uid(user)
            .unwrap()
            .name()
            .to_string_lossy()
            .into_owned(),
        None => "mona".to_owned(),
    };
    assert_eq!(by, expected);
}

#[tokio::test]
async fn a_name_that_would_steer_a_terminal_or_begin_a_line_is_written_out() {
    let (site, digest) = Site::held().await;
    let name = "mona\u{1b}[2J\nlast confirmed  today";
    if login_user("/proc/self/loginuid").is_none() {
        let by = site.by_script("shift; exec \"$@\"", ("SUDO_USER", name), &digest).await;
        assert_eq!(by, r"mona\u{1b}[2J\u{a}last confirmed  today");
    } else {
        site.run(&["approve", &digest]).await;
    }
    // Whatever wrote it there.
    let file = site.lab.directory.path().join("state/state.db");
    let mut database = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file))
        .await
        .unwrap();
    let sql = "UPDATE run SET decided_by = ?1, reason = 'internal', detail = ?1 WHERE decided_by IS NOT NULL";
    sqlx::query(sql).bind(name).execute(&mut database).await.unwrap();
    sqlx::query("UPDATE event SET reason = 'internal', detail = ?1")
        .bind(name)
        .execute(&mut database)
        .await
        .unwrap();
    database.close().await.unwrap();
    for command in ["status", "history"] {
        let shown = site.run(&[command]).await.stdout;
        assert!(shown.contains(r"mona\u{1b}[2J\u{a}last confirmed  today"), "{shown}");
        assert!(!shown.contains("\nlast confirmed  today"), "{shown}");
    }
}

/// What was held is confirmed after a newer run has failed.
#[tokio::test]
async fn a_list_that_was_held_approved_and_confirmed_is_healthy_whatever_failed_meanwhile() {
    let (site, digest) = Site::held().await;
    assert_eq!(site.run(&["status"]).await.exit, Some(4));
    let server = format!("server.url={}", site.lab.sandbox.server_url());
    site.lab.sandbox.add_fault("meta:404*1".parse().unwrap());
    assert_eq!(site.run(&["sync", "--set", &server]).await.exit, Some(65));
    assert_eq!(site.run(&["approve", &digest]).await.exit, Some(0));
    assert_eq!(
        site.run(&["status"]).await.exit,
        Some(0),
        "it waits for the daemon, and not for long"
    );
    assert_eq!(site.run(&["sync", "--scheduled"]).await.exit, Some(0));
    let states: Vec<_> = (site.lab.store().await.runs(9).await.unwrap().iter())
        .map(|run| run.state)
        .collect();
    assert_eq!(states, [State::Failed, State::Confirmed, State::Confirmed]);
    assert_eq!(site.run(&["status"]).await.exit, Some(0));
}

#[tokio::test]
async fn a_document_for_another_account_is_neither_released_nor_touched() {
    let (site, digest) = Site::held().await;
    let mistyped = "--set=connect.enterprise=octo-crop";
    assert_snapshot!(site.told(&["approve", &digest, mistyped]).await, @"
    exit 64, stderr:
    error: no document was approved: it was made for enterprise/octo-corp at http://127.0.0.1:PORT, server ID c3c8bfb3-ffe3-4828-9626-DIGEST, and the settings name enterprise/octo-crop at http://127.0.0.1:PORT, server ID c3c8bfb3-ffe3-4828-9626-DIGEST
      help: correct the settings if they are wrong; if they are right, run `ghe-license-sync --config DIR/config.toml --set connect.enterprise=octo-crop sync`, which drops it and makes a new one
    ");
    // Nothing is advised that would be refused.
    let status = site.told(&["status", mistyped]).await;
    let held = status.lines().find(|line| line.starts_with("held ")).unwrap();
    assert_snapshot!(held, @"held            held TIME, 3 licenses, digest DIGEST, mass-change, for enterprise/octo-corp at http://127.0.0.1:PORT, server ID c3c8bfb3-ffe3-4828-9626-DIGEST: discarded by the next run");
    for wrong in ["approve", "discard"] {
        assert_eq!(site.run(&[wrong, "0123456789abcdef", mistyped]).await.exit, Some(64));
    }
    assert_eq!(site.lab.last_run().await.state, State::Held);
    assert_eq!(site.run(&["approve", &digest]).await.exit, Some(0));
}
