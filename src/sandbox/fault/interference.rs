//! Lets a fault happen to an answer: the one layer around every route that has a [`Point`].
//!
//! Handlers know nothing of faults, with one exception: the handler of an upload's state looks for the [`FaultKind`] of what to
//! report instead of the truth.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, LAST_MODIFIED, RETRY_AFTER};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};

use super::kind::{FaultKind, Point};
use super::queue::FaultQueue;
use crate::clock::Clock;
use crate::sandbox::reply::{self, ValidationError};

/// A page where JSON or CSV was expected.
const PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Sign in to the network</title></head><body></body></html>\n";

/// When something is no longer answered.
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// What the faults of one listener need.
#[derive(Clone)]
pub(crate) struct Interference {
    pub(crate) faults: Arc<FaultQueue>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// The time as the host sees it; a request extension.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HostTime(pub(crate) DateTime<Utc>);

impl Interference {
    /// Lets the faults of `point` happen to `route`.
    pub(crate) fn at<S: Clone + Send + Sync + 'static>(&self, point: Point, route: MethodRouter<S>) -> MethodRouter<S> {
        route.layer(from_fn_with_state((self.clone(), point), interfere))
    }
}

async fn interfere(
    State((interference, point)): State<(Interference, Point)>,
    request: Request,
    next: Next,
) -> Response {
    let response = answer_with_fault(&interference, point, request, next).await;
    if point == Point::Upload && response.status() == StatusCode::ACCEPTED {
        interference.faults.note_upload();
    }
    response
}

async fn answer_with_fault(interference: &Interference, point: Point, mut request: Request, next: Next) -> Response {
    let now = interference.clock.now();
    request.extensions_mut().insert(HostTime(now));
    let Some(fault) = interference.faults.take(point) else {
        return next.run(request).await;
    };
    match fault {
        FaultKind::Status { status, retry_after } => {
            drain(request).await;
            answer(point, status, retry_after, now)
        }
        FaultKind::Html => {
            drain(request).await;
            page(StatusCode::OK)
        }
        FaultKind::Reset => closed(),
        FaultKind::Cut => cut(next.run(request).await),
        FaultKind::Latency(delay) => {
            tokio::time::sleep(delay).await;
            next.run(request).await
        }
        FaultKind::Skew(skew) => skewed(now, skew, request, next).await,
        FaultKind::Sunset(left) => dated(now, SUNSET, now + left, next.run(request).await),
        FaultKind::Cached(age) => dated(now, LAST_MODIFIED, now - age, next.run(request).await),
        FaultKind::Pending | FaultKind::Failure | FaultKind::OtherHost | FaultKind::OtherId => {
            request.extensions_mut().insert(fault);
            next.run(request).await
        }
    }
}

/// The same answer, given now, with this time in a header.
fn dated(now: DateTime<Utc>, name: HeaderName, time: DateTime<Utc>, mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(DATE, reply::http_date(now));
    headers.insert(name, reply::http_date(time));
    response
}

async fn skewed(now: DateTime<Utc>, skew: TimeDelta, mut request: Request, next: Next) -> Response {
    let now = now + skew;
    request.extensions_mut().insert(HostTime(now));
    let mut response = next.run(request).await;
    response.headers_mut().insert(DATE, reply::http_date(now));
    response
}

/// Takes the rest of the request in, so that the client reads the answer instead of a broken pipe.
async fn drain(request: Request) {
    let mut body = request.into_body().into_data_stream();
    while let Some(Ok(_)) = body.next().await {}
}

fn answer(point: Point, status: StatusCode, retry_after: Option<u64>, now: DateTime<Utc>) -> Response {
    let mut response = match (point, status) {
        (_, status) if status.is_success() || status.is_redirection() => status.into_response(),
        (Point::Report, status) => page(status),
        (Point::Upload, StatusCode::UNPROCESSABLE_ENTITY) => reply::invalid(&[objection()]),
        (Point::Graphql, StatusCode::TOO_MANY_REQUESTS) => reply::refused_query("RATE_LIMITED", RATE_LIMIT),
        (Point::Graphql, StatusCode::FORBIDDEN) if retry_after.is_none() => reply::refused_query(
            "INSUFFICIENT_SCOPES",
            "Your token has not been granted the required scopes.",
        ),
        (Point::Graphql, StatusCode::NOT_FOUND) => reply::refused_query("NOT_FOUND", "Could not resolve to a node."),
        (_, StatusCode::TOO_MANY_REQUESTS) => reply::problem(status, SECONDARY_LIMIT),
        (_, StatusCode::FORBIDDEN) if retry_after.is_some() => reply::problem(status, SECONDARY_LIMIT),
        (_, StatusCode::FORBIDDEN) => reply::problem(status, "Resource not accessible by integration"),
        (_, StatusCode::UNAUTHORIZED) => reply::problem(status, "Bad credentials"),
        (_, status) => reply::problem(status, status.canonical_reason().unwrap_or("Error")),
    };
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        let wait = Duration::from_secs(retry_after.unwrap_or(60));
        reply::exhaust_rate_limit(response.headers_mut(), now + wait);
    }
    response
}

/// What is pretended to be wrong with a document.
fn objection() -> ValidationError {
    ValidationError {
        resource: "LicenseUsage",
        field: "totals.consumed".to_owned(),
        code: "invalid",
        message: "must be the number of users".to_owned(),
    }
}

const RATE_LIMIT: &str = "API rate limit exceeded.";

const SECONDARY_LIMIT: &str =
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

fn page(status: StatusCode) -> Response {
    (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], PAGE).into_response()
}

/// An answer whose body fails before its first byte: nothing is written, the connection is closed.
fn closed() -> Response {
    Response::new(Body::from_stream(stream::once(async {
        Err::<Bytes, _>(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
    })))
}

/// The same answer, with the length of the whole when that is known, and half of its first piece.
fn cut(response: Response) -> Response {
    let (mut head, body) = response.into_parts();
    if let Some(length) = body.size_hint().exact() {
        head.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    let first = body.into_data_stream().take(1).map(|piece| {
        let piece = piece.map_err(std::io::Error::other)?;
        Ok(piece.slice(..piece.len() / 2))
    });
    let end = stream::once(async {
        // Lets the half be written out before the connection is closed.
        tokio::task::yield_now().await;
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted))
    });
    Response::from_parts(head, Body::from_stream(first.chain(end)))
}
