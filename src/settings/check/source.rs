//! Where the list of accounts comes from (the sections below `[server.source]`).

use std::path::PathBuf;
use std::time::Duration;

use super::Check;
use crate::settings::schema::duration::Timeout;
use crate::settings::schema::path::{CommandLine, ReportPath};
use crate::settings::schema::sections::{LicenseFileSection, SourceSection};
use crate::settings::schema::value::Text;

/// Where the list of accounts comes from.
#[derive(Debug, Clone)]
pub enum Source {
    Report(Report),
    File(ReportFile),
    /// Standard input, for a person's command (`server.source.file.path = "-"`).
    Input,
    Command(ReportCommand),
    Scim(Scim),
    LicenseFile(LicenseFile),
}

/// The license usage file that the server exports.
#[derive(Debug, Clone)]
pub enum LicenseFile {
    File(ReportFile),
    Command(ReportCommand),
}

/// The all-users report.
#[derive(Debug, Clone)]
pub struct Report {
    /// The account that the server token belongs to.
    pub username: String,
    /// How long to wait while the server generates the report.
    pub timeout: Duration,
}

/// An all-users report that was downloaded.
#[derive(Debug, Clone)]
pub struct ReportFile {
    pub path: PathBuf,
    /// How long before a run it may have been written.
    pub max_age: Duration,
}

/// A program that writes the all-users report to its standard output.
#[derive(Debug, Clone)]
pub struct ReportCommand {
    /// By its absolute path.
    pub program: PathBuf,
    pub arguments: Vec<String>,
    /// How long it may take.
    pub timeout: Duration,
}

/// The users whom an identity provider provisioned by SCIM.
#[derive(Debug, Clone)]
pub struct Scim {
    /// The enterprise in the address of the list, for a server that has it there.
    pub enterprise: Option<String>,
    /// So many accounts of users may be there that SCIM does not list.
    pub max_other_accounts: u32,
}

impl Check<'_> {
    pub(super) fn source(&mut self) -> Option<Source> {
        let source = self.require(
            "server.source",
            self.sections.source.as_ref(),
            "say where the list of accounts comes from: add a section [server.source.report], [server.source.scim], \
             [server.source.file], [server.source.command] or [server.source.license-file]",
        );
        match source? {
            SourceSection::Report(report) => self.require(
                "server.source.report.username",
                report.username.as_ref().map(|username| {
                    Source::Report(Report {
                        username: username.show(),
                        timeout: report.timeout.0,
                    })
                }),
                "write the name of the site administrator that the server token belongs to",
            ),
            SourceSection::File(file) => self.require(
                "server.source.file.path",
                file.path.as_ref().map(|path| match path {
                    ReportPath::StandardInput => Source::Input,
                    ReportPath::File(path) => Source::File(ReportFile {
                        path: path.clone(),
                        max_age: file.max_age.0,
                    }),
                }),
                "write where the all-users report is put that somebody downloads",
            ),
            SourceSection::Scim(scim) => Some(Source::Scim(Scim {
                enterprise: scim.enterprise.as_ref().map(Text::show),
                max_other_accounts: scim.max_other_accounts,
            })),
            SourceSection::Command(command) => self.require(
                "server.source.command.run",
                program(command.run.as_ref(), command.timeout).map(Source::Command),
                "write the program and its arguments that write the all-users report",
            ),
            SourceSection::LicenseFile(export) => self.license_file(export).map(Source::LicenseFile),
        }
    }

    /// A file or a program.
    fn license_file(&mut self, export: &LicenseFileSection) -> Option<LicenseFile> {
        let file = export.path.as_ref().map(|path| {
            LicenseFile::File(ReportFile {
                path: path.clone(),
                max_age: export.max_age.0,
            })
        });
        let command = program(export.run.as_ref(), export.timeout).map(LicenseFile::Command);
        if file.is_some() && command.is_some() {
            self.report(
                "server.source.license-file.run",
                "both a path and a program are given",
                "keep the one of them that the license usage file comes from",
            );
            return None;
        }
        let section = "server.source.license-file";
        let source = file.or(command);
        // Whatever is wrong there was meant as one of the two.
        if source.is_none() && self.findings.is_doubtful_within(section, &["max-age", "timeout"]) {
            return None;
        }
        self.require(
            section,
            source,
            "write where the license usage file is put, or the program that writes it with its arguments",
        )
    }
}

fn program(line: Option<&CommandLine>, timeout: Timeout) -> Option<ReportCommand> {
    let CommandLine { program, arguments } = line?.clone();
    Some(ReportCommand {
        program,
        arguments,
        timeout: timeout.0,
    })
}
