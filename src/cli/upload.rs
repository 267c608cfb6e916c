//! `upload`: sends a document that this program made earlier, here or elsewhere. Its answer is like that of `sync`.

use std::path::{self, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::cancelled::Cancelled;
use super::ending::{Ended, conclude, stopped, until_stopped};
use super::json::JsonAnswer;
use super::progress::Bar;
use super::stop::Stop;
use super::sync::ended;
use super::undone::Undone;
use super::{GlobalOptions, privilege, report, session, words, work};
use crate::advice;
use crate::clock::{Clock, SystemClock};
use crate::collect::UsageFile;
use crate::license::Digest;
use crate::reason::Exit;
use crate::settings::{MaxAge, Settings, Sources};
use crate::store::{Role, Run};
use crate::sync::{self, Synced, Uploaded};

#[derive(Debug, Args)]
pub(super) struct UploadArguments {
    /// The document, under the name with which it was written, and beside it FILE.sha256.
    #[arg(value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// The SHA-256 of the file, from the host that wrote it, in the place of that in FILE.sha256.
    #[arg(long, value_name = "HEX", value_hint = ValueHint::Other)]
    sha256: Option<Digest>,
    /// How old the list in it may be.
    #[arg(long, value_name = "DURATION", value_parser = max_age, default_value = "7days", value_hint = ValueHint::Other)]
    max_age: Duration,
}

fn max_age(text: &str) -> Result<Duration, String> {
    let age = text.parse::<MaxAge>();
    age.map(|age| age.0).map_err(|refusal| refusal.to_string())
}

pub(super) fn run(options: &GlobalOptions, arguments: UploadArguments) -> Exit {
    let (settings, sources) = match session::load(options) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    // The operator who types it may be in another directory.
    let file = path::absolute(&arguments.file).unwrap_or_else(|_| arguments.file.clone());
    let command = format!("upload {}", advice::quoted(&file.to_string_lossy()));
    if let Err(error) = privilege::refuse_foreign(options, &settings.state_directory, &command) {
        let error = Undone::because("nothing was sent")(error);
        return session::fail(&error, options, &sources.environment);
    }
    // A host that sends files may not reach the server, so what is left undone is done by the same command.
    advice::leave_sync_to(advice::command_line(&command));
    let file = UsageFile {
        path: arguments.file,
        sha256: arguments.sha256,
        max_age: arguments.max_age,
    };
    work(options, upload(options, &settings, sources, file))
}

async fn upload(options: &GlobalOptions, settings: &Settings, sources: Sources, file: UsageFile) -> Exit {
    let mut stop = match Stop::listen() {
        Ok(stop) => stop,
        Err(error) => return report::broken("nothing was done: signals cannot be heard", error, options.json),
    };
    // A bar would be drawn over the log.
    let bar = Arc::new(if options.verbose { Bar::hidden() } else { Bar::new() });
    let mut context = session::context(settings, sources, bar.clone());
    context.role = Role::Upload;
    let began = SystemClock.now();
    let (earlier, result) = match until_stopped(&mut stop, sync::upload(&context, file)).await {
        Some(Synced { earlier, result }) => (earlier, result.map(UploadAnswer::of).map_err(Ended::from)),
        None => match stopped(&context, settings, began).await {
            (earlier, Err(Ended::Cancelled(Cancelled::NotSent, left))) => {
                (earlier, Err(Ended::Cancelled(Cancelled::NotUploaded, left)))
            }
            stopped => stopped,
        },
    };
    bar.clear();
    session::publish_metrics(settings).await;
    // True whether or not the answer can be written.
    let fact = |_: &UploadAnswer| Some("the cloud confirmed the license usage");
    let work = (earlier, result);
    conclude(options, &context, began, work, UploadAnswer::in_words, fact).await
}

/// What was done with the document in the file.
#[derive(serde::Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct UploadAnswer {
    /// Not when the cloud confirmed the list before.
    sent: bool,
    /// The run in which it was confirmed.
    run: Run,
}

impl JsonAnswer for UploadAnswer {
    const SCHEMA: &'static str = "ghe-license-sync/upload/1";
}

impl UploadAnswer {
    fn of(uploaded: Uploaded) -> Self {
        let (sent, run) = match uploaded {
            Uploaded::Confirmed(run) => (true, run),
            Uploaded::Before(run) => (false, run),
        };
        Self { sent, run: *run }
    }

    fn in_words(&self) -> String {
        match self.sent {
            true => ended(&self.run),
            false => format!(
                "nothing was sent; the cloud confirmed this license usage before\n  {}\n",
                words::run(&self.run)
            ),
        }
    }
}
