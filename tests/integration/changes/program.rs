//! The program as it meets a change: its commands and its daemon, by the clock of the site.

use ghe_license_sync::explain::Explain;
use ghe_license_sync::settings::{Gate, LiveSettings, Settings};
use ghe_license_sync::store::{HoldAction, StoreError, Trigger};
use ghe_license_sync::sync::{Asked, Context, Next, SyncSummary, close_outbox, decide, plan, resume, run_once};

use super::case::Way;
use super::site::{Config, Site};

/// More steps in a row are not made without a wait.
const MOST_STEPS: usize = 5;

/// What is next, while the gate is open.
pub(super) async fn next(context: &Context, asked: Asked) -> Result<Option<Next>, StoreError> {
    match context.settings.gate() {
        Gate::Open(link) => plan(context, &link, asked).await.map(|plan| Some(plan.next)),
        Gate::Closed(_) => Ok(None),
    }
}

/// A person calls `sync` while a run is under way.
pub(super) async fn sync_meanwhile(site: &Site) -> Result<(), Box<dyn Explain>> {
    let settings = site.settings().map_err(boxed)?;
    let context = site.context("state", site.followed(&settings));
    run_once(&context, &Trigger::Manual).await.map_err(boxed)?;
    Ok(())
}

/// Like the daemon that reloads while a run is under way. What is refused leaves the settings in force that were so `before`.
pub(super) async fn reload(site: &mut Site, before: Config, live: &LiveSettings) -> Result<(), Box<dyn Explain>> {
    let loaded = match site.settings() {
        Ok(settings) => SyncSummary::of(&settings).await.map(|_| settings).map_err(boxed),
        Err(error) => Err(boxed(error)),
    };
    match loaded {
        Ok(settings) => live.replace(&settings),
        Err(error) => {
            site.config = before;
            return Err(error);
        }
    }
    Ok(())
}

fn boxed(error: impl Explain) -> Box<dyn Explain> {
    Box::new(error)
}

/// The program on one host.
pub(super) struct Program<'a> {
    site: &'a Site,
    /// The digest of the document that was held before the change.
    held: String,
    /// The exit code of the last command, or that of the error that the daemon reported last.
    pub(super) exit: u8,
    pub(super) said: Vec<String>,
}

impl<'a> Program<'a> {
    pub(super) fn new(site: &'a Site, held: String) -> Self {
        Self {
            site,
            held,
            exit: 0,
            said: Vec::new(),
        }
    }

    /// Lets it meet the change; returns the settings that are in force then. A daemon has `old` ones until then.
    pub(super) async fn meet(&mut self, way: Way, old: &Settings) -> Option<Settings> {
        if way == Way::MidReload {
            // They were read again at the reload.
            self.exit = 0;
            let context = self.site.context("state", LiveSettings::held(old));
            self.daemon(&context, Asked::ByPerson).await;
            return Some(old.clone());
        }
        let settings = match self.site.settings() {
            Ok(settings) => settings,
            Err(error) => {
                self.note(&error);
                // A daemon continues with the old ones and is as idle as before; nothing else starts.
                return (way == Way::Reload).then(|| old.clone());
            }
        };
        match way {
            Way::Reload => {
                let live = LiveSettings::held(old);
                live.replace(&settings);
                self.daemon(&self.site.context("state", live), Asked::ByPerson).await;
            }
            Way::Restart => {
                let context = self.site.context("state", LiveSettings::held(&settings));
                self.daemon(&context, Asked::InTime).await;
            }
            Way::Sync => {
                let context = self.site.context("state", self.site.followed(&settings));
                let result = run_once(&context, &Trigger::Manual).await;
                self.note_result(&result);
            }
            Way::Timer | Way::OldHost => self.timer("state", &settings).await,
            Way::MidRun | Way::MidCut | Way::MidRefusal | Way::MidSync | Way::MidReload => {
                // The last command counts.
                self.exit = 0;
                self.timer("state", &settings).await;
            }
            Way::Approve => {
                self.approve(&settings).await;
                self.timer("state", &settings).await;
            }
            Way::SecondHost => {
                self.timer("state", &settings).await;
                self.timer("copy", &settings).await;
            }
        }
        Some(settings)
    }

    /// Like the worker: does what is due until nothing is. A person asked for the first thing, if at all.
    async fn daemon(&mut self, context: &Context, mut asked: Asked) {
        if let Gate::Closed(closed) = context.settings.gate() {
            close_outbox(context, closed).await.unwrap();
            return;
        }
        for _ in 0..MOST_STEPS {
            let next = match next(context, asked).await {
                Ok(next) => next.unwrap(),
                Err(error) => return self.note(&error),
            };
            asked = Asked::InTime;
            let result = match next {
                Next::Wait(_) => return,
                Next::Resume(_) => resume(context).await,
                Next::Run(trigger) => run_once(context, &trigger).await.map(Some),
            };
            self.note_result(&result);
        }
        panic!("it does not come to rest: {:?}", self.said);
    }

    /// Like `approve`, with the digest that was held before the change.
    async fn approve(&mut self, settings: &Settings) {
        let context = self.site.context("state", self.site.followed(settings));
        let result = decide(&context, HoldAction::Approved, &self.held, "a person").await;
        self.note_result(&result);
    }

    /// Like `sync --scheduled`: ends with the first error.
    async fn timer(&mut self, state: &str, settings: &Settings) {
        let context = self.site.context(state, self.site.followed(settings));
        for _ in 0..MOST_STEPS {
            let next = match next(&context, Asked::InTime).await {
                Ok(next) => next,
                Err(error) => return self.note(&error),
            };
            let result = match next {
                Some(Next::Wait(_)) => return,
                // A closed gate ends what is in the outbox.
                None | Some(Next::Resume(_)) => resume(&context).await,
                Some(Next::Run(trigger)) => run_once(&context, &trigger).await.map(Some),
            };
            if self.note_result(&result) {
                return;
            }
        }
        panic!("it does not come to rest: {:?}", self.said);
    }

    /// Whether it is an error.
    pub(super) fn note_result<T>(&mut self, result: &Result<T, impl Explain>) -> bool {
        if let Err(error) = result {
            self.note(error);
        }
        result.is_err()
    }

    pub(super) fn note(&mut self, error: &dyn Explain) {
        self.exit = error.exit() as u8;
        self.said.push(error.to_string());
    }
}
