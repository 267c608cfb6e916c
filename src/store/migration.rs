//! The schema of the database, as the list of changes that lead to it.

use std::path::Path;

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqlitePool;

use super::StoreError;

/// Number, name and SQL of each change, as its file is called. A released one is never edited.
const CHANGES: &[(i64, &str, &str)] = &[
    (1, "store", include_str!("migrations/0001_store.sql")),
    (2, "cloud", include_str!("migrations/0002_cloud.sql")),
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
