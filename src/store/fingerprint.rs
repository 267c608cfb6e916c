//! Fingerprints: of the last confirmed list, and of the lists that may become it.

use sqlx::{Sqlite, Transaction};

use super::Store;
use super::error::StoreError;
use super::run::RunId;
use crate::license::{Fingerprint, FingerprintKey};

impl Store {
    /// The key of all fingerprints here.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read, also before [`Store::installation`] was asked for the first time.
    pub async fn fingerprint_key(&self) -> Result<FingerprintKey, StoreError> {
        let key: Vec<u8> = sqlx::query_scalar("SELECT fingerprint_key FROM installation")
            .fetch_one(&self.pool)
            .await
            .map_err(StoreError::query("read the key of the fingerprints"))?;
        key.try_into().map_err(|_| StoreError::Damaged {
            run: "(none)".to_owned(),
            column: "fingerprint_key",
        })
    }

    /// Piece number `seq` of a fingerprint, counted from 0; nothing after the last.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub async fn fingerprint_piece(&self, run: RunId, seq: u32) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query_scalar("SELECT bytes FROM fingerprint WHERE run_id = ? AND seq = ?")
            .bind(run.to_string())
            .bind(seq)
            .fetch_optional(&self.pool)
            .await
            .map_err(StoreError::query("read a fingerprint"))
    }
}

pub(super) async fn write(
    transaction: &mut Transaction<'static, Sqlite>,
    run: RunId,
    fingerprint: &Fingerprint,
) -> Result<(), StoreError> {
    for (seq, bytes) in (0_i64..).zip(fingerprint.pieces()) {
        sqlx::query("INSERT INTO fingerprint (run_id, seq, bytes) VALUES (?, ?, ?)")
            .bind(run.to_string())
            .bind(seq)
            .bind(bytes)
            .execute(&mut **transaction)
            .await
            .map_err(StoreError::query("write a fingerprint"))?;
    }
    Ok(())
}
