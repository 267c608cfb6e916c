//! Fingerprints: of the last confirmed list, and of the lists that may become it. Their key is not here.

use sqlx::{Sqlite, Transaction};

use super::error::StoreError;
use super::run::RunId;
use super::{Destination, Store};
use crate::license::{Fingerprint, KeyId};

impl Store {
    /// Piece number `seq` of a fingerprint under `key`, counted from 0; nothing after the last, and nothing of one under
    /// another key.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub async fn fingerprint_piece(&self, run: RunId, key: KeyId, seq: u32) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query_scalar("SELECT bytes FROM fingerprint WHERE run_id = ? AND key_id = ? AND seq = ?")
            .bind(run.to_string())
            .bind(key.as_bytes())
            .bind(seq)
            .fetch_optional(&self.pool)
            .await
            .map_err(StoreError::query("read a fingerprint"))
    }

    /// Deletes all fingerprints but those of lists for `kept`, and says whether there were any.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be deleted.
    pub async fn forget_fingerprints(&self, kept: Option<&Destination>) -> Result<bool, StoreError> {
        const SQL: &str = "DELETE FROM fingerprint WHERE run_id NOT IN (SELECT id FROM run WHERE api_origin = ? AND \
             uploads_origin = ? AND account = ? AND server_id = ?)";
        let deleted = sqlx::query(SQL)
            .bind(kept.map(|kept| &kept.api_origin))
            .bind(kept.map(|kept| &kept.uploads_origin))
            .bind(kept.map(|kept| &kept.account))
            .bind(kept.map(|kept| kept.server_id.to_string()))
            .execute(&self.pool)
            .await
            .map_err(StoreError::query("delete fingerprints"))?;
        let any = deleted.rows_affected() > 0;
        if any {
            self.empty_journal().await;
        }
        Ok(any)
    }
}

pub(super) async fn write(
    transaction: &mut Transaction<'static, Sqlite>,
    run: RunId,
    fingerprint: &Fingerprint,
) -> Result<(), StoreError> {
    for (seq, bytes) in (0_i64..).zip(fingerprint.pieces()) {
        sqlx::query("INSERT INTO fingerprint (run_id, seq, key_id, bytes) VALUES (?, ?, ?, ?)")
            .bind(run.to_string())
            .bind(seq)
            .bind(fingerprint.key().as_bytes().to_vec())
            .bind(bytes)
            .execute(&mut **transaction)
            .await
            .map_err(StoreError::query("write a fingerprint"))?;
    }
    Ok(())
}
