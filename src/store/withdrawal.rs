//! A run that turned out to have nothing to do leaves no record.

use super::database::Store;
use super::error::StoreError;
use super::run_id::RunId;

impl Store {
    /// Deletes a run that is collecting, with its events, and says whether it was: one that has ended or froze something
    /// stays.
    pub async fn withdraw(&self, run: RunId) -> Result<bool, StoreError> {
        let deleted = sqlx::query("DELETE FROM run WHERE id = ? AND state = 'collecting'")
            .bind(run.to_string())
            .execute(&self.pool)
            .await
            .map_err(StoreError::query("withdraw a run"))?;
        Ok(deleted.rows_affected() > 0)
    }
}
