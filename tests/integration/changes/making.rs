//! How each change is made.

use std::fs;

use chrono::TimeDelta;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Executor};

use super::case::{Change, OLD_ENTERPRISE, OLD_ORGANIZATION};
use super::cloud::Host;
use super::site::{NEW_APP, Site, copy};

/// The ID that takes the place of the one that follows from the host name.
const OTHER_ID: &str = "0191d3a2-77aa-4c11-9b1e-5e2f8a4c0d17";

/// Makes the change, also one in the database.
pub(super) async fn make_anywhere(site: &mut Site, change: Change) {
    match change {
        Change::FingerprintLost => forget_fingerprints(site).await,
        change => make(site, change),
    }
}

/// Makes the change, unless it is one in the database.
pub(super) fn make(site: &mut Site, change: Change) {
    if let Some((first, second)) = change.pair() {
        make(site, first);
        return make(site, second);
    }
    let (old_key, new_key) = (site.stage.old_key.clone(), site.stage.new_key.clone());
    match change {
        Change::Account => site.config.account = "enterprise/new-corp",
        Change::ToOrganization => site.config.account = OLD_ORGANIZATION,
        Change::ToEnterprise => site.config.account = OLD_ENTERPRISE,
        Change::ApiUrl => site.config.api = Host::NewApi,
        Change::UploadsUrl => site.config.uploads = Host::NewUploads,
        Change::HostName => site.config.server = site.config.server.replace("127.0.0.1", "localhost"),
        Change::ServerId => site.config.server_id = Some(OTHER_ID),
        Change::AppRecreated | Change::AppUnknown => {
            site.config.client_id = NEW_APP;
            site.write_private("connect-private-key", &new_key);
            if change == Change::AppRecreated {
                site.tenant(|tenant| tenant.apps = vec![(NEW_APP, new_key)]);
            }
        }
        Change::ConnectOff => site.config.connect = false,
        Change::SyncOff => site.config.license_sync = false,
        Change::KeyDamaged => site.write_private("connect-private-key", &old_key[..old_key.len() / 2]),
        Change::KeyReplaced => {
            site.write_private("connect-private-key", &new_key);
            site.tenant(|tenant| tenant.apps = vec![(site.config.client_id, new_key)]);
        }
        Change::Schedule => site.config.schedule = "0 2 * * *",
        Change::StateLost => fs::remove_dir_all(site.path("state")).unwrap(),
        Change::BackupRestored => copy(&site.path("backup"), &site.path("state")),
        Change::ClockForward => site.clock.advance(TimeDelta::days(8)),
        Change::ClockBack => site.clock.advance(-TimeDelta::days(3)),
        Change::SettingsRemoved => return fs::remove_file(site.path("config.toml")).unwrap(),
        _ => unreachable!("a pair, or in the database"),
    }
    site.write_settings();
}

async fn forget_fingerprints(site: &Site) {
    let options = SqliteConnectOptions::new().filename(site.path("state").join("state.db"));
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    database.execute("DELETE FROM fingerprint").await.unwrap();
    database.close().await.unwrap();
}
