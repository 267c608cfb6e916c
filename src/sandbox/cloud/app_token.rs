//! Judges the JSON web token with which the App asks for an installation token.
//!
//! It verifies the signature with the crypto library directly. A JWT library reads the client's tokens in a test of its
//! own, so that a mistake in both does not cancel out.

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::Value;

/// How far ahead `exp` may be, in seconds.
const MAX_LIFETIME: i64 = 600;

/// What is wrong with a JSON web token; the text is the answer's message. GitHub's words about times are those by which
/// Octokit recognizes a clock that is wrong, and asks again by the cloud's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum AppTokenError {
    #[error("A JSON web token could not be decoded")]
    Undecodable,
    #[error("The JSON web token must be signed with RS256")]
    Algorithm,
    #[error("The signature of the JSON web token does not fit the App's public key")]
    Signature,
    #[error("'Issuer' claim ('iss') is not the client ID of the App")]
    Issuer,
    #[error(
        "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires"
    )]
    Expiration,
    #[error("'Expiration time' claim ('exp') is too far in the future")]
    TooFar,
    #[error("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued")]
    IssuedAt,
}

/// Accepts a token that the App's key signed with RS256 and that is valid at `now`.
///
/// # Errors
/// [`AppTokenError`] names the first thing that is wrong.
pub(super) fn verify(token: &str, public_key: &[u8], client_id: &str, now: DateTime<Utc>) -> Result<(), AppTokenError> {
    let (signed, signature) = token.rsplit_once('.').ok_or(AppTokenError::Undecodable)?;
    let (header, claims) = signed.split_once('.').ok_or(AppTokenError::Undecodable)?;
    let (header, claims) = (decode(header)?, decode(claims)?);
    if header["alg"] != "RS256" {
        return Err(AppTokenError::Algorithm);
    }
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| AppTokenError::Undecodable)?;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key)
        .verify(signed.as_bytes(), &signature)
        .map_err(|_| AppTokenError::Signature)?;
    verify_claims(&claims, client_id, now.timestamp())
}

fn verify_claims(claims: &Value, client_id: &str, now: i64) -> Result<(), AppTokenError> {
    if claims["iss"] != client_id {
        return Err(AppTokenError::Issuer);
    }
    let expires_at = claims["exp"].as_i64().ok_or(AppTokenError::Expiration)?;
    let issued_at = claims["iat"].as_i64().ok_or(AppTokenError::IssuedAt)?;
    if issued_at > now {
        Err(AppTokenError::IssuedAt)
    } else if expires_at <= now {
        Err(AppTokenError::Expiration)
    } else if expires_at - now > MAX_LIFETIME {
        Err(AppTokenError::TooFar)
    } else {
        Ok(())
    }
}

fn decode(part: &str) -> Result<Value, AppTokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| AppTokenError::Undecodable)?;
    serde_json::from_slice(&bytes).map_err(|_| AppTokenError::Undecodable)
}
