//! A few changes at the real daemon, which reloads on SIGHUP.

use std::fs;
use std::process::Command;
use std::sync::Arc;

use ghe_license_sync::clock::{Clock, SystemClock};
use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::{Run, State, Store};

use super::case::OLD_ENTERPRISE;
use super::cloud::{Fate, HalfWay, Seen, What};
use super::ledger::Taken;
use super::site::{Site, Stage};
use crate::support::lab::binary;
use crate::support::manual_clock::ManualClock;
use crate::support::patience::in_time;
use crate::support::service::Service;

const CONFIRMED: &str = "last run confirmed";

/// A site whose daemon runs.
struct Running {
    site: Site,
    service: Service,
}

impl Running {
    /// Starts it, and waits until it tells the service manager this.
    async fn until(text: &str, prepare: impl FnOnce(&mut Site)) -> Self {
        let stage = Arc::new(Stage::set().await);
        let now = SystemClock.now().to_rfc3339();
        let mut site = Site::new(&stage, 1, ManualClock::at(&now), Vec::new());
        prepare(&mut site);
        let daemon = Command::new(env!("CARGO_BIN_EXE_ghe-license-sync"));
        let service = Service::start_in(site.directory.path(), &site.path("config.toml"), daemon, &[]);
        service.says(text).await;
        // The first question of the watch is over, so that none is under way at a change.
        in_time(async || {
            let is_over = site.tenant(|tenant| tenant.seen.iter().any(|seen| seen.what == What::Statistics));
            is_over.then_some(())
        })
        .await;
        Self { site, service }
    }

    /// Changes something, reloads and waits until the daemon tells this; returns what the clouds saw since, and the runs
    /// with the newest first.
    async fn reload(mut self, text: &str, change: impl FnOnce(&mut Site)) -> (Vec<Seen>, Vec<Run>, Site) {
        self.hears(text, change).await;
        self.end().await
    }

    /// Changes something, reloads and waits until the daemon tells this.
    async fn hears(&mut self, text: &str, change: impl FnOnce(&mut Site)) {
        self.site.tenant(|tenant| tenant.seen.clear());
        change(&mut self.site);
        self.service.signal("HUP");
        self.service.says(text).await;
    }

    async fn end(self) -> (Vec<Seen>, Vec<Run>, Site) {
        self.service.signal("TERM");
        let (status, log) = self.service.end().await;
        assert!(status.success(), "{status}: {log}");
        let seen = self.site.tenant(|tenant| tenant.seen.clone());
        let store = Store::open(&self.site.path("state")).await.unwrap();
        (seen, store.runs(9).await.unwrap(), self.site)
    }
}

fn stands(runs: &[Run]) -> Vec<(State, Option<Reason>)> {
    runs.iter().map(|run| (run.state, run.reason)).collect()
}

#[tokio::test]
async fn a_daemon_that_reloads_another_account_reports_to_it_at_once_and_to_the_old_one_never_again() {
    let daemon = Running::until(CONFIRMED, |_| {}).await;
    let (seen, runs, site) = daemon
        .reload(CONFIRMED, |site| {
            site.config.account = "enterprise/new-corp";
            site.write_settings();
        })
        .await;
    let is_new = |seen: &Seen| {
        seen.account
            .as_deref()
            .is_none_or(|account| account == "enterprise/new-corp")
    };
    assert!(!seen.is_empty() && seen.iter().all(is_new), "{seen:?}");
    assert_eq!(stands(&runs), [(State::Confirmed, None); 2]);
    let accounts = site.tenant(|tenant| {
        tenant
            .taken
            .iter()
            .map(|taken| taken.account.clone())
            .collect::<Vec<_>>()
    });
    assert_eq!(accounts, [OLD_ENTERPRISE, "enterprise/new-corp"]);
}

