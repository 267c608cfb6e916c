//! The cloud account: its routes and what they share. No request is judged here.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderMap;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use chrono::{DateTime, Utc};
use url::Url;

use super::authorization::Presented;
use super::connection::{Connection, ENTERPRISE, ORGANIZATION};
use super::count::Count;
use super::directory::Known;
use super::fault::Point;
use super::interference::Interference;
use super::ledger::Ledger;
use super::members::Members;
use super::refusal::Refusal;
use super::reply::{Stamp, stamp_date, stamp_rate_limit};
use super::{
    Options, Schema, consumed, control, graphql, intake, managed_users, statistics, status, token, upload_page,
};
use crate::clock::Clock;

/// What the cloud's handlers share.
pub(super) struct Cloud {
    pub(super) connection: Arc<Connection>,
    /// The cloud's own address, for `Location` and `Link`; ends with a slash.
    pub(super) url: Url,
    pub(super) members: Members,
    /// Where the bodies of uploads are kept.
    pub(super) uploads_directory: PathBuf,
    pub(super) clock: Arc<dyn Clock>,
    /// How it writes the list of consumed licenses.
    pub(super) schema: Schema,
    pub(super) known: Known,
    ledger: Mutex<Ledger>,
    counting: Mutex<()>,
    /// Installation tokens with their expiry.
    tokens: Mutex<HashMap<String, DateTime<Utc>>>,
    seed: u64,
}

impl Cloud {
    /// A cloud that has received nothing yet.
    pub(super) fn new(
        connection: Arc<Connection>,
        url: Url,
        members: Members,
        uploads_directory: PathBuf,
        clock: Arc<dyn Clock>,
        options: &Options,
    ) -> Self {
        Self {
            ledger: Mutex::new(Ledger::new(Count::of(Vec::new(), &members))),
            counting: Mutex::default(),
            tokens: Mutex::default(),
            connection,
            url,
            members,
            uploads_directory,
            clock,
            schema: options.schema,
            known: Known::default(),
            seed: options.seed,
        }
    }

    /// One upload at a time is counted, since each is counted together with what came before it.
    pub(super) fn count_alone(&self) -> MutexGuard<'_, ()> {
        self.counting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ledger, for a moment.
    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the body of an accepted upload is kept as it was sent.
    pub(super) fn body_path(&self, id: &str) -> PathBuf {
        self.uploads_directory.join(format!("{id}.json.gz"))
    }

    /// Issues an installation token that is good until `expires_at`.
    pub(super) fn issue_token(&self, expires_at: DateTime<Utc>) -> String {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let token = super::random::token("ghs_", self.seed, 100 + tokens.len() as u64);
        tokens.insert(token.clone(), expires_at);
        token
    }

    /// Lets a request with a valid installation token through.
    ///
    /// # Errors
    /// [`Refusal::NoCredentials`] or [`Refusal::BadCredentials`].
    pub(super) fn require_installation(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let presented = Presented::of(headers);
        let token = presented.token().ok_or(Refusal::NoCredentials)?;
        if self.is_of_installation(token) {
            Ok(())
        } else {
            Err(Refusal::BadCredentials)
        }
    }

    fn is_of_installation(&self, token: &str) -> bool {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let expiry = tokens.get(token);
        expiry.is_some_and(|expires_at| *expires_at > self.clock.now())
    }

    /// Lets a request with the classic token through. GitHub's description has these endpoints disabled for Apps.
    ///
    /// # Errors
    /// [`Refusal::NoCredentials`], [`Refusal::NotForApps`] or [`Refusal::BadCredentials`].
    pub(super) fn require_reader(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        match Presented::of(headers).token() {
            None => Err(Refusal::NoCredentials),
            Some(token) if token == self.connection.read_token => Ok(()),
            Some(token) if self.is_of_installation(token) => Err(Refusal::NotForApps),
            Some(_) => Err(Refusal::BadCredentials),
        }
    }

    /// Lets a request below the path of one of the two accounts through.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub(super) fn require_account(path: &str) -> Result<(), Refusal> {
        let mut segments = path.trim_start_matches('/').split('/');
        match (segments.next(), segments.next()) {
            (Some("enterprises"), Some(ENTERPRISE)) | (Some("orgs"), Some(ORGANIZATION)) => Ok(()),
            _ => Err(Refusal::NotFound),
        }
    }

    /// Lets a request for the enterprise through.
    ///
    /// # Errors
    /// [`Refusal::NotFound`].
    pub(super) fn require_enterprise(enterprise: &str) -> Result<(), Refusal> {
        if enterprise == ENTERPRISE {
            Ok(())
        } else {
            Err(Refusal::NotFound)
        }
    }
}

/// All routes of the cloud.
pub(super) fn router(cloud: Arc<Cloud>, interference: &Interference) -> Router {
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
        .fallback(|| async { Refusal::NotFound })
        .layer(from_fn_with_state(stamp, stamp_rate_limit))
        .layer(from_fn_with_state(Arc::clone(&interference.clock), stamp_date))
}
