//! The token that the App's key signs, as a JWT library reads it.

use chrono::{DateTime, Utc};
use ghe_license_sync::connect::AppKey;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::fixture;

#[test]
fn a_jwt_library_accepts_the_token_and_finds_three_claims() {
    let pem = SecretString::from(String::from_utf8(fixture("rsa.pem")).unwrap());
    let now = "2026-11-02T03:04:05Z".parse::<DateTime<Utc>>().unwrap();
    let token = AppKey::from_pem(&pem, "Iv23liABC").unwrap().token(now).unwrap();

    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    let public = DecodingKey::from_rsa_pem(&fixture("public.pem")).unwrap();
    let read = jsonwebtoken::decode::<Value>(token.expose_secret(), &public, &validation).unwrap();

    assert_eq!(read.header.typ.as_deref(), Some("JWT"));
    let at = now.timestamp();
    assert_eq!(
        read.claims,
        json!({ "iss": "Iv23liABC", "iat": at - 60, "exp": at + 540 })
    );
}
