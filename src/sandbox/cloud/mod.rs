//! The cloud account: its routes. Each file answers one endpoint, or holds what several of them know.

mod app_token;
mod cloud_state;
mod consumed;
mod consumed_row;
mod control;
mod count;
mod directory;
mod graphql;
mod identities;
mod inspection;
mod intake;
mod ledger;
mod license_schema;
mod managed_users;
mod other_server;
mod selection;
mod statistics;
mod status;
mod token;
mod upload_page;
mod upload_record;
mod usage_digest;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

pub(super) use cloud_state::CloudState;
pub use count::LicenseTally;
pub use identities::{Planted, PlantedServer};
pub use license_schema::LicenseSchema;
pub use other_server::OtherServer;
pub use upload_record::{SyncState, UploadRecord};

use crate::sandbox::fault::{Interference, Point};
use crate::sandbox::reply::{Stamp, stamp_date, stamp_rate_limit};
use crate::sandbox::request_error::RequestError;

/// All routes of the cloud.
pub(super) fn router(cloud: Arc<CloudState>, interference: &Interference) -> Router {
    let stamp = Stamp {
        clock: Arc::clone(&interference.clock),
        used: Arc::new(AtomicU64::new(0)),
    };
    let attempts = from_fn_with_state(Arc::clone(&cloud), intake::note_attempt);
    let upload = interference.at(Point::Upload, post(intake::receive)).layer(attempts);
    let location = interference.at(Point::Location, get(status::of_upload));
    Router::new()
        .route("/app", interference.at(Point::Token, get(token::identify)))
        .route(
            "/app/installations/{installation_id}/access_tokens",
            interference.at(Point::Token, post(token::issue)),
        )
        .route("/enterprises/{enterprise}/license-usage", upload.clone())
        .route("/enterprises/{enterprise}/license-usage/{id}", location.clone())
        .route("/orgs/{organization}/license-usage", upload)
        .route("/orgs/{organization}/license-usage/{id}", location)
        .route(
            "/enterprises/{enterprise}/license-sync-status",
            interference.at(Point::Status, get(status::of_servers)),
        )
        .route(
            "/enterprises/{enterprise}/consumed-licenses",
            interference.at(Point::Consumed, get(consumed::page)),
        )
        .route(
            "/enterprises/{enterprise}/settings/license",
            get(upload_page::show)
                .post(upload_page::receive)
                .layer(DefaultBodyLimit::disable()),
        )
        .route("/graphql", interference.at(Point::Graphql, post(graphql::answer)))
        .route(
            "/scim/v2/enterprises/{enterprise}/Users",
            interference.at(Point::Scim, get(managed_users::list)),
        )
        .route(
            "/enterprise-installation/{enterprise}/server-statistics",
            get(statistics::of_servers),
        )
        .with_state(cloud.clone())
        .merge(control::router(cloud, Arc::clone(&interference.faults)))
        .fallback(|| async { RequestError::NotFound })
        .layer(from_fn_with_state(stamp, stamp_rate_limit))
        .layer(from_fn_with_state(Arc::clone(&interference.clock), stamp_date))
}
