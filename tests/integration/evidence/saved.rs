//! What saved answers hold, beside what is read of the rest.

use ghe_license_sync::connect::CloudEvidence;
use serde_json::{Value, json};

use super::Outcome;
use super::refused::{answer_with, domains, enterprise, page, read_as_long_as, servers};
use crate::support::loopback::Reply;

/// Reads what this saved answer does not hold, of these answers; returns how many were asked for, too.
async fn read_besides(saved: &Value, answers: Vec<Reply>) -> (Outcome, usize) {
    let mut known = CloudEvidence::default();
    known.add(saved, "ghes.example.com");
    let (read, asked) = read_as_long_as(answers, (&[], known), &|| Ok(())).await;
    (read.unwrap(), asked.len())
}

fn account(address: &str) -> Value {
    json!({"remoteUserId": 7, "emails": {"nodes": [{"email": address, "isPrimary": false}]}})
}

fn upload(time: &str) -> Value {
    json!({"createdAt": time, "syncState": "SUCCESS"})
}

#[tokio::test]
async fn servers_that_were_saved_stand_and_the_addresses_of_ours_are_read() {
    let saved = json!({"hostName": "GHES.example.com", "isConnected": false});
    let accounts = page(&json!([account("read@example.com")]), None);
    let answers = vec![
        domains(&[], None),
        servers(&["ghes.example.com", "other.example.com"]),
        answer_with("", &json!({"data": {"node": {"userAccounts": accounts}}})),
    ];
    let (outcome, _) = read_besides(&saved, answers).await;
    let servers = outcome.evidence.servers.unwrap().into_iter();
    let servers: Vec<_> = servers.map(|server| (server.host, server.connected)).collect();
    assert_eq!(servers, [("GHES.example.com".to_owned(), Some(false))]);
    assert_eq!(outcome.evidence.secondary.unwrap()[&7], ["read@example.com"]);
}

#[tokio::test]
async fn addresses_that_were_saved_stand_with_their_time_and_the_servers_are_read() {
    let saved = json!([account("saved@example.com"), upload("2026-11-01T00:00:00Z")]);
    let ours = json!({"id": "1", "hostName": "ghes.example.com", "isConnected": true,
        "userAccountsUploads": {"nodes": [upload("2026-11-08T00:00:00Z")]}});
    let servers = page(&json!([ours]), None);
    let answers = vec![
        domains(&[], None),
        enterprise(&json!({"ownerInfo": {"enterpriseServerInstallations": servers}})),
    ];
    let (outcome, asked) = read_besides(&saved, answers).await;
    let evidence = outcome.evidence;
    assert_eq!(
        asked, 4,
        "no addresses, but identities, of the enterprise and of organizations"
    );
    assert_eq!(evidence.secondary.unwrap()[&7], ["saved@example.com"]);
    assert_eq!(evidence.uploaded_at, Some("2026-11-01T00:00:00Z".parse().unwrap()));
    assert_eq!(evidence.servers.unwrap()[0].connected, Some(true));
}
