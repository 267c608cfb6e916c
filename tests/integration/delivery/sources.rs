//! The same people through every source are the same document.

use insta::assert_snapshot;
use serde_json::Value;

use crate::support::counter::Counter;
use crate::support::lab::Lab;
use crate::support::placeholder::placeholders;

/// A sandbox whose report was downloaded, and is what the settings name.
async fn downloaded() -> Lab {
    let lab = Lab::with_faults(&[]).await;
    let path = lab.directory.path().join("all_users.csv");
    std::fs::write(&path, lab.report().await).unwrap();
    let section = format!("[server.source.file]\npath = \"{}\"", path.display());
    lab.edit_settings("[server.source.report]\nusername = \"license-bot\"", &section);
    lab
}

/// The digest of what would be sent, but for its time.
async fn content_digest(lab: &Lab) -> Value {
    let ran = lab.run(&["sync", "--json"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    answer["frozen"]["content_digest"].clone()
}

#[tokio::test]
async fn a_report_that_was_downloaded_makes_the_document_that_the_server_makes() {
    let from_server = content_digest(&Lab::with_faults(&[]).await).await;
    assert!(from_server.is_string(), "{from_server}");
    let lab = downloaded().await;
    assert_eq!(content_digest(&lab).await, from_server);
    assert_eq!(lab.sandbox.tally().server_users, 54);
}

#[tokio::test]
async fn without_a_server_token_a_downloaded_report_is_sent_and_the_server_is_not_connected_to() {
    let (lab, server) = (downloaded().await, Counter::listen().await);
    lab.edit_settings(lab.sandbox.server_url().as_str(), &server.url);
    lab.edit_settings("\ntoken-file = \"", "\n# token-file = \"");
    let check = lab.run(&["check", "--offline"]).await;
    let is_of_source = |line: &&str| line.contains("server-token: ") || line.contains("source.file: ");
    let of_source: Vec<_> = check.stdout.lines().filter(is_of_source).collect();
    assert_snapshot!(lab.plain(&of_source.join("\n")), @"
    good  server-token: not given: the server is asked nothing, and the list is compared with nothing that it counts
    good  server.source.file: DIR/all_users.csv, 0s old
    ");
    let ran = lab.run(&["sync"]).await;
    assert_snapshot!(placeholders(&lab.plain(&ran.to_string())), @"
    exit 0
    --- stdout
    the cloud confirmed the license usage
      60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
      6 of the licenses are of accounts without a sign-in in the report; the newest documentation does not count users who never signed in, but the report does not prove that, so they are on the list
      the server did not count its users
      digest DIGEST, SIZE, 1 attempt, confirmed
    --- stderr
    ");
    assert_eq!((server.connections().await, lab.sandbox.tally().server_users), (0, 54));
}
