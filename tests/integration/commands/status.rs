//! `status` in each health, in words and in JSON.

use chrono::{DateTime, TimeDelta, Utc};
use ghe_license_sync::clock::{Clock, SystemClock};
use ghe_license_sync::license::Totals;
use ghe_license_sync::store::{State, Store};
use serde_json::Value;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::told;
use crate::support::lab::Lab;
use crate::support::past;

/// A run that was confirmed at this time.
pub(super) async fn confirmed(lab: &Lab, store: &Store, at: DateTime<Utc>) {
    let totals = Totals {
        accounts: 60,
        consumed: 54,
        suspended: 4,
        organizations: 0,
        bots: 1,
        setup_users: 1,
        ghosts: 0,
        dormant: Some(5),
        unmatchable: 0,
        ..Totals::default()
    };
    past::confirmed(&lab.context(&[]), store, totals, at).await;
}

/// The health and the exit code, in JSON.
pub(super) async fn health(lab: &Lab, arguments: &[&str]) -> (String, Option<i32>) {
    let ran = lab.run(&[&["status", "--json"], arguments].concat()).await;
    let status: Value = serde_json::from_str(&ran.stdout).unwrap();
    (status["health"].as_str().unwrap().to_owned(), ran.exit)
}

#[tokio::test]
async fn before_the_first_run_the_status_says_how_to_begin() {
    let lab = Lab::with_faults(&[]).await;
    insta::assert_snapshot!(told(&lab, &["status"]).await, @"
    exit 5, stdout:
    gate            open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    health          stale: no run was confirmed yet; `ghe-license-sync --config DIR/config.toml sync` starts one
    server ID       ID, set in `server.id`
    last run        none yet
    last confirmed  none yet
    outbox          empty
    next window     due; no daemon is running, and `ghe-license-sync --config DIR/config.toml sync` starts a run
    ");
    insta::assert_snapshot!(told(&lab, &["status", "--json"]).await, @r#"
    exit 5, stdout:
    {
      "schema": "ghe-license-sync/status/1", "gate": { "open": true, "reason": null }, "health": "stale",
      "daemon": null, "running": null,
      "destination": {
        "api_origin": "http://127.0.0.1:PORT", "uploads_origin": "http://127.0.0.1:PORT",
        "account": "enterprise/octo-corp", "server_id": "ID"
      },
      "last_run": null, "last_confirmed": null, "held": null, "outbox": null, "pruned": null, "server_id": "ID",
      "server_id_source": "settings",
      "growth": {
        "runs": 0, "from": null, "to": null, "licenses_per_week": null, "seats": null, "seats_used_up": null
      },
      "next_window_at": "TIME"
    }
    "#);
}

#[tokio::test]
async fn after_a_confirmed_run_it_is_healthy() {
    let lab = Lab::with_faults(&[]).await;
    lab.sync(&[]).await.unwrap();
    insta::assert_snapshot!(told(&lab, &["status"]).await, @"
    exit 0, stdout:
    gate            open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    health          healthy
    server ID       ID, set in `server.id`
    last run        confirmed TIME, 54 licenses, digest DIGEST
    counted         60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
                    6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
                    the server itself counts 56 users who are not suspended; it reports 54 seats in use
    last confirmed  confirmed TIME, 54 licenses, digest DIGEST
    growth          not known yet: 1 day with a confirmed run in the last 26 weeks; it takes 4, over 3 weeks
    outbox          empty
    next window     TIME
    ");
    insta::assert_snapshot!(told(&lab, &["status", "--json"]).await, @r#"
    exit 0, stdout:
    {
      "schema": "ghe-license-sync/status/1", "gate": { "open": true, "reason": null }, "health": "healthy",
      "daemon": null, "running": null,
      "destination": {
        "api_origin": "http://127.0.0.1:PORT", "uploads_origin": "http://127.0.0.1:PORT",
        "account": "enterprise/octo-corp", "server_id": "ID"
      },
      "last_run": {
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
      "held": null, "outbox": null, "pruned": null, "server_id": "ID", "server_id_source": "settings",
      "growth": {
        "runs": 1, "from": "TIME", "to": "TIME", "licenses_per_week": null, "seats": 69, "seats_used_up": null
      },
      "next_window_at": "TIME"
    }
    "#);
}

#[tokio::test]
async fn a_confirmation_that_is_older_than_a_week_and_a_day_is_stale() {
    let lab = Lab::with_faults(&[]).await;
    let (store, now) = (lab.store().await, SystemClock.now());
    confirmed(&lab, &store, now - TimeDelta::days(8) + TimeDelta::minutes(5)).await;
    assert_eq!(health(&lab, &[]).await, ("healthy".to_owned(), Some(0)));

    let lab = Lab::with_faults(&[]).await;
    confirmed(&lab, &lab.store().await, now - TimeDelta::days(9)).await;
    insta::assert_snapshot!(told(&lab, &["status"]).await, @"
    exit 5, stdout:
    gate            open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    health          stale: the last confirmed run is 9 days old, and a window has been due since
    server ID       ID, set in `server.id`
    last run        confirmed TIME, 54 licenses, digest DIGEST
    counted         60 accounts seen, 54 licenses consumed; left out: 4 suspended, 1 bot, 1 setup user
                    the server's own count of its users is not known
    last confirmed  confirmed TIME, 54 licenses, digest DIGEST
    growth          not known yet: 1 day with a confirmed run in the last 26 weeks; it takes 4, over 3 weeks
    outbox          empty
    next window     due; no daemon is running, and `ghe-license-sync --config DIR/config.toml sync` starts a run
    ");
    assert_eq!(health(&lab, &[]).await, ("stale".to_owned(), Some(5)));
}

#[tokio::test]
async fn what_was_deleted_of_the_history_is_reported() {
    let lab = Lab::with_faults(&[]).await;
    lab.sync(&[]).await.unwrap();
    let file = lab.directory.path().join("state/state.db");
    let mut database = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file))
        .await
        .unwrap();
    let sql = "INSERT INTO pruned VALUES (1, 1234, '2024-01-02T03:04:05.000Z', '2024-10-02T03:04:05.000Z')";
    sqlx::query(sql).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
    let status = told(&lab, &["status"]).await;
    let line = status.lines().find(|line| line.starts_with("history")).unwrap();
    insta::assert_snapshot!(line, @"history         runs deleted because of their age: 1 234, which began from TIME to TIME");
    let json: Value = serde_json::from_str(&lab.run(&["status", "--json"]).await.stdout).unwrap();
    assert_eq!(json["pruned"]["runs"], 1234);
    assert_eq!(json["pruned"]["oldest"], "2024-01-02T03:04:05Z");
}

#[tokio::test]
async fn a_run_that_did_not_get_through_is_failing_even_after_a_confirmed_one() {
    let lab = Lab::with_faults(&[]).await;
    lab.sync(&[]).await.unwrap();
    let failing = ("failing".to_owned(), Some(5));
    for (fault, state) in [("upload:422", State::Rejected), ("meta:404", State::Failed)] {
        lab.sandbox.add_fault(fault.parse().unwrap());
        lab.run(&["sync"]).await;
        assert_eq!(lab.last_run().await.state, state);
        assert_eq!(health(&lab, &[]).await, failing);
    }
    lab.sandbox.add_fault("upload:503@3600".parse().unwrap());
    lab.run(&["sync"]).await;
    insta::assert_snapshot!(told(&lab, &["status"]).await, @"
    exit 5, stdout:
    gate            open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    health          failing: the last run was not confirmed
    server ID       ID, set in `server.id`
    last run        frozen TIME, 54 licenses, digest DIGEST, server-error
    counted         60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
                    6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
                    the server itself counts 56 users who are not suspended; it reports 54 seats in use
    last confirmed  confirmed TIME, 54 licenses, digest DIGEST
    growth          not known yet: 1 day with a confirmed run in the last 26 weeks; it takes 4, over 3 weeks
    outbox          frozen TIME, 54 licenses, digest DIGEST, server-error
    next window     TIME
    because         the upload was answered with status 503 (POST http://CLOUD/enterprises/octo-corp/license-usage)
    next            `ghe-license-sync --config DIR/config.toml sync` continues with the outbox at once; without it, nothing is done until TIME
    ");
    assert_eq!(health(&lab, &[]).await, failing);
}

#[tokio::test]
async fn behind_a_closed_gate_it_is_disabled_whatever_the_last_run_was() {
    let lab = Lab::with_faults(&["upload:422"]).await;
    lab.run(&["sync"]).await;
    let closed = ["--set", "license-sync.enabled=false"];
    insta::assert_snapshot!(told(&lab, &[&["status"], &closed[..]].concat()).await, @"
    exit 0, stdout:
    gate            closed: license sync is not enabled (license-sync-disabled); set `enabled = true` under [license-sync] to let this server report its license usage
    health          disabled: the gate is closed; nothing is sent
    server ID       ID, set in `server.id`
    last run        rejected TIME, 54 licenses, digest DIGEST, rejected
    counted         60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
                    6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
                    the server itself counts 56 users who are not suspended; it reports 54 seats in use
    last confirmed  none yet
    outbox          empty
    because         the upload was answered with status 422 (POST http://CLOUD/enterprises/octo-corp/license-usage): `totals.consumed` is invalid
    ");
    insta::assert_snapshot!(told(&lab, &["status", "--json", "--set", "connect.enabled=false"]).await, @r#"
    exit 0, stdout:
    {
      "schema": "ghe-license-sync/status/1", "gate": { "open": false, "reason": "connect-disabled" },
      "health": "disabled", "daemon": null, "running": null,
      "destination": {
        "api_origin": "http://127.0.0.1:PORT", "uploads_origin": "http://127.0.0.1:PORT",
        "account": "enterprise/octo-corp", "server_id": "ID"
      },
      "last_run": {
        "id": "ID", "trigger": "manual", "window": null,
        "destination": {
          "api_origin": "http://127.0.0.1:PORT", "uploads_origin": "http://127.0.0.1:PORT",
          "account": "enterprise/octo-corp", "server_id": "ID"
        },
        "hostname": "127.0.0.1", "state": "rejected", "reason": "rejected",
        "detail": "the upload was answered with status 422 (POST http://CLOUD/enterprises/octo-corp/license-usage): `totals.consumed` is invalid",
        "started_at": "TIME", "updated_at": "TIME",
        "totals": {
          "accounts": 60, "consumed": 54, "suspended": 4, "organizations": 0, "bots": 1, "setup_users": 1,
          "ghosts": 0, "dormant": 5, "unmatchable": 1, "no_sign_in": 6, "shared_addresses": 0
        },
        "server_counts": { "users": { "total": 60, "suspended": 4 }, "seats_used": 54, "seats": 69 },
        "report": { "made_at": "TIME", "age_seconds": 0 }, "change": null,
        "frozen": {
          "digest": "DIGEST", "idempotency_key": "ID:ID:DIGEST", "content_digest": "DIGEST", "body_bytes": SIZE
        },
        "decision": null, "attempts": 1, "maybe_taken": 0, "next_attempt_at": null, "receipt": null
      },
      "last_confirmed": null, "held": null, "outbox": null, "pruned": null, "server_id": "ID",
      "server_id_source": "settings",
      "growth": {
        "runs": 0, "from": null, "to": null, "licenses_per_week": null, "seats": null, "seats_used_up": null
      },
      "next_window_at": null
    }
    "#);
    assert_eq!(health(&lab, &closed).await, ("disabled".to_owned(), Some(0)));
}
