//! License usage documents as a test needs them, and the headers that go with them.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use ghe_license_sync::license::document::ServerIdentity;
use ghe_license_sync::license::{Account, Document, LicenseFacts, Roster, Seats, UserId};
use reqwest::{Method, RequestBuilder};
use sha2::{Digest as _, Sha256};

use super::bench::{Answer, Bench};

pub(super) const UPLOAD: &str = "enterprises/octo-corp/license-usage";

/// The roster that the server's report gives.
pub(super) async fn roster(bench: &Bench) -> Roster {
    let report = bench.send_unchecked(bench.report()).await;
    assert_eq!(report.status, 200);
    let mut roster = Roster::new(true);
    let mut rows = csv::Reader::from_reader(report.body.as_slice());
    for (number, row) in (2..).zip(rows.records()) {
        let row = row.unwrap();
        let account = Account {
            id: UserId(row[1].parse().unwrap()),
            login: &row[2],
            email: &row[3],
            role: &row[4],
            suspended: &row[5] == "true",
            dormant: Some(&row[10] == "true"),
            no_sign_in: None,
        };
        roster.add(&account, number).unwrap();
    }
    roster.finish().map_err(|duplicate| duplicate.to_string()).unwrap()
}

/// The document on `roster`, as the program writes it.
pub(super) fn document(bench: &Bench, roster: &Roster, collected_at: &str) -> Vec<u8> {
    let license = LicenseFacts {
        kind: Some("standard".into()),
        seats: Some(Seats::Limited(10)),
        expires_at: None,
    };
    let document = Document {
        server: ServerIdentity {
            id: bench.setting("server", "id").parse().unwrap(),
            hostname: "ghes.example.com".into(),
            version: Some("3.19.0".into()),
            http_only: true,
        },
        features: Vec::new(),
        license: &license,
        collected_at: collected_at.parse().unwrap(),
        roster,
    };
    let mut json = Vec::new();
    document.write_to(&mut json).unwrap();
    json
}

/// A small document that is right, to be spoilt.
pub(super) fn small() -> String {
    concat!(
        r#"{"schema":"license-usage/v1","server":{"id":"00000000-0000-4000-8000-000000000007","hostname":"ghes","#,
        r#""version":"3.19.0","http_only":false},"features":[],"license":{"kind":"standard","seats":"unlimited","#,
        r#""expires_at":null},"users":[{"id":1,"emails":[{"address":"a@example.com","primary":true}]},"#,
        r#"{"id":3,"emails":[],"products":["code-security"]}],"totals":{"accounts":9,"consumed":2,"suspended":1,"#,
        r#""organizations":2,"bots":2,"setup_users":1,"ghosts":1,"dormant":0},"collected_at":"2026-11-02T03:04:05Z"}"#,
    )
    .to_owned()
}

pub(super) fn gzip(document: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(document).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

/// A request that uploads `document` as the contract wants it.
pub(super) fn request(bench: &Bench, token: &str, key: &str, document: &[u8]) -> RequestBuilder {
    let body = gzip(document);
    bench
        .on_cloud(Method::POST, UPLOAD)
        .bearer_auth(token)
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .header("content-digest", content_digest(&body))
        .header("idempotency-key", key)
        .body(body)
}

/// Uploads everybody of the server and insists that it is accepted.
pub(super) async fn upload_everybody(bench: &Bench, key: &str) -> Answer {
    let roster = roster(bench).await;
    let token = bench.installation_token().await;
    let document = document(bench, &roster, "2026-11-02T03:00:00Z");
    let answer = bench.send(request(bench, &token, key, &document)).await;
    assert_eq!(answer.status, 202);
    answer
}
