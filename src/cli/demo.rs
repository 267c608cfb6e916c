//! `demo`: a complete sync against its own enterprise server and cloud account, on loopback. Leaves nothing behind.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::explain::{ExplainFailure, Summary};
use super::json::JsonAnswer;
use super::stop::Stop;
use super::undone::Undone;
use super::{GlobalOptions, counts, explain, report, session, words};
use crate::collect;
use crate::explain::Explain;
use crate::license::Totals;
use crate::observe;
use crate::reason::{Exit, Reason};
use crate::sandbox::{self, LicenseTally, Sandbox, SandboxError};
use crate::settings::{Environment, Settings, SettingsError, Sources};
use crate::store::{Run, Trigger};
use crate::sync::{self, RunProgress, RunStep, SyncError};

#[derive(Debug, Args)]
pub(super) struct DemoArguments {
    /// How many accounts the enterprise server has.
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    users: u32,
    /// Another seed makes other users.
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
}

/// What the demo did, and what the made-up cloud account counts then.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct DemoAnswer {
    run: Run,
    tally: LicenseTally,
    explanation: Summary,
}

impl JsonAnswer for DemoAnswer {
    const SCHEMA: &'static str = "ghe-license-sync/demo/1";
}

/// Why a demo did not end well.
#[derive(Debug, thiserror::Error)]
enum DemoError {
    #[error("the demo was not begun: signals cannot be heard")]
    Signals(#[source] io::Error),
    #[error("the demo was not begun: there is no place for its files")]
    Directory(#[source] io::Error),
    #[error("the demo could not clean up")]
    CleanUp(#[source] io::Error),
    #[error("the demo was cancelled; nothing is left behind")]
    Cancelled,
    #[error(transparent)]
    Sandbox(#[from] Undone<SandboxError>),
    #[error(transparent)]
    Settings(#[from] Undone<SettingsError>),
    #[error(transparent)]
    Sync(#[from] SyncError),
    #[error(transparent)]
    Explain(#[from] Undone<ExplainFailure>),
}

impl Explain for DemoError {
    fn inner(&self) -> Option<&dyn Explain> {
        match self {
            Self::Signals(_) | Self::Directory(_) | Self::CleanUp(_) | Self::Cancelled => None,
            Self::Sandbox(error) => Some(error),
            Self::Settings(error) => Some(error),
            Self::Sync(error) => Some(error),
            Self::Explain(error) => Some(error),
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Cancelled => Reason::Cancelled,
            _ => self.inner().map_or(Reason::Internal, Explain::reason),
        }
    }

    fn other_exit(&self) -> Option<Exit> {
        matches!(self, Self::Signals(_) | Self::Directory(_) | Self::CleanUp(_)).then_some(Exit::Io)
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Directory(_) | Self::CleanUp(_) => {
                Some("check that TMPDIR is writable and has space left".to_owned())
            }
            _ => self.inner()?.help(),
        }
    }
}

pub(super) async fn run(options: &GlobalOptions, arguments: &DemoArguments) -> Exit {
    let start = Instant::now();
    let story = Arc::new(Story::default());
    let done = Some("the demo ran to its end, and nothing is left behind");
    match demonstrate(options, arguments, &story).await {
        Ok(answer) if options.json => report::answer(true, &answer, done, |_| String::new()),
        Ok(answer) => {
            story.tell(&format!(
                "{}{}done in {:.1} s; nothing is left behind\n",
                counted(&answer.tally),
                explained(&answer.explanation),
                start.elapsed().as_secs_f32()
            ));
            report::after_answer(story.unwritten.get(), done)
        }
        Err(error) => report::failure(&error, options.json),
    }
}

async fn demonstrate(
    options: &GlobalOptions,
    arguments: &DemoArguments,
    story: &Arc<Story>,
) -> Result<DemoAnswer, DemoError> {
    // Before there is anything that would have to be cleaned up.
    let mut stop = Stop::listen().map_err(DemoError::Signals)?;
    let directory = tempfile::Builder::new()
        .prefix("ghe-license-sync-demo-")
        .tempdir()
        .map_err(DemoError::Directory)?;
    let wanted = sandbox::SandboxOptions {
        users: arguments.users,
        seed: arguments.seed,
        ..sandbox::SandboxOptions::default()
    };
    let sandbox = tokio::select! {
        started = Sandbox::start(wanted, directory.path()) => started.map_err(Undone::because("the demo was not begun"))?,
        () = stop.heard() => {
            directory.close().map_err(DemoError::CleanUp)?;
            return Err(DemoError::Cancelled);
        }
    };
    let result = tokio::select! {
        result = sync_once(options, &sandbox, story) => result,
        () = stop.heard() => Err(DemoError::Cancelled),
    };
    let tally = sandbox.tally();
    sandbox.stop().await;
    directory.close().map_err(DemoError::CleanUp)?;
    let (run, explanation) = result?;
    Ok(DemoAnswer {
        run,
        tally,
        explanation,
    })
}

async fn sync_once(
    options: &GlobalOptions,
    sandbox: &Sandbox,
    story: &Arc<Story>,
) -> Result<(Run, Summary), DemoError> {
    // The demo is the same everywhere: neither the machine's settings nor its environment have a say.
    let sources = Sources {
        file: sandbox.config_file().to_owned(),
        environment: Environment::default(),
        overrides: options.overrides.clone(),
    };
    let settings = Settings::load(&sources).map_err(Undone::because("the demo was not begun"))?;
    if options.verbose {
        observe::start_logging(settings.log, &sources.environment);
    }
    let progress: Arc<dyn RunProgress> = if options.json {
        Arc::new(sync::NoProgress)
    } else {
        Arc::<Story>::clone(story)
    };
    let context = session::context(&settings, sources.clone(), progress);
    let run = sync::run_once(&context, &Trigger::Manual).await?;
    let explanation = explain::summary(&settings, &sources).await;
    let explanation = explanation.map_err(Undone::because("the double counts were not explained"))?;
    Ok((run, explanation))
}

/// Prints each step as it is reached, as long as that can be written.
#[derive(Default)]
struct Story {
    /// Why a part of it could not be written. Nothing follows it.
    unwritten: OnceLock<io::Error>,
}

impl Story {
    fn line(&self, step: &str, text: &str) {
        self.tell(&format!("{step:<11} {text}\n"));
    }

    fn tell(&self, text: &str) {
        if self.unwritten.get().is_none()
            && let Err(error) = report::answer_part(text)
        {
            // Somebody else may have met it at the same time.
            let _first = self.unwritten.set(error);
        }
    }
}

impl collect::CollectProgress for Story {
    fn started(&self, expected_accounts: Option<u64>) {
        if let Some(users) = expected_accounts {
            self.line(
                "server",
                &format!("counts {} itself", words::counted(users, "user", "users")),
            );
        }
    }

    fn waiting(&self, waited: Duration, _again_in: Duration) {
        self.line(
            "server",
            &format!("generates its report ({} s so far)", waited.as_secs()),
        );
    }

    fn read(&self, _accounts: u64, _bytes: u64) {}

    fn done(&self, totals: Totals) {
        self.line("collected", &counts::totals(totals));
    }
}

impl RunProgress for Story {
    fn step(&self, step: RunStep<'_>) {
        match step {
            RunStep::GateOpen(link) => self.line("gate", &format!("open: {}", words::link(link))),
            RunStep::Frozen(frozen) => {
                self.line(
                    "frozen",
                    &format!("digest {}, {}", frozen.digest.short(), words::size(frozen.body_size)),
                );
            }
            RunStep::Retry { reason, .. } => self.line("sent", &format!("not through yet ({reason}), trying again")),
            RunStep::Accepted(receipt) => self.line("accepted", &format!("as upload {}", receipt.upload_id)),
            RunStep::Confirmed => self.line("confirmed", "the cloud processed it"),
            RunStep::Resuming(_)
            | RunStep::Sent { .. }
            | RunStep::Sending
            | RunStep::Asking
            | RunStep::Pausing(_)
            | RunStep::Written => {}
        }
    }
}

fn counted(tally: &LicenseTally) -> String {
    format!(
        "cloud       counts {}: {} of the server matched, {} not matched, {} only in the cloud\n\
         {:<11} {} of them are counted twice: they are in the cloud under another address\n",
        words::counted(tally.licenses, "unique user", "unique users"),
        words::count(tally.matched),
        words::count(tally.unmatched),
        words::count(tally.cloud_only),
        "",
        words::count(tally.counted_twice),
    )
}

/// The causes that fixes free licenses from, and how many these are.
fn explained(summary: &Summary) -> String {
    let mut lines: Vec<_> = (summary.causes.iter())
        .filter(|cause| cause.frees.certain + cause.frees.likely > 0)
        .map(|cause| {
            format!(
                "{} {}: {}",
                words::count(cause.count as u64),
                cause.grade.word(),
                cause.says
            )
        })
        .collect();
    let freed = &summary.frees;
    lines.push(format!(
        "fixing this frees {}{}",
        words::counted(freed.certain as u64, "license", "licenses"),
        match freed.likely {
            0 => String::new(),
            likely => format!(", and likely {} more", words::count(likely as u64)),
        }
    ));
    let label = |place: usize| if place == 0 { "explained" } else { "" };
    let lines = lines.iter().enumerate();
    lines
        .map(|(place, line)| format!("{:<11} {line}\n", label(place)))
        .collect()
}
