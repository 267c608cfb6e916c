//! What happened to an upload is reported per server and per upload, and can be made to look otherwise.

use reqwest::Method;
use serde_json::{Value, json};

use super::bench::{Answer, Bench};
use super::usage::upload_everybody;

const STATUS: &str = "enterprises/octo-corp/license-sync-status";

async fn state_at(bench: &Bench, upload: &Answer, token: &str) -> String {
    let url: url::Url = upload.header("location").unwrap().parse().unwrap();
    let answer = bench
        .send(bench.on_cloud(Method::GET, url.path()).bearer_auth(token))
        .await;
    assert_eq!(answer.json()["id"], upload.json()["id"]);
    answer.json()["sync_state"].as_str().unwrap().to_owned()
}

async fn status(bench: &Bench) -> Value {
    bench.send(bench.read_cloud(STATUS)).await.json()["server_instances"].clone()
}

#[tokio::test]
async fn before_the_first_upload_no_server_is_known() {
    let bench = Bench::start().await;
    assert_eq!(status(&bench).await, json!([]));
}

#[tokio::test]
async fn an_accepted_upload_is_processed_at_once() {
    let bench = Bench::start().await;
    let upload = upload_everybody(&bench, "key").await;
    let token = bench.installation_token().await;
    assert_eq!(state_at(&bench, &upload, &token).await, "success");
    let expected = json!([{
        "server_id": bench.setting("server", "id"),
        "hostname": "ghes.example.com",
        "last_sync": { "date": "2026-11-02T03:04:05Z", "status": "success", "error": "" },
    }]);
    assert_eq!(status(&bench).await, expected);
}

#[tokio::test]
async fn a_status_can_stay_pending_or_fail_for_as_many_looks_as_wanted() {
    let bench = Bench::start().await;
    bench.add_fault("status:pending*2");
    bench.add_fault("status:failure");
    assert_eq!(status(&bench).await, json!([]), "there is nothing to say it of");
    upload_everybody(&bench, "key").await;
    let mut told = Vec::new();
    for _ in 0..4 {
        told.push(status(&bench).await[0]["last_sync"]["status"].clone());
    }
    assert_eq!(told, ["pending", "pending", "failure", "success"]);
}

#[tokio::test]
async fn a_location_can_stay_pending_or_fail_for_as_many_looks_as_wanted() {
    let bench = Bench::start().await;
    let upload = upload_everybody(&bench, "key").await;
    let token = bench.installation_token().await;
    bench.add_fault("location:pending");
    bench.add_fault("location:failure");
    let mut told = Vec::new();
    for _ in 0..3 {
        told.push(state_at(&bench, &upload, &token).await);
    }
    assert_eq!(told, ["pending", "failure", "success"]);
}

#[tokio::test]
async fn an_unknown_upload_is_not_found() {
    let bench = Bench::start().await;
    let token = bench.installation_token().await;
    let path = "enterprises/octo-corp/license-usage/usage-9";
    assert_eq!(
        bench
            .send(bench.on_cloud(Method::GET, path).bearer_auth(token))
            .await
            .status,
        404
    );
    let path = "_sandbox/uploads/usage-9/body";
    assert_eq!(bench.send(bench.on_cloud(Method::GET, path)).await.status, 404);
}
