//! Everything that a command prints or logs: no person and no secret in it, whatever goes wrong.

use super::canaries::{HEADER, PEOPLE, found, good_server, server, to};
use crate::support::lab::Lab;
use crate::support::loopback::{Loopback, Reply};

/// The most that can be made to be said.
const LOUD: [&str; 3] = ["--json", "--verbose", "--set=log.level=trace"];

/// Runs a command and checks all its output.
async fn assert_nothing_is_reported(lab: &Lab, arguments: &[&str]) -> String {
    let said = lab.run(arguments).await.to_string();
    assert_eq!(found(lab, said.as_bytes()), [""; 0], "{arguments:?} says\n{said}");
    said
}

#[tokio::test]
async fn commands_tell_nobody_when_all_is_well() {
    let (lab, server) = (Lab::with_faults(&[]).await, good_server().await);
    let to_server = to(&server);
    for format in ["--set=log.format=text", "--set=log.format=json"] {
        let sync = [&LOUD[..], &[&to_server, format, "sync"]].concat();
        let said = assert_nothing_is_reported(&lab, &sync).await;
        assert!(said.contains("the cloud processed the license usage"), "{said}");
    }
    let commands: [&[&str]; 5] = [
        &["sync", "--dry-run"],
        &["status"],
        &["history"],
        &["check", "--offline"],
        &["explain"],
    ];
    for command in commands {
        assert_nothing_is_reported(&lab, &[command, &[&to_server]].concat()).await;
        assert_nothing_is_reported(&lab, &[command, &[&to_server], &LOUD[..]].concat()).await;
    }
}

#[tokio::test]
async fn a_report_with_a_mistake_is_refused_without_telling_whom_it_is_about() {
    let row = "2020-01-01T00:00:00Z,21,canary-login-21,canary.mail-21@example.com,user,false,203.0.113.21,1,2,3,false,\
               2026-01-01,canary-raw-21,true,Canary Name 21\n";
    let long = format!("canary-{}", "x".repeat(70_000));
    let reports = [
        format!("{HEADER}{PEOPLE}{}", row.replace(",21,", ",canary-id,")),
        format!(
            "{HEADER}{PEOPLE}{}",
            row.replace(",user,false,", ",user,canary-suspended,")
        ),
        format!("{HEADER}{PEOPLE}{}", row.replace(",3,false,", ",3,canary-dormant,")),
        format!("{HEADER}{PEOPLE}{}", row.replace("canary-login-21", &long)),
        format!("{HEADER}{PEOPLE}{}", row.replace("canary.mail-21@", &long)),
        format!(
            "{HEADER}{PEOPLE}{}",
            row.replace("canary-login-21", "\"canary-login-21")
        ),
        format!("{HEADER}{PEOPLE}{}", row.replace("\n", ",canary-extra\n")),
        format!("{HEADER}{PEOPLE}{}", row.replace(",Canary Name 21", "")),
        format!(
            "{HEADER}{PEOPLE}{}",
            PEOPLE.replace("false,203.0.113.11", "true,203.0.113.11")
        ),
        PEOPLE.to_owned(),
        HEADER.replace("email", "mail") + PEOPLE,
        HEADER.replace("name\n", "email\n") + PEOPLE,
        format!("<!DOCTYPE html><title>canary.mail-11@example.com</title>{PEOPLE}"),
    ];
    let mut reports: Vec<_> = reports.into_iter().map(String::into_bytes).collect();
    let mut not_text = format!("{HEADER}{PEOPLE}{row}").into_bytes();
    let at = not_text.len() - row.len() + row.find("canary.mail").unwrap();
    not_text[at] = 0xff;
    reports.push(not_text);

    let lab = Lab::with_faults(&[]).await;
    for (number, report) in reports.into_iter().enumerate() {
        let server = server(report).await;
        let said = assert_nothing_is_reported(&lab, &[&LOUD[..], &[&to(&server), "sync"]].concat()).await;
        assert!(said.starts_with("exit 65,"), "report {number} is refused: {said}");
        assert!(said.contains("malformed-source"), "report {number}: {said}");
    }
    assert_nothing_is_reported(&lab, &["status"]).await;
    assert_nothing_is_reported(&lab, &["history", "--json"]).await;
}

/// A host that answers everything with a text about people.
async fn gossip(status: u16) -> Loopback {
    let body = r#"{"message":"canary.mail-11@example.com is not allowed","errors":[{"value":"canary-login-11"}]}"#;
    let headers = "Content-Type: application/json\r\n";
    Loopback::serve(move |_| Reply::answer(status, headers, body.as_bytes())).await
}

#[tokio::test]
async fn what_a_host_says_about_people_is_not_repeated() {
    let (lab, server) = (Lab::with_faults(&[]).await, good_server().await);
    for status in [200, 403, 422] {
        let gossip = gossip(status).await;
        let as_server = to(&gossip);
        let said = assert_nothing_is_reported(&lab, &[&LOUD[..], &[&as_server, "sync"]].concat()).await;
        assert!(!said.starts_with("exit 0,"), "{status}: {said}");
        let as_cloud = format!("--set=connect.uploads-url={}", gossip.url);
        let said = assert_nothing_is_reported(&lab, &[&LOUD[..], &[&to(&server), &as_cloud, "sync"]].concat()).await;
        assert!(!said.starts_with("exit 0,"), "{status}: {said}");
        let as_api = format!("--set=connect.api-url={}", gossip.url);
        let said = assert_nothing_is_reported(&lab, &[&LOUD[..], &[&to(&server), &as_api, "sync"]].concat()).await;
        assert!(!said.starts_with("exit 0,"), "{status}: {said}");
    }
    assert_nothing_is_reported(&lab, &["history", "--json"]).await;
}

#[tokio::test]
async fn a_key_or_token_of_no_use_is_not_shown() {
    for (name, text) in [
        ("server-token", "canary two words"),
        ("connect-private-key", "canary"),
        ("connect-read-token", "canary\u{1}"),
    ] {
        let lab = Lab::with_faults(&[]).await;
        std::fs::write(lab.directory.path().join("credentials").join(name), text).unwrap();
        let hasty = "--set=license-sync.confirm-timeout=1s";
        assert_nothing_is_reported(&lab, &[&LOUD[..], &[hasty, "sync"]].concat()).await;
        assert_nothing_is_reported(&lab, &["check", "--offline"]).await;
    }
}
