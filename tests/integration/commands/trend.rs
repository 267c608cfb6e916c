//! How the licenses grew, in `status`, and the counts of all runs, in `history --format csv`.

use chrono::{DateTime, TimeDelta, Utc};
use ghe_license_sync::clock::{Clock, SystemClock};
use ghe_license_sync::license::Totals;
use serde_json::Value;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::told;
use crate::support::lab::Lab;
use crate::support::past;

/// Writes into the store what the program would write only after years.
async fn write(lab: &Lab, sql: &'static str) {
    let file = lab.directory.path().join("state/state.db");
    let options = SqliteConnectOptions::new().filename(file);
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query(sql).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
}

/// The counts of a confirmed run that was deleted; the account is a formula.
const DELETED: &str = "INSERT INTO deleted_run (id, api_origin, uploads_origin, account, server_id, started_at, updated_at, accounts, consumed, suspended, organizations, \
    bots, setup_users, ghosts, dormant, unmatchable, no_sign_in, server_users, server_suspended, seats_used, seats) VALUES ('019ae000-0000-7000-8000-000000000001', 'https://api.github.com', \
    'https://uploads.github.com', '=HYPERLINK(\"http://198.51.100.7\",\"octo, corp\")', \
    '00000000-0000-0000-0000-000000000007', '2024-01-02T03:04:05.000Z', '2024-01-02T03:05:00.000Z', 60, 54, 4, 0, 1, 1, \
    0, 5, 1, 6, 61, 4, 52, '69')";

/// A lab with one confirmed run for each of these weeks ago, with so many licenses.
async fn lab_with(lists: &[(i32, u64)]) -> Lab {
    let lab = Lab::with_faults(&[]).await;
    let (store, context) = (lab.store().await, lab.context(&[]));
    for (weeks, consumed) in lists {
        let totals = Totals {
            accounts: *consumed,
            consumed: *consumed,
            ..Totals::default()
        };
        past::confirmed(&context, &store, totals, weeks_ago(*weeks)).await;
    }
    store.close().await;
    lab
}

fn weeks_ago(weeks: i32) -> DateTime<Utc> {
    SystemClock.now() - TimeDelta::minutes(5) - TimeDelta::weeks(1) * weeks
}

