//! `history`: past runs, the newest first.

use ghe_license_sync::reason::Reason;
use serde_json::Value;

use super::told;
use crate::support::lab::Lab;

#[tokio::test]
async fn a_history_without_runs_says_so() {
    let lab = Lab::with_faults(&[]).await;
    insta::assert_snapshot!(told(&lab, &["history"]).await, @"
    exit 0, stdout:
    no run yet
    ");
    insta::assert_snapshot!(told(&lab, &["history", "--json"]).await, @r#"
    exit 0, stdout:
    { "schema": "ghe-license-sync/history/1", "runs": [], "deleted_runs": [] }
    "#);
    assert!(!lab.directory.path().join("state").exists(), "looking makes no state");
}

#[tokio::test]
async fn runs_are_listed_with_how_they_ended() {
    let lab = Lab::with_faults(&["upload:422", "report:404"]).await;
    for exit in [65, 0, 77] {
        // The faults of a point happen one after the other; the report is well again after the first run.
        if exit == 77 {
            lab.sandbox.add_fault("report:404".parse().unwrap());
        }
        lab.run(&["sync"]).await;
    }
    insta::assert_snapshot!(told(&lab, &["history"]).await, @"
    exit 0, stdout:
    STARTED                 TRIGGER   STATE       LICENSES  REASON
    TIME manual    failed                permission-missing
      TIME failed permission-missing: GET http://SERVER/stafftools/reports/all_users.csv was answered with 404: there is no such page, or the token may not see it
    TIME manual    rejected          54  rejected
      60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
      6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
      the server itself counts 56 users who are not suspended; it reports 54 seats in use
      digest DIGEST, SIZE, 1 attempt
      TIME rejected rejected: the upload was answered with status 422 (POST http://CLOUD/enterprises/octo-corp/license-usage): `totals.consumed` is invalid
    TIME manual    failed                permission-missing
      TIME failed permission-missing: GET http://SERVER/stafftools/reports/all_users.csv was answered with 404: there is no such page, or the token may not see it
    ");
    insta::assert_snapshot!(told(&lab, &["history", "--limit", "1"]).await, @"
    exit 0, stdout:
    STARTED                 TRIGGER   STATE       LICENSES  REASON
    TIME manual    failed                permission-missing
      TIME failed permission-missing: GET http://SERVER/stafftools/reports/all_users.csv was answered with 404: there is no such page, or the token may not see it
    ");
}

#[tokio::test]
async fn a_table_fits_80_columns_and_names_account_and_host_where_they_differ() {
    let lab = Lab::with_faults(&["report:404*2"]).await;
    assert_eq!(lab.run(&["sync", "--scheduled"]).await.exit, Some(77));
    lab.edit_settings("enterprise = \"octo-corp\"", "enterprise = \"octo-inc\"");
    assert_eq!(lab.run(&["sync"]).await.exit, Some(77));
    let told = told(&lab, &["history"]).await;
    insta::assert_snapshot!(told, @"
    exit 0, stdout:
    STARTED                 TRIGGER   STATE       LICENSES  REASON
    TIME manual    failed                permission-missing
      127.0.0.1 → enterprise octo-inc at 127.0.0.1:PORT
      TIME failed permission-missing: GET http://SERVER/stafftools/reports/all_users.csv was answered with 404: there is no such page, or the token may not see it
    TIME scheduled failed                permission-missing
      127.0.0.1 → enterprise octo-corp at 127.0.0.1:PORT
      TIME failed permission-missing: GET http://SERVER/stafftools/reports/all_users.csv was answered with 404: there is no such page, or the token may not see it
    ");
    let ran = lab.run(&["history"]).await;
    let rows = ran.stdout.lines().filter(|line| !line.starts_with(' '));
    let longest = Reason::ALL.iter().map(|reason| reason.code().len()).max().unwrap();
    for row in rows {
        let columns = row.chars().count() - row.rsplit(' ').next().unwrap().len() + longest;
        assert!(columns <= 80, "{row}");
    }
}

#[tokio::test]
async fn a_run_in_json_comes_with_its_story() {
    let lab = Lab::with_faults(&["upload:503"]).await;
    lab.sync(&[]).await.unwrap();
    lab.sync(&[]).await.unwrap();
    let all = lab.run(&["history", "--json"]).await;
    insta::assert_snapshot!(told(&lab, &["history", "--json", "--limit", "1"]).await, @r#"
    exit 0, stdout:
    {
      "schema": "ghe-license-sync/history/1",
      "runs": [
        {
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
          "report": { "made_at": "TIME", "age_seconds": 0 },
          "change": { "before": 54, "added": 0, "removed": 0, "compared": "users" },
          "frozen": {
            "digest": "DIGEST", "idempotency_key": "ID:ID:DIGEST", "content_digest": "DIGEST",
            "body_bytes": SIZE
          },
          "decision": null, "attempts": 1, "maybe_taken": 1, "next_attempt_at": null,
          "receipt": {
            "upload_id": "usage-2", "location": "http://CLOUD/enterprises/octo-corp/license-usage/usage-2",
            "sent_at": "TIME", "processed_at": "TIME"
          },
          "events": [
            { "at": "TIME", "state": "collecting", "reason": null, "detail": null },
            { "at": "TIME", "state": "frozen", "reason": null, "detail": null },
            { "at": "TIME", "state": "sending", "reason": null, "detail": null },
            { "at": "TIME", "state": "accepted", "reason": null, "detail": null },
            { "at": "TIME", "state": "confirmed", "reason": null, "detail": null }
          ]
        }
      ],
      "deleted_runs": []
    }
    "#);
    let history: Value = serde_json::from_str(&all.stdout).unwrap();
    assert_eq!(history["runs"].as_array().unwrap().len(), 2);
    let story: Vec<_> = history["runs"][1]["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["state"].clone())
        .collect();
    assert_eq!(
        story,
        [
            "collecting",
            "frozen",
            "sending",
            "frozen",
            "sending",
            "accepted",
            "confirmed"
        ]
    );
}

#[tokio::test]
async fn a_state_directory_that_is_open_to_others_is_not_read() {
    use std::os::unix::fs::PermissionsExt;
    let lab = Lab::with_faults(&[]).await;
    lab.sync(&[]).await.unwrap();
    let state = lab.directory.path().join("state");
    std::fs::set_permissions(&state, std::fs::Permissions::from_mode(0o755)).unwrap();
    insta::assert_snapshot!(told(&lab, &["history"]).await, @"
    exit 74, stderr:
    error: the history is not known: the state directory DIR/state is accessible to other users (mode 0755)
      help: run `chmod 0700 DIR/state`
      reason: internal
    ");
    insta::assert_snapshot!(told(&lab, &["status", "--json"]).await, @r#"
    exit 74, stdout:
    {
      "schema": "ghe-license-sync/error/1",
      "error": "the status is not known: the state directory DIR/state is accessible to other users (mode 0755)",
      "because": [], "details": null, "help": "run `chmod 0700 DIR/state`", "reason": "internal",
      "exit_code": 74
    }
    --- stderr
    error: the status is not known: the state directory DIR/state is accessible to other users (mode 0755)
      help: run `chmod 0700 DIR/state`
      reason: internal
    "#);
}

#[tokio::test]
async fn an_attempt_is_not_called_sent_and_what_is_known_of_it_is_said() {
    let lab = Lab::with_faults(&["token:403*1", "upload:404*1"]).await;
    let document = async || {
        let history = told(&lab, &["history"]).await;
        let line = history.lines().find(|line| line.contains("digest")).map(str::trim);
        line.unwrap_or_default().to_owned()
    };
    for expected in [", 1 attempt", ", 2 attempts"] {
        assert_eq!(lab.run(&["sync"]).await.exit, Some(77));
        assert_eq!(document().await, format!("digest DIGEST, SIZE{expected}"));
    }
    lab.sandbox.add_fault("upload:503@3600*1".parse().unwrap());
    assert_eq!(lab.run(&["sync"]).await.exit, Some(75));
    assert_eq!(document().await, "digest DIGEST, SIZE, 3 attempts, may have arrived");
    lab.sandbox.add_fault("location:404*1".parse().unwrap());
    assert_eq!(lab.run(&["sync"]).await.exit, Some(77));
    assert_eq!(document().await, "digest DIGEST, SIZE, 4 attempts, accepted");
}
