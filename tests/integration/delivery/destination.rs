//! What was made for one destination never goes to another: neither bytes, nor questions, nor tokens.

use std::sync::{Arc, Mutex};

use ghe_license_sync::clock::{Clock, SystemClock};
use ghe_license_sync::license::Compared;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::{State, Trigger};
use ghe_license_sync::sync::{Context, Health, NoProgress, health, run_once};

use super::Lab;
use crate::support::moment::{Moment, die_with};
use crate::support::reverse_proxy::{Act, ReverseProxy};

/// Two cloud accounts, each behind a door that notes who knocks.
struct Accounts {
    server: Lab,
    other: Lab,
    doors: [ReverseProxy; 2],
    seen: [Arc<Mutex<Vec<String>>>; 2],
}

impl Accounts {
    async fn new() -> Self {
        let (server, other) = (Lab::with_faults(&[]).await, Lab::with_faults(&[]).await);
        let seen = [Arc::default(), Arc::default()];
        let door = async |lab: &Lab, seen: &Arc<Mutex<Vec<String>>>| {
            let seen = Arc::clone(seen);
            let note = move |request: &crate::support::loopback::Request| {
                seen.lock().unwrap().push(request.path().to_owned());
                Act::PassOn
            };
            ReverseProxy::to(lab.sandbox.cloud_url(), note).await
        };
        let doors = [door(&server, &seen[0]).await, door(&other, &seen[1]).await];
        Self {
            server,
            other,
            doors,
            seen,
        }
    }

    /// The settings of the server for the first or the second account.
    fn settings(&self, account: usize) -> Vec<String> {
        let config = std::fs::read_to_string([&self.server, &self.other][account].sandbox.config_file()).unwrap();
        let config: toml::Table = config.parse().unwrap();
        let connect = config["connect"].as_table().unwrap();
        let keys = ["client-id", "installation-id", "private-key-file", "read-token-file"];
        let mut settings: Vec<_> = keys
            .iter()
            .map(|key| {
                let value = &connect[*key];
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                format!("connect.{key}={value}")
            })
            .collect();
        let url = &self.doors[account].url;
        settings.extend([format!("connect.api-url={url}"), format!("connect.uploads-url={url}")]);
        settings
    }

    fn context(&self, account: usize) -> Context {
        let settings = self.settings(account);
        let settings: Vec<_> = settings.iter().map(String::as_str).collect();
        self.server.context_with(&settings, Arc::new(NoProgress))
    }

    async fn health(&self, account: usize) -> Health {
        let settings = self.settings(account);
        let settings: Vec<_> = settings.iter().map(String::as_str).collect();
        let settings = self.server.settings(&settings);
        let standing = ghe_license_sync::sync::SyncSummary::of(&settings).await.unwrap();
        health(true, &standing, SystemClock.now())
    }

    /// The paths that were asked for since the last look.
    fn seen(&self, account: usize) -> Vec<String> {
        std::mem::take(&mut *self.seen[account].lock().unwrap())
    }

    fn taken(&self) -> [usize; 2] {
        [&self.server, &self.other].map(|lab| lab.sandbox.uploads().len())
    }
}

#[tokio::test]
async fn what_waits_for_one_account_is_discarded_when_another_is_set_and_the_window_is_open_again() {
    for (moment, taken) in [(Moment::Frozen, [0, 1]), (Moment::Accepted, [1, 1])] {
        let accounts = Accounts::new().await;
        die_with(moment, |progress| Context {
            progress,
            ..accounts.context(0)
        })
        .await;
        let waiting = accounts.server.last_run().await;
        accounts.seen(0);
        let window = Trigger::Scheduled("2026-11-24T03:00Z".to_owned());
        let run = run_once(&accounts.context(1), &window).await.unwrap();
        assert_eq!(
            accounts.seen(0),
            Vec::<String>::new(),
            "{moment:?}: no question, no token"
        );
        let ended = accounts.server.store().await.run(waiting.id).await.unwrap();
        let changed = (State::Refused, Some(Reason::DestinationChanged));
        assert_eq!((ended.state, ended.reason), changed, "{moment:?}");
        assert_eq!(run.state, State::Confirmed, "{moment:?}");
        assert_eq!(run.change, None, "{moment:?}: there is nothing to compare with");
        assert_eq!(accounts.taken(), taken, "{moment:?}");
    }
}

#[tokio::test]
async fn a_run_that_was_confirmed_at_one_account_makes_nothing_healthy_at_another() {
    let accounts = Accounts::new().await;
    run_once(&accounts.context(0), &Trigger::Manual).await.unwrap();
    let told = (accounts.health(0).await, accounts.health(1).await);
    assert_eq!(told, (Health::Healthy, Health::Stale));
}

#[tokio::test]
async fn a_run_that_failed_at_one_account_leaves_another_healthy() {
    let accounts = Accounts::new().await;
    run_once(&accounts.context(0), &Trigger::Manual).await.unwrap();
    accounts.other.sandbox.add_fault("upload:404".parse().unwrap());
    run_once(&accounts.context(1), &Trigger::Manual).await.unwrap_err();
    let told = (accounts.health(0).await, accounts.health(1).await);
    assert_eq!(told, (Health::Healthy, Health::Failing));
}

#[tokio::test]
async fn the_fingerprint_of_a_list_is_deleted_when_another_account_is_set() {
    let accounts = Accounts::new().await;
    let run = async |account| run_once(&accounts.context(account), &Trigger::Manual).await;
    run(0).await.unwrap();
    accounts.other.sandbox.add_fault("upload:404".parse().unwrap());
    run(1).await.unwrap_err();
    // That of the list which was not delivered.
    assert_eq!(accounts.server.fingerprint_pieces().await, 1);
    let back = run(0).await.unwrap();
    assert_eq!(back.change.unwrap().compared, Compared::Counts);
}

#[tokio::test]
async fn a_destination_that_changes_between_two_attempts_ends_the_run() {
    let accounts = Accounts::new().await;
    run_once(&accounts.context(0), &Trigger::Manual).await.unwrap();
    accounts.server.sandbox.add_fault("upload:503*1".parse().unwrap());
    // The settings file is changed while the run waits for its second attempt.
    let file = accounts.server.sandbox.config_file().to_owned();
    let progress = crate::support::moment::On(Moment::Retry, move || {
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace("octo-corp", "other-corp")).unwrap();
    });
    let context = Context {
        progress: Arc::new(progress),
        ..accounts.context(0)
    };
    let error = run_once(&context, &Trigger::Manual).await.unwrap_err();
    let run = accounts.server.last_run().await;
    assert_eq!(
        (run.state, run.reason, run.attempts),
        (State::Refused, Some(Reason::DestinationChanged), 1),
        "{error}"
    );
    let detail = run.detail.unwrap();
    assert!(detail.contains(", where it may be counted"), "{detail}");
    assert_eq!(accounts.taken(), [1, 0]);
    assert_eq!(accounts.server.fingerprint_pieces().await, 0);
}
