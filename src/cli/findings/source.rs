//! Checks the source of the list as far as it is on this machine. Runs no program and makes no request.

use std::path::Path;

use uuid::Uuid;

use super::finding::Finding;
use crate::collect::{self, CollectError, CommandError, Subject};
use crate::explain::{Explain, chain};
use crate::plain;
use crate::settings::{InputError, LicenseFile, ReportCommand, ReportFile, Scim, Server, Source};
use crate::store::StoreError;

/// What is found of the source; nothing where the server alone knows.
pub(super) fn look_at(server: &Server, bound_to: Option<Uuid>, state_directory: &Path) -> Option<Finding> {
    Some(match &server.source {
        Source::Report(_) => return None,
        Source::File(file) => report_file(file),
        Source::Input => standard_input(),
        Source::Scim(scim) => scim_users(scim),
        Source::Command(command) => program("server.source.command", Subject::Report, command),
        Source::LicenseFile(LicenseFile::File(file)) => license_file(file, server, bound_to, state_directory),
        Source::LicenseFile(LicenseFile::Command(command)) => {
            program("server.source.license-file", Subject::LicenseFile, command)
        }
    })
}

/// The report that somebody downloads.
fn report_file(file: &ReportFile) -> Finding {
    let what = "server.source.file";
    match collect::file_age(file, Subject::Report) {
        Ok(age) => Finding::good(what, format!("{}, {} old", file.path.display(), plain::age(age)), None),
        Err(error) => Finding::bad(what, chain(&error), &error),
    }
}

/// It is read when there is a report, and by a person's command alone.
fn standard_input() -> Finding {
    let found =
        "standard input, for a sync that a person starts; the service and its timer do not start with it".to_owned();
    Finding::doubtful("server.source.file", found, InputError::Daemon.help())
}

/// What the users of SCIM are read with; nothing is asked.
fn scim_users(scim: &Scim) -> Finding {
    const HELP: &str = "give a classic token with `scim:enterprise` or `admin:enterprise`, of an enterprise owner; of a site \
                        administrator, the server also says its counts, and which accounts beside SCIM are suspended";
    let else_at = scim.enterprise.as_ref().map_or_else(String::new, |enterprise| {
        format!(", else at /api/v3/scim/v2/enterprises/{enterprise}/Users")
    });
    let found = format!(
        "the users at /api/v3/scim/v2/Users{else_at}, with at most {} accounts beside them",
        scim.max_other_accounts
    );
    Finding::good("server.source.scim", found, Some(HELP.to_owned()))
}

/// The license usage file that somebody exports.
fn license_file(file: &ReportFile, server: &Server, bound_to: Option<Uuid>, state_directory: &Path) -> Finding {
    let what = "server.source.license-file";
    match collect::inspect_license_file(file, server) {
        Ok((age, exported)) => {
            let place = format!("{}, {} old", file.path.display(), plain::age(age));
            let found = format!("{place}, of the server ID {}", exported.server_id);
            if let Some(theirs) = bound_to.filter(|theirs| *theirs != exported.server_id) {
                let error = StoreError::other_file(state_directory, theirs, exported.server_id);
                return Finding::bad(what, format!("{found}; {}", chain(&error)), &error);
            }
            let ours = server.url.host_str().unwrap_or_default();
            match exported.host_name.filter(|name| !name.eq_ignore_ascii_case(ours)) {
                Some(theirs) => Finding::doubtful(
                    what,
                    format!("{found} and of the host {theirs}, and `server.url` names {ours}"),
                    Some("put the file of this server there, or correct `server.url`".to_owned()),
                ),
                None => Finding::good(what, found, None),
            }
        }
        Err(error) => Finding::bad(what, chain(&error), &error),
    }
}

/// The program that writes the report or the license usage file.
fn program(what: &str, subject: Subject, command: &ReportCommand) -> Finding {
    match collect::inspect_program(&command.program) {
        Ok(()) => Finding::good(what, command.program.display().to_string(), None),
        Err(error) => {
            let error = CollectError::Command {
                subject,
                program: command.program.clone(),
                source: CommandError::Start(error),
            };
            Finding::bad(what, chain(&error), &error)
        }
    }
}
