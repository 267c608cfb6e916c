//! How answers look: errors in GitHub's shapes, `Date`, rate-limit headers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::DATE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::json;

use crate::clock::Clock;

/// Where an error says it is explained.
pub(super) const DOCUMENTATION: &str = "https://docs.github.com/rest";

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
pub(super) const RESOURCE: HeaderName = HeaderName::from_static("x-ratelimit-resource");
const USED: HeaderName = HeaderName::from_static("x-ratelimit-used");

const REQUESTS_AN_HOUR: u64 = 5000;

/// An error in GitHub's schema `basic-error`.
pub(super) fn problem(status: StatusCode, message: &str) -> Response {
    let body = json!({
        "message": message,
        "documentation_url": DOCUMENTATION,
        "status": status.as_str(),
    });
    (status, Json(body)).into_response()
}

/// One thing that is wrong with a document, in GitHub's schema `validation-error`. Never quotes a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ValidationError {
    pub(super) resource: &'static str,
    pub(super) field: String,
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// The answer 422.
pub(super) fn invalid(findings: &[ValidationError]) -> Response {
    let body = json!({
        "message": "Validation Failed",
        "documentation_url": DOCUMENTATION,
        "errors": findings,
    });
    (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
}

/// The errors of a query that the token may not make, or of too many queries.
pub(super) fn refused_query(kind: &str, message: &str) -> Response {
    Json(json!({ "errors": [{ "type": kind, "message": message }] })).into_response()
}

/// A time as HTTP writes it.
pub(super) fn http_date(time: DateTime<Utc>) -> HeaderValue {
    HeaderValue::from_str(&httpdate::fmt_http_date(time.into())).unwrap_or(HeaderValue::from_static(""))
}

/// Says that no request is left until `reset`.
pub(super) fn exhaust_rate_limit(headers: &mut HeaderMap, reset: DateTime<Utc>) {
    headers.insert(REMAINING, HeaderValue::from(0));
    headers.insert(USED, HeaderValue::from(REQUESTS_AN_HOUR));
    headers.insert(RESET, HeaderValue::from(reset.timestamp()));
}

/// What the headers of every answer of one listener are made from.
#[derive(Clone)]
pub(super) struct Stamp {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) used: Arc<AtomicU64>,
}

/// Adds `Date` where no fault has set it.
pub(super) async fn stamp_date(State(clock): State<Arc<dyn Clock>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .entry(DATE)
        .or_insert_with(|| http_date(clock.now()));
    response
}

/// Adds the rate-limit headers where no fault has set them. The limit itself is not enforced.
pub(super) async fn stamp_rate_limit(State(stamp): State<Stamp>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let used = (stamp.used.fetch_add(1, Ordering::Relaxed) + 1).min(REQUESTS_AN_HOUR);
    let reset = stamp.clock.now() + TimeDelta::hours(1);
    let headers = response.headers_mut();
    headers.insert(LIMIT, HeaderValue::from(REQUESTS_AN_HOUR));
    headers.entry(RESOURCE).or_insert(HeaderValue::from_static("core"));
    headers
        .entry(REMAINING)
        .or_insert(HeaderValue::from(REQUESTS_AN_HOUR - used));
    headers.entry(USED).or_insert(HeaderValue::from(used));
    headers.entry(RESET).or_insert(HeaderValue::from(reset.timestamp()));
    response
}
