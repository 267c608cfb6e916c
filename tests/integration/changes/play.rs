//! One cell: the change is made, the program meets it, and everything that results is checked.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use ghe_license_sync::clock::Clock;
use ghe_license_sync::explain::Explain;
use ghe_license_sync::settings::{LiveSettings, Settings};
use ghe_license_sync::store::{Run, Store};
use ghe_license_sync::sync::{Asked, Health, Next, SyncError, SyncSummary, health, publish_metrics, run_once};
use tokio::time::timeout;

use super::case::{Before, Case, Way};
use super::cloud::{Fate, HalfWay, Seen};
use super::ledger::Taken;
use super::making::{make, make_anywhere};
use super::prepared::{Prepared, due};
use super::program::{Program, next, reload, sync_meanwhile};
use super::site::{Config, Site, copy};
use crate::support::moment::{Moment, On};

/// An upload comes half way sooner.
const PATIENCE: Duration = Duration::from_secs(60);

/// The result of a cell.
pub(super) struct Outcome {
    /// The run that was there before the change, if the state directory still knows it.
    pub(super) earlier: Option<Run>,
    /// The newest run, if it began after the change.
    pub(super) newest: Option<Run>,
    /// All runs, the newest first, and those of the second host.
    pub(super) runs: Vec<Run>,
    pub(super) runs_there: Vec<Run>,
    /// The exit code of the last command, or that of the error that the daemon reported last.
    pub(super) exit: u8,
    /// Nothing when the settings or the store cannot be used.
    pub(super) health: Option<Health>,
    pub(super) standing: Option<SyncSummary>,
    /// The same right after the change, before anything was done.
    pub(super) at_once: Option<(Health, SyncSummary)>,
    /// The word in the metrics.
    pub(super) measured: Option<String>,
    /// What is next, while the gate is open.
    pub(super) next: Option<Next>,
    /// What the clouds saw and took after the change.
    pub(super) seen: Vec<Seen>,
    pub(super) taken: Vec<Taken>,
    /// The settings of the first host and what the clouds saw of it, where another one is checked.
    pub(super) first: Option<(Config, Vec<Seen>)>,
    /// The settings that are in force now.
    pub(super) config: Config,
    pub(super) now: DateTime<Utc>,
    /// What was said about errors.
    pub(super) said: Vec<String>,
}

/// Plays one cell on a site of its own.
pub(super) async fn play(prepared: &Prepared, case: Case, number: u64) -> Outcome {
    let mut site = prepared.again(number);
    let old = site.settings().unwrap();
    publish_metrics(&old, site.clock.now()).await.unwrap();
    let config = site.config.clone();
    let (mut run, mut meanwhile) = (Ok(()), None);
    if case.is_half_way() {
        // Here the process did not die.
        site.tenant(|tenant| tenant.taken.pop());
        (run, meanwhile) = change_half_way(&mut site, case, &old).await;
    } else if case.way.is_under_way() {
        (site, run) = change_under_way(site, case).await;
    } else {
        make_anywhere(&mut site, case.change).await;
    }
    let first = match case.way {
        Way::OldHost => Some(go_to_old_host(&mut site, config, &old).await),
        _ => None,
    };
    let known = match &first {
        Some(_) => site.tenant(|tenant| tenant.taken.len()),
        None => prepared.taken.len() - usize::from(case.is_half_way()),
    };
    let earlier = if case.way.is_under_way() {
        runs(&site, "state").await[0].id
    } else {
        prepared.earlier
    };
    let at_once = match site.settings() {
        Ok(settings) => health_of(&site, &settings).await,
        Err(_) => None,
    };
    let mut program = Program::new(&site, prepared.digest.clone());
    program.note_result(&run);
    let held = match case.way {
        Way::MidReload if meanwhile.is_none() => site.settings().unwrap(),
        _ => old,
    };
    let in_force = program.meet(case.way, &held).await;
    if let Some(error) = meanwhile {
        // It is what a person or an operator saw.
        program.note(error.as_ref());
    }
    let Program { exit, said, .. } = program;
    let context = in_force
        .as_ref()
        .map(|settings| site.context("state", LiveSettings::held(settings)));
    let next = match &context {
        Some(context) => next(context, Asked::InTime).await.ok().flatten(),
        None => None,
    };
    let (health, standing) = match &in_force {
        Some(settings) => health_of(&site, settings).await.unzip(),
        None => (None, None),
    };
    let measured = match &in_force {
        Some(settings) => Some(measure(&site, settings).await),
        None => None,
    };
    let here = runs(&site, "state").await;
    let earlier = here.iter().find(|run| run.id == earlier).cloned();
    // After a clock went back, the newest by time is not the newest.
    let is_known = |run: &&Run| prepared.known.contains(&run.id) || earlier.as_ref().is_some_and(|it| it.id == run.id);
    let newest = here.iter().find(|run| !is_known(run)).cloned();
    let there = match case.way {
        Way::SecondHost => runs(&site, "copy").await,
        Way::OldHost => runs(&site, "first").await,
        _ => Vec::new(),
    };
    site.tenant(|tenant| Outcome {
        earlier,
        newest,
        runs: here,
        runs_there: there,
        exit,
        health,
        standing,
        at_once,
        measured,
        next,
        seen: tenant.seen.clone(),
        taken: tenant.taken.split_off(known),
        first,
        config: site.config.clone(),
        now: site.clock.now(),
        said,
    })
}

