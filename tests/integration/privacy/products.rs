//! The server names users of products by login, with their addresses. Nothing of that is kept, logged or sent.

use std::io::Read as _;

use flate2::read::GzDecoder;
use serde_json::json;

use super::canaries::{answer, found, report, to};
use super::store::files;
use crate::support::lab::Lab;
use crate::support::loopback::{Loopback, Reply};

/// A server whose lists name one who consumes a license, one who is suspended and one who has no account.
async fn server(status: u16) -> Loopback {
    let logins = ["canary-login-11", "canary-login-13", "canary-login-99"];
    let committers = logins.map(|login| {
        json!({ "user_login": login, "last_pushed_date": "2026-01-01", "last_pushed_email": format!("{login}@example.com") })
    });
    let repository = json!({
        "name": "canary-organization/canary-repository",
        "advanced_security_committers": 3,
        "advanced_security_committers_breakdown": committers,
    });
    let page = json!({ "repositories": [repository] }).to_string();
    Loopback::serve(
        move |request| match request.path().contains("/billing/advanced-security") {
            true => Reply::answer(status, "", page.as_bytes()),
            false => answer(request, report().as_bytes()),
        },
    )
    .await
}

#[tokio::test]
async fn no_login_of_a_list_is_in_a_document_a_store_or_a_log() {
    let (lab, server) = (Lab::with_faults(&[]).await, server(200).await);
    let wanted = "--set=server.enterprise=octo-corp";
    let state = lab.directory.path().join("state");
    for command in [
        &["sync", "--verbose"][..],
        &["status", "--json"],
        &["history", "--json"],
        &["sync", "--dry-run"],
    ] {
        let ran = lab
            .run(&[&[&to(&server), wanted, "--set=log.level=trace"], command].concat())
            .await;
        assert_eq!(ran.exit, Some(0), "{ran}");
        assert_eq!(found(&lab, ran.stdout.as_bytes()), [""; 0], "{ran}");
        assert_eq!(found(&lab, ran.stderr.as_bytes()), [""; 0], "{ran}");
    }
    assert_eq!(found(&lab, &files(&state)), [""; 0]);
    let id = lab.sandbox.uploads().pop().unwrap().id;
    let file = std::fs::File::open(lab.directory.path().join(format!("uploads/{id}.json.gz"))).unwrap();
    let mut document = String::new();
    GzDecoder::new(file).read_to_string(&mut document).unwrap();
    let products = json!(["advanced-security", "code-security", "secret-protection"]);
    assert!(document.contains(&format!("\"products\":{products}")), "{document}");
    assert!(document.contains("\"products\":[]"), "{document}");
    for canary in ["canary-", "mail-13", "-99"] {
        assert!(!document.contains(canary), "{document}");
    }
    let totals = lab.last_run().await.totals.unwrap().products.unwrap();
    assert_eq!(
        (totals.advanced_security, totals.without_license, totals.unknown),
        (Some(1), 1, 1)
    );
}

#[tokio::test]
async fn no_refusal_and_no_failure_shows_anybody() {
    for status in [200, 403, 404, 418, 429, 500] {
        let (lab, server) = (Lab::with_faults(&[]).await, server(status).await);
        let ran = lab
            .run(&[&to(&server), "--set=server.enterprise=octo-corp", "sync", "--verbose"])
            .await;
        assert_eq!(found(&lab, ran.to_string().as_bytes()), [""; 0], "{status}");
    }
}
