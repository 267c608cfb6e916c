//! The upload: what is taken and what it does, and one effect to one idempotency key.

use reqwest::Method;

use super::bench::Bench;
use super::usage::{UPLOAD, document, gzip, request, roster, small, upload_everybody};

#[tokio::test]
async fn an_upload_is_accepted_told_with_its_location_and_kept_as_it_was_sent() {
    let bench = Bench::start().await;
    let roster = roster(&bench).await;
    let document = document(&bench, &roster, "2026-11-02T03:00:00Z");
    let token = bench.installation_token().await;
    let answer = bench.send(request(&bench, &token, "key-1", &document)).await;
    assert_eq!(answer.status, 202);
    let id = answer.json()["id"].as_str().unwrap().to_owned();
    let location = format!("{}{UPLOAD}/{id}", bench.sandbox.cloud_url());
    assert_eq!(answer.header("location"), Some(location.as_str()));

    let uploads = bench.send(bench.on_cloud(Method::GET, "_sandbox/uploads")).await.json();
    assert_eq!(uploads["uploads"].as_array().unwrap().len(), 1);
    assert_eq!(uploads["uploads"][0]["users"], roster.totals().consumed);
    assert_eq!(uploads["uploads"][0]["received_at"], "2026-11-02T03:04:05Z");
    let body = format!("_sandbox/uploads/{id}/body");
    let body = bench.send(bench.on_cloud(Method::GET, &body)).await.body;
    assert!(body == gzip(&document));
    assert_eq!(uploads["uploads"][0]["body_bytes"], body.len());
}

#[tokio::test]
async fn the_digest_is_that_of_the_document_without_its_time() {
    let bench = Bench::start().await;
    let roster = roster(&bench).await;
    let token = bench.installation_token().await;
    for (key, time) in [("a", "2026-11-02T03:00:00Z"), ("b", "2026-11-09T03:00:00Z")] {
        let document = document(&bench, &roster, time);
        assert_eq!(bench.send(request(&bench, &token, key, &document)).await.status, 202);
    }
    let uploads = bench.sandbox.uploads();
    assert_eq!(uploads[0].digest, uploads[1].digest);
    assert_ne!(uploads[0].id, uploads[1].id);
}

#[tokio::test]
async fn the_same_key_and_document_again_has_the_same_answer_and_no_second_effect() {
    let bench = Bench::start().await;
    let token = bench.installation_token().await;
    let later = small().replace("03:04:05Z", "09:09:09Z");
    let first = bench.send(request(&bench, &token, "key", small().as_bytes())).await;
    let tally = bench.sandbox.tally();
    let again = bench.send(request(&bench, &token, "key", later.as_bytes())).await;
    assert_eq!((again.status, again.json()), (202, first.json()));
    assert_eq!(again.header("location"), first.header("location"));
    let uploads = bench.sandbox.uploads();
    assert_eq!((uploads.len(), uploads[0].attempts), (1, 2));
    assert_eq!(bench.sandbox.tally(), tally);
}

#[tokio::test]
async fn the_same_key_with_another_document_is_a_conflict() {
    let bench = Bench::start().await;
    let token = bench.installation_token().await;
    assert_eq!(
        bench
            .send(request(&bench, &token, "key", small().as_bytes()))
            .await
            .status,
        202
    );
    let other = small().replace("a@example.com", "b@example.com");
    let answer = bench.send(request(&bench, &token, "key", other.as_bytes())).await;
    assert_eq!(answer.status, 409);
    assert_eq!(bench.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn a_refused_upload_leaves_its_key_unused() {
    let bench = Bench::start().await;
    let token = bench.installation_token().await;
    let wrong = small().replace("\"consumed\":2", "\"consumed\":1");
    assert_eq!(
        bench
            .send(request(&bench, &token, "key", wrong.as_bytes()))
            .await
            .status,
        422
    );
    assert_eq!(
        bench
            .send(request(&bench, &token, "key", small().as_bytes()))
            .await
            .status,
        202
    );
    assert_eq!(bench.sandbox.uploads()[0].attempts, 2);
}

#[tokio::test]
async fn the_tally_follows_the_upload() {
    let bench = Bench::start().await;
    let before = bench.sandbox.tally();
    assert_eq!((before.server_users, before.licenses), (0, before.cloud_only));
    upload_everybody(&bench, "key").await;
    let tally = bench.sandbox.tally();
    assert_eq!(tally.server_users, roster(&bench).await.totals().consumed);
    assert_eq!(tally.matched + tally.unmatched, tally.server_users);
    assert_eq!(
        tally.matched_by_identity + tally.matched_by_verified_email,
        tally.matched
    );
    assert_eq!(tally.licenses, before.licenses + tally.server_only);
    assert!(tally.server_only <= tally.unmatched);
    assert!(
        tally.counted_twice > 20 && tally.counted_twice < tally.server_only,
        "{tally:?}"
    );
    let told = bench.send(bench.on_cloud(Method::GET, "_sandbox/tally")).await.json();
    assert_eq!(told["licenses"], tally.licenses);
}
