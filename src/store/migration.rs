//! The schema of the database, as the list of changes that lead to it.

use std::path::Path;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqlitePool;

use super::error::StoreError;

/// Number, name and SQL of each change, as its file is called. A released one is never edited.
const CHANGES: &[(i64, &str, &str)] = &[
    (1, "store", include_str!("migrations/0001_store.sql")),
    (2, "cloud", include_str!("migrations/0002_cloud.sql")),
    (3, "given", include_str!("migrations/0003_given.sql")),
    (4, "written", include_str!("migrations/0004_written.sql")),
    (5, "products", include_str!("migrations/0005_products.sql")),
    (6, "departure", include_str!("migrations/0006_departure.sql")),
    (7, "file_size", include_str!("migrations/0007_file_size.sql")),
];

/// Brings the schema of a database up to date.
pub(super) async fn migrate(pool: &SqlitePool, path: &Path) -> Result<(), StoreError> {
    failpoint!("before-migrate");
    let migrated = migrator().run(pool).await;
    migrated.map_err(|error| StoreError::migrate(path, error))?;
    failpoint!("after-migrate");
    Ok(())
}

fn migrator() -> Migrator {
    let changes = CHANGES.iter().map(|&(version, name, sql)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(changes.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_run_may_be_written_in_a_store_of_before_and_keeps_what_belongs_to_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .foreign_keys(true);
        let pool = SqlitePool::connect_with(options).await.unwrap();
        let before = CHANGES
            .iter()
            .filter(|(version, ..)| *version <= 2)
            .map(|&(version, name, sql)| {
                Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
            });
        Migrator::with_migrations(before.collect()).run(&pool).await.unwrap();
        let run = |id: &str, state: &str| {
            format!(
                "INSERT INTO run (id, \"trigger\", api_origin, uploads_origin, account, server_id, hostname, state, started_at, \
                 updated_at) VALUES ('{id}', 'manual', 'a', 'u', 'e', 's', 'h', '{state}', '', '')"
            )
        };
        let execute = async |sql: String| sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&pool).await;
        execute(run("1", "frozen")).await.unwrap();
        execute("INSERT INTO payload VALUES ('1', 0, x'00')".to_owned())
            .await
            .unwrap();
        execute("INSERT INTO event VALUES ('1', '', 'frozen', NULL, NULL)".to_owned())
            .await
            .unwrap();
        assert!(execute(run("2", "written")).await.is_err(), "unknown before");
        migrate(&pool, &path).await.unwrap();
        for table in ["run", "payload", "event"] {
            let sql = format!("SELECT count(*) FROM {table}");
            let rows: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
                .fetch_one(&pool)
                .await
                .unwrap();
            assert_eq!(rows, 1, "{table}");
        }
        execute(run("2", "written")).await.unwrap();
        assert!(execute(run("3", "written")).await.is_err(), "one waits at a time");
        assert!(execute(run("4", "delivered")).await.is_err(), "no such state");
        let found: String = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(found, "ok");
        execute("DELETE FROM run WHERE id = '1'".to_owned()).await.unwrap();
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM payload")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(left, 0, "what belongs to a run goes with it");
    }

    #[test]
    fn every_file_of_a_migration_is_in_the_list() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/src/store/migrations");
        let mut files: Vec<_> = std::fs::read_dir(directory)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let listed: Vec<_> = CHANGES
            .iter()
            .map(|(version, name, _)| format!("{version:04}_{name}.sql"))
            .collect();
        assert_eq!(files, listed);
    }
}
