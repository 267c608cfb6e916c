//! The enterprise server: its report and the few REST endpoints that are read.

mod accounts;
mod appliance;
mod committers;
mod facts;
mod report;
mod scim;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderName;
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;

pub(super) use appliance::EnterpriseServer;
pub(super) use scim::provisioned;

use crate::sandbox::authorization::Presented;
use crate::sandbox::fault::{Interference, Point};
use crate::sandbox::reply::stamp_date;
use crate::sandbox::request_error::RequestError;
use appliance::VERSION;

/// All routes of the server.
pub(super) fn router(server: Arc<EnterpriseServer>, interference: &Interference) -> Router {
    let api = Router::new()
        .route("/api/v3/meta", interference.at(Point::Meta, get(facts::meta)))
        .route(
            "/api/v3/enterprise/settings/license",
            interference.at(Point::License, get(facts::license)),
        )
        .route(
            "/api/v3/enterprise/stats/users",
            interference.at(Point::Stats, get(facts::users)),
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
            interference.at(Point::Report, get(report::all_users)),
        )
        .merge(api)
        .with_state(server)
        .fallback(|| async { RequestError::NotFound })
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
) -> Result<Response, RequestError> {
    match Presented::of(request.headers()).token() {
        None => Err(RequestError::NoCredentials),
        Some(token) if token == server.connection.server_token => Ok(next.run(request).await),
        Some(_) => Err(RequestError::BadCredentials),
    }
}
