//! The document that leaves the host: these fields and no others.

use std::fs::File;

use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::canaries::{good_server, to};
use crate::support::lab::Lab;

/// The document as it was sent.
fn uploaded(lab: &Lab) -> Value {
    let [upload] = &lab.sandbox.uploads()[..] else {
        panic!("one upload is expected");
    };
    let path = lab.directory.path().join(format!("uploads/{}.json.gz", upload.id));
    serde_json::from_reader(GzDecoder::new(File::open(path).unwrap())).unwrap()
}

/// Takes a time out of the document, after a look at it.
fn take_time(document: &mut Value, pointer: &str) {
    let place = document.pointer_mut(pointer).unwrap();
    let _: DateTime<Utc> = place.as_str().unwrap().parse().unwrap();
    *place = json!("TIME");
}

#[tokio::test]
async fn a_document_holds_for_each_consuming_person_the_id_and_the_address_and_for_others_a_count() {
    let (lab, server) = (Lab::with_faults(&[]).await, good_server().await);
    let ran = lab.run(&[&to(&server), "sync"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let mut document = uploaded(&lab);
    take_time(&mut document, "/collected_at");
    take_time(&mut document, "/features/0/enabled_at");
    let config: toml::Table = std::fs::read_to_string(lab.sandbox.config_file())
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(
        document,
        json!({
            "schema": "license-usage/v1",
            "server": {
                "id": config["server"]["id"].as_str().unwrap(),
                "hostname": "127.0.0.1",
                "version": "3.19.0",
                "http_only": true,
            },
            "features": [{ "name": "license-sync", "enabled_at": "TIME" }],
            "license": { "kind": "standard", "seats": 1400, "expires_at": "2016-02-06T18:41:52Z" },
            "users": [
                {
                    "id": 11,
                    "emails": [{ "address": "canary.mail-11@example.com", "primary": true }],
                },
                {
                    "id": 12,
                    "emails": [{ "address": "Canary.Mail-12@example.com", "primary": true }],
                },
            ],
            "totals": {
                "accounts": 6, "consumed": 2, "suspended": 1, "organizations": 1, "bots": 1, "setup_users": 1,
                "ghosts": 0, "dormant": 1,
            },
            "collected_at": "TIME",
        })
    );
}