#[tokio::test]
async fn a_daemon_that_reloads_another_account_during_an_upload_sends_nothing_more_to_the_old_one() {
    let half_way = HalfWay::then(Fate::Refuse);
    let stops = half_way.clone();
    let prepare = |site: &mut Site| site.tenant(|tenant| tenant.half_way = Some(stops));
    let mut daemon = Running::until("a run is starting", prepare).await;
    half_way.came.notified().await;
    let change = |site: &mut Site| {
        site.config.account = "enterprise/new-corp";
        site.write_settings();
    };
    daemon.hears("the run under way keeps", change).await;
    half_way.proceed.notify_one();
    daemon.service.says(CONFIRMED).await;
    let (seen, runs, site) = daemon.end().await;
    let is_new = |seen: &Seen| {
        seen.account
            .as_deref()
            .is_none_or(|account| account == "enterprise/new-corp")
    };
    assert!(seen.iter().all(is_new), "{seen:?}");
    let ended = (State::Refused, Some(Reason::DestinationChanged));
    assert_eq!(stands(&runs), [(State::Confirmed, None), ended]);
    assert!(site.tenant(|tenant| tenant.taken.iter().all(|taken| taken.account == "enterprise/new-corp")));
}

#[tokio::test]
async fn a_daemon_that_reloads_a_closed_gate_drops_its_outbox_and_connects_to_nobody() {
    let forget_the_app = |site: &mut Site| site.tenant(|tenant| tenant.apps.clear());
    let daemon = Running::until(Reason::CredentialsRefused.code(), forget_the_app).await;
    let (seen, runs, _) = daemon
        .reload("gate closed", |site| {
            site.config.connect = false;
            site.write_settings();
        })
        .await;
    assert!(seen.is_empty(), "{seen:?}");
    assert_eq!(stands(&runs), [(State::Refused, Some(Reason::ConnectDisabled))]);
}

#[tokio::test]
async fn a_daemon_whose_settings_file_is_gone_continues_with_the_old_settings_and_does_not_start_again() {
    let daemon = Running::until(CONFIRMED, |_| {}).await;
    let (seen, runs, site) = daemon
        .reload("the changed settings were refused", |site| {
            fs::remove_file(site.path("config.toml")).unwrap();
        })
        .await;
    assert!(seen.is_empty(), "{seen:?}");
    assert_eq!(stands(&runs), [(State::Confirmed, None)]);
    let config = site.path("config.toml").display().to_string();
    for command in ["run", "sync", "status"] {
        let ran = binary(&["--config", &config, command]).await;
        assert_eq!(ran.exit, Some(78), "{command}: {ran}");
    }
}

#[tokio::test]
async fn a_daemon_that_reloads_another_server_id_says_that_the_store_is_anothers_and_sends_nothing() {
    let daemon = Running::until(CONFIRMED, |_| {}).await;
    let (seen, runs, _) = daemon
        .reload("belongs to the server ID", |site| {
            site.config.server_id = Some("0191d3a2-77aa-4c11-9b1e-5e2f8a4c0d17");
            site.write_settings();
        })
        .await;
    assert!(
        seen.iter()
            .all(|seen| [What::List, What::Statistics].contains(&seen.what)),
        "{seen:?}"
    );
    assert_eq!(stands(&runs), [(State::Confirmed, None)]);
}

#[tokio::test]
async fn a_daemon_whose_state_directory_is_lost_makes_a_new_one_under_the_same_server_id() {
    let daemon = Running::until(CONFIRMED, |_| {}).await;
    let (seen, runs, site) = daemon
        .reload(CONFIRMED, |site| fs::remove_dir_all(site.path("state")).unwrap())
        .await;
    assert_eq!(stands(&runs), [(State::Confirmed, None)]);
    // Within the same second it is the same document, so the same upload.
    let is_same = |taken: &Taken| taken.server_id == runs[0].destination.server_id.to_string();
    assert!(site.tenant(|tenant| tenant.taken.iter().all(is_same)));
    assert!(
        seen.iter().any(|seen| matches!(seen.what, What::Document(..))),
        "{seen:?}"
    );
}
