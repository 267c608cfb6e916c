//! Uploads that are refused, and what the refusal says.

use bytes::Bytes;
use futures_util::stream;
use reqwest::header::HeaderName;
use reqwest::{Method, RequestBuilder};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::bench::Bench;
use super::usage::{UPLOAD, content_digest, gzip, request, small};

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
        (
            "products unknown",
            "\"products\":[\"code-security\"]",
            "\"products\":null",
        ),
        ("consumed", "\"consumed\":2", "\"consumed\":7"),
        ("too many accounts", "\"accounts\":9", "\"accounts\":10"),
        ("too few accounts", "\"accounts\":9", "\"accounts\":8"),
        ("no bots", "\"bots\":2,", ""),
        ("dormant", "\"dormant\":0", "\"dormant\":3"),
        ("expires_at", "\"expires_at\":null", "\"expires_at\":\"soon\""),
        ("no expires_at", ",\"expires_at\":null", ""),
        ("rest", "05Z\"}", "05Z\"}{}"),
        ("cut", "05Z\"}", ""),
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
    login: [invalid] login: unknown field `login`, expected one of `id`, `emails`, `products` (line 1, column 246)
    no hostname: [missing_field] hostname: missing field `hostname` (line 1, column 120)
    text for a number: [invalid] : a value is not of the type or set that version 1 knows (line 1, column 254)
    product: [invalid] : a value is not of the type or set that version 1 knows (line 1, column 337)
    descending: [invalid] : users must ascend by id (line 1, column 343)
    two primary: [invalid] : a user must not have two primary addresses (line 1, column 404)
    empty address: [invalid] : an address must not be empty (line 1, column 281)
    products unknown: [invalid] : a value is not of the type or set that version 1 knows (line 1, column 328)
    consumed: [invalid] totals.consumed: must be the number of users
    consumed: [invalid] totals.accounts: must be consumed, suspended, organizations, bots, setup_users and ghosts together
    too many accounts: [invalid] totals.accounts: must be consumed, suspended, organizations, bots, setup_users and ghosts together
    too few accounts: [invalid] totals.accounts: must be consumed, suspended, organizations, bots, setup_users and ghosts together
    no bots: [missing_field] bots: missing field `bots` (line 1, column 451)
    dormant: [invalid] totals.dormant: must not be more than consumed
    expires_at: [invalid] : input contains invalid characters (line 1, column 221)
    no expires_at: [missing_field] expires_at: missing field `expires_at` (line 1, column 202)
    rest: [invalid] : the document is not JSON, or incomplete (line 1, column 500)
    cut: [invalid] : the document is not JSON, or incomplete (line 1, column 494)
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
async fn a_body_beyond_the_cap_is_refused_before_it_is_sent() {
    let bench = Bench::start().await;
    let token = bench.installation_token().await;
    let address = bench.sandbox.cloud_url().socket_addrs(|| None).unwrap()[0];
    let mut connection = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /{UPLOAD} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 268435457\r\n\
         Connection: close\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
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
