//! What `approve` and `discard` have in common: the digest on the command line, the user, and the answer.

use std::sync::Arc;

use super::approver::approver;
use super::json::JsonAnswer;
use super::undone::Undone;
use super::{GlobalOptions, report, session, work};
use crate::reason::Exit;
use crate::settings::{Environment, Settings, Sources};
use crate::store::{HoldAction, Run};
use crate::sync::{self, NoProgress};

/// So many leading hex digits name a document beyond doubt.
const LEAST_DIGITS: usize = 12;

/// For the command line: the leading digits of a digest.
pub(super) fn digits(text: &str) -> Result<String, String> {
    if (LEAST_DIGITS..=64).contains(&text.len()) && text.chars().all(|digit| digit.is_ascii_hexdigit()) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "write {LEAST_DIGITS} or more leading hex digits of the digest of the held document"
        ))
    }
}

/// Approves or discards, and answers with the run.
pub(super) fn run<T: JsonAnswer + From<Run>>(
    options: &GlobalOptions,
    action: HoldAction,
    digest: &str,
    in_words: impl FnOnce(&T) -> String,
) -> Exit {
    // Who is asking is not to be seen any more once the process is one of another user.
    let by = approver(&Environment::of_process());
    match session::load_as_owner(options) {
        Ok((settings, sources)) => work(
            options,
            decide(options, &settings, sources, action, digest, &by, in_words),
        ),
        Err(exit) => exit,
    }
}

async fn decide<T: JsonAnswer + From<Run>>(
    options: &GlobalOptions,
    settings: &Settings,
    sources: Sources,
    action: HoldAction,
    digest: &str,
    by: &str,
    in_words: impl FnOnce(&T) -> String,
) -> Exit {
    let context = session::context(settings, sources, Arc::new(NoProgress));
    let result = sync::decide(&context, action, digest, by).await;
    let result = result.map_err(Undone::because(match action {
        HoldAction::Approved => "no document was approved",
        HoldAction::Discarded => "no document was discarded",
    }));
    session::publish_metrics(settings).await;
    let done = Some(match action {
        HoldAction::Approved => "the document is approved",
        HoldAction::Discarded => "the document is discarded",
    });
    match result {
        Ok(Ok(run)) => report::answer(options.json, &T::from(run), done, in_words),
        Ok(Err(mistake)) => report::mistake(&mistake, &mistake.help(), options.json),
        Err(error) => report::failure(&error, options.json),
    }
}
