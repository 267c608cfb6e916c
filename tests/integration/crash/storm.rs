//! The real daemon is killed at random moments, through weeks of a clock that the test sets, while the hosts misbehave.
//!
//! Each week has its storm and then a calm in which the document can be delivered. `STORM_KILLS` says how many kills
//! there are and `STORM_SEED` draws the same weather and the same moments again.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use ghe_license_sync::failpoint::POINTS;
use ghe_license_sync::license::Digest;
use ghe_license_sync::store::{Run, State};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use sha2::{Digest as _, Sha256};

use super::remains::{Remains, body_digest};
use super::weather;
use crate::delivery::by_file::{documents, names, with_files_of};
use crate::support::lab::Lab;
use crate::support::service::Service;
use crate::support::set_clock::SetClock;

const KILLS: u32 = 300;

/// A daemon lives at most so many milliseconds: long enough to get through a run, most of the time.
const LONGEST_LIFE: u64 = 350;

/// What a daemon says when a phase begins; none for those that are killed whatever they are doing.
const PHASES: [Option<&str>; 6] = [
    None,
    None,
    Some("STATUS=collecting"),
    Some("STATUS=freezing"),
    Some("STATUS=sending"),
    Some("STATUS=accepted"),
];

/// So many milliseconds into a phase, at most.
const LONGEST_IN_PHASE: u64 = 30;

/// A phase is waited for so long.
const PATIENCE: Duration = Duration::from_millis(350);

/// A week has at most so many kills.
const LONGEST_STORM: u32 = 12;

/// So many of a hundred steps fail.
const ERRORS: u32 = 3;

struct Storm {
    lab: Lab,
    clock: SetClock,
    dice: StdRng,
    weeks: i64,
    kills: u32,
    /// Where documents go that a person uploads, if none is sent.
    directory: Option<PathBuf>,
    /// In which state the newest run was left, and how often.
    left: BTreeMap<&'static str, u32>,
}

