//! Errors of requests to the cloud, each with its own name.

use std::time::Duration;

use super::api_call::ApiCall;
use super::app_key::KeyError;
use super::objection::{Objection, in_words};
use super::outcome::About;
use crate::explain::Explain;
use crate::plain;
use crate::reason::Reason;
use crate::settings::Unwatchable;
use crate::settings::secret::SecretError;
use crate::transport::body::BodyError;
use crate::transport::json::JsonError;
use crate::transport::{ClientError, Tier};

/// A step on the way to the cloud that did not succeed.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error(transparent)]
    Unwatchable(#[from] Unwatchable),
    #[error("the GitHub App that uploads is not named")]
    NoApp,
    #[error(transparent)]
    Credential(#[from] SecretError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("no connection to the cloud can be made")]
    Client(#[from] ClientError),
    #[error("{step} failed")]
    Transport { step: ApiCall, source: BodyError },
    #[error("{step} was refused because this machine's clock is {} {}", plain::duration(*.off), if *.ahead { "ahead" } else { "behind" })]
    ClockSkew { step: ApiCall, off: Duration, ahead: bool },
    #[error("the cloud does not know the App `{client_id}`")]
    UnknownApp { client_id: String },
    #[error("the cloud refused the token of the App `{client_id}`: {said}")]
    AppRefused { client_id: String, said: String },
    #[error("the App `{client_id}` has no installation {installation_id}")]
    UnknownInstallation { client_id: String, installation_id: u64 },
    #[error("the cloud accepted the upload and named no usable `Location` that says whether it is processed")]
    NoLocation,
    #[error("the cloud named a `Location` at another host or port ({origin}); no token is sent there")]
    ForeignLocation { origin: String },
    #[error("{0}")]
    Refused(Box<CloudRefusal>),
    #[error("the answer to {step} cannot be understood")]
    Malformed { step: ApiCall, source: JsonError },
    #[error("{step} failed: the cloud did not carry out the query")]
    QueryFailed { step: ApiCall },
    #[error("{step} failed: the cloud named a next page that is not of this list, at {origin}; no token is sent there")]
    ForeignPage { step: ApiCall, origin: String },
    #[error("{step} did not come to an end after {}", plain::counted(*.pages, "page", "pages"))]
    Endless { step: ApiCall, pages: u64 },
    #[error("{step} failed: the cloud says to retry after {}, which is longer than it waits", plain::duration(*.wait))]
    PutOff { step: ApiCall, wait: Duration },
}

/// An answer with another status than the wanted one. Its words are never kept: they could quote what was sent.
#[derive(Debug, thiserror::Error)]
#[error(
    "{step} was answered with status {status} ({} {url}{}){}",
    .step.method, request_id.as_ref().map(|id| format!(", request {id}")).unwrap_or_default(), in_words(.objections)
)]
pub struct CloudRefusal {
    pub step: ApiCall,
    pub url: String,
    pub status: u16,
    pub tier: Tier,
    pub reason: Reason,
    /// The wait that the cloud asks for.
    pub retry_after: Option<Duration>,
    /// GitHub's `x-github-request-id`, to quote in a support case.
    pub request_id: Option<String>,
    /// What is wrong with the document, as far as the answer says it in terms of the contract.
    pub objections: Vec<Objection>,
}

impl ConnectError {
    /// What can be expected of trying again.
    pub fn tier(&self) -> Tier {
        match self {
            Self::Transport { source, .. } => source.tier(),
            Self::Refused(refusal) => refusal.tier,
            Self::PutOff { .. } | Self::QueryFailed { .. } => Tier::Passing,
            _ => Tier::Lasting,
        }
    }

    /// Whether the cloud may have taken the document before the upload came to this end. What came before the upload, a
    /// connection that was not made and a refusal leave nothing there; only a status of 4xx is a refusal.
    pub fn may_be_taken(&self) -> bool {
        let (step, arrived) = match self {
            Self::Transport { step, source } => (*step, source.may_have_arrived()),
            Self::Refused(refusal) => (refusal.step, !(400..500).contains(&refusal.status)),
            Self::Malformed { step, .. } => (*step, true),
            Self::NoLocation | Self::ForeignLocation { .. } => return true,
            _ => return false,
        };
        arrived && step.about == About::Document
    }

    /// Whether the token that the request came with is of no use any more; the next request gets a fresh one.
    pub fn is_stale_token(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.status == 401)
    }

    /// The wait that the cloud asks for.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refusal) => refusal.retry_after,
            _ => None,
        }
    }
}

