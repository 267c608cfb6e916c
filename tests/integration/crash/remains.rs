//! What a process left behind in the state directory, without touching it.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use ghe_license_sync::store::{Run, Store};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

/// The newest run and the number of payload pieces.
pub(super) struct Remains {
    pub(super) run: Option<Run>,
    pub(super) pieces: i64,
}

impl Remains {
    /// Looks at a copy, so that nothing is mended by looking; what SQLite itself thinks of it has to be good.
    pub(super) async fn of(state_directory: &Path) -> Self {
        let place = TempDir::new().unwrap();
        let copy = place.path().join("state");
        DirBuilder::new().mode(0o700).create(&copy).unwrap();
        for file in fs::read_dir(state_directory).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), copy.join(file.file_name())).unwrap();
        }
        let store = Store::open(&copy).await.unwrap();
        let run = store.runs(1).await.unwrap().pop();
        store.close().await;
        let mut database = open(&copy.join("state.db")).await;
        let pieces = sqlx::query_scalar("SELECT COUNT(*) FROM payload");
        let pieces = pieces.fetch_one(&mut database).await.unwrap();
        Self { run, pieces }
    }
}

/// What `PRAGMA integrity_check` says; `ok` when all is well.
pub(super) async fn integrity(state_directory: &Path) -> String {
    let mut database = open(&state_directory.join("state.db")).await;
    let said = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&mut database)
        .await;
    database.close().await.unwrap();
    said.unwrap()
}

async fn open(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).connect().await.unwrap()
}