/// The first host meets the change, and then the site is the other one; returns the settings of the first and what was seen
/// of it.
async fn go_to_old_host(site: &mut Site, config: Config, old: &Settings) -> (Config, Vec<Seen>) {
    Program::new(site, String::new()).meet(Way::Timer, old).await;
    for (from, to) in [("state", "first"), ("copy", "state")] {
        fs::rename(site.path(from), site.path(to)).unwrap();
    }
    let first = std::mem::replace(&mut site.config, config);
    site.write_private("connect-private-key", &site.stage.old_key);
    site.write_settings();
    (first, site.tenant(|tenant| std::mem::take(&mut tenant.seen)))
}

/// What `status` tells.
async fn health_of(site: &Site, settings: &Settings) -> Option<(Health, SyncSummary)> {
    let standing = SyncSummary::of(settings).await.ok()?;
    let health = health(settings.gate.pass().is_ok(), &standing, site.clock.now());
    Some((health, standing))
}

/// What the metrics tell once they are written anew, as they are after everything that is done.
async fn measure(site: &Site, settings: &Settings) -> String {
    // Where it fails, the old ones are there.
    let _old = publish_metrics(settings, site.clock.now()).await;
    let text = fs::read_to_string(site.path("metrics.prom")).unwrap();
    let word = Health::ALL.map(Health::word).into_iter().find(|word| {
        let is_it =
            |line: &str| line.contains("health") && line.contains(&format!("\"{word}\"")) && line.ends_with(" 1");
        text.lines().any(is_it)
    });
    word.unwrap().to_owned()
}

/// Makes the change while a run that began before is where the case says.
async fn change_under_way(site: Site, case: Case) -> (Site, Result<(), SyncError>) {
    copy(&site.path("backup"), &site.path("state"));
    let settings = site.followed(&site.settings().unwrap());
    let site = Arc::new(Mutex::new(site));
    let changed = Arc::clone(&site);
    let moment = match case.before {
        Before::Accepted => Moment::Accepted,
        _ => Moment::Frozen,
    };
    let progress = Arc::new(On(moment, move || {
        let mut site = changed.lock().unwrap();
        site.tenant(|tenant| tenant.seen.clear());
        make(&mut site, case.change);
    }));
    let context = site.lock().unwrap().context_with("state", settings, progress);
    let result = run_once(&context, &due(&context).await).await.map(|_| ());
    drop(context);
    (Arc::into_inner(site).unwrap().into_inner().unwrap(), result)
}

/// Makes the change while the body of an upload is half way; returns how the run ended, and what the second process or the
/// reload said meanwhile.
async fn change_half_way(
    site: &mut Site,
    case: Case,
    old: &Settings,
) -> (Result<(), SyncError>, Option<Box<dyn Explain>>) {
    copy(&site.path("backup"), &site.path("state"));
    let half_way = HalfWay::then(match case.way {
        Way::MidCut => Fate::Cut,
        Way::MidRefusal => Fate::Refuse,
        _ => Fate::Take,
    });
    site.tenant(|tenant| tenant.half_way = Some(half_way.clone()));
    let settings = match case.way {
        Way::MidReload => LiveSettings::held(old),
        _ => site.followed(old),
    };
    let context = site.context("state", settings);
    let (trigger, before) = (due(&context).await, site.config.clone());
    let change = async {
        half_way.came.notified().await;
        site.tenant(|tenant| tenant.seen.clear());
        make(site, case.change);
        let said = match case.way {
            Way::MidSync => sync_meanwhile(site).await,
            Way::MidReload => reload(site, before, &context.settings).await,
            _ => Ok(()),
        };
        half_way.proceed.notify_one();
        said
    };
    let both = async { tokio::join!(run_once(&context, &trigger), change) };
    let (run, said) = timeout(PATIENCE, both).await.expect("the upload comes half way");
    (run.map(|_| ()), said.err())
}

async fn runs(site: &Site, state: &str) -> Vec<Run> {
    let Some(store) = Store::open_existing(&site.path(state)).await.unwrap() else {
        return Vec::new();
    };
    let runs = store.runs(20).await.unwrap();
    store.close().await;
    runs
}
