//! A license sync status that is not of the published form: what others have in it is passed over, what we have is named.

use super::Lab;
use crate::support::lab::Ran;
use crate::support::reverse_proxy::{Act, ReverseProxy};

/// When the cloud says that a sync was, in the past for every clock.
const LONG_AGO: &str = "2026-11-02T03:00:00Z";

/// One sync of a lab whose cloud lists these entries, with the log; `OURS` in them stands for the server ID.
async fn sync(lab: &Lab, entries: &str) -> Ran {
    sync_with(lab, &format!(r#"{{"server_instances":[{entries}]}}"#)).await
}

/// The same with this body of the whole status.
async fn sync_with(lab: &Lab, body: &str) -> Ran {
    let settings: toml::Table = std::fs::read_to_string(lab.sandbox.config_file())
        .unwrap()
        .parse()
        .unwrap();
    let body = body.replace("OURS", settings["server"]["id"].as_str().unwrap());
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let door = ReverseProxy::to(lab.sandbox.cloud_url(), move |request| {
        if request.path().ends_with("/license-sync-status") {
            Act::Answer(answer.clone().into_bytes())
        } else {
            Act::PassOn
        }
    })
    .await;
    lab.run(&[&format!("--set=connect.api-url={}", door.url), "sync", "--verbose"])
        .await
}

/// The warnings of a run, without their time, and the exit code.
fn warnings(ran: &Ran) -> String {
    let warnings = ran
        .stderr
        .lines()
        .filter_map(|line| line.split_once(" WARN ghe_license_sync::"));
    let warnings: Vec<_> = warnings
        .map(|(_, text)| text.split(" run_id=").next().unwrap_or_default())
        .collect();
    format!("{}\nexit {}", warnings.join("\n"), ran.exit.unwrap())
}

/// An entry of our server at this host, synced at this time.
fn ours(hostname: &str, date: &str) -> String {
    format!(
        r#"{{"server_id":"OURS","hostname":"{hostname}","last_sync":{{"date":"{date}","status":"success","error":""}}}}"#
    )
}

const ODD: &str = r#"{"server_id":42},{"server_id":null,"hostname":"x"},{"hostname":"x"},7,null,"text",[1],
    {"server_id":"a","hostname":{},"last_sync":{"date":1700000000,"status":3,"error":[]}},{"server_id":"b","last_sync":"never"}"#;

#[tokio::test]
async fn an_odd_entry_of_another_server_does_not_hide_that_another_host_reports_under_our_id() {
    let lab = Lab::with_faults(&[]).await;
    let entries = format!("{ODD},{}", ours("copy.github.example.com", LONG_AGO));
    let ran = sync(&lab, &entries).await;
    assert_eq!(ran.exit, Some(78), "{ran}");
    assert!(
        ran.stderr
            .contains("copy.github.example.com, reported under the ID of this server"),
        "{ran}"
    );
    assert_eq!(warnings(&ran), "\nexit 78", "the status is readable");
}

#[tokio::test]
async fn our_server_that_is_listed_twice_is_that_of_the_newest_sync() {
    let (copy, us) = ("copy.github.example.com", "127.0.0.1");
    let later = "2026-11-09T03:00:00Z";
    for (entries, exit) in [
        ([ours(copy, LONG_AGO), ours(us, later)], 0),
        ([ours(us, LONG_AGO), ours(copy, later)], 78),
    ] {
        let ran = sync(&Lab::with_faults(&[]).await, &entries.join(",")).await;
        assert_eq!(ran.exit, Some(exit), "{ran}");
    }
}

#[tokio::test]
async fn a_date_in_the_servers_own_form_is_read() {
    let ran = sync(
        &Lab::with_faults(&[]).await,
        &ours("127.0.0.1", "2026/11/02 04:00:00 +0100"),
    )
    .await;
    insta::assert_snapshot!(warnings(&ran), @"
    sync::identity: the cloud lists a sync of this server, of 2026-11-02 03:00:00 UTC, that this store did not make: the state directory is new or was restored from a backup, or something else syncs under the same server ID
    sync::identity: the cloud processed the license usage, and its license sync status lists no sync of this server since then
    exit 0
    ");
}

#[tokio::test]
async fn what_cannot_be_read_of_our_own_entry_is_named_once_a_run_and_delays_nothing() {
    for (entry, member) in [
        (
            ours("127.0.0.1", "2026-11-02T03:00:00"),
            "`last_sync.date` is another text, a time with its zone was expected",
        ),
        (
            r#"{"server_id":"OURS","hostname":7,"last_sync":{"date":1793588400}}"#.to_owned(),
            "`hostname` is a number, a text was expected; `last_sync.date` is a number, a time with its zone was expected",
        ),
        (
            r#"{"server_id":"OURS","hostname":"127.0.0.1","last_sync":[]}"#.to_owned(),
            "`last_sync` is a list, an object was expected",
        ),
    ] {
        let ran = sync(&Lab::with_faults(&[]).await, &entry).await;
        let expected = format!(
            "sync::identity: the entry of this server in the license sync status could not be read completely, and only the \
             rest of it was compared: {member}\nexit 0"
        );
        assert_eq!(warnings(&ran), expected);
    }
}

#[tokio::test]
async fn what_the_cloud_says_about_our_last_sync_is_shown_without_addresses_and_cut_off() {
    let long = "x".repeat(1000);
    let entry = format!(
        r#"{{"server_id":"OURS","hostname":"127.0.0.1","last_sync":{{"status":"failure","error":"no\u001b[2J <mona@example.com> {long}"}}}}"#
    );
    let ran = sync(&Lab::with_faults(&[]).await, &entry).await;
    insta::assert_snapshot!(warnings(&ran), @r"
    sync::identity: the cloud processed the license usage, and its license sync status says that the last sync of this server failed: no\u{1b}[2J <***> xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
    exit 0
    ");
}

#[tokio::test]
async fn a_status_that_is_no_list_is_named_by_its_member() {
    let lab = Lab::with_faults(&[]).await;
    let ran = sync_with(&lab, r#"{"server_instances":{"mona@example.com":1}}"#).await;
    insta::assert_snapshot!(warnings(&ran), @r#"
    sync::identity: the servers that report to the account could not be compared: the answer to reading the license sync status cannot be understood: `server_instances` is not of the expected kind (line 1, column 20) reason="malformed-answer"
    exit 0
    "#);
}
