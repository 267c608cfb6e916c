//! Writes the all-users report as CSV, a few rows at a time: it is never held as a whole.

use std::io;

use axum::body::Body;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use futures_util::stream;
use serde_json::json;

use super::members;
use super::population::{Person, Population};

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

/// The report on everybody. The header comes with the first rows, so that a report that is cut holds some people.
pub(super) fn body(population: Population) -> Body {
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
