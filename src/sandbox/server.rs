//! The enterprise server: its report and the few REST endpoints that are read.

use std::io::{self, Write};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::DateTime;
use serde_json::{Value, json};
use url::Url;

use super::accounts;
use super::authorization::Presented;
use super::committers;
use super::connection::Connection;
use super::exported;
use super::fault::Point;
use super::interference::Interference;
use super::population::{Census, Population, REPORTER};
use super::refusal::Refusal;
use super::reply::stamp_date;
use super::report;
use super::scim;
use crate::clock::Clock;

const VERSION: HeaderValue = HeaderValue::from_static("3.19.0");

/// When the license ends. Fixed, so that unchanged data gives an unchanged document.
const EXPIRY: &str = "2036/02/06 12:41:52 -0600";

const LOGIN_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Sign in to your account</title></head>\
                          <body><form action=\"/session\" method=\"post\"></form></body></html>\n";

/// What the server's handlers share.
pub(super) struct EnterpriseServer {
    pub(super) connection: Arc<Connection>,
    pub(super) population: Population,
    pub(super) census: Census,
    /// The places of those whom SCIM has.
    pub(super) provisioned: Vec<u32>,
    /// The server's own address; ends with a slash.
    pub(super) url: Url,
    pub(super) clock: Arc<dyn Clock>,
}

impl EnterpriseServer {
    /// Writes the license usage file, as its command does.
    ///
    /// # Errors
    /// When the writer fails.
    pub(super) fn export(&self, mut to: impl Write) -> io::Result<()> {
        let host = self.url.host_str().unwrap_or_default();
        exported::write(self.population, self.connection.server_id, host, &mut to)?;
        to.flush()
    }
}

/// All routes of the server.
pub(super) fn router(server: Arc<EnterpriseServer>, interference: &Interference) -> Router {
    let api = Router::new()
        .route("/api/v3/meta", interference.at(Point::Meta, get(meta)))
        .route(
            "/api/v3/enterprise/settings/license",
            interference.at(Point::License, get(license)),
        )
        .route(
            "/api/v3/enterprise/stats/users",
            interference.at(Point::Stats, get(users)),
        )
        .route(
            "/api/v3/enterprises/{enterprise}/settings/billing/advanced-security",
            interference.at(Point::Products, get(committers::page)),
        )
        .route("/api/v3/user", get(accounts::own))
        .route("/api/v3/users", interference.at(Point::Accounts, get(accounts::list)))
        .route(
            "/api/v3/users/{login}",
            interference.at(Point::Account, get(accounts::one)),
        )
        .route(
            "/api/v3/scim/v2/Users",
            interference.at(Point::Provisioned, get(scim::of_server)),
        )
        .route(
            "/api/v3/scim/v2/enterprises/{enterprise}/Users",
            interference.at(Point::Provisioned, get(scim::of_enterprise)),
        )
        .layer(from_fn_with_state(Arc::clone(&server), require_token));
    Router::new()
        .route(
            "/stafftools/reports/all_users.csv",
            interference.at(Point::Report, get(all_users)),
        )
        .merge(api)
        .with_state(server)
        .fallback(|| async { Refusal::NotFound })
        .layer(from_fn(stamp_version))
        .layer(from_fn_with_state(Arc::clone(&interference.clock), stamp_date))
}

async fn stamp_version(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-github-enterprise-version"), VERSION);
    response
}

async fn require_token(
    State(server): State<Arc<EnterpriseServer>>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    match Presented::of(request.headers()).token() {
        None => Err(Refusal::NoCredentials),
        Some(token) if token == server.connection.server_token => Ok(next.run(request).await),
        Some(_) => Err(Refusal::BadCredentials),
    }
}

async fn all_users(State(server): State<Arc<EnterpriseServer>>, headers: HeaderMap) -> Response {
    match Presented::of(&headers) {
        Presented::Basic(user, token) if user == REPORTER && token == server.connection.server_token => (
            [(CONTENT_TYPE, "text/csv; charset=utf-8")],
            report::body(server.population),
        )
            .into_response(),
        _ => {
            let headers = [
                (CONTENT_TYPE, "text/html; charset=utf-8"),
                (WWW_AUTHENTICATE, "Basic realm=\"GitHub\""),
            ];
            (StatusCode::UNAUTHORIZED, headers, LOGIN_PAGE).into_response()
        }
    }
}

async fn meta() -> Json<Value> {
    Json(json!({
        "verifiable_password_authentication": true,
        "installed_version": VERSION.to_str().unwrap_or_default(),
    }))
}

async fn license(State(server): State<Arc<EnterpriseServer>>) -> Json<Value> {
    let used = server.census.consumed;
    let seats = used + used / 10 + 10;
    let days = DateTime::parse_from_str(EXPIRY, "%Y/%m/%d %H:%M:%S %z")
        .map(|expiry| (expiry.to_utc() - server.clock.now()).num_days())
        .unwrap_or_default();
    Json(json!({
        "seats": seats,
        "seats_used": used,
        "seats_available": seats - used,
        "kind": "standard",
        "days_until_expiration": days,
        "expire_at": EXPIRY,
    }))
}

async fn users(State(server): State<Arc<EnterpriseServer>>) -> Json<Value> {
    Json(json!({
        "total_users": server.census.accounts,
        "admin_users": server.census.administrators,
        "suspended_users": server.census.suspended,
    }))
}