#[allow(clippy::disallowed_methods, reason = "asks the developer who runs the tests")]
fn told<T: std::str::FromStr>(variable: &str) -> Option<T> {
    std::env::var(variable).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_week_is_confirmed_once_however_often_the_daemon_is_killed() {
    let storm = play(false).await;
    storm.judge().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_week_is_written_to_one_file_however_often_the_daemon_is_killed() {
    let storm = play(true).await;
    storm.judge_files(storm.directory.as_ref().unwrap()).await;
}

/// All weeks, of documents that go into files or are sent.
#[allow(clippy::print_stdout, reason = "informs the developer who runs the tests")]
async fn play(by_file: bool) -> Storm {
    let seed = told("STORM_SEED").unwrap_or_else(rand::random);
    println!("STORM_SEED={seed}");
    let kills = told("STORM_KILLS").unwrap_or(KILLS);
    let mut storm = Storm::gather(seed, by_file).await;
    let start = std::time::Instant::now();
    let mut service = storm.start(0);
    while storm.kills < kills {
        storm.next_week();
        // A daemon that is up sees that it is time, as it would when the alarm rings.
        service.signal("HUP");
        storm.rage(service, kills).await;
        storm.lab.clear_faults().await;
        service = storm.start(0);
        // Nothing fails now, however long it takes.
        service.says("READY=1").await;
        service.signal("HUP");
        service.says(&format!("; last run {}", storm.end().word())).await;
    }
    service.signal("TERM");
    assert!(service.end().await.0.success());
    let (weeks, seconds) = (storm.weeks, start.elapsed().as_secs());
    println!(
        "{kills} kills in {weeks} weeks and {seconds} s until {}, the newest run was {:?}",
        storm.end().word(),
        storm.left
    );
    storm
}

impl Storm {
    async fn gather(seed: u64, by_file: bool) -> Self {
        let clock = SetClock::new();
        let lab = Lab::with_clock(&[], clock.clock()).await;
        let directory = by_file.then(|| with_files_of(&lab));
        Self {
            lab,
            clock,
            dice: StdRng::seed_from_u64(seed),
            weeks: 0,
            kills: 0,
            directory,
            left: BTreeMap::new(),
        }
    }

    /// How far a run of the week comes without a person.
    fn end(&self) -> State {
        match self.directory {
            Some(_) => State::Written,
            None => State::Confirmed,
        }
    }

    /// A daemon; with `chance` of a hundred each step of it fails by itself.
    fn start(&self, chance: u32) -> Service {
        let told = POINTS.iter().map(|point| format!("{point}={chance}%return(error)"));
        let told = told.collect::<Vec<_>>().join(";");
        let (variable, clock) = self.clock.variable();
        Service::start_with(&self.lab, &[(variable, &clock), ("FAILPOINTS", &told)])
    }

    /// Sets the clock to the next week; the first one begins with the first start.
    fn next_week(&mut self) {
        self.clock.set(TimeDelta::weeks(self.weeks));
        self.weeks += 1;
    }

    /// Lets `service` live for a while: any time at all, or a little longer than to one of its phases.
    async fn live(&mut self, service: &Service) {
        let phase = PHASES.choose(&mut self.dice).copied().flatten();
        let mut longest = LONGEST_LIFE;
        if let Some(phase) = phase {
            // In bad weather it does not come to every phase.
            let _in_time = tokio::time::timeout(PATIENCE, service.says(phase)).await;
            longest = LONGEST_IN_PHASE;
        }
        let life = Duration::from_millis(self.dice.random_range(0..longest));
        // Not a wait for something: the moment is random, which is the point.
        tokio::time::sleep(life).await;
    }

    /// Kills `service` and those that follow it, until the storm of the week is over.
    async fn rage(&mut self, mut service: Service, kills: u32) {
        for more in (0..self.dice.random_range(1..=LONGEST_STORM)).rev() {
            for fault in weather::draw(&mut self.dice) {
                self.lab.sandbox.add_fault(fault.parse().unwrap());
            }
            self.live(&service).await;
            service.signal("KILL");
            let (_, log) = service.end().await;
            assert!(!log.contains("panicked") && !log.contains("cannot become"), "{log}");
            self.kills += 1;
            let left = Remains::of(&self.lab)
                .await
                .run
                .map_or("nothing", |run| run.state.word());
            *self.left.entry(left).or_default() += 1;
            if more == 0 || self.kills == kills || left == self.end().word() {
                return;
            }
            service = self.start(ERRORS);
            wake(&service).await;
        }
    }

    /// One confirmed run and one document for each week, and nothing that still waits.
    async fn judge(&self) {
        let store = self.lab.store().await;
        let runs = store.runs(u32::MAX).await.unwrap();
        assert_eq!(store.unfinished().await.unwrap(), None);
        store.close().await;
        assert_eq!(Remains::of(&self.lab).await.pieces, 0, "a payload is left");
        let confirmed: Vec<_> = runs.iter().rev().filter(|run| run.state == State::Confirmed).collect();
        let uploads = self.lab.sandbox.uploads();
        let weeks = usize::try_from(self.weeks).unwrap();
        assert_eq!(
            (confirmed.len(), uploads.len()),
            (weeks, weeks),
            "{runs:#?}\n{uploads:#?}"
        );
        let windows: Vec<_> = confirmed.iter().map(|run| window(run)).collect();
        let each_week = windows.windows(2).all(|two| two[1] - two[0] == TimeDelta::weeks(1));
        assert!(each_week, "{windows:#?}");
        for (run, upload) in confirmed.iter().zip(&uploads) {
            let frozen = run.frozen.as_ref().unwrap();
            assert_eq!(frozen.idempotency_key, upload.idempotency_key);
            assert_eq!(frozen.content_digest, body_digest(&self.lab, upload));
        }
    }

    /// One file for each week, whole and with its checksum, each of the run of its window; nothing else is there and nothing
    /// was sent. Of these runs only the newest still waits for a person.
    async fn judge_files(&self, directory: &Path) {
        let store = self.lab.store().await;
        let runs = store.runs(u32::MAX).await.unwrap();
        store.close().await;
        assert!(self.lab.sandbox.uploads().is_empty());
        let weeks = usize::try_from(self.weeks).unwrap();
        let is_document = |name: &String| !name.contains(".sha256");
        let names: BTreeSet<_> = names(directory).into_iter().filter(is_document).collect();
        let written: Vec<_> = runs.iter().rev().filter(|run| run.file.is_some()).collect();
        assert_eq!((written.len(), names.len()), (weeks, weeks), "{runs:#?}\n{names:#?}");
        let files: BTreeSet<_> = written.iter().map(|run| name_of(run)).collect();
        assert_eq!(files, names);
        let windows: Vec<_> = written.iter().map(|run| window(run)).collect();
        let each_week = windows.windows(2).all(|two| two[1] - two[0] == TimeDelta::weeks(1));
        assert!(each_week, "{windows:#?}");
        let (newest, replaced) = written.split_last().unwrap();
        assert_eq!(newest.state, State::Written);
        assert_eq!(documents(directory), [name_of(newest)]);
        let is_superseded = |run: &&Run| run.state == State::Failed && name_of(run).ends_with(".superseded");
        assert!(replaced.iter().all(is_superseded), "{runs:#?}");
        for run in written {
            let file = run.file.as_ref().unwrap();
            let content = std::fs::read(&file.path).unwrap();
            assert_eq!(file.sha256, Digest(Sha256::digest(content).into()), "{run:#?}");
        }
    }
}

/// A person ends the wait that an interruption left, if the daemon comes so far.
async fn wake(service: &Service) {
    if tokio::time::timeout(PATIENCE, service.says("READY=1")).await.is_ok() {
        service.signal("HUP");
    }
}

/// The name of the file of a run.
fn name_of(run: &Run) -> String {
    let path = Path::new(&run.file.as_ref().unwrap().path);
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

/// When the window of a run starts.
fn window(run: &Run) -> DateTime<Utc> {
    let key = run.window.as_deref().unwrap();
    NaiveDateTime::parse_from_str(key, "%Y-%m-%dT%H:%MZ").unwrap().and_utc()
}
