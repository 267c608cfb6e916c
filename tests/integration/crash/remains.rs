//! What a process left behind in the state directory, without touching it.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use ghe_license_sync::license::Digest;
use ghe_license_sync::sandbox::UploadRecord;
use ghe_license_sync::store::{Run, Store};
use sha2::{Digest as _, Sha256};
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;

use crate::support::lab::Lab;

/// The newest run and the number of payload pieces.
pub(super) struct Remains {
    pub(super) run: Option<Run>,
    pub(super) pieces: i64,
}

impl Remains {
    /// Reads a copy, so that reading repairs nothing; what SQLite itself thinks of it has to be good.
    pub(super) async fn of(lab: &Lab) -> Self {
        let place = TempDir::new().unwrap();
        let copy = place.path().join("state");
        DirBuilder::new().mode(0o700).create(&copy).unwrap();
        // A process that died early has not made it.
        let files = fs::read_dir(lab.directory.path().join("state")).into_iter().flatten();
        for file in files {
            let file = file.unwrap();
            fs::copy(file.path(), copy.join(file.file_name())).unwrap();
        }
        let store = Store::open(&copy).await.unwrap();
        let run = store.runs(1).await.unwrap().pop();
        store.close().await;
        let mut database = open(&copy.join("state.db")).await;
        let integrity = sqlx::query_scalar("PRAGMA integrity_check");
        let integrity: String = integrity.fetch_one(&mut database).await.unwrap();
        assert_eq!(integrity, "ok", "{run:?}");
        let pieces = sqlx::query_scalar("SELECT COUNT(*) FROM payload");
        let pieces = pieces.fetch_one(&mut database).await.unwrap();
        Self { run, pieces }
    }
}

/// SHA-256 of the bytes that the cloud took.
pub(super) fn body_digest(lab: &Lab, upload: &UploadRecord) -> Digest {
    let path = format!("uploads/{}.json.gz", upload.id);
    Digest(Sha256::digest(fs::read(lab.directory.path().join(path)).unwrap()).into())
}

async fn open(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).connect().await.unwrap()
}
