//! `upload FILE`, as a person meets it: the real binary, real files, the sandbox's cloud.

mod changing;
#[cfg(feature = "failpoints")]
mod dying;
mod refused;
mod sending;

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use ghe_license_sync::clock::{Clock, SystemClock};
use ghe_license_sync::license::document::ServerIdentity;
use ghe_license_sync::license::usage_file::{UsageFileName, checksum, checksum_path};
use ghe_license_sync::license::{Account, Digest, Document, Feature, LicenseFacts, Roster, UserId};
use ghe_license_sync::sync::server_id;
use regex::Regex;
use sha2::{Digest as _, Sha256};

use super::support::counter::Counter;
use super::support::lab::{Lab, Ran};
use super::support::placeholder::placeholders;

/// A host that sends files to the sandbox's cloud, and the enterprise server that it does not reach.
struct Site {
    lab: Lab,
    server: Counter,
}

/// A document, ready to be written to a file.
struct Written {
    server: ServerIdentity,
    users: Range<u64>,
    collected_at: DateTime<Utc>,
}

impl Written {
    fn roster(&self) -> Roster {
        let mut roster = Roster::default();
        for id in self.users.clone() {
            let email = format!("user{id}@example.com");
            let account = Account {
                id: UserId(id),
                login: "x",
                email: &email,
                role: "user",
                suspended: false,
                dormant: Some(false),
                no_sign_in: None,
            };
            roster.add(&account, 2).unwrap();
        }
        roster.finish().unwrap_or_default()
    }

    fn bytes(&self) -> (Vec<u8>, Digest) {
        let (roster, license) = (self.roster(), LicenseFacts::default());
        let document = Document {
            server: self.server.clone(),
            features: vec![Feature {
                name: "license-sync".into(),
                enabled_at: "2026-01-05T03:04:05Z".parse().unwrap(),
            }],
            license: &license,
            collected_at: self.collected_at,
            roster: &roster,
        };
        let mut bytes = Vec::new();
        document.write_to(&mut bytes).unwrap();
        (bytes, document.digest())
    }

    /// Writes it below `directory` with its checksum, as `export` does.
    fn keep(&self, directory: &Path) -> PathBuf {
        let (bytes, digest) = self.bytes();
        let name = UsageFileName::new(self.collected_at, &self.server.hostname, digest).to_string();
        keep(&directory.join(name), &bytes)
    }
}

/// Writes a file and the checksum that fits it.
fn keep(path: &Path, bytes: &[u8]) -> PathBuf {
    let name = path.file_name().unwrap().to_str().unwrap();
    let sha256 = Digest(Sha256::digest(bytes).into());
    fs::write(checksum_path(path), checksum(sha256, name)).unwrap();
    fs::write(path, bytes).unwrap();
    path.to_owned()
}

fn ago(time: TimeDelta) -> DateTime<Utc> {
    (SystemClock.now() - time).trunc_subsecs(0)
}

impl Site {
    async fn with_faults(faults: &[&str]) -> Self {
        let (lab, server) = (Lab::with_faults(faults).await, Counter::listen().await);
        lab.edit_settings(lab.sandbox.server_url().as_str(), &server.url);
        Self { lab, server }
    }

    /// A document of this server with these users, of so long ago.
    fn document(&self, users: Range<u64>, age: TimeDelta) -> Written {
        let settings = self.lab.settings(&[]);
        let link = settings.gate.pass().unwrap();
        Written {
            server: ServerIdentity {
                id: server_id(link, None),
                hostname: "127.0.0.1".to_owned(),
                version: Some("3.19.0".to_owned()),
                http_only: true,
            },
            users,
            collected_at: ago(age),
        }
    }

    /// The same as a file.
    fn file(&self, users: Range<u64>, age: TimeDelta) -> PathBuf {
        self.document(users, age).keep(self.lab.directory.path())
    }

    async fn upload(&self, file: &Path, more: &[&str]) -> Ran {
        let file = file.to_str().unwrap();
        self.lab.run(&[&["upload", file], more].concat()).await
    }

    /// What the binary said, to be compared with a text.
    fn plain(&self, ran: &Ran) -> String {
        let name = Regex::new(r"license-usage-[0-9TZ]+-127\.0\.0\.1-[0-9a-f]{12}\.json").unwrap();
        let mut text = placeholders(&name.replace_all(&self.lab.plain(&ran.to_string()), "DOCUMENT"));
        for (varying, placeholder) in [
            (r"\b[0-9]{8}T[0-9]{6}Z\b", "TIME"),
            (r"\b[0-9a-f]{12}\b", "DIGEST"),
            (r"was [0-9a-z ]+ old", "was AGE old"),
            (r#""age_seconds": [0-9]+"#, r#""age_seconds": AGE"#),
        ] {
            text = Regex::new(varying)
                .unwrap()
                .replace_all(&text, placeholder)
                .into_owned();
        }
        text
    }

    /// How many documents the cloud took.
    fn taken(&self) -> usize {
        self.lab.sandbox.uploads().len()
    }
}
