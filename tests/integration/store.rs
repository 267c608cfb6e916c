//! The store keeps its promises: against real files, across restarts, and against what others do to the files.

mod claim;
mod creation;
mod damage;
mod directory;
mod durability;
mod fingerprint;
mod model;
mod owner;
mod payload;
mod pruning;
mod transitions;

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use ghe_license_sync::license::Digest;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::{Frozen, Location, Receipt, RunId, StateReason, Store, StoreError};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection};
use tempfile::TempDir;
use url::Url;

use super::support::render::render;
use crate::support::destination::begin;

/// A state directory of a test's own.
struct Site(TempDir);

impl Site {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn directory(&self) -> PathBuf {
        self.0.path().join("state")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory().join(name)
    }

    async fn open(&self) -> Store {
        Store::open(&self.directory()).await.unwrap()
    }

    /// What an operator reads when the store cannot be opened.
    async fn refusal(&self) -> String {
        match Store::open(&self.directory()).await {
            Ok(_) => panic!("the store was opened"),
            Err(error) => self.read(&error),
        }
    }

    fn read(&self, error: &StoreError) -> String {
        let nowhere = Url::parse("http://nowhere.invalid/").unwrap();
        render(error, &nowhere).replace(&*self.0.path().to_string_lossy(), "/var/lib")
    }

    /// Does to the database what the program never does.
    async fn tamper(&self, sql: &str) {
        let options = SqliteConnectOptions::new().filename(self.file("state.db"));
        let mut database = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query(AssertSqlSafe(sql)).execute(&mut database).await.unwrap();
        database.close().await.unwrap();
    }
}

/// So many seconds after the start of a test.
fn at(second: i64) -> DateTime<Utc> {
    "2026-11-02T03:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::seconds(second)
}

fn because() -> StateReason {
    StateReason {
        reason: Reason::ServerError,
        detail: "the upload was answered with status 503".to_owned(),
    }
}

fn frozen(size: u64) -> Frozen {
    Frozen {
        digest: Digest([0xd1; 32]),
        idempotency_key: "server:run:digest".to_owned(),
        content_digest: Digest([0xc0; 32]),
        body_size: size,
    }
}

fn receipt() -> Receipt {
    Receipt {
        upload_id: "usage-1".to_owned(),
        location: Location::new("https://api.github.com/enterprises/octo-corp/license-usage/usage-1"),
        sent_at: at(20),
        processed_at: None,
    }
}

/// A run whose payload are these pieces.
async fn freeze(store: &Store, pieces: &[Vec<u8>]) -> RunId {
    let run = begin(store, at(0)).await.unwrap();
    let mut freezer = store.freezer(run).await.unwrap();
    for piece in pieces {
        freezer.write(piece.clone()).await.unwrap();
    }
    let size = pieces.iter().map(Vec::len).sum::<usize>();
    freezer.commit(&frozen(size as u64), None, at(10)).await.unwrap();
    run
}

/// Whether these bytes stand somewhere in the files of the database.
fn is_on_disk(directory: &Path, bytes: &[u8]) -> bool {
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    files
        .map(|file| std::fs::read(file).unwrap())
        .any(|content| content.windows(bytes.len()).any(|window| window == bytes))
}
