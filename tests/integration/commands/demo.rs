//! `demo`: everything is shown, everything is true, and nothing is left behind.

use std::path::Path;

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::lab::Ran;
use crate::support::placeholder::placeholders;
use crate::support::process::{Process, command};

/// Starts a demo whose temporary files are below `directory`.
fn start(directory: &Path, arguments: &[&str]) -> Process {
    let mut command = command(&["demo"]);
    command.args(arguments).env("TMPDIR", directory);
    Process::of(command)
}

async fn run(directory: &Path, arguments: &[&str]) -> Ran {
    start(directory, arguments).end().await
}

fn is_empty(directory: &Path) -> bool {
    directory.read_dir().unwrap().next().is_none()
}

#[tokio::test]
async fn a_demo_tells_every_step_and_leaves_nothing_behind_however_often_it_runs() {
    let directory = TempDir::new().unwrap();
    for _ in 0..2 {
        let ran = run(directory.path(), &[]).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(placeholders(&ran.to_string()), @"
            exit 0, stdout:
            gate        open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
            server      counts 1 000 users itself
            collected   1 000 accounts seen, 929 licenses consumed, 8 of them without an address to match; left out: 68 suspended, 2 bots, 1 setup user
            frozen      digest DIGEST, SIZE
            accepted    as upload usage-1
            confirmed   the cloud processed it
            cloud       counts 1 091 unique users: 662 of the server matched, 267 not matched, 170 only in the cloud
                        65 of them are counted twice: they are in the cloud under another address
            explained   8 certain: no primary address on the server
                        57 certain: the identity on the cloud says otherwise
                        fixing this frees 65 licenses
            done in SECONDS s; nothing is left behind
            ");
        }
        assert!(is_empty(directory.path()));
    }
}

#[tokio::test]
async fn the_readme_shows_what_a_demo_prints() {
    let directory = TempDir::new().unwrap();
    let ran = run(directory.path(), &[]).await;
    let readme = include_str!("../../../README.md");
    let shown = readme.split("```\n").nth(3).unwrap();
    assert_eq!(placeholders(shown), placeholders(&ran.stdout));
}

