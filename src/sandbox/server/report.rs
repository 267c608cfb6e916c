//! Writes the all-users report as CSV, a few rows at a time: it is never held as a whole.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::stream;
use serde_json::json;

use super::appliance::EnterpriseServer;
use crate::sandbox::authorization::Presented;
use crate::sandbox::members;
use crate::sandbox::population::{Person, Population, REPORTER};

/// How many rows are written at a time.
const ROWS: u32 = 500;

const COLUMNS: [&str; 14] = [
    "created_at",
    "id",
    "login",
    "email",
    "role",
    "suspended?",
    "last_logged_ip",
    "repos",
    "ssh_keys",
    "org_memberships",
    "dormant?",
    "last_active",
    "raw_login",
    "2fa_enabled?",
];

const LOGIN_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>Sign in to your account</title></head>\
                          <body><form action=\"/session\" method=\"post\"></form></body></html>\n";

/// Answers with the report; a browser that has no session is sent to sign in.
pub(super) async fn all_users(State(server): State<Arc<EnterpriseServer>>, headers: HeaderMap) -> Response {
    match Presented::of(&headers) {
        Presented::Basic(user, token) if user == REPORTER && token == server.connection.server_token => {
            ([(CONTENT_TYPE, "text/csv; charset=utf-8")], body(server.population)).into_response()
        }
        _ => {
            let headers = [
                (CONTENT_TYPE, "text/html; charset=utf-8"),
                (WWW_AUTHENTICATE, "Basic realm=\"GitHub\""),
            ];
            (StatusCode::UNAUTHORIZED, headers, LOGIN_PAGE).into_response()
        }
    }
}

/// The report on everybody. The header comes with the first rows, so that a report that is cut holds some people.
fn body(population: Population) -> Body {
    let pieces = (0..population.users.max(1)).step_by(ROWS as usize).map(move |start| {
        let end = start.saturating_add(ROWS).min(population.users);
        write(|csv| {
            if start == 0 {
                csv.write_record(COLUMNS)?;
            }
            (start..end).try_for_each(|index| {
                let name = members::identity_name(&population, index);
                write_row(csv, &population.person(index), name.as_deref())
            })
        })
    });
    Body::from_stream(stream::iter(pieces))
}

fn write(rows: impl FnOnce(&mut csv::Writer<Vec<u8>>) -> csv::Result<()>) -> io::Result<Bytes> {
    let mut csv = csv::Writer::from_writer(Vec::with_capacity(ROWS as usize * 200));
    rows(&mut csv)?;
    csv.into_inner()
        .map(Bytes::from)
        .map_err(|error| io::Error::other(error.to_string()))
}

fn write_row(csv: &mut csv::Writer<Vec<u8>>, person: &Person, name: Option<&str>) -> csv::Result<()> {
    let truth = |value: bool| if value { "true" } else { "false" };
    csv.write_record([
        &iso_8601(person.created_at),
        &person.id.to_string(),
        &person.login,
        &person.email,
        person.role,
        truth(person.suspended),
        &person.last_logged_ip,
        &person.repositories.to_string(),
        &person.ssh_keys.to_string(),
        &person.organizations.to_string(),
        truth(person.dormant),
        &person.last_active.map(iso_8601).unwrap_or_default(),
        &json!({ "login": person.login, "provider": "saml", "name_id": name }).to_string(),
        truth(person.two_factor),
    ])
}

fn iso_8601(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
