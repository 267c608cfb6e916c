//! `--json`: each command answers with one object that fits the schema it names, whether it succeeds or fails.

use std::collections::BTreeSet;

use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::answers::{name_of, names};
use crate::support::lab::{Lab, Ran, binary};
use crate::support::process::Process;

/// The answer in JSON, which is all that is on standard output.
fn answer(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran}"))
}

/// Guards against every change.
const STRICT: [&str; 4] = [
    "--set",
    "license-sync.guard.max-change-percent=1",
    "--set",
    "license-sync.guard.always-allow-users=0",
];

/// Runs a command with `--json`, whose answer has to be of this schema, and returns it.
async fn expect(lab: &Lab, schema: &str, exit: i32, arguments: &[&str]) -> Value {
    let ran = lab.run(&[arguments, &["--json"]].concat()).await;
    let answer = answer(&ran);
    assert_eq!((ran.exit, name_of(&answer)), (Some(exit), schema), "{ran}");
    answer
}

/// A list that is held, because one account consumes no license any more: its digest.
async fn held(lab: &Lab, scim: &str) -> String {
    let error = expect(lab, "error", 4, &[&["sync", "--set", scim][..], &STRICT].concat()).await;
    assert_eq!(
        (&error["run"]["state"], &error["run"]["reason"]),
        (&"held".into(), &error["reason"])
    );
    error["run"]["frozen"]["digest"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_command_that_reads_or_sends_answers_with_an_object_of_its_schema() {
    let lab = Lab::with_faults(&[]).await;
    expect(&lab, "check", 0, &["check", "--offline"]).await;
    expect(&lab, "history", 0, &["history"]).await;
    expect(&lab, "status", 5, &["status"]).await;
    expect(&lab, "sync-dry-run", 0, &["sync", "--dry-run"]).await;
    expect(&lab, "sync", 0, &["sync"]).await;
    expect(&lab, "sync", 0, &["sync", "--scheduled"]).await;
    let due = expect(&lab, "sync", 0, &["sync", "--scheduled"]).await;
    assert!(due["next_due_at"].is_string() && due["run"].is_null(), "{due}");
    expect(&lab, "sync-dry-run", 0, &["sync", "--dry-run"]).await;
    expect(&lab, "status", 0, &["status", "--cloud"]).await;
    expect(&lab, "report", 0, &["report"]).await;
    expect(&lab, "report", 0, &["report", "--show-users"]).await;
    expect(&lab, "explain", 0, &["explain"]).await;
    expect(&lab, "explain", 0, &["explain", "--show-users"]).await;
    expect(&lab, "review", 0, &["review"]).await;
    let file = lab.directory.path().join("usage.json");
    let file = file.to_str().unwrap();
    expect(&lab, "export", 0, &["export", "--output", file]).await;
    expect(&lab, "error", 64, &["export", "--output", file]).await;
    expect(&lab, "upload", 0, &["upload", file]).await;
    expect(
        &lab,
        "error",
        65,
        &["upload", lab.sandbox.config_file().to_str().unwrap()],
    )
    .await;
    let digest = held(&lab, "server.scim-enabled=false").await;
    expect(&lab, "status", 4, &["status"]).await;
    expect(&lab, "review", 0, &["review", "--show-users"]).await;
    expect(&lab, "error", 64, &["approve", "000000000000"]).await;
    expect(&lab, "discard", 0, &["discard", &digest]).await;
    let digest = held(&lab, "server.scim-enabled=false").await;
    expect(&lab, "approve", 0, &["approve", &digest]).await;
    expect(&lab, "history", 0, &["history", "--format", "json"]).await;
}

#[tokio::test]
async fn the_error_of_a_sync_has_the_run_that_did_not_end_as_confirmed() {
    let lab = Lab::with_faults(&["report:403*1", "upload:403*1"]).await;
    let failed = expect(&lab, "error", 77, &["sync"]).await;
    assert_eq!(
        (&failed["run"]["state"], &failed["run"]["reason"]),
        (&"failed".into(), &failed["reason"])
    );
    let frozen = expect(&lab, "error", 77, &["sync"]).await;
    assert_eq!(
        (&frozen["run"]["state"], &frozen["run"]["reason"]),
        (&"frozen".into(), &frozen["reason"])
    );
    let off = ["sync", "--set", "license-sync.enabled=false"];
    let refused = expect(&lab, "error", 3, &off).await;
    assert_eq!(
        (&refused["run"]["state"], &refused["run"]["id"]),
        (&"refused".into(), &frozen["run"]["id"])
    );
    // Nothing is in the outbox any more.
    assert!(expect(&lab, "error", 3, &off).await.get("run").is_none());
}

#[tokio::test]
async fn every_command_that_serves_or_writes_answers_with_an_object_of_its_schema() {
    let generated = binary(&["generate", "catalog", "--json"]).await;
    assert_eq!(name_of(&answer(&generated)), "generate");
    let directory = TempDir::new().unwrap();
    let mut sandbox = Process::start(&["sandbox", "--json", "--directory", directory.path().to_str().unwrap()]);
    let mut text = String::new();
    while !text.ends_with('}') {
        text.push_str(&sandbox.line().await);
    }
    let announced: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(name_of(&announced), "sandbox");
    let config = announced["config"].as_str().unwrap();
    let mut daemon = Process::start(&["--config", config, "run", "--json"]);
    daemon.wait_for("confirmed").await;
    daemon.signal(Signal::TERM);
    let ran = daemon.end().await;
    assert_eq!((ran.exit, name_of(&answer(&ran))), (Some(0), "run"));
    sandbox.signal(Signal::TERM);
    assert_eq!(sandbox.end().await.exit, Some(0));
    let demo = binary(&["demo", "--users", "60", "--json"]).await;
    assert_eq!((demo.exit, name_of(&answer(&demo))), (Some(0), "demo"));
}

#[tokio::test]
async fn every_command_answers_an_error_and_a_wrong_command_line_in_json() {
    let missing = ["--config", "/nonexistent/config.toml", "--json"];
    for command in names() {
        let arguments: &[&str] = match command {
            "error" => continue,
            "approve" | "discard" => &[command, "000000000000"],
            "check" => &["check", "--offline"],
            "export" => &["export", "--output", "/tmp/nothing"],
            "sandbox" => &["sandbox", "--directory", "/proc/lab"],
            "sync-dry-run" => &["sync", "--dry-run"],
            "upload" => &["upload", "nothing.json"],
            "demo" => &["demo", "--set", "log.level=loud"],
            "generate" => &["generate", "nothing"],
            _ => &[command],
        };
        let failed = binary(&[arguments, &missing].concat()).await;
        let error = answer(&failed);
        assert_eq!(name_of(&error), "error", "{command}: {failed}");
        assert_eq!(error["exit_code"], failed.exit.unwrap(), "{failed}");
        let forms = [
            &["--bogus", "--json"][..],
            &["--json", "--bogus"],
            &["--bogus", "--format=json"],
        ];
        for wrong in forms {
            let ran = binary(&[arguments, wrong].concat()).await;
            assert_eq!((ran.exit, name_of(&answer(&ran))), (Some(64), "error"), "{ran}");
        }
    }
}

#[tokio::test]
async fn every_command_has_a_schema_and_every_schema_a_command() {
    let help = binary(&["--help"]).await.stdout;
    let commands = help.split("Commands:\n").nth(1).unwrap();
    let commands = commands.lines().map_while(|line| line.split_whitespace().next());
    let mut expected: BTreeSet<_> = commands.filter(|command| *command != "help").collect();
    // A hidden command, an answer of its own for a dry run, and what every command answers with when it fails.
    expected.extend(["generate", "sync-dry-run", "error"]);
    assert_eq!(names().into_iter().collect::<BTreeSet<_>>(), expected);
}
