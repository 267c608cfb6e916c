//! The corpus of the fuzz target `document`: what is meant to be taken is taken, so that fuzzing begins inside the decoder.

use std::fs;
use std::path::Path;

use reqwest::Method;

use super::bench::Bench;
use super::usage::{UPLOAD, content_digest, gzip};

#[tokio::test]
async fn the_whole_documents_of_the_fuzz_corpus_are_accepted_and_each_other_is_refused_for_its_own_fault() {
    let bench = Bench::start().await;
    let token = bench.installation_token().await;
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/document");
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|it| it.unwrap().path()).collect();
    files.sort();
    let mut told = Vec::new();
    for file in files {
        let input = fs::read(&file).unwrap();
        let Some((form, rest)) = input.split_first() else {
            continue;
        };
        let body = if form % 2 == 0 { rest.to_vec() } else { gzip(rest) };
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let request = bench
            .on_cloud(Method::POST, UPLOAD)
            .bearer_auth(&token)
            .header("content-type", "application/json")
            .header("content-encoding", "gzip")
            .header("content-digest", content_digest(&body))
            .header("idempotency-key", &name)
            .body(body);
        let answer = bench.send(request).await;
        let why = match answer.status {
            202 => String::new(),
            _ => answer.json()["errors"][0]["message"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        };
        let why = why
            .lines()
            .next()
            .and_then(|line| line.split(" (line").next())
            .unwrap_or_default();
        told.push(format!("{name}: {} {why}", answer.status).trim_end().to_owned());
    }
    insta::assert_snapshot!(told.join("\n"), @"
    body: 202
    body-checksum: 422 the body is not gzip, or damaged
    body-cut: 422 the body is not gzip, or damaged
    body-empty: 411
    body-goes-on: 202
    body-in-two: 422 the document is not JSON, or incomplete
    body-of-blanks: 422 the document is not JSON, or incomplete
    body-plain: 422 the body is not gzip, or damaged
    collected-twice: 422 duplicate field `collected_at`
    cut: 422 the document is not JSON, or incomplete
    deep: 422 a value is not of the type or set that version 1 knows
    goes-on: 422 the document is not JSON, or incomplete
    member-missing: 422 missing field `expires_at`
    member-twice: 422 duplicate field `schema`
    member-unknown: 422 unknown field `login`, expected one of `kind`, `seats`, `expires_at`
    newline-in-member: 422 unknown field `a
    not-text: 422 the document is not JSON, or incomplete
    other-schema: 422 this endpoint takes license-usage/v1
    product-unknown: 422 a value is not of the type or set that version 1 knows
    totals: 422 must be the number of users
    two-primary: 422 a user must not have two primary addresses
    unlimited: 202
    unordered: 422 users must ascend by id
    whole: 202
    ");
}
