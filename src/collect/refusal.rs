//! The meaning of the status of an unexpected response.

use std::time::Duration;

use reqwest::header::LOCATION;
use reqwest::{Response, StatusCode};

use crate::plain;
use crate::reason::Reason;
use crate::transport::{Tier, is_limited, retry_after};

/// What was asked for; the same status means different things at different places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// `/api/v3/meta`, which every enterprise server has for everybody.
    Meta,
    /// The REST endpoints for site administrators.
    Administration,
    /// The all-users report.
    Report,
    /// The users whom SCIM provisioned.
    Scim,
    /// The accounts, of all and of one.
    Accounts,
    /// Who uses a product, for owners of the enterprise: the first page.
    Products,
    /// A later page of the same, whose first one was answered.
    MoreProducts,
}

/// The server answered, but not with what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("GET {url} was answered with {status}: {}", meaning(.kind, *.endpoint))]
pub struct ServerRefusal {
    pub endpoint: Endpoint,
    /// Without query and credentials.
    pub url: String,
    pub status: u16,
    pub kind: RefusalKind,
}

/// What a status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusalKind {
    #[error("the token was refused")]
    Credentials,
    #[error("the token may not do this")]
    Permission,
    /// The server hides what a token may not see.
    #[error("there is no such page, or the token may not see it")]
    Hidden,
    #[error("too many requests{}", ask_again(.retry_after))]
    RateLimit { retry_after: Option<Duration> },
    #[error("the server failed{}", ask_again(.retry_after))]
    ServerFailure { retry_after: Option<Duration> },
    #[error("the proxy wants a user name and a password")]
    Proxy,
    #[error("it led on to other addresses too often")]
    EndlessRedirect,
    #[error("that is no answer to this question")]
    Unexpected,
}

fn meaning(kind: &RefusalKind, endpoint: Endpoint) -> String {
    match (kind, endpoint) {
        (RefusalKind::Hidden, Endpoint::Products) => {
            "`server.enterprise` names no enterprise of this server, or the token may not see it".to_owned()
        }
        _ => kind.to_string(),
    }
}

fn ask_again(after: &Option<Duration>) -> String {
    after.map_or_else(String::new, |after| {
        format!("; it says to retry after {}", plain::duration(after))
    })
}

impl ServerRefusal {
    /// What is wrong with `answer`, whose status is not the one that was hoped for.
    pub(super) fn of(endpoint: Endpoint, answer: &Response) -> Self {
        Self {
            endpoint,
            url: plain::url(answer.url()),
            status: answer.status().as_u16(),
            kind: classify(answer),
        }
    }

    /// The wait that the server asks for.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self.kind {
            RefusalKind::RateLimit { retry_after } | RefusalKind::ServerFailure { retry_after } => retry_after,
            _ => None,
        }
    }

    /// What can be expected of trying again.
    #[must_use]
    pub fn tier(&self) -> Tier {
        match self.kind {
            RefusalKind::RateLimit { .. } | RefusalKind::ServerFailure { .. } => Tier::Passing,
            _ => Tier::Lasting,
        }
    }

    /// The reason code.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match (self.kind, self.endpoint) {
            (RefusalKind::Credentials, _) => Reason::CredentialsRefused,
            (RefusalKind::Permission, _) => Reason::PermissionMissing,
            (
                RefusalKind::Hidden,
                Endpoint::Administration | Endpoint::Report | Endpoint::Scim | Endpoint::Accounts | Endpoint::Products,
            ) => Reason::PermissionMissing,
            (RefusalKind::RateLimit { .. }, _) => Reason::RateLimited,
            (RefusalKind::ServerFailure { .. }, _) => Reason::ServerError,
            (RefusalKind::Proxy, _) => Reason::ProxyRefused,
            (RefusalKind::Hidden, Endpoint::Meta | Endpoint::MoreProducts)
            | (RefusalKind::EndlessRedirect | RefusalKind::Unexpected, _) => Reason::MalformedSource,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match (self.kind, self.endpoint) {
            (RefusalKind::Credentials, Endpoint::Report) => {
                "check that the server token has not expired or been revoked, and that it belongs to the account in `server.source.report.username`"
            }
            (RefusalKind::Credentials, _) => {
                "check that the server token is a classic token of this enterprise server that has not expired or been revoked"
            }
            (RefusalKind::Permission | RefusalKind::Hidden, Endpoint::Products) => {
                "set `server.enterprise` to the slug that the enterprise has on this server, and make the account of the server token an owner or a billing manager of it; to do without products, leave the key out"
            }
            (RefusalKind::Permission | RefusalKind::Hidden | RefusalKind::Unexpected, Endpoint::MoreProducts) => {
                "the server answered the first page of this list, so the list is read again from the start; if this repeats, look at the logs of the server and of the proxy in front of it"
            }
            (RefusalKind::Hidden, Endpoint::Meta) => "check `server.url`: every enterprise server has this address",
            (RefusalKind::Hidden, Endpoint::Report) => {
                "the server answers so to everybody who is not a site administrator: make the account in `server.source.report.username` one, and give the token the scope `site_admin`"
            }
            (RefusalKind::Hidden, Endpoint::Scim) => {
                "enable SCIM on the server, and give the server token the scope `scim:enterprise`, as that of an enterprise owner; if this server has its enterprise in the address, `server.source.scim.enterprise` has to be the slug of the enterprise on this server"
            }
            (RefusalKind::Permission | RefusalKind::Hidden, Endpoint::Scim | Endpoint::Accounts) => {
                "the server token has to be a classic token of an enterprise owner, with the scope `scim:enterprise` or `admin:enterprise`"
            }
            (RefusalKind::Permission | RefusalKind::Hidden, _) => {
                "the server token has to be a classic token of a site administrator, with the scope `site_admin`"
            }
            (RefusalKind::RateLimit { .. }, _) => {
                "nothing needs to be done unless this repeats; then raise or lift the server's rate limit for this account"
            }
            (RefusalKind::ServerFailure { .. }, _) => {
                "look at the server's own state and logs (or those of the proxy in front of it); it will be asked again"
            }
            (RefusalKind::Proxy, _) => {
                "check `server.proxy` and `server.proxy-credentials-file`: it has to hold user:password as the proxy knows them"
            }
            (RefusalKind::EndlessRedirect | RefusalKind::Unexpected, _) => {
                "check `server.url`, and whether a proxy or a sign-on page is in front of the server"
            }
        }
    }
}

fn classify(answer: &Response) -> RefusalKind {
    let retry_after = retry_after(answer.headers());
    match answer.status() {
        StatusCode::UNAUTHORIZED => RefusalKind::Credentials,
        StatusCode::FORBIDDEN if is_limited(answer.headers()) => RefusalKind::RateLimit { retry_after },
        StatusCode::FORBIDDEN => RefusalKind::Permission,
        StatusCode::NOT_FOUND => RefusalKind::Hidden,
        StatusCode::TOO_MANY_REQUESTS => RefusalKind::RateLimit { retry_after },
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => RefusalKind::Proxy,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => RefusalKind::ServerFailure { retry_after },
        status if status.is_server_error() => RefusalKind::ServerFailure { retry_after },
        status if status.is_redirection() && answer.headers().contains_key(LOCATION) => RefusalKind::EndlessRedirect,
        _ => RefusalKind::Unexpected,
    }
}
