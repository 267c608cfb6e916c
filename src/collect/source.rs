//! Where the list of accounts comes from: one interface, whatever the settings name.

use super::command;
use super::error::CollectError;
use super::facts::{self, TokenRole};
use super::file;
use super::input;
use super::products;
use super::progress::CollectProgress;
use super::report::{self, WholeReport};
use super::rows::Decoder;
use super::scim;
use super::session::Session;
use crate::license::ServerFacts;
use crate::settings::secret::SecretError;
use crate::settings::{self, Environment, Report, ReportCommand, ReportFile, Scim, Server};
use crate::transport::Pace;

/// A source that is ready to be read.
pub(super) enum ListSource<'a> {
    Report(&'a Report, Session),
    /// The server is asked for its facts if there is a token.
    File(&'a ReportFile, Option<Session>),
    /// Like that of a file.
    Input(Option<Session>),
    /// Like that of a file.
    Command(&'a ReportCommand, Option<Session>),
    Scim(&'a Scim, Session),
}

impl<'a> ListSource<'a> {
    /// Reads the token; nothing is connected to yet.
    pub(super) fn open(server: &'a Server, pace: Pace, environment: &Environment) -> Result<Self, CollectError> {
        let session = Session::open(server, pace, environment);
        match &server.source {
            settings::Source::LicenseFile(_) => Err(CollectError::Encrypted),
            settings::Source::Report(report) => Ok(Self::Report(report, session?)),
            settings::Source::File(file) => Ok(Self::File(file, if_given(session, server)?)),
            settings::Source::Input => {
                settings::make_sure_of_input(settings::Collector::Person)?;
                Ok(Self::Input(if_given(session, server)?))
            }
            settings::Source::Command(command) => Ok(Self::Command(command, if_given(session, server)?)),
            settings::Source::Scim(scim) => Ok(Self::Scim(scim, session?)),
        }
    }

    /// The server's own facts, as far as they are requested.
    pub(super) async fn facts(&self) -> Result<ServerFacts, CollectError> {
        // An enterprise owner need not be a site administrator.
        let asker = match self {
            Self::Scim(..) => TokenRole::Anybody,
            _ => TokenRole::Administrator,
        };
        facts_of(self.session(), asker).await
    }

    /// Who uses a product, if that is wanted.
    pub(super) async fn products(
        &self,
        server: &Server,
        facts: &ServerFacts,
        progress: &dyn CollectProgress,
    ) -> Result<Option<products::ServerProducts>, CollectError> {
        match (&server.enterprise, self.session()) {
            (Some(enterprise), Some(session)) => {
                let version = facts.version.as_deref();
                let asked = Box::pin(products::read(session, enterprise, version, progress));
                Ok(Some(asked.await?))
            }
            _ => Ok(None),
        }
    }

    fn session(&self) -> Option<&Session> {
        match self {
            Self::Report(_, session) | Self::Scim(_, session) => Some(session),
            Self::File(_, session) | Self::Input(session) | Self::Command(_, session) => session.as_ref(),
        }
    }

    /// Reads everybody.
    pub(super) async fn read(
        &self,
        decoder: Decoder,
        pace: Pace,
        progress: &dyn CollectProgress,
    ) -> Result<WholeReport, CollectError> {
        // Apart from the future of the run, which has room for the largest of them otherwise.
        match self {
            Self::Report(settings, session) => Box::pin(report::read(session, settings, decoder, pace, progress)).await,
            Self::File(settings, _) => Box::pin(file::read(settings, decoder, progress)).await,
            Self::Input(_) => Box::pin(input::read(decoder, progress)).await,
            Self::Command(settings, _) => Box::pin(command::read(settings, decoder, progress)).await,
            Self::Scim(settings, session) => Box::pin(scim::read(session, settings, decoder, progress)).await,
        }
    }
}

/// The server's own facts; nothing where they are not requested.
pub(super) async fn facts_of(session: Option<&Session>, asker: TokenRole) -> Result<ServerFacts, CollectError> {
    match session {
        Some(session) => facts::read(session, asker).await,
        None => Ok(ServerFacts::default()),
    }
}

/// Nothing where no token is given, as on a host that the server is not reached from. Only the server knows who uses a
/// product, so a server token is needed for that.
pub(super) fn if_given(
    session: Result<Session, CollectError>,
    server: &Server,
) -> Result<Option<Session>, CollectError> {
    match session {
        Err(CollectError::Token(SecretError::Missing(_))) if server.enterprise.is_none() => {
            tracing::info!("no server token is given, so the list is compared with nothing that the server counts");
            Ok(None)
        }
        opened => opened.map(Some),
    }
}
