//! Each kind of fault as a client sees it.

use std::error::Error as _;

use ghe_license_sync::transport::{Body, Fault, Peer, TransportError};
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::bench::Bench;
use super::usage::{request, small};

const STATUS: &str = "enterprises/octo-corp/license-sync-status";

/// What the program's own transport makes of a request that gets no whole answer.
async fn break_down(request: RequestBuilder) -> Fault {
    let failed = match request.send().await {
        Err(error) => TransportError::new(Peer::Cloud, "GET", &error.url().unwrap().clone(), &error),
        Ok(response) => {
            assert_eq!(response.status(), 200);
            let mut body = Body::new(response, Peer::Cloud, "GET", 1 << 30);
            loop {
                match body.chunk().await {
                    Ok(Some(_)) => {}
                    Ok(None) => panic!("the answer is whole"),
                    Err(ghe_license_sync::transport::body::BodyError::Transport(error)) => break error,
                    Err(error) => panic!("{error} {:?}", error.source()),
                }
            }
        }
    };
    failed.fault
}

#[tokio::test]
async fn a_report_under_way_answers_202_with_nothing() {
    let bench = Bench::start().await;
    bench.add_fault("report:202*2");
    let mut told = Vec::new();
    for _ in 0..3 {
        let answer = bench.send_unchecked(bench.report()).await;
        told.push((answer.status, answer.body.is_empty()));
    }
    assert_eq!(told, [(202, true), (202, true), (200, false)]);
}

#[tokio::test]
async fn a_status_comes_as_often_as_wanted_in_githubs_shape_and_without_effect() {
    let bench = Bench::start().await;
    let token = bench.installation_token().await;
    bench.add_fault("upload:503");
    bench.add_fault("upload:403");
    bench.add_fault("upload:429@120");
    let mut told = Vec::new();
    for _ in 0..4 {
        let answer = bench.send(request(&bench, &token, "key", small().as_bytes())).await;
        let retry_after = answer.header("retry-after").map(str::to_owned);
        told.push((answer.status, retry_after));
    }
    assert_eq!(
        told,
        [(503, None), (403, None), (429, Some("120".to_owned())), (202, None)]
    );
    let uploads = bench.sandbox.uploads();
    assert_eq!((uploads.len(), uploads[0].attempts), (1, 4));
}

#[tokio::test]
async fn a_rate_limit_says_when_it_ends() {
    let bench = Bench::start().await;
    bench.add_fault("status:429@120");
    let answer = bench.send(bench.read_cloud(STATUS)).await;
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));
    assert_eq!(answer.header("x-ratelimit-reset"), Some("1793588765"));
    assert!(answer.message().contains("secondary rate limit"));
}

#[tokio::test]
async fn a_reset_closes_the_connection_before_anything_has_an_effect() {
    let bench = Bench::start().await;
    let token = bench.installation_token().await;
    bench.add_fault("upload:reset");
    let fault = break_down(request(&bench, &token, "key", small().as_bytes())).await;
    assert_eq!(fault, Fault::Reset);
    assert!(bench.sandbox.uploads().is_empty());
}

#[tokio::test]
async fn a_cut_answer_ends_in_the_middle_though_the_request_had_its_effect() {
    let bench = Bench::start().await;
    let token = bench.installation_token().await;
    bench.add_fault("upload:cut");
    let response = request(&bench, &token, "key", small().as_bytes()).send().await.unwrap();
    assert_eq!(response.status(), 202);
    assert!(response.content_length().unwrap() > 10);
    let mut body = Body::new(response, Peer::Cloud, "POST", 1000);
    assert_eq!(body.chunk().await.unwrap().unwrap()[0], b'{');
    assert!(body.chunk().await.is_err());
    assert_eq!(bench.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn a_cut_report_is_not_taken_for_a_whole_one() {
    let bench = Bench::start().await;
    bench.add_fault("report:cut");
    bench.add_fault("status:cut");
    assert_eq!(break_down(bench.report()).await, Fault::CutShort);
    assert_eq!(break_down(bench.read_cloud(STATUS)).await, Fault::CutShort);
}

#[tokio::test]
async fn a_page_for_people_comes_with_200() {
    let bench = Bench::start().await;
    bench.add_fault("consumed:html");
    let request = bench.read_cloud("enterprises/octo-corp/consumed-licenses");
    let answer = bench.send_unchecked(request).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    assert!(answer.body.starts_with(b"<!DOCTYPE html>"));
}

#[tokio::test]
async fn latency_delays_the_answer_and_changes_nothing_else() {
    let bench = Bench::start().await;
    bench.add_fault("meta:latency=50ms");
    let started = std::time::Instant::now();
    let answer = bench.send(bench.on_server("api/v3/meta")).await;
    assert!(started.elapsed() >= std::time::Duration::from_millis(50));
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_skewed_clock_shows_in_the_date_and_refuses_a_token_that_is_good_by_ours() {
    let bench = Bench::start().await;
    bench.add_fault("token:skew=-900s");
    bench.add_fault("token:skew=+1h");
    let app_token = bench.sign(&bench.claims());
    let mut told = Vec::new();
    for _ in 0..2 {
        let answer = bench.send(bench.ask_for_token(&app_token)).await;
        told.push(format!(
            "{} {} {}",
            answer.status,
            answer.header("date").unwrap(),
            answer.message()
        ));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
        401 Mon, 02 Nov 2026 02:49:05 GMT 'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued
        401 Mon, 02 Nov 2026 04:04:05 GMT 'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires
        "#);
    assert_eq!(bench.send(bench.ask_for_token(&app_token)).await.status, 201);
}

#[tokio::test]
async fn faults_are_added_and_cleared_over_http() {
    let bench = Bench::start().await;
    let post = |body: String| {
        let request = bench.on_cloud(Method::POST, "_sandbox/faults");
        request.header("content-type", "application/json").body(body)
    };
    let fault = |text: &str| post(json!({ "fault": text }).to_string());
    assert_eq!(bench.send(fault("status:503*always")).await.status, 204);
    for _ in 0..3 {
        assert_eq!(bench.send(bench.read_cloud(STATUS)).await.status, 503);
    }
    assert_eq!(
        bench
            .send(bench.on_cloud(Method::DELETE, "_sandbox/faults"))
            .await
            .status,
        204
    );
    assert_eq!(bench.send(bench.read_cloud(STATUS)).await.status, 200);
    let mut told = Vec::new();
    for request in [fault("flood"), post("{}".to_owned())] {
        let answer = bench.send(request).await;
        told.push(format!("{} {}", answer.status, answer.message()));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
        400 Problems parsing the fault: the fault `flood` is not of the form POINT:KIND or POINT:KIND*TIMES
        400 Problems parsing the fault: send {"fault": "upload:503*2"}
        "#);
}
