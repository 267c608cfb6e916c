//! Fingerprints: of the last confirmed list, and of the lists that may become it. Their key is not here.

use sqlx::{Sqlite, Transaction};

use super::database::Store;
use super::destination::Destination;
use super::error::StoreError;
use super::read;
use super::run::Run;
use super::run_id::RunId;
use crate::license::{DamagedFingerprint, Fingerprint, KeyId};

impl Store {
    /// The newest confirmed run for `destination`; `look_at` gets its fingerprint under `key`, piece by piece, and nothing of
    /// one under another key. Both are read as they were at one moment: another process may confirm a newer list meanwhile,
    /// and deletes the older fingerprint then.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be read, or `look_at` says that a piece is damaged.
    pub async fn last_confirmed_with_fingerprint(
        &self,
        destination: &Destination,
        key: KeyId,
        look_at: impl FnMut(Vec<u8>) -> Result<(), DamagedFingerprint>,
    ) -> Result<Option<Run>, StoreError> {
        let attempt = "read the last confirmed list";
        let mut moment = self.pool.begin().await.map_err(StoreError::query(attempt))?;
        let read = last_confirmed(&mut moment, destination, key, look_at).await;
        moment.rollback().await.map_err(StoreError::query(attempt))?;
        read
    }

    /// Deletes all fingerprints but those of lists for `kept`, and says whether there were any.
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

async fn last_confirmed(
    moment: &mut Transaction<'static, Sqlite>,
    destination: &Destination,
    key: KeyId,
    mut look_at: impl FnMut(Vec<u8>) -> Result<(), DamagedFingerprint>,
) -> Result<Option<Run>, StoreError> {
    let last = read::last_confirmed(&mut **moment, destination).await?;
    let Some(run) = &last else {
        return Ok(last);
    };
    for seq in 0_u32.. {
        let Some(piece) = piece(moment, run.id, key, seq).await? else {
            break;
        };
        look_at(piece).map_err(|_| StoreError::Damaged {
            run: run.id.to_string(),
            column: "fingerprint",
        })?;
    }
    Ok(last)
}

/// Piece number `seq` of a fingerprint, counted from 0; nothing after the last.
async fn piece(
    moment: &mut Transaction<'static, Sqlite>,
    run: RunId,
    key: KeyId,
    seq: u32,
) -> Result<Option<Vec<u8>>, StoreError> {
    sqlx::query_scalar("SELECT bytes FROM fingerprint WHERE run_id = ? AND key_id = ? AND seq = ?")
        .bind(run.to_string())
        .bind(key.as_bytes().to_vec())
        .bind(seq)
        .fetch_optional(&mut **moment)
        .await
        .map_err(StoreError::query("read a fingerprint"))
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
