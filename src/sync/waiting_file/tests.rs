//! When a person is reminded of a file, and what is said about its upload.

use super::*;
use crate::license::Digest;
use crate::settings::Sources;
use crate::store::{Frozen, Trigger};
use crate::sync::agenda::tests::here;

const WRITTEN: &str = "2026-11-24T03:04:05.678Z";
const DAY: Duration = Duration::from_hours(24);

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

fn file() -> WrittenFile {
    WrittenFile {
        path: "/srv/license-usage/file.json".to_owned(),
        sha256: Digest([0; 32]),
        bytes: Some(4),
        written_at: at(WRITTEN),
        reminded_at: None,
        failed_at: None,
        processed_at: None,
    }
}

#[test]
fn a_person_is_reminded_after_the_interval_and_then_once_in_each() {
    let due = |reminded_at: Option<&str>, now: &str| {
        let reminded_at = reminded_at.map(at);
        is_reminder_due(&WrittenFile { reminded_at, ..file() }, at(now), DAY)
    };
    assert!(!due(None, "2026-11-25T03:04:05Z"));
    assert!(due(None, "2026-11-25T03:04:06Z"));
    let first = Some("2026-11-25T04:00:00Z");
    assert!(!due(first, "2026-11-26T03:59:59Z"));
    assert!(due(first, "2026-11-26T04:00:00Z"));
    // The clock went back.
    assert!(!due(first, "2026-11-20T04:00:00Z"));
}

#[tokio::test]
async fn a_reminder_is_kept_and_not_repeated_by_the_next_process() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("state")).await.unwrap();
    let id = store
        .begin(&Trigger::Manual, &here(), "github.example.com", at(WRITTEN))
        .await
        .unwrap();
    let freezer = store.freezer(id).await.unwrap();
    let frozen = Frozen {
        digest: Digest([1; 32]),
        idempotency_key: "key".to_owned(),
        content_digest: Digest([2; 32]),
        body_size: 0,
    };
    freezer.commit(&frozen, None, at(WRITTEN)).await.unwrap();
    store
        .hand_over(id, at(WRITTEN), "/srv/file.json", Digest([3; 32]), Some(4))
        .await
        .unwrap();
    store.written(id, at(WRITTEN), None).await.unwrap();
    let reminded = async |now: &str| {
        remind(&store, at(now), DAY, |_| None).await.unwrap();
        store.run(id).await.unwrap().file.unwrap().reminded_at
    };
    assert_eq!(reminded("2026-11-24T23:00:00Z").await, None);
    assert_eq!(reminded("2026-11-25T04:00:00Z").await, Some(at("2026-11-25T04:00:00Z")));
    assert_eq!(reminded("2026-11-25T05:00:00Z").await, Some(at("2026-11-25T04:00:00Z")));
    assert_eq!(reminded("2026-11-26T04:00:00Z").await, Some(at("2026-11-26T04:00:00Z")));
    store.close().await;
}

#[test]
fn why_an_upload_is_not_seen_is_said_about_the_account_of_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.toml");
    std::fs::write(&file, "[connect]\nenabled = true\nenterprise = \"octo-corp\"\n").unwrap();
    let none = Environment::default();
    let token: Environment = [("GHE_LICENSE_SYNC_CONNECT_READ_TOKEN", "ghp_0")].into_iter().collect();
    let (environment, overrides) = (none.clone(), Vec::new());
    let settings = Settings::load(&Sources {
        file,
        environment,
        overrides,
    });
    let settings = settings.unwrap();
    let watch = settings.watch().ok();
    let of = |account: &str| Destination {
        account: account.to_owned(),
        ..here()
    };
    assert_eq!(why_unseen(watch, &token, &here()), None);
    let missing = Some("there is no `connect-read-token`");
    assert_eq!(why_unseen(watch, &none, &here()), missing);
    let organizations = Some("GitHub lists servers for enterprise accounts only");
    assert_eq!(why_unseen(watch, &token, &of("organization/octo-corp")), organizations);
    let other = Some("the settings do not name its account any more");
    assert_eq!(why_unseen(watch, &token, &of("enterprise/octo-org")), other);
    assert_eq!(why_unseen(None, &token, &here()), other);
}
