//! Installation tokens are given for a good App token only, and each bad one is refused with what is wrong with it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use ghe_license_sync::sandbox::SandboxOptions;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Method;
use serde_json::json;

use super::bench::Bench;
use super::usage::{UPLOAD, request, small};

#[tokio::test]
async fn a_good_app_token_gives_an_installation_token_for_one_hour() {
    let bench = Bench::start().await;
    let answer = bench.send(bench.ask_for_token(&bench.sign(&bench.claims()))).await;
    assert_eq!(answer.status, 201);
    assert!(answer.json()["token"].as_str().unwrap().starts_with("ghs_"));
    assert_eq!(answer.json()["expires_at"], "2026-11-02T04:04:05Z");
    assert_eq!(answer.header("date"), Some("Mon, 02 Nov 2026 03:04:05 GMT"));
}

#[tokio::test]
async fn an_installation_token_ends_after_one_hour() {
    let bench = Bench::start().await;
    let token = bench.installation_token().await;
    bench.clock.advance(TimeDelta::minutes(59));
    let upload = |key: &str| request(&bench, &token, key, small().as_bytes());
    assert_eq!(bench.send(upload("a")).await.status, 202);
    bench.clock.advance(TimeDelta::minutes(1));
    let answer = bench.send(upload("b")).await;
    assert_eq!((answer.status, answer.message().as_str()), (401, "Bad credentials"));
}

#[tokio::test]
async fn each_bad_app_token_is_refused_with_what_is_wrong_with_it() {
    let bench = Bench::start().await;
    let other = Bench::with(SandboxOptions {
        seed: 2,
        ..SandboxOptions::default()
    })
    .await;
    let now = bench.claims()["iat"].as_i64().unwrap() + 60;
    let with = |name: &str, value: serde_json::Value| {
        let mut claims = bench.claims();
        claims[name] = value;
        bench.sign(&claims)
    };
    let symmetric = jsonwebtoken::encode(
        &Header::new(Algorithm::HS256),
        &bench.claims(),
        &EncodingKey::from_secret(b"guess"),
    );
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let unsigned = format!("{}.{}.", part(json!({ "alg": "none" })), part(bench.claims()));
    let cases = [
        ("another key", other.sign(&bench.claims())),
        ("another issuer", with("iss", json!("Iv23other"))),
        ("expired", with("exp", json!(now))),
        ("expires too far ahead", with("exp", json!(now + 601))),
        ("no expiry", with("exp", json!("soon"))),
        ("issued in the future", with("iat", json!(now + 1))),
        ("no time of issue", with("iat", json!(null))),
        ("HS256", symmetric.unwrap()),
        ("alg none", unsigned),
        ("no token at all", "nonsense".to_owned()),
    ];
    let mut told = Vec::new();
    for (case, app_token) in cases {
        let answer = bench.send(bench.ask_for_token(&app_token)).await;
        assert_eq!(answer.status, 401, "{case}");
        told.push(format!("{case}: {}", answer.message()));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
        another key: The signature of the JSON web token does not fit the App's public key
        another issuer: 'Issuer' claim ('iss') is not the client ID of the App
        expired: 'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires
        expires too far ahead: 'Expiration time' claim ('exp') is too far in the future
        no expiry: 'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires
        issued in the future: 'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued
        no time of issue: 'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued
        HS256: The JSON web token must be signed with RS256
        alg none: The JSON web token must be signed with RS256
        no token at all: A JSON web token could not be decoded
        "#);
}

#[tokio::test]
async fn the_limits_of_an_app_tokens_times_are_still_good() {
    let bench = Bench::start().await;
    let now = bench.claims()["iat"].as_i64().unwrap() + 60;
    for (iat, exp) in [(now, now + 1), (now - 60, now + 600)] {
        let claims = json!({ "iss": bench.setting("connect", "client-id"), "iat": iat, "exp": exp });
        assert_eq!(bench.send(bench.ask_for_token(&bench.sign(&claims))).await.status, 201);
    }
}

#[tokio::test]
async fn a_good_app_token_gets_its_app() {
    let bench = Bench::start().await;
    let identify = |app_token: &str| bench.on_cloud(Method::GET, "app").bearer_auth(app_token);
    let answer = bench.send(identify(&bench.sign(&bench.claims()))).await;
    assert_eq!(answer.json()["client_id"], bench.setting("connect", "client-id"));
    assert_eq!(bench.send(identify("nonsense")).await.status, 401);
}

#[tokio::test]
async fn an_unknown_installation_is_not_found() {
    let bench = Bench::start().await;
    let path = "app/installations/1/access_tokens";
    let request = bench
        .on_cloud(Method::POST, path)
        .bearer_auth(bench.sign(&bench.claims()));
    assert_eq!(bench.send(request).await.status, 404);
}

#[tokio::test]
async fn without_credentials_nothing_is_reported() {
    let bench = Bench::start().await;
    for (method, path) in [
        (Method::POST, UPLOAD),
        (Method::GET, "enterprises/octo-corp/license-usage/usage-1"),
        (Method::GET, "enterprises/octo-corp/license-sync-status"),
        (Method::GET, "enterprises/octo-corp/consumed-licenses"),
    ] {
        let answer = bench.send(bench.on_cloud(method.clone(), path)).await;
        assert_eq!(
            (answer.status, answer.message().as_str()),
            (401, "Requires authentication"),
            "{path}"
        );
        let answer = bench.send(bench.on_cloud(method, path).bearer_auth("ghs_wrong")).await;
        assert_eq!(
            (answer.status, answer.message().as_str()),
            (401, "Bad credentials"),
            "{path}"
        );
    }
}
