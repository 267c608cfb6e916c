//! Runs of the past, written into the store as they would have been left.

use chrono::{DateTime, Utc};
use ghe_license_sync::license::{Digest, ServerCounts, Totals};
use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::{Frozen, Location, Receipt, RunId, State, StateReason, Store};
use ghe_license_sync::sync::Context;

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::destination::begin_in;
use super::lab::Lab;

/// A run whose document was frozen at this time, or held.
async fn frozen(
    context: &Context,
    store: &Store,
    totals: Totals,
    held: Option<&StateReason>,
    at: DateTime<Utc>,
) -> RunId {
    store.installation(at).await.unwrap();
    let run = begin_in(context, store, at).await;
    store
        .count(run, Some(totals), ServerCounts::default(), None, None, None)
        .await
        .unwrap();
    let frozen = Frozen {
        digest: Digest([7; 32]),
        idempotency_key: "key".to_owned(),
        content_digest: Digest([8; 32]),
        body_size: 4,
    };
    let mut freezer = store.freezer(run).await.unwrap();
    freezer.write(b"body".to_vec()).await.unwrap();
    freezer.commit(&frozen, held, at).await.unwrap();
    run
}

/// A run whose list waits for a person since this time.
pub(crate) async fn held(context: &Context, store: &Store, at: DateTime<Utc>) -> RunId {
    let because = StateReason {
        reason: Reason::MassChange,
        detail: "many users came or went".to_owned(),
    };
    frozen(context, store, Totals::default(), Some(&because), at).await
}

/// A run that was confirmed at this time.
pub(crate) async fn confirmed(context: &Context, store: &Store, totals: Totals, at: DateTime<Utc>) {
    let run = frozen(context, store, totals, None, at).await;
    store.sending(run, at).await.unwrap();
    let receipt = Receipt {
        upload_id: "usage-1".to_owned(),
        location: Location::new("http://127.0.0.1/usage-1"),
        sent_at: at,
        processed_at: None,
    };
    store.accepted(run, at, &receipt).await.unwrap();
    store.settle(run, State::Confirmed, at, None).await.unwrap();
}

/// All that the store has happened eight days earlier, so that the window of a weekly schedule is another one now.
pub(crate) async fn window_is_over(lab: &Lab) {
    let sql = "UPDATE run SET started_at = strftime('%Y-%m-%dT%H:%M:%fZ', started_at, '-8 days'),
        updated_at = strftime('%Y-%m-%dT%H:%M:%fZ', updated_at, '-8 days')";
    tamper(lab, sql).await;
    let sql = "UPDATE installation SET enabled_at = strftime('%Y-%m-%dT%H:%M:%fZ', enabled_at, '-8 days')";
    tamper(lab, sql).await;
}

/// Changes the store behind the back of the program.
pub(crate) async fn tamper(lab: &Lab, sql: &str) {
    let file = lab.directory.path().join("state/state.db");
    let options = SqliteConnectOptions::new().filename(file);
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .execute(&mut database)
        .await
        .unwrap();
    database.close().await.unwrap();
}
