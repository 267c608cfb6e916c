//! The upload: what is taken, what is refused, and one effect to one idempotency key.

use bytes::Bytes;
use futures_util::stream;
use reqwest::{Method, RequestBuilder, header::HeaderName};

use super::bench::Bench;
use super::usage::{UPLOAD, content_digest, document, gzip, request, roster, small, upload_everybody};

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
async fn a_missing_or_wrong_header_is_refused_by_name() {
    let bench = Bench::start().await;
    let token = bench.installation_token().await;
    let with = |name: &'static str, value: Option<&str>| {
        let mut request = request(&bench, &token, "key", small().as_bytes()).build().unwrap();
        let name = HeaderName::from_static(name);
        match value {
            Some(value) => drop(request.headers_mut().insert(name, value.parse().unwrap())),
            None => drop(request.headers_mut().remove(name)),
        }
        let (method, url, headers) = (
            request.method().clone(),
            request.url().path(),
            request.headers().clone(),
        );
        let body = gzip(small().as_bytes());
        bench.on_cloud(method, url).headers(headers).body(body)
    };
    let other_digest = content_digest(b"other");
    let cases: [(&str, RequestBuilder); 9] = [
        ("text/plain", with("content-type", Some("text/plain"))),
        ("no Content-Type", with("content-type", None)),
        ("no Content-Encoding", with("content-encoding", None)),
        ("Content-Encoding br", with("content-encoding", Some("br"))),
        ("no Idempotency-Key", with("idempotency-key", None)),
        ("no Content-Digest", with("content-digest", None)),
        ("md5", with("content-digest", Some("md5=:AAAA:"))),
        ("digest of other bytes", with("content-digest", Some(&other_digest))),
        ("a chunked body", chunked(&bench, &token)),
    ];
    let mut told = Vec::new();
    for (case, request) in cases {
        let answer = bench.send(request).await;
        told.push(format!("{case}: {} {}", answer.status, answer.message()));
    }
    assert!(bench.sandbox.uploads().is_empty());
    insta::assert_snapshot!(told.join("\n"), @r#"
        text/plain: 415 Content-Type must be application/json and Content-Encoding must be gzip
        no Content-Type: 415 Content-Type must be application/json and Content-Encoding must be gzip
        no Content-Encoding: 415 Content-Type must be application/json and Content-Encoding must be gzip
        Content-Encoding br: 415 Content-Type must be application/json and Content-Encoding must be gzip
        no Idempotency-Key: 400 Idempotency-Key must be given, with 1 to 255 visible ASCII characters
        no Content-Digest: 400 Content-Digest must be given as sha-256=:BASE64:
        md5: 400 Content-Digest must be given as sha-256=:BASE64:
        digest of other bytes: 400 Content-Digest does not fit the body
        a chunked body: 411 Content-Length is required
        "#);
}

fn chunked(bench: &Bench, token: &str) -> RequestBuilder {
    let body = gzip(small().as_bytes());
    let pieces = stream::iter([Ok::<_, std::io::Error>(Bytes::from(body))]);
    request(bench, token, "key", small().as_bytes()).body(reqwest::Body::wrap_stream(pieces))
}

#[tokio::test]
async fn a_document_that_breaks_the_contract_is_refused_with_the_place_and_without_its_values() {
    let bench = Bench::start().await;
    let token = bench.installation_token().await;
    let cases = [
        ("\"v1", "license-usage/v1", "license-usage/v2"),
        ("login", "\"id\":1,", "\"id\":1,\"login\":\"mona\","),
        ("no hostname", "\"hostname\":\"ghes\",", ""),
        ("text for a number", "\"id\":1,", "\"id\":\"mona@example.com\","),
        ("product", "code-security", "everything"),
        ("descending", "\"id\":3", "\"id\":1"),
        (
            "two primary",
            "\"emails\":[]",
            "\"emails\":[{\"address\":\"x\",\"primary\":true},{\"address\":\"y\",\"primary\":true}]",
        ),
        ("empty address", "a@example.com", ""),
        ("consumed", "\"consumed\":2", "\"consumed\":7"),
        ("dormant", "\"dormant\":0", "\"dormant\":3"),
        ("expires_at", "\"expires_at\":null", "\"expires_at\":\"soon\""),
        ("no expires_at", ",\"expires_at\":null", ""),
        ("rest", "\"dormant\":0}}", "\"dormant\":0}}{}"),
        ("cut", "\"dormant\":0}}", ""),
    ];
    let mut told = Vec::new();
    for (case, old, new) in cases {
        let document = small().replacen(old, new, 1);
        assert_ne!(document, small(), "{case}");
        let answer = bench.send(request(&bench, &token, "key", document.as_bytes())).await;
        assert_eq!(answer.status, 422, "{case}");
        for error in answer.json()["errors"].as_array().unwrap() {
            let text = |name: &str| error[name].as_str().unwrap().to_owned();
            told.push(format!(
                "{case}: [{}] {}: {}",
                text("code"),
                text("field"),
                text("message")
            ));
        }
    }
    assert!(!told.iter().any(|line| line.contains("mona")));
    insta::assert_snapshot!(told.join("\n"), @r#"
        "v1: [invalid] schema: this endpoint takes license-usage/v1
        login: [invalid] login: unknown field `login`, expected one of `id`, `emails`, `products` (line 1, column 284)
        no hostname: [missing_field] hostname: missing field `hostname` (line 1, column 120)
        text for a number: [invalid] : a value is not of the type or set that version 1 knows (line 1, column 292)
        product: [invalid] : a value is not of the type or set that version 1 knows (line 1, column 389)
        descending: [invalid] : users must ascend by id (line 1, column 395)
        two primary: [invalid] : a user must not have two primary addresses (line 1, column 456)
        empty address: [invalid] : an address must not be empty (line 1, column 333)
        consumed: [invalid] totals.consumed: must be the number of users
        consumed: [invalid] totals.accounts: must not be less than consumed and suspended together
        dormant: [invalid] totals.dormant: must not be more than consumed
        expires_at: [invalid] : input contains invalid characters (line 1, column 221)
        no expires_at: [missing_field] expires_at: missing field `expires_at` (line 1, column 202)
        rest: [invalid] : the document is not JSON, or incomplete (line 1, column 460)
        cut: [invalid] : the document is not JSON, or incomplete (line 1, column 446)
        "#);
}

#[tokio::test]
async fn a_body_that_is_no_gzip_is_refused() {
    let bench = Bench::start().await;
    let token = bench.installation_token().await;
    let body = small().into_bytes();
    let digest = content_digest(&body);
    let mut request = request(&bench, &token, "key", b"").build().unwrap();
    request.headers_mut().insert("content-digest", digest.parse().unwrap());
    let headers = request.headers().clone();
    let request = bench.on_cloud(Method::POST, UPLOAD).headers(headers).body(body);
    assert_eq!(bench.send(request).await.status, 422);
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
    assert_eq!(tally.licenses, before.licenses + tally.unmatched);
    assert!(
        tally.counted_twice > 20 && tally.counted_twice < tally.unmatched,
        "{tally:?}"
    );
    let told = bench.send(bench.on_cloud(Method::GET, "_sandbox/tally")).await.json();
    assert_eq!(told["licenses"], tally.licenses);
}

#[tokio::test]
async fn another_enterprise_is_not_found() {
    let bench = Bench::start().await;
    let token = bench.installation_token().await;
    let path = "enterprises/acme/license-usage";
    assert_eq!(
        bench
            .send(bench.on_cloud(Method::POST, path).bearer_auth(token))
            .await
            .status,
        404
    );
}
