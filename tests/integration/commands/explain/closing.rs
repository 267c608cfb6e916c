//! Connect that is turned off while `explain` reads what else the cloud knows.

use serde_json::json;

use crate::support::lab::Lab;
use crate::support::loopback::{Loopback, Reply};

#[tokio::test]
async fn connect_that_is_turned_off_at_a_limit_ends_an_explanation() {
    let lab = Lab::with_faults(&[]).await;
    let settings = lab.sandbox.config_file().to_owned();
    let list = json!({ "total_seats_consumed": 0, "total_seats_purchased": 9, "users": [] }).to_string();
    let cloud = Loopback::serve(move |request| {
        let json = "Content-Type: application/json\r\n";
        match request.path() {
            "/graphql" => {
                let text = std::fs::read_to_string(&settings).unwrap();
                let off = text.replace("[connect]\nenabled = true", "[connect]\nenabled = false");
                std::fs::write(&settings, off).unwrap();
                Reply::answer(429, "Retry-After: 0\r\n", b"{}")
            }
            path if path.contains("/consumed-licenses") => Reply::answer(200, json, list.as_bytes()),
            _ => Reply::answer(200, json, br#"{"server_instances":[]}"#),
        }
    })
    .await;
    let address = format!("--set=connect.api-url={}", cloud.url);
    let ran = lab.run(&["explain", &address]).await;
    insta::assert_snapshot!(lab.plain(&ran.to_string()), @"
    exit 3, stderr:
    rate-limited: waiting for 0s before continuing
    error: nothing was explained: Connect is not enabled
      help: set `enabled = true` under [connect] once GitHub Connect is set up for this server
      reason: connect-disabled
    ");
    let questions = cloud.requests().iter().filter(|it| it.path() == "/graphql").count();
    assert_eq!(questions, 1);
}
