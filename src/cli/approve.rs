//! `approve`: releases a held document, once. It connects to nothing; the daemon sends it, or the next `sync`.

use std::sync::Arc;

use super::undone::Undone;
use super::{Options, report, session, words};
use crate::reason::Exit;
use crate::settings::Environment;
use crate::store::Run;
use crate::sync::{self, Silent};

/// So many leading hex digits name a document beyond doubt.
const LEAST_DIGITS: usize = 12;

/// For the command line: the leading digits of a digest.
pub(super) fn digits(text: &str) -> Result<String, String> {
    if (LEAST_DIGITS..=64).contains(&text.len()) && text.chars().all(|digit| digit.is_ascii_hexdigit()) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "a digest is told by its {LEAST_DIGITS} or more leading hex digits, as `status` shows it"
        ))
    }
}

pub(super) async fn run(options: &Options, digest: &str) -> Exit {
    let (settings, sources) = match session::load(options) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let by = person(&sources.environment);
    let context = session::context(&settings, sources, Arc::new(Silent));
    let result = sync::approve(&context, digest, &by).await;
    let result = result.map_err(Undone::because("no document was released"));
    session::publish_metrics(&settings).await;
    match result {
        Ok(Ok(run)) if options.json => report::answer_json(&run),
        Ok(Ok(run)) => report::answer(&released(&run)),
        Ok(Err(mistake)) => report::mistake(&mistake, &mistake.help(), options.json),
        Err(error) => report::failure(&error, options.json),
    }
}

/// Who is asking: the person behind `sudo`, else the user of this process.
fn person(environment: &Environment) -> String {
    let user = || uzers::get_current_username().map(|name| name.to_string_lossy().into_owned());
    environment
        .get("SUDO_USER")
        .map(str::to_owned)
        .or_else(user)
        .unwrap_or_else(|| format!("user {}", uzers::get_current_uid()))
}

fn released(run: &Run) -> String {
    format!(
        "the held license usage is released\n  {}\n  the daemon sends it within a minute; without one, run `sync`\n",
        words::run(run)
    )
}