#[tokio::test]
async fn a_demo_in_json_is_one_document_with_the_run_and_the_clouds_count() {
    let directory = TempDir::new().unwrap();
    let ran = run(directory.path(), &["--json"]).await;
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(answer["run"]["state"], "confirmed");
    assert_eq!(answer["run"]["totals"]["consumed"], answer["tally"]["server_users"]);
    assert_eq!(
        answer["explanation"]["frees"]["certain"],
        answer["tally"]["counted_twice"]
    );
    insta::assert_snapshot!(placeholders(&ran.to_string()), @r#"
    exit 0, stdout:
    {
      "schema": "ghe-license-sync/demo/1",
      "run": {
        "id": "ID", "trigger": "manual", "window": null,
        "destination": {
          "api_origin": "http://127.0.0.1:PORT", "uploads_origin": "http://127.0.0.1:PORT",
          "account": "enterprise/octo-corp", "server_id": "ID"
        },
        "hostname": "127.0.0.1", "state": "confirmed", "reason": null, "detail": null, "started_at": "TIME",
        "updated_at": "TIME",
        "totals": {
          "accounts": 1000, "consumed": 929, "suspended": 68, "organizations": 0, "bots": 2, "setup_users": 1,
          "ghosts": 0, "dormant": 99, "unmatchable": 8, "no_sign_in": 134, "shared_addresses": 16
        },
        "server_counts": { "users": { "total": 1000, "suspended": 68 }, "seats_used": 929, "seats": 1031 },
        "report": { "made_at": "TIME", "age_seconds": 0 }, "change": null,
        "frozen": {
          "digest": "DIGEST", "idempotency_key": "ID:ID:DIGEST", "content_digest": "DIGEST", "body_bytes": SIZE
        },
        "decision": null, "attempts": 1, "maybe_taken": 1, "next_attempt_at": null,
        "receipt": {
          "upload_id": "usage-1",
          "location": "http://127.0.0.1:PORT/enterprises/octo-corp/license-usage/usage-1", "sent_at": "TIME",
          "processed_at": "TIME"
        }
      },
      "tally": {
        "licenses": 1091, "server_users": 929, "matched": 662, "matched_by_identity": 493,
        "matched_by_verified_email": 169, "unmatched": 267, "server_only": 263, "counted_twice": 65,
        "cloud_only": 170
      },
      "explanation": {
        "enterprise": "octo-corp", "hostname": "127.0.0.1", "licenses": 1091, "matched": 658,
        "server_only": 263,
        "evidence": [
          { "what": "verified-domains", "count": 2 }, { "what": "servers", "count": 1 },
          { "what": "secondary-addresses", "count": 929, "as_of": "TIME" },
          { "what": "identities", "count": 638 }
        ],
        "causes": [
          {
            "cause": "no-primary-address", "says": "no primary address on the server", "grade": "certain",
            "count": 8, "frees": { "certain": 8, "likely": 0, "possible": 0 },
            "fix": "give the account the address that the cloud knows, then sync",
            "fixer": "the user, or the identity provider's administrator"
          },
          {
            "cause": "identity-differs", "says": "the identity on the cloud says otherwise", "grade": "certain",
            "count": 57, "frees": { "certain": 57, "likely": 0, "possible": 0 },
            "fix": "make the primary address and the identity agree, then sync",
            "fixer": "the identity provider's administrator"
          },
          {
            "cause": "machine-user", "says": "machine user, by its name", "grade": "possible", "count": 1,
            "frees": { "certain": 0, "likely": 0, "possible": 1 }, "fix": "suspend it if nothing uses it",
            "fixer": "site administrator"
          },
          {
            "cause": "never-signed-in", "says": "never signed in, by the report", "grade": "possible",
            "count": 24, "frees": { "certain": 0, "likely": 0, "possible": 22 },
            "fix": "suspend it if nobody needs it", "fixer": "site administrator"
          },
          {
            "cause": "not-shown", "says": "the cloud does not show enough to decide", "grade": "unknown",
            "count": 173, "frees": { "certain": 0, "likely": 0, "possible": 0 },
            "fix": "verify the domain in the cloud account, or read its identities", "fixer": "enterprise owner"
          }
        ],
        "frees": { "certain": 65, "likely": 0, "possible": 23 },
        "unknown": [
          {
            "what": "hidden-members",
            "says": "who 68 members are: the cloud shows neither an address nor an identity of them",
            "remedy": "verify the domain of their addresses in the cloud account, or read its identities"
          }
        ]
      }
    }
    "#);
    assert!(is_empty(directory.path()));
}

#[tokio::test]
async fn a_demo_with_three_users_is_a_whole_demo() {
    let directory = TempDir::new().unwrap();
    let ran = run(directory.path(), &["--users", "3"]).await;
    insta::assert_snapshot!(placeholders(&ran.to_string()), @"
    exit 0, stdout:
    gate        open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    server      counts 3 users itself
    collected   3 accounts seen, 2 licenses consumed; left out: 1 setup user
    frozen      digest DIGEST, SIZE
    accepted    as upload usage-1
    confirmed   the cloud processed it
    cloud       counts 2 unique users: 1 of the server matched, 1 not matched, 0 only in the cloud
                0 of them are counted twice: they are in the cloud under another address
    explained   fixing this frees 0 licenses
    done in SECONDS s; nothing is left behind
    ");
}

#[tokio::test]
async fn another_seed_gives_other_people() {
    let directory = TempDir::new().unwrap();
    let of_seed = async |seed| {
        let ran = run(directory.path(), &["--json", "--users", "200", "--seed", seed]).await;
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        answer["tally"].clone()
    };
    assert_eq!(of_seed("7").await, of_seed("7").await);
    assert_ne!(of_seed("7").await, of_seed("8").await);
}

#[tokio::test]
async fn a_demo_cares_neither_for_settings_nor_for_variables_of_the_machine() {
    let directory = TempDir::new().unwrap();
    let mut command = command(&["--config", "/nonexistent", "demo", "--users", "3"]);
    command.env("TMPDIR", directory.path());
    command.env("GHE_LICENSE_SYNC__CONNECT__ENABLED", "false");
    command.env("HTTP_PROXY", "http://127.0.0.1:1");
    assert_eq!(Process::of(command).end().await.exit, Some(0));
}

#[tokio::test]
async fn a_demo_that_is_stopped_in_the_middle_leaves_nothing_behind() {
    for signal in [Signal::TERM, Signal::INT] {
        let directory = TempDir::new().unwrap();
        let mut demo = start(directory.path(), &["--users", "30000"]);
        assert!(demo.line().await.starts_with("gate"));
        assert!(!is_empty(directory.path()), "there is something to clean up");
        demo.signal(signal);
        let ran = demo.end().await;
        assert!(is_empty(directory.path()));
        assert!(!ran.stdout.contains("confirmed"), "it was in the middle");
        insta::allow_duplicates! {
            insta::assert_snapshot!(ran.stderr, @"
            error: the demo was cancelled; nothing is left behind
              reason: cancelled
            ");
        }
        assert_eq!(ran.exit, Some(69));
    }
}

#[tokio::test]
async fn a_demo_without_a_place_for_its_files_is_not_begun() {
    let ran = run(Path::new("/nonexistent"), &[]).await;
    insta::assert_snapshot!(placeholders(&ran.to_string()), @r#"
    exit 74, stderr:
    error: the demo was not begun: there is no place for its files
      because: No such file or directory (os error 2) at path "/nonexistent/ghe-license-sync-demo-RANDOM"
      help: check that TMPDIR is writable and has space left
      reason: internal
    "#);
}

#[tokio::test]
async fn a_demo_with_a_wrong_flag_is_not_begun() {
    let directory = TempDir::new().unwrap();
    let ran = run(directory.path(), &["--set", "license-sync.confirm-timeout=soon"]).await;
    insta::assert_snapshot!(placeholders(&ran.to_string()), @"
    exit 78, stderr:
    error: the demo was not begun: 1 problem in the settings
     --> flag --set license-sync.confirm-timeout
      = this is not a duration
      = help: write a number with its unit, like `90s`, `10m` or `2h`
      reason: config-invalid
    ");
    assert!(is_empty(directory.path()));
}
