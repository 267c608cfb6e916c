//! What servers say of themselves: those that reported here, whose built-in license sync is off.

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
    assert_eq!(bench.send_unchecked(by_app).await.status, 401);
}
