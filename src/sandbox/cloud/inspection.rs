//! Inspects an upload: decompresses it under a cap, reads the document strictly as it streams, digests it.

use std::fs::File;
use std::io::{self, BufReader, Read};

use chrono::{DateTime, FixedOffset};
use flate2::read::GzDecoder;
use serde::{Deserialize, Deserializer};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::usage_digest::UsageDigest;
use crate::license::document::SCHEMA;
use crate::license::{Digest, Seats};
use crate::sandbox::exported;
use crate::sandbox::reply::ValidationError;
use crate::sandbox::reported::Reported;
use crate::sandbox::request_error::RequestError;

/// The largest document, in bytes after decompression.
const DOCUMENT_LIMIT: u64 = 2 * 1024 * 1024 * 1024;

/// A document that was understood.
pub(super) struct Inspected {
    pub(super) server_id: Uuid,
    pub(super) hostname: String,
    pub(super) reported: Reported,
    pub(super) digest: Digest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UploadedDocument {
    schema: String,
    server: UploadedServer,
    #[serde(rename = "features")]
    _features: Vec<UploadedFeature>,
    #[serde(rename = "license")]
    _license: UploadedLicense,
    users: Reported,
    totals: UploadedTotals,
    #[serde(rename = "collected_at")]
    _collected_at: DateTime<FixedOffset>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UploadedServer {
    id: Uuid,
    hostname: String,
    #[serde(default, deserialize_with = "there")]
    version: Option<String>,
    #[serde(rename = "http_only")]
    _http_only: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UploadedLicense {
    #[serde(rename = "kind", default, deserialize_with = "there")]
    _kind: Option<String>,
    #[serde(rename = "seats", default, deserialize_with = "there")]
    _seats: Option<Seats>,
    // Named so that the member must be there, if only as null.
    #[serde(rename = "expires_at", deserialize_with = "Option::deserialize")]
    _expires_at: Option<DateTime<FixedOffset>>,
}

/// A member that may be left out, and is not null.
fn there<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct UploadedTotals {
    accounts: u64,
    consumed: u64,
    suspended: u64,
    organizations: u64,
    bots: u64,
    setup_users: u64,
    ghosts: u64,
    #[serde(default, deserialize_with = "there")]
    dormant: Option<u64>,
    #[serde(default, deserialize_with = "there")]
    products: Option<UploadedProductCounts>,
}

/// How many users have each product; a product that was not collected is left out.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct UploadedProductCounts {
    #[serde(default, deserialize_with = "there")]
    advanced_security: Option<u64>,
    #[serde(default, deserialize_with = "there")]
    code_security: Option<u64>,
    #[serde(default, deserialize_with = "there")]
    secret_protection: Option<u64>,
}

impl UploadedProductCounts {
    /// Whether that is what the users list.
    fn are(self, listed: [u64; 3]) -> bool {
        let told = [self.advanced_security, self.code_security, self.secret_protection];
        told.map(Option::unwrap_or_default) == listed
    }
}

impl UploadedTotals {
    /// Whether every account consumes a license or is left out as one kind.
    fn add_up(self) -> bool {
        let left_out = [
            self.suspended,
            self.organizations,
            self.bots,
            self.setup_users,
            self.ghosts,
        ];
        let together = left_out
            .into_iter()
            .fold(u128::from(self.consumed), |sum, count| sum + u128::from(count));
        together == u128::from(self.accounts)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UploadedFeature {
    #[serde(rename = "name")]
    _name: String,
    #[serde(rename = "enabled_at")]
    _enabled_at: DateTime<FixedOffset>,
}

/// Reads what is in the gzip `file`: a license usage document, or the license usage file that a server exports.
///
/// # Errors
/// Those of [`inspect`], and [`RequestError::Storage`].
pub(super) fn inspect_either(open: impl Fn() -> io::Result<File>) -> Result<Inspected, RequestError> {
    let again = || open().map_err(RequestError::Storage);
    let plain = || Ok::<_, RequestError>(GzDecoder::new(BufReader::new(again()?)).take(DOCUMENT_LIMIT));
    let Some(head) = exported::head(plain()?) else {
        return inspect(again()?, DOCUMENT_LIMIT);
    };
    let message = "the users of the license usage file cannot be decrypted";
    let undecipherable = || RequestError::Invalid(vec![finding("users", "invalid", message.to_owned())]);
    let mut hasher = Sha256::new();
    io::copy(&mut plain()?, &mut hasher).map_err(RequestError::Storage)?;
    Ok(Inspected {
        server_id: head.server_id,
        hostname: head.host_name.unwrap_or_default(),
        reported: exported::users(plain()?).ok_or_else(undecipherable)?,
        digest: Digest(hasher.finalize().into()),
    })
}

/// Reads the document in the gzip `file`, of at most `limit` bytes.
///
/// # Errors
/// [`RequestError::TooLarge`] beyond the limit, [`RequestError::Invalid`] for everything that is wrong with the document.
fn inspect(file: File, limit: u64) -> Result<Inspected, RequestError> {
    let mut tap = UploadTap {
        inner: GzDecoder::new(BufReader::new(file)),
        digest: UsageDigest::default(),
        left: limit,
        exceeded: false,
    };
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(64 * 1024, &mut tap));
    let usage = UploadedDocument::deserialize(&mut json).and_then(|usage| json.end().map(|()| usage));
    drop(json);
    if tap.exceeded {
        return Err(RequestError::TooLarge);
    }
    let usage = usage.map_err(|error| RequestError::Invalid(vec![malformed(&error)]))?;
    let findings = check(&usage);
    if findings.is_empty() {
        Ok(Inspected {
            server_id: usage.server.id,
            hostname: usage.server.hostname,
            reported: usage.users,
            digest: tap.digest.finish(),
        })
    } else {
        Err(RequestError::Invalid(findings))
    }
}

fn check(usage: &UploadedDocument) -> Vec<ValidationError> {
    let mut findings = Vec::new();
    let mut find = |wrong: bool, field: &str, message: &str| {
        if wrong {
            findings.push(finding(field, "invalid", message.to_owned()));
        }
    };
    let users = u64::from(usage.users.count());
    find(usage.schema != SCHEMA, "schema", "this endpoint takes license-usage/v1");
    find(usage.server.hostname.is_empty(), "server.hostname", "must not be empty");
    let version = usage.server.version.as_deref();
    find(version == Some(""), "server.version", "must not be empty");
    let totals = usage.totals;
    find(
        totals.consumed != users,
        "totals.consumed",
        "must be the number of users",
    );
    find(
        !totals.add_up(),
        "totals.accounts",
        "must be consumed, suspended, organizations, bots, setup_users and ghosts together",
    );
    let listed = usage.users.product_counts();
    find(
        totals.products.is_some_and(|products| !products.are(listed)),
        "totals.products",
        "must be the number of users who list each product",
    );
    find(
        totals.dormant > Some(totals.consumed),
        "totals.dormant",
        "must not be more than consumed",
    );
    findings
}

/// Says where and how the document is malformed without quoting a value from it.
fn malformed(error: &serde_json::Error) -> ValidationError {
    let text = error.to_string();
    let what = if error.is_io() {
        "the body is not gzip, or damaged"
    } else if !error.is_data() {
        "the document is not JSON, or incomplete"
    } else if text.starts_with("invalid") || text.starts_with("unknown variant") {
        "a value is not of the type or set that version 1 knows"
    } else {
        text.split(" at line ").next().unwrap_or_default()
    };
    let field = what.split('`').nth(1).filter(|_| what.contains(" field `"));
    let code = if what.starts_with("missing field") {
        "missing_field"
    } else {
        "invalid"
    };
    finding(
        field.unwrap_or_default(),
        code,
        format!("{what} (line {}, column {})", error.line(), error.column()),
    )
}

fn finding(field: &str, code: &'static str, message: String) -> ValidationError {
    ValidationError {
        resource: "LicenseUsage",
        field: field.to_owned(),
        code,
        message,
    }
}

/// Counts and digests what is read through it.
struct UploadTap<R> {
    inner: R,
    digest: UsageDigest,
    left: u64,
    exceeded: bool,
}

impl<R: Read> Read for UploadTap<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.inner.read(buffer)?;
        self.digest.update(&buffer[..size]);
        match self.left.checked_sub(size as u64) {
            Some(left) => self.left = left,
            None => {
                self.exceeded = true;
                return Err(io::Error::from(io::ErrorKind::FileTooLarge));
            }
        }
        Ok(size)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzipped(document: &[u8]) -> File {
        let mut encoder = GzEncoder::new(tempfile::tempfile().unwrap(), Compression::fast());
        encoder.write_all(document).unwrap();
        let mut file = encoder.finish().unwrap();
        file.rewind().unwrap();
        file
    }

    #[test]
    fn a_document_is_read_up_to_the_limit_and_no_further() {
        // White space before the document counts, and compresses to nothing.
        let document = vec![b' '; 1_000_000];
        let file = gzipped(&document);
        assert!(file.metadata().unwrap().len() < 10_000);
        assert!(matches!(inspect(file, 999_999), Err(RequestError::TooLarge)));
        assert!(matches!(
            inspect(gzipped(&document), 1_000_000),
            Err(RequestError::Invalid(_))
        ));
    }
}