impl Explain for ConnectError {
    fn inner(&self) -> Option<&dyn Explain> {
        match self {
            Self::Unwatchable(error) => Some(error),
            Self::Credential(error) => Some(error),
            Self::Key(error) => Some(error),
            Self::Client(error) => Some(error),
            Self::Transport { source, .. } => Some(source),
            _ => None,
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::NoApp => Reason::ConfigInvalid,
            Self::Refused(refusal) => refusal.reason,
            Self::ClockSkew { .. }
            | Self::UnknownApp { .. }
            | Self::AppRefused { .. }
            | Self::UnknownInstallation { .. } => Reason::CredentialsRefused,
            Self::Malformed { .. }
            | Self::NoLocation
            | Self::ForeignLocation { .. }
            | Self::ForeignPage { .. }
            | Self::Endless { .. } => Reason::MalformedAnswer,
            Self::QueryFailed { .. } => Reason::ServerError,
            Self::PutOff { .. } => Reason::RateLimited,
            _ => self.inner().map_or(Reason::Internal, Explain::reason),
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoApp => "upload the file in a browser, as `license-sync.delivery = \"file\"` has it; for this program to \
                upload it, set `connect.client-id` and `connect.installation-id`, and give the credential `connect-private-key`"
                .to_owned(),
            Self::ClockSkew { .. } => "set this machine's clock (`timedatectl set-ntp true`)".to_owned(),
            Self::UnknownApp { .. } => "check `connect.client-id`; the App is gone once Connect was disabled".to_owned(),
            Self::AppRefused { .. } => {
                "check that `connect.client-id` and the credential `connect-private-key` belong to the same App and that the key was not revoked".to_owned()
            }
            Self::UnknownInstallation { .. } => "check `connect.installation-id`; the App may have been uninstalled".to_owned(),
            Self::ForeignPage { .. } | Self::Endless { .. } => {
                "something other than the cloud may be answering; check `connect.api-url` and the proxy".to_owned()
            }
            Self::QueryFailed { .. } => "run the command again; see githubstatus.com if it happens again".to_owned(),
            Self::PutOff { .. } => "run the command again after that time".to_owned(),
            Self::Malformed { .. } | Self::NoLocation | Self::ForeignLocation { .. } => "something other than the cloud may be answering; check `connect.api-url`, `connect.uploads-url` and the proxy".to_owned(),
            Self::Refused(refusal) => help_for(refusal),
            _ => return self.inner()?.help(),
        })
    }
}

fn help_for(refusal: &CloudRefusal) -> String {
    if matches!(refusal.step.about, About::ReadToken | About::LicenseList)
        && let Some(help) = help_of_reader(refusal)
    {
        return help.to_owned();
    }
    match refusal.reason {
        Reason::RateLimited => "nothing to do: it is tried again when the limit is over".to_owned(),
        Reason::ServerError => "nothing to do if it passes; see githubstatus.com if it does not".to_owned(),
        Reason::CredentialsRefused => "check that the App is installed on the account and was not suspended".to_owned(),
        Reason::PermissionMissing => {
            "check `connect.enterprise` (or `connect.organization`), `connect.upload-path` and the App's permissions; the account's IP allow list must contain this server".to_owned()
        }
        Reason::ProxyRefused => "check `connect.proxy` and `connect.proxy-credentials-file`".to_owned(),
        Reason::PayloadTooLarge => "the account admits less than this list; ask the owner of the account".to_owned(),
        Reason::Rejected => format!(
            "the cloud's answer is final for this document; ask the account's support{}",
            refusal.request_id.as_ref().map(|id| format!(", and quote the request {id}")).unwrap_or_default()
        ),
        _ => "something other than the cloud may be answering; check `connect.api-url`, `connect.uploads-url` and the proxy".to_owned(),
    }
}

/// What helps where the read token was refused, or a person waits for the answer.
fn help_of_reader(refusal: &CloudRefusal) -> Option<&'static str> {
    Some(match refusal.reason {
        Reason::RateLimited => "run the command again when the limit is over",
        Reason::ServerError => "run the command again; see githubstatus.com if it happens again",
        Reason::CredentialsRefused => {
            "replace the credential `connect-read-token`: a personal access token (classic) with `read:enterprise`, of an owner \
             of the enterprise"
        }
        Reason::PermissionMissing if refusal.status == 404 && refusal.step.about == About::LicenseList => {
            "either the token may not read this enterprise, or the enterprise is so large that the cloud does not list it: check \
             `connect.enterprise`, that `connect-read-token` is a personal access token (classic) with `read:enterprise`, and \
             that its owner is an owner of the enterprise; if all that is right, ask the account's support"
        }
        Reason::PermissionMissing => {
            "check `connect.enterprise`, and that `connect-read-token` is a personal access token (classic) with `read:enterprise`, of an owner of the \
             enterprise; the account's IP allow list must contain this machine"
        }
        _ => return None,
    })
}
