//! `run`: the daemon in the foreground; what systemd starts.

use super::{Options, report, session};
use crate::daemon;
use crate::observe;
use crate::reason::Exit;
use crate::settings::Settings;

pub(super) async fn run(options: &Options) -> Exit {
    let sources = session::sources(options);
    let settings = match Settings::load(&sources) {
        Ok(settings) => settings,
        Err(error) => return report::failure(&error, options.json),
    };
    observe::start_logging(settings.log, &sources.environment);
    match daemon::run(&settings, sources).await {
        Ok(()) => Exit::Done,
        Err(error) => report::failure(&error, options.json),
    }
}
