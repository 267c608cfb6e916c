//! Errors of a collection.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use uuid::Uuid;

use super::command_error::CommandError;
use super::defect::Defect;
use super::fields::FieldError;
use super::refusal::ServerRefusal;
use super::scim::Mismatch;
use super::subject::Subject;
use crate::explain::Explain;
use crate::license::ExportDefect;
use crate::reason::{Exit, Reason};
use crate::settings::InputError;
use crate::settings::files::WriterError;
use crate::settings::secret::SecretError;
use crate::transport::{BodyError, ClientError, Tier, TransportError};

/// A collection that failed. None of its texts shows a login, an email address or a token.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    #[error("the enterprise server was not asked, because its token could not be read")]
    Token(#[source] SecretError),
    #[error("no connection to {url} can be set up")]
    Client { url: String, source: ClientError },
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error(transparent)]
    Refused(#[from] ServerRefusal),
    #[error("the answer of GET {url} cannot be understood")]
    Answer { url: String, source: FieldError },
    /// `waited` is in words, like `10m`.
    #[error("the server was still generating the report of {url} after {waited}")]
    NotReady { url: String, waited: String },
    #[error("the report of {url} cannot be used")]
    Report { url: String, source: Defect },
    #[error("the {subject} in {} could not be read", path.display())]
    File {
        subject: Subject,
        path: PathBuf,
        source: io::Error,
    },
    #[error("the {subject} is not read, as other users can decide what is in it")]
    Writers { subject: Subject, source: WriterError },
    /// Both durations are in words, like `2d`.
    #[error("the {subject} in {} is {age} old, and may be {limit} old at most", path.display())]
    TooOld {
        subject: Subject,
        path: PathBuf,
        age: String,
        limit: String,
    },
    #[error("the time of the {subject} in {} has not come yet, so its age is not known", path.display())]
    Future { subject: Subject, path: PathBuf },
    #[error("the {subject} in {} was written to while it was read", path.display())]
    Changed { subject: Subject, path: PathBuf },
    #[error("the report in {} cannot be used", path.display())]
    ReportFile { path: PathBuf, source: Defect },
    #[error(transparent)]
    NoInput(#[from] InputError),
    #[error("the report could not be read from standard input")]
    Input(#[source] io::Error),
    #[error("the report on standard input has more than {limit} bytes")]
    InputTooLarge { limit: u64 },
    #[error("the report on standard input cannot be used")]
    ReportInput(#[source] Defect),
    #[error("{} gave no {subject}", program.display())]
    Command {
        subject: Subject,
        program: PathBuf,
        source: CommandError,
    },
    #[error("what {} writes cannot be used", program.display())]
    Output { program: PathBuf, source: Defect },
    #[error("the list of {url} changed each of the {reads} times that it was read")]
    Unsteady { url: String, reads: u32 },
    #[error("the SCIM users and the accounts of the server cannot be made one list")]
    Scim(#[from] Mismatch),
    #[error("the license usage of {} cannot be used", from.display())]
    Export { from: PathBuf, source: ExportDefect },
    #[error("the license usage file is of the server ID {theirs}, and `server.id` is {ours}")]
    OtherServer { theirs: Uuid, ours: Uuid },
    #[error("the license usage file is of the host {theirs}, and `server.url` names {ours}")]
    OtherHost { theirs: String, ours: String },
    #[error("the license usage file, of the server ID {id}, names no host, so it is not known whether it is of {ours}")]
    NoHost { id: Uuid, ours: String },
    #[error("the license usage file could not be put aside in the state directory")]
    Spool(#[source] io::Error),
    #[error("the users in a license usage file are encrypted, so there is no list of them")]
    Encrypted,
}

impl CollectError {
    /// What can be expected of trying again.
    pub fn tier(&self) -> Tier {
        match self {
            Self::Transport(error) => error.fault.tier(),
            Self::Body(error) => error.tier(),
            Self::Refused(refusal) => refusal.kind.tier(),
            Self::Command {
                source: CommandError::Start(_) | CommandError::TooLarge { .. },
                ..
            } => Tier::Lasting,
            Self::NotReady { .. } | Self::Changed { .. } | Self::Command { .. } | Self::Unsteady { .. } => {
                Tier::Passing
            }
            Self::Token(_)
            | Self::Client { .. }
            | Self::Answer { .. }
            | Self::Report { .. }
            | Self::File { .. }
            | Self::Writers { .. }
            | Self::TooOld { .. }
            | Self::Future { .. }
            | Self::ReportFile { .. }
            | Self::NoInput(_)
            | Self::Input(_)
            | Self::InputTooLarge { .. }
            | Self::ReportInput(_)
            | Self::Output { .. }
            | Self::Scim(_)
            | Self::Export { .. }
            | Self::OtherServer { .. }
            | Self::OtherHost { .. }
            | Self::NoHost { .. }
            | Self::Spool(_)
            | Self::Encrypted => Tier::Lasting,
        }
    }

    /// The wait that the server asks for.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            _ => None,
        }
    }
}

impl Explain for CollectError {
    fn inner(&self) -> Option<&dyn Explain> {
        match self {
            Self::Token(error) => Some(error),
            Self::Client { source, .. } => Some(source),
            Self::Transport(error) => Some(error),
            Self::Body(error) => Some(error),
            Self::NoInput(error) => Some(error),
            Self::Writers { source, .. } => Some(source),
            _ => None,
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Refused(refusal) => refusal.reason(),
            Self::Command {
                source: CommandError::Start(_),
                ..
            } => Reason::ConfigInvalid,
            Self::Command {
                source: CommandError::TooLarge { .. },
                ..
            } => Reason::PayloadTooLarge,
            Self::Command { .. } => Reason::MalformedSource,
            Self::Answer { .. }
            | Self::File { .. }
            | Self::TooOld { .. }
            | Self::Future { .. }
            | Self::Input(_)
            | Self::Changed { .. }
            | Self::Unsteady { .. } => Reason::MalformedSource,
            Self::InputTooLarge { .. } => Reason::PayloadTooLarge,
            Self::Scim(mismatch) => mismatch.reason(),
            Self::NotReady { .. } => Reason::ServerError,
            Self::Report { source, .. }
            | Self::ReportFile { source, .. }
            | Self::ReportInput(source)
            | Self::Output { source, .. } => source.reason(),
            Self::Export { source, .. } => source.reason(),
            Self::OtherServer { .. } | Self::OtherHost { .. } | Self::NoHost { .. } => Reason::IdentityConflict,
            Self::Encrypted => Reason::ConfigInvalid,
            _ => self.inner().map_or(Reason::Internal, Explain::reason),
        }
    }

    fn other_exit(&self) -> Option<Exit> {
        matches!(self, Self::File { .. } | Self::Input(_)).then_some(Exit::Io)
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Refused(refusal) => Some(refusal.help().to_owned()),
            Self::Report { source, .. } => Some(source.help().to_owned()),
            Self::Scim(mismatch) => Some(mismatch.help().to_owned()),
            Self::Command {
                subject,
                program,
                source,
            } => Some(source.help(program, *subject)),
            Self::Export { source, .. } => Some(source.help().to_owned()),
            Self::File { subject, .. } => Some(format!(
                "put the {} there, as a file that the user of this program can read, or correct `{}`",
                subject.noun(),
                subject.file_key("path")
            )),
            Self::TooOld { subject, .. } => Some(format!(
                "{}; if it is meant to be that old, raise `{}`",
                subject.again(),
                subject.file_key("max-age")
            )),
            Self::Future { subject, .. } => Some(format!(
                "set the clock of the machine that writes the file, then {}",
                subject.again()
            )),
            Self::Changed { subject, .. } => Some(format!(
                "write the {subject} beside it and rename it, so that it is whole whenever it is read"
            )),
            _ => match self.inner() {
                Some(error) => error.help(),
                None => self.advice().map(str::to_owned),
            },
        }
    }
}

impl CollectError {
    /// What to do where that is always the same.
    fn advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::Answer { .. } => {
                "check that `server.url` is a GitHub Enterprise Server and that nothing in between changes its answers"
            }
            Self::NotReady { .. } => {
                "look at the server's background jobs; if it is only slow, raise `server.source.report.timeout`"
            }
            Self::ReportFile { .. } => {
                "nothing is guessed, so all of it is refused; look there, or download the report again"
            }
            Self::Input(_) | Self::InputTooLarge { .. } | Self::ReportInput(_) => {
                "nothing is guessed, so all of it is refused; look at what the command before it in the pipeline writes, and start \
                 the pipeline again"
            }
            Self::Output { .. } => {
                "nothing is guessed, so all of it is refused; run the program in a shell and look there"
            }
            Self::Unsteady { .. } => {
                "the identity provider may be at work, so it is tried again; if this stays, look at its provisioning log"
            }
            Self::OtherServer { .. } => {
                "put the file of this server there; if this is its file, take `server.id` out of the settings: the ID of the file \
                 is used then"
            }
            Self::OtherHost { .. } => {
                "put the file of this server there, or correct `server.url`; if it is this server under another name, write \
                 the ID of the file as `server.id`"
            }
            Self::NoHost { .. } => {
                "if the file is of this server, write its ID as `server.id`; otherwise put the file of this server there"
            }
            Self::Spool(_) => "make room there, or look at the permissions of the directory",
            Self::Encrypted => {
                "name a source with a list, like the all-users report, in a settings file of its own, and that file with \
                 `--config`"
            }
            _ => return None,
        })
    }
}
