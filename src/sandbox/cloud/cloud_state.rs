//! The cloud account: what its handlers share, and who may ask.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use chrono::{DateTime, Utc};
use url::Url;

use super::count::MatchCount;
use super::identities::Identities;
use super::ledger::Ledger;
use super::license_schema::LicenseSchema;
use crate::clock::Clock;
use crate::license::explain::CloudIdentity;
use crate::sandbox::authorization::Presented;
use crate::sandbox::connection::{Connection, ENTERPRISE, ORGANIZATION};
use crate::sandbox::members::Members;
use crate::sandbox::random;
use crate::sandbox::request_error::RequestError;

/// What the cloud's handlers share.
pub(crate) struct CloudState {
    pub(super) connection: Arc<Connection>,
    /// The cloud's own address, for `Location` and `Link`; ends with a slash.
    pub(super) url: Url,
    pub(super) members: Members,
    /// Where the bodies of uploads are kept.
    pub(super) uploads_directory: PathBuf,
    pub(super) clock: Arc<dyn Clock>,
    /// How it writes the list of consumed licenses.
    pub(super) schema: LicenseSchema,
    pub(crate) known: Identities,
    ledger: Mutex<Ledger>,
    counting: Mutex<()>,
    /// Installation tokens with their expiry.
    tokens: Mutex<HashMap<String, DateTime<Utc>>>,
    seed: u64,
}

impl CloudState {
    /// A cloud that has received nothing yet.
    pub(crate) fn new(
        connection: Arc<Connection>,
        url: Url,
        members: Members,
        uploads_directory: PathBuf,
        clock: Arc<dyn Clock>,
        seed: u64,
        schema: LicenseSchema,
    ) -> Self {
        Self {
            ledger: Mutex::new(Ledger::new(MatchCount::of(Vec::new(), &members))),
            counting: Mutex::default(),
            tokens: Mutex::default(),
            connection,
            url,
            members,
            uploads_directory,
            clock,
            schema,
            known: Identities::default(),
            seed,
        }
    }

    /// How many identities the identity provider has; none without a provider.
    pub(crate) fn identity_count(&self) -> usize {
        self.known.identity_count(&self.members)
    }

    /// What the identity provider has about a user. The first attribute is the `NameID`.
    pub(crate) fn identity(&self, place: usize) -> Option<CloudIdentity> {
        self.known.identity(&self.members, place)
    }

    /// One upload at a time is counted, since each is counted together with what came before it.
    pub(super) fn count_alone(&self) -> MutexGuard<'_, ()> {
        self.counting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The ledger, for a moment.
    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the body of an accepted upload is kept as it was sent.
    pub(super) fn body_path(&self, id: &str) -> PathBuf {
        self.uploads_directory.join(format!("{id}.json.gz"))
    }

    /// Issues an installation token that is good until `expires_at`.
    pub(super) fn issue_token(&self, expires_at: DateTime<Utc>) -> String {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        let token = random::token("ghs_", self.seed, 100 + tokens.len() as u64);
        tokens.insert(token.clone(), expires_at);
        token
    }

    /// Lets a request with a valid installation token through.
    ///
    /// # Errors
    /// [`RequestError::NoCredentials`] or [`RequestError::BadCredentials`].
    pub(super) fn require_installation(&self, headers: &HeaderMap) -> Result<(), RequestError> {
        let presented = Presented::of(headers);
        let token = presented.token().ok_or(RequestError::NoCredentials)?;
        if self.is_of_installation(token) {
            Ok(())
        } else {
            Err(RequestError::BadCredentials)
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
    /// [`RequestError::NoCredentials`], [`RequestError::NotForApps`] or [`RequestError::BadCredentials`].
    pub(super) fn require_reader(&self, headers: &HeaderMap) -> Result<(), RequestError> {
        match Presented::of(headers).token() {
            None => Err(RequestError::NoCredentials),
            Some(token) if token == self.connection.read_token => Ok(()),
            Some(token) if self.is_of_installation(token) => Err(RequestError::NotForApps),
            Some(_) => Err(RequestError::BadCredentials),
        }
    }

    /// Lets a request below the path of one of the two accounts through.
    ///
    /// # Errors
    /// [`RequestError::NotFound`].
    pub(super) fn require_account(path: &str) -> Result<(), RequestError> {
        let mut segments = path.trim_start_matches('/').split('/');
        match (segments.next(), segments.next()) {
            (Some("enterprises"), Some(ENTERPRISE)) | (Some("orgs"), Some(ORGANIZATION)) => Ok(()),
            _ => Err(RequestError::NotFound),
        }
    }
}
