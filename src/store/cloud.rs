//! What the cloud said last of the servers of an account. Only the daemon writes it, one transaction a question; no person
//! is in it. What it means is judged elsewhere.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::sqlite::SqliteRow;

use super::columns::Columns;
use super::database::Store;
use super::destination::CloudAccount;
use super::error::StoreError;
use super::state::StateReason;
use super::transition::text;
use crate::timestamp;

/// How the last question to the cloud ended, and the last answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct CloudRecord {
    #[serde(flatten)]
    pub account: CloudAccount,
    /// By this machine's clock, like the times below.
    #[serde(serialize_with = "timestamp::serialize")]
    pub asked_at: DateTime<Utc>,
    #[serde(serialize_with = "timestamp::serialize")]
    pub answered_at: Option<DateTime<Utc>>,
    /// Why the last question has no answer.
    pub failure: Option<StateReason>,
    /// The cloud says to ask nothing before.
    #[serde(skip)]
    pub not_before: Option<DateTime<Utc>>,
    /// As the last answer lists them.
    pub servers: Vec<RecordedServer>,
}

/// A server of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct RecordedServer {
    pub server_id: String,
    pub hostname: Option<String>,
    /// By the cloud's clock.
    #[serde(serialize_with = "timestamp::serialize")]
    pub synced_at: Option<DateTime<Utc>>,
    /// The cloud's word for how the last sync ended.
    pub status: Option<String>,
    /// How recent that was when the cloud answered, in one word.
    pub freshness: String,
    /// The word that was reported and has not passed.
    #[serde(skip)]
    pub reported: Option<String>,
    #[serde(rename = "ours")]
    pub is_ours: bool,
    #[serde(rename = "built_in_sync_on")]
    pub built_in_sync: Option<bool>,
}

impl Store {
    /// What the cloud said last, if it was ever asked.
    pub async fn cloud_record(&self) -> Result<Option<CloudRecord>, StoreError> {
        let attempt = StoreError::query("read what the cloud said");
        let row = sqlx::query("SELECT * FROM cloud_watch")
            .fetch_optional(&self.pool)
            .await;
        let Some(row) = row.map_err(&attempt)? else {
            return Ok(None);
        };
        let servers = sqlx::query("SELECT * FROM cloud_server ORDER BY position")
            .fetch_all(&self.pool)
            .await
            .map_err(&attempt)?;
        let row = columns(&row);
        let reason = row.parsed_if_there("reason")?;
        let failure = match reason {
            Some(reason) => Some(StateReason {
                reason,
                detail: row.text("detail")?,
            }),
            None => None,
        };
        Ok(Some(CloudRecord {
            account: CloudAccount {
                api_origin: row.text("api_origin")?,
                enterprise: row.text("enterprise")?,
            },
            asked_at: row.parsed("asked_at")?,
            answered_at: row.parsed_if_there("answered_at")?,
            failure,
            not_before: row.parsed_if_there("not_before")?,
            servers: servers.iter().map(server).collect::<Result<_, _>>()?,
        }))
    }

    /// Keeps what the cloud said last, in place of what was kept before.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written; what was kept before stays.
    pub async fn keep_cloud_record(&self, record: &CloudRecord) -> Result<(), StoreError> {
        const SERVER: &str = "INSERT INTO cloud_server (server_id, hostname, synced_at, status, freshness, reported, is_ours, \
            built_in_sync) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let attempt = StoreError::query("keep what the cloud said");
        let mut transaction = self.transaction().await?;
        sqlx::query("INSERT OR REPLACE INTO cloud_watch VALUES (1, ?, ?, ?, ?, ?, ?, ?)")
            .bind(&record.account.api_origin)
            .bind(&record.account.enterprise)
            .bind(text(record.asked_at))
            .bind(record.answered_at.map(text))
            .bind(record.failure.as_ref().map(|because| because.reason.code()))
            .bind(record.failure.as_ref().map(|because| &because.detail))
            .bind(record.not_before.map(text))
            .execute(&mut *transaction)
            .await
            .map_err(&attempt)?;
        sqlx::query("DELETE FROM cloud_server")
            .execute(&mut *transaction)
            .await
            .map_err(&attempt)?;
        for server in &record.servers {
            sqlx::query(SERVER)
                .bind(&server.server_id)
                .bind(&server.hostname)
                .bind(server.synced_at.map(text))
                .bind(&server.status)
                .bind(&server.freshness)
                .bind(&server.reported)
                .bind(server.is_ours)
                .bind(server.built_in_sync)
                .execute(&mut *transaction)
                .await
                .map_err(&attempt)?;
        }
        transaction.commit().await.map_err(&attempt)
    }

    /// Deletes what the cloud said: the account is not watched any more.
    pub async fn forget_cloud_record(&self) -> Result<(), StoreError> {
        let attempt = StoreError::query("delete what the cloud said");
        let mut transaction = self.transaction().await?;
        for sql in ["DELETE FROM cloud_server", "DELETE FROM cloud_watch"] {
            sqlx::query(sql).execute(&mut *transaction).await.map_err(&attempt)?;
        }
        transaction.commit().await.map_err(&attempt)
    }
}

fn columns(row: &SqliteRow) -> Columns<'_> {
    Columns {
        row,
        run: "(the cloud)",
    }
}

fn server(row: &SqliteRow) -> Result<RecordedServer, StoreError> {
    let row = columns(row);
    Ok(RecordedServer {
        server_id: row.text("server_id")?,
        hostname: row.text_if_there("hostname")?,
        synced_at: row.parsed_if_there("synced_at")?,
        status: row.text_if_there("status")?,
        freshness: row.text("freshness")?,
        reported: row.text_if_there("reported")?,
        is_ours: row.get("is_ours")?,
        built_in_sync: row.get("built_in_sync")?,
    })
}
