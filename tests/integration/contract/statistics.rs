//! What servers report about themselves: those that reported here, whose built-in license sync is off.

use reqwest::Method;

use super::bench::Bench;
use super::usage::upload_everybody;

const STATISTICS: &str = "/enterprise-installation/octo-corp/server-statistics";

#[tokio::test]
async fn the_statistics_are_of_the_servers_that_reported_and_for_the_classic_token_alone() {
    let bench = Bench::start().await;
    let answer = bench.send(bench.read_cloud(STATISTICS)).await;
    assert_eq!((answer.status, answer.json()), (200, serde_json::json!([])));
    upload_everybody(&bench, "key").await;
    let rows = bench.send(bench.read_cloud(STATISTICS)).await.json();
    assert_eq!(rows[0]["server_id"], bench.setting("server", "id"));
    assert_eq!(rows[0]["host_name"], "ghes.example.com");
    assert_eq!(
        rows[0]["github_connect"]["features_enabled"],
        serde_json::json!(["content_analysis"])
    );
    let token = bench.installation_token().await;
    let by_app = bench.on_cloud(Method::GET, STATISTICS).bearer_auth(token);
    let refused = bench.send_unchecked(by_app).await;
    assert_eq!(
        (refused.status, refused.message().as_str()),
        (403, "Resource not accessible by integration")
    );
}

#[tokio::test]
async fn another_server_is_listed_as_it_is_posted() {
    let bench = Bench::start().await;
    let list = |server: serde_json::Value| {
        let request = bench.on_cloud(Method::POST, "_sandbox/servers");
        let request = request.header("content-type", "application/json");
        request.body(server.to_string())
    };
    let server = serde_json::json!({ "server_id": "a", "hostname": "ghes-1.example.com" });
    assert_eq!(bench.send(list(server)).await.status, 204);
    let status = "/enterprises/octo-corp/license-sync-status";
    let listed = bench.send(bench.read_cloud(status)).await.json();
    assert_eq!(listed["server_instances"][0]["hostname"], "ghes-1.example.com");
    assert_eq!(
        bench.send(bench.read_cloud(STATISTICS)).await.json(),
        serde_json::json!([])
    );
    let server = serde_json::json!({
        "server_id": "a", "synced_at": "2026-11-02T03:04:05Z", "status": "failure", "built_in_sync": true,
    });
    assert_eq!(bench.send(list(server)).await.status, 204);
    let listed = bench.send(bench.read_cloud(status)).await.json();
    let servers = listed["server_instances"].as_array().unwrap();
    assert_eq!(servers.len(), 1);
    assert_eq!(servers[0]["last_sync"]["status"], "failure");
    let rows = bench.send(bench.read_cloud(STATISTICS)).await.json();
    assert_eq!(rows[0]["github_connect"]["features_enabled"][0], "license_usage_sync");
}
