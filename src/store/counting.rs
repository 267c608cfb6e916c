//! What was collected for a run: counts, or the size of what cannot be counted, and the server ID that came with it.

use uuid::Uuid;

use super::database::Store;
use super::error::StoreError;
use super::run_id::RunId;
use super::transition::{text, update};
use crate::license::{Change, EncryptedUsers, ProductTotals, ReportAge, ServerCounts, Totals};

impl Store {
    /// Notes what was counted, here and by the server itself, how old its report was, and how it differs from the last confirmed list if there is one.
    pub async fn count(
        &self,
        run: RunId,
        totals: Option<Totals>,
        counts: ServerCounts,
        report: Option<ReportAge>,
        change: Option<Change>,
        encrypted: Option<EncryptedUsers>,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET accounts = ?, consumed = ?, suspended = ?, \
             organizations = ?, bots = ?, setup_users = ?, ghosts = ?, dormant = ?, unmatchable = ?, no_sign_in = ?, \
             server_users = ?, server_suspended = ?, seats_used = ?, seats = ?, report_made_at = ?, report_age = ?, \
             people_before = ?, people_added = ?, people_removed = ?, compared = ?, encrypted_bytes = ?, encrypted_bytes_before = ?, \
             advanced_security = ?, code_security = ?, secret_protection = ?, products_without_license = ?, \
             products_unknown = ?, products_refused = ?, shared_addresses = ?, repeated_rows = ? WHERE id = ?";
        let products = totals.and_then(|totals| totals.products);
        let of_product = |count: fn(ProductTotals) -> Option<u64>| products.and_then(count).map(u64::cast_signed);
        failpoint!("before-count");
        sqlx::query(SQL)
            .bind(totals.map(|totals| totals.accounts.cast_signed()))
            .bind(totals.map(|totals| totals.consumed.cast_signed()))
            .bind(totals.map(|totals| totals.suspended.cast_signed()))
            .bind(totals.map(|totals| totals.organizations.cast_signed()))
            .bind(totals.map(|totals| totals.bots.cast_signed()))
            .bind(totals.map(|totals| totals.setup_users.cast_signed()))
            .bind(totals.map(|totals| totals.ghosts.cast_signed()))
            .bind(totals.and_then(|totals| totals.dormant.map(u64::cast_signed)))
            .bind(totals.map(|totals| totals.unmatchable.cast_signed()))
            .bind(totals.and_then(|totals| totals.no_sign_in.map(u64::cast_signed)))
            .bind(counts.users.map(|users| users.total.cast_signed()))
            .bind(counts.users.map(|users| users.suspended.cast_signed()))
            .bind(counts.seats_used.map(u64::cast_signed))
            .bind(counts.seats.map(|seats| seats.to_string()))
            .bind(report.map(|report| text(report.made_at)))
            .bind(report.map(|report| report.age_seconds.cast_signed()))
            .bind(change.map(|change| change.before.cast_signed()))
            .bind(change.map(|change| change.added.cast_signed()))
            .bind(change.map(|change| change.removed.cast_signed()))
            .bind(change.map(|change| change.compared.word()))
            .bind(encrypted.map(|users| users.bytes.cast_signed()))
            .bind(encrypted.and_then(|users| users.bytes_before.map(u64::cast_signed)))
            .bind(of_product(|it| it.advanced_security))
            .bind(of_product(|it| it.code_security))
            .bind(of_product(|it| it.secret_protection))
            .bind(of_product(|it| Some(it.without_license)))
            .bind(of_product(|it| Some(it.unknown)))
            .bind(totals.map(|totals| totals.products_refused))
            .bind(totals.and_then(|totals| totals.shared_addresses.map(u64::cast_signed)))
            .bind(totals.map(|totals| totals.repeated_rows.cast_signed()))
            .bind(run.to_string())
            .execute(&self.pool)
            .await
            .map_err(StoreError::query("note the counts"))?;
        failpoint!("after-count");
        Ok(())
    }

    /// A run that collects is one of the server with this ID, which the server itself says.
    pub async fn adopt(&self, run: RunId, server_id: Uuid) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET server_id = ?2 WHERE id = ?1 AND state = 'collecting'";
        let server_id = Some(server_id.to_string());
        update(&self.pool, run, SQL, [server_id], "note the server ID").await
    }
}
