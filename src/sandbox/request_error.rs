//! Why the cloud says no, and the answer that says so.

use std::io;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::reply::{self, ValidationError};

/// A request that the cloud does not carry out; the text is the answer's message.
#[derive(Debug, thiserror::Error)]
pub(super) enum RequestError {
    #[error("Requires authentication")]
    NoCredentials,
    #[error("Bad credentials")]
    BadCredentials,
    #[error("{0}")]
    AppToken(String),
    #[error("Resource not accessible by integration")]
    NotForApps,
    #[error("Not Found")]
    NotFound,
    #[error("Content-Type must be application/json and Content-Encoding must be gzip")]
    MediaType,
    #[error("Content-Length is required")]
    NoLength,
    #[error("The body or the document in it is larger than this endpoint takes")]
    TooLarge,
    #[error("Idempotency-Key must be given, with 1 to 255 visible ASCII characters")]
    IdempotencyKey,
    #[error("Content-Digest must be given as sha-256=:BASE64:")]
    ContentDigest,
    #[error("Content-Digest does not fit the body")]
    DigestMismatch,
    #[error("The body ended before its declared length")]
    Incomplete,
    #[error("The idempotency key was used for another document")]
    KeyReused,
    #[error("Problems parsing JSON")]
    Json,
    #[error("Validation Failed")]
    Invalid(Vec<ValidationError>),
    #[error("Problems parsing the fault: {0}")]
    Fault(String),
    #[error("The sandbox could not keep the upload")]
    Storage(#[source] io::Error),
}

impl RequestError {
    fn status(&self) -> StatusCode {
        match self {
            Self::NoCredentials | Self::BadCredentials | Self::AppToken(_) => StatusCode::UNAUTHORIZED,
            Self::NotForApps => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NoLength => StatusCode::LENGTH_REQUIRED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::IdempotencyKey
            | Self::ContentDigest
            | Self::DigestMismatch
            | Self::Incomplete
            | Self::Json
            | Self::Fault(_) => StatusCode::BAD_REQUEST,
            Self::KeyReused => StatusCode::CONFLICT,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Storage(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for RequestError {
    fn into_response(self) -> Response {
        match &self {
            Self::Invalid(findings) => reply::invalid(findings),
            other => reply::problem(other.status(), &other.to_string()),
        }
    }
}
