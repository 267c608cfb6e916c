//! The columns of a row of the store, read one by one: one that cannot be read is named.

use sqlx::sqlite::SqliteRow;
use sqlx::{Decode, Row, Sqlite, Type};

use super::destination::Destination;
use super::error::StoreError;
use super::hold_decision::HoldDecision;
use super::run::{Baseline, Frozen, Location, Receipt, Trigger, WrittenFile};
use crate::license::{Change, EncryptedUsers, ProductTotals, ReportAge, ServerCounts, Totals, UserCounts};
use crate::plain;

/// A row whose columns are named when they cannot be read.
pub(super) struct Columns<'a> {
    pub(super) row: &'a SqliteRow,
    pub(super) run: &'a str,
}

impl Columns<'_> {
    fn damaged(&self, column: &'static str) -> StoreError {
        StoreError::Damaged {
            run: self.run.to_owned(),
            column,
        }
    }

    pub(super) fn get<T: for<'r> Decode<'r, Sqlite> + Type<Sqlite>>(
        &self,
        column: &'static str,
    ) -> Result<T, StoreError> {
        self.row.try_get(column).map_err(|_| self.damaged(column))
    }

    /// A text as it may be shown: a user who can write the file can write anything into it.
    pub(super) fn text(&self, column: &'static str) -> Result<String, StoreError> {
        Ok(plain::escaped(&self.get::<String>(column)?).into_owned())
    }

    pub(super) fn text_if_there(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        let text: Option<String> = self.get(column)?;
        Ok(text.map(|text| plain::escaped(&text).into_owned()))
    }

    pub(super) fn parsed<T: std::str::FromStr>(&self, column: &'static str) -> Result<T, StoreError> {
        self.get::<String>(column)?.parse().map_err(|_| self.damaged(column))
    }

    pub(super) fn parsed_if_there<T: std::str::FromStr>(&self, column: &'static str) -> Result<Option<T>, StoreError> {
        match self.get::<Option<String>>(column)? {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| self.damaged(column)),
        }
    }

    pub(super) fn count(&self, column: &'static str) -> Result<u64, StoreError> {
        u64::try_from(self.get::<i64>(column)?).map_err(|_| self.damaged(column))
    }

    fn count_if_there(&self, column: &'static str) -> Result<Option<u64>, StoreError> {
        self.is_there(column)?.then(|| self.count(column)).transpose()
    }

    fn is_there(&self, column: &'static str) -> Result<bool, StoreError> {
        use sqlx::ValueRef;
        Ok(!self
            .row
            .try_get_raw(column)
            .map_err(|_| self.damaged(column))?
            .is_null())
    }

    pub(super) fn trigger(&self) -> Result<Trigger, StoreError> {
        let word = self.get::<String>("trigger")?;
        Trigger::from_columns(&word, self.get("window")?).ok_or_else(|| self.damaged("trigger"))
    }

    pub(super) fn destination(&self) -> Result<Destination, StoreError> {
        Ok(Destination {
            api_origin: self.text("api_origin")?,
            uploads_origin: self.text("uploads_origin")?,
            account: self.text("account")?,
            server_id: self.parsed("server_id")?,
        })
    }

    pub(super) fn totals(&self) -> Result<Option<Totals>, StoreError> {
        if !self.is_there("accounts")? {
            return Ok(None);
        }
        Ok(Some(Totals {
            accounts: self.count("accounts")?,
            consumed: self.count("consumed")?,
            suspended: self.count("suspended")?,
            organizations: self.count("organizations")?,
            bots: self.count("bots")?,
            setup_users: self.count("setup_users")?,
            ghosts: self.count("ghosts")?,
            dormant: self.count_if_there("dormant")?,
            unmatchable: self.count("unmatchable")?,
            no_sign_in: self.count_if_there("no_sign_in")?,
            shared_addresses: self.count_if_there("shared_addresses")?,
            repeated_rows: self.count_if_there("repeated_rows")?.unwrap_or_default(),
            products: self.products()?,
            products_refused: self.get::<Option<bool>>("products_refused")?.unwrap_or_default(),
        }))
    }

    fn products(&self) -> Result<Option<ProductTotals>, StoreError> {
        let Some(unknown) = self.count_if_there("products_unknown")? else {
            return Ok(None);
        };
        Ok(Some(ProductTotals {
            advanced_security: self.count_if_there("advanced_security")?,
            code_security: self.count_if_there("code_security")?,
            secret_protection: self.count_if_there("secret_protection")?,
            without_license: self.count("products_without_license")?,
            unknown,
        }))
    }

    pub(super) fn encrypted_users(&self) -> Result<Option<EncryptedUsers>, StoreError> {
        let Some(bytes) = self.count_if_there("encrypted_bytes")? else {
            return Ok(None);
        };
        let bytes_before = self.count_if_there("encrypted_bytes_before")?;
        Ok(Some(EncryptedUsers { bytes, bytes_before }))
    }

    pub(super) fn server_counts(&self) -> Result<ServerCounts, StoreError> {
        let users = match (
            self.count_if_there("server_users")?,
            self.count_if_there("server_suspended")?,
        ) {
            (Some(total), Some(suspended)) => Some(UserCounts { total, suspended }),
            _ => None,
        };
        Ok(ServerCounts {
            users,
            seats_used: self.count_if_there("seats_used")?,
            seats: self.parsed_if_there("seats")?,
        })
    }

    pub(super) fn report(&self) -> Result<Option<ReportAge>, StoreError> {
        let Some(made_at) = self.parsed_if_there("report_made_at")? else {
            return Ok(None);
        };
        Ok(Some(ReportAge {
            made_at,
            age_seconds: self.count("report_age")?,
        }))
    }

    pub(super) fn change(&self) -> Result<Option<Change>, StoreError> {
        if !self.is_there("people_before")? {
            return Ok(None);
        }
        Ok(Some(Change {
            before: self.count("people_before")?,
            added: self.count("people_added")?,
            removed: self.count("people_removed")?,
            compared: self.parsed("compared")?,
        }))
    }

    pub(super) fn decision(&self) -> Result<Option<HoldDecision>, StoreError> {
        if !self.is_there("decision")? {
            return Ok(None);
        }
        Ok(Some(HoldDecision {
            action: self.parsed("decision")?,
            by: self.text("decided_by")?,
            at: self.parsed("decided_at")?,
        }))
    }

    pub(super) fn frozen(&self) -> Result<Option<Frozen>, StoreError> {
        if !self.is_there("digest")? {
            return Ok(None);
        }
        Ok(Some(Frozen {
            digest: self.parsed("digest")?,
            idempotency_key: self.get("idempotency_key")?,
            content_digest: self.parsed("content_digest")?,
            body_size: self.count("body_size")?,
        }))
    }

    pub(super) fn baseline(&self) -> Result<Baseline, StoreError> {
        Ok(Baseline {
            listed_at: self.parsed_if_there("listed_at")?,
            synced_at: self.parsed_if_there("synced_before")?,
        })
    }

    pub(super) fn file(&self) -> Result<Option<WrittenFile>, StoreError> {
        if !self.is_there("file")? {
            return Ok(None);
        }
        Ok(Some(WrittenFile {
            path: self.text("file")?,
            sha256: self.parsed("file_sha256")?,
            bytes: match self.is_there("file_bytes")? {
                true => Some(self.count("file_bytes")?),
                false => None,
            },
            written_at: self.parsed("written_at")?,
            reminded_at: self.parsed_if_there("reminded_at")?,
            failed_at: self.parsed_if_there("failed_at")?,
            processed_at: self.parsed_if_there("processed_at")?,
        }))
    }

    pub(super) fn receipt(&self) -> Result<Option<Receipt>, StoreError> {
        if !self.is_there("upload_id")? {
            return Ok(None);
        }
        Ok(Some(Receipt {
            upload_id: self.text("upload_id")?,
            location: Location::new(&self.get::<String>("location")?),
            sent_at: self.parsed("sent_at")?,
            processed_at: self.parsed_if_there("processed_at")?,
        }))
    }
}
