//! `sync`: what it says when all is well, when the gate is closed, and when something is in the way.

use ghe_license_sync::store;
use serde_json::Value;

use super::told;
use crate::support::lab::Lab;

#[tokio::test]
async fn a_sync_in_a_pipe_says_only_its_answer() {
    let lab = Lab::with_faults(&[]).await;
    insta::assert_snapshot!(told(&lab, &["sync"]).await, @"
    exit 0, stdout:
    the cloud confirmed the license usage
      60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
      6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
      the server itself counts 56 users who are not suspended; it reports 54 seats in use
      digest DIGEST, SIZE, 1 attempt, confirmed
    ");
    assert_eq!(lab.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn a_second_sync_is_a_run_of_its_own() {
    let lab = Lab::with_faults(&[]).await;
    let [first, second] = [lab.run(&["sync", "--json"]).await, lab.run(&["sync", "--json"]).await];
    let [first, second] = [first, second].map(|ran| serde_json::from_str::<Value>(&ran.stdout).unwrap()["run"].clone());
    assert_ne!(first["id"], second["id"]);
    assert_eq!([&first["state"], &second["state"]], ["confirmed", "confirmed"]);
    assert_eq!(lab.sandbox.uploads().len(), 2);
}

#[tokio::test]
async fn a_sync_in_json_is_the_run_and_nothing_else() {
    let lab = Lab::with_faults(&[]).await;
    insta::assert_snapshot!(told(&lab, &["sync", "--json"]).await, @r#"
    exit 0, stdout:
    {
      "schema": "ghe-license-sync/sync/1",
      "run": {
        "id": "ID", "trigger": "manual", "window": null,
        "destination": {
          "api_origin": "http://127.0.0.1:PORT", "uploads_origin": "http://127.0.0.1:PORT",
          "account": "enterprise/octo-corp", "server_id": "ID"
        },
        "hostname": "127.0.0.1", "state": "confirmed", "reason": null, "detail": null, "started_at": "TIME",
        "updated_at": "TIME",
        "totals": {
          "accounts": 60, "consumed": 54, "suspended": 4, "organizations": 0, "bots": 1, "setup_users": 1,
          "ghosts": 0, "dormant": 5, "unmatchable": 1, "no_sign_in": 6, "shared_addresses": 0
        },
        "server_counts": { "users": { "total": 60, "suspended": 4 }, "seats_used": 54, "seats": 69 },
        "report": { "made_at": "TIME", "age_seconds": 0 }, "change": null,
        "frozen": {
          "digest": "DIGEST", "idempotency_key": "ID:ID:DIGEST", "content_digest": "DIGEST", "body_bytes": SIZE
        },
        "decision": null, "attempts": 1, "maybe_taken": 1, "next_attempt_at": null,
        "receipt": {
          "upload_id": "usage-1", "location": "http://CLOUD/enterprises/octo-corp/license-usage/usage-1",
          "sent_at": "TIME", "processed_at": "TIME"
        }
      },
      "written": null, "next_due_at": null
    }
    "#);
}

#[tokio::test]
async fn a_verbose_sync_logs_every_change_of_state_to_standard_error() {
    let lab = Lab::with_faults(&["upload:503"]).await;
    insta::assert_snapshot!(told(&lab, &["sync", "--verbose", "--set", "log.level=debug"]).await, @r#"
    exit 0, stdout:
    the cloud confirmed the license usage
      60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
      6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
      the server itself counts 56 users who are not suspended; it reports 54 seats in use
      digest DIGEST, SIZE, 2 attempts, confirmed
    --- stderr
    TIME  INFO ghe_license_sync::sync::new_document: collecting who consumes a license run_id=ID state=collecting trigger="manual"
    TIME  INFO ghe_license_sync::sync::new_document: froze the license usage of 54 users; there is no earlier list to compare it with run_id=ID state=frozen accounts=60 users=54 suspended=4 organizations=0 bots=1 setup_users=1 ghosts=0 digest=DIGEST bytes=SIZE unmatchable=1 no_sign_in=6 seats_used=54
    TIME  INFO ghe_license_sync::sync::deliver: sending the license usage run_id=ID state=sending attempt=1 bytes=SIZE
    TIME DEBUG ghe_license_sync::sync::deliver: an attempt failed: the upload was answered with status 503 (POST http://CLOUD/enterprises/octo-corp/license-usage) run_id=ID state=frozen reason=server-error attempt=1
    TIME  INFO ghe_license_sync::sync::deliver: sending the license usage run_id=ID state=sending attempt=2 bytes=SIZE
    TIME  INFO ghe_license_sync::sync::deliver: the cloud accepted the license usage; it has not processed it yet run_id=ID state=accepted upload="usage-1"
    TIME  INFO ghe_license_sync::sync::confirm: the cloud processed the license usage run_id=ID state=confirmed users=54
    "#);
}

#[tokio::test]
async fn the_log_counts_the_attempts_of_earlier_runs_too() {
    let lab = Lab::with_faults(&["upload:404", "upload:503"]).await;
    assert_eq!(lab.run(&["sync"]).await.exit, Some(77));
    let ran = lab.run(&["sync", "--verbose", "--set", "log.level=debug"]).await;
    assert!(ran.stderr.contains("reason=server-error attempt=2\n"), "{ran}");
}

#[tokio::test]
async fn a_dry_run_sends_nothing_and_counts_the_changes_since_the_last_confirmed_run() {
    let lab = Lab::with_faults(&[]).await;
    insta::assert_snapshot!(told(&lab, &["sync", "--dry-run"]).await, @"
    exit 0, stdout:
    nothing was sent; this is what a sync would send under the server ID ID
      accounts             60
      consumed             54
      suspended             4
      organizations         0
      bots                  1
      setup users           1
      ghosts                0
      dormant               5
      unmatchable           1
      6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
      the server itself counts 56 users who are not suspended; it reports 54 seats in use
      digest DIGEST; no run was confirmed before
      `ghe-license-sync --config DIR/config.toml export` shows the document itself
    ");
    assert_eq!(lab.sandbox.uploads().len(), 0);
    lab.sync(&[]).await.unwrap();
    insta::assert_snapshot!(told(&lab, &["sync", "--dry-run"]).await, @"
    exit 0, stdout:
    nothing was sent; this is what a sync would send under the server ID ID
      accounts             60         +0
      consumed             54         +0
      suspended             4         +0
      organizations         0         +0
      bots                  1         +0
      setup users           1         +0
      ghosts                0         +0
      dormant               5         +0
      unmatchable           1         +0
      6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
      the server itself counts 56 users who are not suspended; it reports 54 seats in use
      digest DIGEST; the same as the last confirmed
      `ghe-license-sync --config DIR/config.toml export` shows the document itself
    ");
    insta::assert_snapshot!(told(&lab, &["sync", "--dry-run", "--json"]).await, @r#"
    exit 0, stdout:
    {
      "schema": "ghe-license-sync/sync-dry-run/1", "server_id": "ID",
      "totals": {
        "accounts": 60, "consumed": 54, "suspended": 4, "organizations": 0, "bots": 1, "setup_users": 1,
        "ghosts": 0, "dormant": 5, "unmatchable": 1, "no_sign_in": 6, "shared_addresses": 0
      },
      "digest": "DIGEST",
      "server_counts": { "users": { "total": 60, "suspended": 4 }, "seats_used": 54, "seats": 69 },
      "report": { "made_at": "TIME", "age_seconds": 0 }, "waiting": null,
      "last_confirmed": {
        "id": "ID", "trigger": "manual", "window": null,
        "destination": {
          "api_origin": "http://127.0.0.1:PORT", "uploads_origin": "http://127.0.0.1:PORT",
          "account": "enterprise/octo-corp", "server_id": "ID"
        },
        "hostname": "127.0.0.1", "state": "confirmed", "reason": null, "detail": null, "started_at": "TIME",
        "updated_at": "TIME",
        "totals": {
          "accounts": 60, "consumed": 54, "suspended": 4, "organizations": 0, "bots": 1, "setup_users": 1,
          "ghosts": 0, "dormant": 5, "unmatchable": 1, "no_sign_in": 6, "shared_addresses": 0
        },
        "server_counts": { "users": { "total": 60, "suspended": 4 }, "seats_used": 54, "seats": 69 },
        "report": { "made_at": "TIME", "age_seconds": 0 }, "change": null,
        "frozen": {
          "digest": "DIGEST", "idempotency_key": "ID:ID:DIGEST", "content_digest": "DIGEST", "body_bytes": SIZE
        },
        "decision": null, "attempts": 1, "maybe_taken": 1, "next_attempt_at": null,
        "receipt": {
          "upload_id": "usage-1", "location": "http://CLOUD/enterprises/octo-corp/license-usage/usage-1",
          "sent_at": "TIME", "processed_at": "TIME"
        }
      },
      "change": { "before": 54, "added": 0, "removed": 0, "compared": "users" }, "hold_reason": null
    }
    "#);
    assert_eq!(lab.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn a_closed_gate_is_reported_with_the_setting_that_opens_it() {
    let lab = Lab::with_faults(&[]).await;
    insta::assert_snapshot!(told(&lab, &["sync", "--set", "connect.enabled=false"]).await, @"
    exit 3, stderr:
    error: no license usage was sent
      because: Connect is not enabled
      help: set `enabled = true` under [connect] once GitHub Connect is set up for this server
      reason: connect-disabled
    ");
    insta::assert_snapshot!(told(&lab, &["sync", "--set", "license-sync.enabled=false"]).await, @"
    exit 3, stderr:
    error: no license usage was sent
      because: license sync is not enabled
      help: set `enabled = true` under [license-sync] to let this server report its license usage
      reason: license-sync-disabled
    ");
    insta::assert_snapshot!(told(&lab, &["sync", "--dry-run", "--set", "license-sync.enabled=false"]).await, @"
    exit 3, stderr:
    error: no license usage was sent
      because: license sync is not enabled
      help: set `enabled = true` under [license-sync] to let this server report its license usage
      reason: license-sync-disabled
    ");
    insta::assert_snapshot!(told(&lab, &["sync", "--json", "--set", "connect.enabled=false"]).await, @r#"
    exit 3, stdout:
    {
      "schema": "ghe-license-sync/error/1", "error": "no license usage was sent",
      "because": ["Connect is not enabled"], "details": null,
      "help": "set `enabled = true` under [connect] once GitHub Connect is set up for this server",
      "reason": "connect-disabled", "exit_code": 3
    }
    --- stderr
    error: no license usage was sent
      because: Connect is not enabled
      help: set `enabled = true` under [connect] once GitHub Connect is set up for this server
      reason: connect-disabled
    "#);
    assert_eq!(lab.sandbox.uploads().len(), 0);
}

#[tokio::test]
async fn one_sync_at_a_time_works_on_a_state_directory() {
    let lab = Lab::with_faults(&[]).await;
    let _lock = store::lock(&lab.directory.path().join("state")).await.unwrap();
    insta::assert_snapshot!(told(&lab, &["sync"]).await, @"
    exit 69, stderr:
    error: no license usage was sent
      because: another process is using the state directory DIR/state
      help: a sync is under way; wait until it is finished, `ghe-license-sync --config DIR/config.toml status` shows how far it is
      reason: already-running
    ");
    insta::assert_snapshot!(told(&lab, &["sync", "--json"]).await, @r#"
    exit 69, stdout:
    {
      "schema": "ghe-license-sync/error/1", "error": "no license usage was sent",
      "because": ["another process is using the state directory DIR/state"], "details": null,
      "help": "a sync is under way; wait until it is finished, `ghe-license-sync --config DIR/config.toml status` shows how far it is",
      "reason": "already-running", "exit_code": 69
    }
    --- stderr
    error: no license usage was sent
      because: another process is using the state directory DIR/state
      help: a sync is under way; wait until it is finished, `ghe-license-sync --config DIR/config.toml status` shows how far it is
      reason: already-running
    "#);
    assert_eq!(lab.sandbox.uploads().len(), 0);
}

#[tokio::test]
async fn a_document_that_was_not_confirmed_is_gone_on_with_by_the_next_sync() {
    let lab = Lab::with_faults(&["location:pending*always"]).await;
    let hasty = ["sync", "--set", "license-sync.confirm-timeout=1s"];
    insta::assert_snapshot!(told(&lab, &hasty).await, @"
    exit 75, stderr:
    error: the cloud accepted the license usage and has not confirmed it within 1s
      help: polling continues; `ghe-license-sync --config DIR/config.toml --set license-sync.confirm-timeout=1s sync` polls at once, before it makes a new list
      reason: unconfirmed
    ");
    insta::assert_snapshot!(told(&lab, &["status"]).await, @"
    exit 5, stdout:
    gate            open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    health          failing: the last run was not confirmed
    server ID       ID, set in `server.id`
    last run        accepted TIME, 54 licenses, digest DIGEST, unconfirmed
    counted         60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
                    6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
                    the server itself counts 56 users who are not suspended; it reports 54 seats in use
    last confirmed  none yet
    outbox          accepted TIME, 54 licenses, digest DIGEST, unconfirmed
    next window     due; the next attempt is not before TIME
    because         the cloud accepted the license usage and has not confirmed it within 1s
    next            `ghe-license-sync --config DIR/config.toml sync` continues with the outbox at once; without it, nothing is done until TIME
    ");
}

#[tokio::test]
async fn a_refused_token_is_reported_with_what_to_check() {
    let lab = Lab::with_faults(&[]).await;
    std::fs::write(lab.directory.path().join("credentials/server-token"), "ghp_wrong").unwrap();
    insta::assert_snapshot!(told(&lab, &["sync"]).await, @"
    exit 77, stderr:
    error: no license usage was sent
      because: GET http://SERVER/api/v3/meta was answered with 401: the token was refused
      help: check that the server token is a classic token of this enterprise server that has not expired or been revoked
      reason: credentials-refused
    ");
}

#[tokio::test]
async fn a_document_that_the_cloud_refuses_is_final() {
    let lab = Lab::with_faults(&["upload:422"]).await;
    insta::assert_snapshot!(told(&lab, &["sync"]).await, @"
    exit 65, stderr:
    error: the cloud rejected the license usage; nothing changed there
      because: the upload was answered with status 422 (POST http://CLOUD/enterprises/octo-corp/license-usage): `totals.consumed` is invalid
      help: the cloud's answer is final for this document; ask the account's support
      reason: rejected
    ");
}
