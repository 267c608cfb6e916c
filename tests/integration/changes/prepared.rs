//! A site at the moment before the change; made once for all cells that begin there.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use ghe_license_sync::clock::Clock;
use ghe_license_sync::settings::{Gate, LiveSettings};
use ghe_license_sync::store::{Run, RunId, State, Store, Trigger};
use ghe_license_sync::sync::{Asked, Context, Next, SyncError, plan, run_once};

use super::case::Before;
use super::ledger::Taken;
use super::site::{Site, Stage, copy};
use crate::support::manual_clock::ManualClock;
use crate::support::moment::{Moment, die_for};

/// The first window begins.
const START: &str = "2026-11-02T03:04:05Z";

/// A site and what is needed to continue from there.
pub(super) struct Prepared {
    site: Site,
    pub(super) before: Before,
    pub(super) account: &'static str,
    /// The run that is checked.
    pub(super) earlier: RunId,
    /// Of its document.
    pub(super) digest: String,
    /// All runs that are known.
    pub(super) known: Vec<RunId>,
    pub(super) taken: Vec<Taken>,
    now: DateTime<Utc>,
}

impl Prepared {
    pub(super) async fn new(stage: &Arc<Stage>, number: u64, before: Before, account: &'static str) -> Self {
        let mut site = Site::new(stage, number, ManualClock::at(START), Vec::new());
        site.config.account = account;
        site.write_settings();
        if before == Before::Frozen {
            enable(&site).await;
        } else {
            assert_eq!(run(&site).await.unwrap().state, State::Confirmed);
            site.clock.advance(TimeDelta::weeks(1));
        }
        copy(&site.path("state"), &site.path("backup"));
        match before {
            Before::Idle => {
                let by_hand = run_once(&context(&site), &Trigger::Manual).await.unwrap();
                assert_eq!(by_hand.state, State::Confirmed);
                site.clock.advance(TimeDelta::days(2));
            }
            Before::Held => {
                site.config.server = stage.reduced.url.to_string();
                site.write_settings();
                assert!(matches!(run(&site).await, Err(SyncError::Held { .. })));
            }
            Before::Frozen => die_at(&site, Moment::Frozen).await,
            Before::Sending => die_unheard(&site).await,
            Before::Accepted => die_at(&site, Moment::Accepted).await,
            Before::Served => assert_eq!(run(&site).await.unwrap().state, State::Confirmed),
        }
        let store = Store::open(&site.path("state")).await.unwrap();
        let runs = store.runs(9).await.unwrap();
        let known: Vec<_> = runs.iter().map(|run| run.id).collect();
        // What is in the journal of the database gets into the file, which is copied.
        store.close().await;
        let taken = site.tenant(|tenant| tenant.taken.clone());
        let now = site.clock.now();
        Self {
            site,
            before,
            account,
            earlier: known[0],
            digest: runs[0].frozen.as_ref().unwrap().digest.to_string(),
            known,
            taken,
            now,
        }
    }

    /// Another site that is where this one is.
    pub(super) fn again(&self, number: u64) -> Site {
        let clock = ManualClock::at(&self.now.to_rfc3339());
        let mut site = Site::new(&self.site.stage, number, clock, self.taken.clone());
        site.config = self.site.config.clone();
        site.write_settings();
        for state in ["state", "backup"] {
            copy(&self.site.path(state), &site.path(state));
        }
        copy(&self.site.path("state"), &site.path("copy"));
        site
    }
}

fn context(site: &Site) -> Context {
    site.context("state", LiveSettings::held(&site.settings().unwrap()))
}

/// The gate is seen open, and nothing more.
async fn enable(site: &Site) {
    let store = Store::open(&site.path("state")).await.unwrap();
    store.installation(site.clock.now()).await.unwrap();
    store.close().await;
}

/// What is due.
pub(super) async fn due(context: &Context) -> Trigger {
    let Gate::Open(link) = context.settings.gate() else {
        panic!("the gate is open");
    };
    match plan(context, &link, Asked::InTime).await.unwrap().next {
        Next::Run(trigger) => trigger,
        next => panic!("a run is due, and not {next:?}"),
    }
}

async fn run(site: &Site) -> Result<Run, SyncError> {
    let context = context(site);
    run_once(&context, &due(&context).await).await
}

/// The process of the run that is due dies at this moment.
async fn die_at(site: &Site, moment: Moment) {
    let settings = LiveSettings::held(&site.settings().unwrap());
    let trigger = due(&context(site)).await;
    die_for(&trigger, moment, |progress| {
        site.context_with("state", settings, progress)
    })
    .await;
}

/// It dies when the cloud took the document, without an answer.
async fn die_unheard(site: &Site) {
    site.tenant(|tenant| tenant.is_silent = true);
    let before = site.tenant(|tenant| tenant.taken.len());
    let context = context(site);
    let trigger = due(&context).await;
    let taken = async {
        while site.tenant(|tenant| tenant.taken.len()) == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        () = taken => {}
        result = run_once(&context, &trigger) => panic!("the run came to its end: {result:?}"),
    }
    site.tenant(|tenant| tenant.is_silent = false);
}