async fn growth(lab: &Lab) -> String {
    let status = lab.run(&["status"]).await.stdout;
    let line = status.lines().find_map(|line| line.strip_prefix("growth "));
    line.map(str::trim).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn the_status_says_how_the_licenses_grew_and_when_the_seats_are_used_up() {
    let lab = lab_with(&[(4, 400), (3, 410), (2, 420), (0, 440)]).await;
    let (since, to) = (weeks_ago(4).format("%Y-%m-%d"), weeks_ago(0).format("%Y-%m-%d"));
    let grew = format!("+10.0 licenses a week over 4 days with a confirmed run from {since} to {to}");
    assert_eq!(growth(&lab).await, grew);

    write(&lab, "UPDATE run SET seats = '500'").await;
    let month = weeks_ago(-6).format("%Y-%m").to_string();
    let ahead = format!("{grew}; at this rate the 500 seats are used up around {month}");
    assert_eq!(growth(&lab).await, ahead);
    let json: Value = serde_json::from_str(&lab.run(&["status", "--json"]).await.stdout).unwrap();
    let growth_in_json = &json["growth"];
    assert_eq!(growth_in_json["licenses_per_week"], 10.0);
    assert_eq!(
        (&growth_in_json["runs"], &growth_in_json["seats"]),
        (&4.into(), &500.into())
    );
    assert_eq!(growth_in_json["seats_used_up"], *month);

    write(&lab, "UPDATE run SET seats = 'unlimited'").await;
    assert_eq!(growth(&lab).await, grew);
}

#[tokio::test]
async fn the_growth_is_that_of_the_account_in_force_and_the_clock_of_the_past_does_not_matter() {
    // The clock was a year ahead at one of them.
    let lab = lab_with(&[(5, 7), (-52, 9_000), (4, 400), (3, 410), (2, 420), (0, 440)]).await;
    write(
        &lab,
        "UPDATE run SET account = 'enterprise/octo-inc' WHERE consumed = 7",
    )
    .await;
    let (since, to) = (weeks_ago(4).format("%Y-%m-%d"), weeks_ago(0).format("%Y-%m-%d"));
    assert_eq!(
        growth(&lab).await,
        format!("+10.0 licenses a week over 4 days with a confirmed run from {since} to {to}")
    );
    lab.edit_settings("enterprise = \"octo-corp\"", "enterprise = \"octo-inc\"");
    let too_few = "not known yet: 1 day with a confirmed run in the last 26 weeks; it takes 4, over 3 weeks";
    assert_eq!(growth(&lab).await, too_few);
}

#[tokio::test]
async fn the_history_as_csv_has_the_counts_of_each_run_and_of_those_that_were_deleted() {
    let lab = Lab::with_faults(&["report:404"]).await;
    lab.run(&["sync"]).await;
    lab.sync(&[]).await.unwrap();
    write(&lab, DELETED).await;
    let history = told(&lab, &["history", "--format", "csv"]).await;
    // The day and the time that it is.
    let mut lines: Vec<_> = history.lines().map(str::to_owned).collect();
    for line in &mut lines[2..4] {
        let cells: Vec<_> = line.split(',').collect();
        *line = [&["ID", "STARTED", "CHANGED"], &cells[3..]].concat().join(",");
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    exit 0, stdout:
    run_id,started_at_utc,changed_at_utc,state,reason,trigger,deleted,account,api_origin,uploads_origin,server_id,accounts_seen,licenses_consumed,accounts_suspended,organizations,bots,setup_users,ghosts,licenses_dormant,licenses_without_address,licenses_without_sign_in,licenses_with_shared_address,rows_repeated,advanced_security_users,code_security_users,secret_protection_users,server_users,server_users_suspended,server_seats_used,server_seats,encrypted_users_bytes
    ID,STARTED,CHANGED,confirmed,,manual,no,enterprise/octo-corp,http://127.0.0.1:PORT,http://127.0.0.1:PORT,ID,60,54,4,0,1,1,0,5,1,6,0,0,,,,60,4,54,69,
    ID,STARTED,CHANGED,failed,permission-missing,manual,no,enterprise/octo-corp,http://127.0.0.1:PORT,http://127.0.0.1:PORT,ID,,,,,,,,,,,,,,,,,,,,
    ID,2024-01-02 03:04:05,2024-01-02 03:05:00,confirmed,,,yes,"'=HYPERLINK(""http://198.51.100.7"",""octo, corp"")",https://api.github.com,https://uploads.github.com,ID,60,54,4,0,1,1,0,5,1,6,,0,,,,61,4,52,69,
    "#);
    let two = lab.run(&["history", "--format", "csv", "--limit", "2"]).await.stdout;
    assert_eq!(two.lines().count(), 3, "the header and the newest two");
}

#[tokio::test]
async fn every_column_of_the_csv_is_explained_and_all_lines_have_all_of_them() {
    let lab = Lab::with_faults(&[]).await;
    lab.sync(&[]).await.unwrap();
    write(&lab, DELETED).await;
    let text = lab.run(&["history", "--format", "csv"]).await.stdout;
    // It refuses lines of different lengths.
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().unwrap().clone();
    let lines: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(lines.len(), 2);
    let cell = |line: usize, name| {
        lines[line]
            .get(columns.iter().position(|it| it == name).unwrap())
            .unwrap()
    };
    assert_eq!((cell(0, "server_seats"), cell(0, "licenses_consumed")), ("69", "54"));
    assert_eq!(
        cell(1, "account"),
        "'=HYPERLINK(\"http://198.51.100.7\",\"octo, corp\")"
    );

    let document = include_str!("../../../docs/operations.md");
    let explained: Vec<_> = document
        .lines()
        .skip_while(|line| *line != "<!-- csv -->")
        .take_while(|line| *line != "<!-- /csv -->")
        .filter(|line| line.starts_with("| `"))
        .flat_map(|line| line.split('|').nth(1).unwrap().split('`').skip(1).step_by(2))
        .collect();
    assert_eq!(explained, columns.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_deleted_run_is_in_the_table_and_in_the_json_of_the_history() {
    let lab = Lab::with_faults(&[]).await;
    lab.sync(&[]).await.unwrap();
    write(&lab, DELETED).await;
    let table = told(&lab, &["history", "--format", "table"]).await;
    let deleted: Vec<_> = table
        .lines()
        .skip_while(|line| !line.contains("TIME           confirmed"))
        .collect();
    insta::assert_snapshot!(deleted.join("\n"), @r#"
    TIME           confirmed         54
      for =HYPERLINK("http://198.51.100.7","octo, corp") at https://api.github.com and https://uploads.github.com, server ID ID; deleted, only the counts are left
      60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
      6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
      the server itself counts 57 users who are not suspended (1 more than the list); it reports 52 seats in use (2 fewer than the list)
    "#);
    let [json, same] = [&["history", "--json"][..], &["history", "--format", "json"]];
    let json = lab.run(json).await.stdout;
    assert_eq!(lab.run(same).await.stdout, json);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["runs"].as_array().unwrap().len(), 1);
    insta::assert_snapshot!(format!("{:#}", json["deleted_runs"][0]), @r#"
    {
      "destination": {
        "account": "=HYPERLINK(\"http://198.51.100.7\",\"octo, corp\")",
        "api_origin": "https://api.github.com",
        "server_id": "00000000-0000-0000-0000-000000000007",
        "uploads_origin": "https://uploads.github.com"
      },
      "id": "019ae000-0000-7000-8000-000000000001",
      "server_counts": {
        "seats": 69,
        "seats_used": 52,
        "users": {
          "suspended": 4,
          "total": 61
        }
      },
      "started_at": "2024-01-02T03:04:05Z",
      "state": "confirmed",
      "totals": {
        "accounts": 60,
        "bots": 1,
        "consumed": 54,
        "dormant": 5,
        "ghosts": 0,
        "no_sign_in": 6,
        "organizations": 0,
        "setup_users": 1,
        "suspended": 4,
        "unmatchable": 1
      },
      "updated_at": "2024-01-02T03:05:00Z"
    }
    "#);
}

#[tokio::test]
async fn how_to_answer_is_said_once() {
    let lab = Lab::with_faults(&[]).await;
    insta::assert_snapshot!(told(&lab, &["history", "--format", "csv", "--json"]).await, @r#"
    exit 64, stdout:
    {
      "schema": "ghe-license-sync/error/1",
      "error": "`--json` and another `--format` were given; write one of them", "because": [],
      "details": "Usage: ghe-license-sync [OPTIONS] <COMMAND>\nFor more information, try '--help'.",
      "help": null, "reason": null, "exit_code": 64
    }
    --- stderr
    error: `--json` and another `--format` were given; write one of them

    Usage: ghe-license-sync [OPTIONS] <COMMAND>

    For more information, try '--help'.
    "#);
}
