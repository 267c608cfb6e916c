//! The list of the sandbox, in both schemas.

use std::sync::Arc;

use ghe_license_sync::clock::SystemClock;
use ghe_license_sync::connect::LicenseReader;
use ghe_license_sync::license::{ConsumedLicense, LicenseKind};
use ghe_license_sync::sandbox::{LicenseSchema, SandboxOptions};
use ghe_license_sync::settings::Environment;

use super::{HASTE, Said};
use crate::support::lab::Lab;

async fn read(lab: &Lab) -> Vec<ConsumedLicense> {
    // Reading takes no license sync.
    let settings = lab.settings(&["license-sync.enabled=false"]);
    let watch = settings.watch().unwrap();
    let reader = LicenseReader::new(watch, HASTE, &Environment::default()).unwrap();
    let (mut pages, mut rows) = (reader.pages(&|| Ok(())), Vec::new());
    while let Some(page) = pages.next(&Said::default()).await.unwrap() {
        rows.extend(page);
    }
    let listing = pages.into_listing();
    assert!(listing.is_whole() && listing.unreadable.is_empty(), "{listing:?}");
    rows
}

#[tokio::test]
async fn both_schemas_are_read_alike_and_agree_with_the_tally() {
    let mut read_in = Vec::new();
    for schema in [LicenseSchema::Recorded, LicenseSchema::Published] {
        let options = SandboxOptions {
            users: 400,
            schema,
            ..SandboxOptions::default()
        };
        let lab = Lab::with_options(options, Arc::new(SystemClock)).await;
        lab.sync(&[]).await.unwrap();
        let (rows, tally) = (read(&lab).await, lab.sandbox.tally());
        let count = |wanted: fn(&ConsumedLicense) -> bool| rows.iter().filter(|row| wanted(row)).count() as u64;
        assert_eq!(rows.len() as u64, tally.licenses);
        assert_eq!(count(|row| !row.is_cloud_user), tally.server_only);
        assert_eq!(count(|row| !row.is_server_user), tally.cloud_only);
        let accounts: usize = rows.iter().map(|row| row.server_users.len()).sum();
        assert_eq!(accounts as u64, tally.server_users);
        assert!(
            count(|row| row.kind == LicenseKind::VisualStudio) > 1 && count(|row| row.kind == LicenseKind::Other) == 0
        );
        assert!(count(ConsumedLicense::is_pending_invitation) > 0);
        read_in.push(rows);
    }
    let [recorded, published] = &read_in[..] else {
        panic!("two");
    };
    assert_eq!(recorded.len(), published.len());
    // The ports, which are names of the servers here, are not the same.
    let same = recorded.iter().zip(published).filter(|(one, other)| {
        (&one.login, &one.server_addresses, one.kind) == (&other.login, &other.server_addresses, other.kind)
    });
    assert_eq!(same.count(), recorded.len());
}
