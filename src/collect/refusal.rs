//! An unexpected response of the enterprise server, at each of its endpoints.

use std::time::Duration;

use reqwest::Response;

use crate::plain;
use crate::reason::Reason;
use crate::transport::{StatusKind, Tier, retry_after};

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
#[error("GET {url} was answered with {status}: {}", meaning(self))]
pub struct ServerRefusal {
    pub endpoint: Endpoint,
    /// Without query and credentials.
    pub url: String,
    pub status: u16,
    pub kind: StatusKind,
    /// The wait that the server asks for.
    pub retry_after: Option<Duration>,
}

fn meaning(refusal: &ServerRefusal) -> String {
    let again = refusal.retry_after.map_or_else(String::new, |after| {
        format!("; it says to retry after {}", plain::duration(after))
    });
    let what = match (refusal.kind, refusal.endpoint) {
        (StatusKind::Hidden, Endpoint::Products) => {
            "`server.enterprise` names no enterprise of this server, or the token may not see it"
        }
        (StatusKind::Hidden, _) => "there is no such page, or the token may not see it",
        (StatusKind::Credentials, _) => "the token was refused",
        (StatusKind::Permission, _) => "the token may not do this",
        (StatusKind::RateLimit, _) => return format!("too many requests{again}"),
        (StatusKind::ServerFailure, _) => return format!("the server failed{again}"),
        (StatusKind::Proxy, _) => "the proxy wants a user name and a password",
        (StatusKind::Redirect, _) => "it led on to other addresses too often",
        (StatusKind::Unexpected, _) => "that is no answer to this question",
    };
    what.to_owned()
}

impl ServerRefusal {
    /// What is wrong with `answer`, whose status is not the one that was hoped for.
    pub(super) fn of(endpoint: Endpoint, answer: &Response) -> Self {
        let status = answer.status().as_u16();
        let kind = StatusKind::of(status, answer.headers());
        Self {
            endpoint,
            url: plain::url(answer.url()),
            status,
            kind,
            retry_after: retry_after(answer.headers()).filter(|_| kind.tier() == Tier::Passing),
        }
    }

    /// The reason code.
    pub fn reason(&self) -> Reason {
        match (self.kind, self.endpoint) {
            (StatusKind::Hidden, Endpoint::Meta | Endpoint::MoreProducts) => Reason::MalformedSource,
            (kind, _) => kind.reason(Reason::MalformedSource),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match (self.kind, self.endpoint) {
            (StatusKind::Credentials, Endpoint::Report) => {
                "check that the server token has not expired or been revoked, and that it belongs to the account in `server.source.report.username`"
            }
            (StatusKind::Credentials, _) => {
                "check that the server token is a classic token of this enterprise server that has not expired or been revoked"
            }
            (StatusKind::Permission | StatusKind::Hidden, Endpoint::Products) => {
                "set `server.enterprise` to the slug that the enterprise has on this server, and make the account of the server token an owner or a billing manager of it; to do without products, leave the key out"
            }
            (StatusKind::Permission | StatusKind::Hidden | StatusKind::Unexpected, Endpoint::MoreProducts) => {
                "the server answered the first page of this list, so the list is read again from the start; if this repeats, look at the logs of the server and of the proxy in front of it"
            }
            (StatusKind::Hidden, Endpoint::Meta) => "check `server.url`: every enterprise server has this address",
            (StatusKind::Hidden, Endpoint::Report) => {
                "the server answers so to everybody who is not a site administrator: make the account in `server.source.report.username` one, and give the token the scope `site_admin`"
            }
            (StatusKind::Hidden, Endpoint::Scim) => {
                "enable SCIM on the server, and give the server token the scope `scim:enterprise`, as that of an enterprise owner; if this server has its enterprise in the address, `server.source.scim.enterprise` has to be the slug of the enterprise on this server"
            }
            (StatusKind::Permission | StatusKind::Hidden, Endpoint::Scim | Endpoint::Accounts) => {
                "the server token has to be a classic token of an enterprise owner, with the scope `scim:enterprise` or `admin:enterprise`"
            }
            (StatusKind::Permission | StatusKind::Hidden, _) => {
                "the server token has to be a classic token of a site administrator, with the scope `site_admin`"
            }
            (StatusKind::RateLimit, _) => {
                "nothing needs to be done unless this repeats; then raise or lift the server's rate limit for this account"
            }
            (StatusKind::ServerFailure, _) => {
                "look at the server's own state and logs (or those of the proxy in front of it); it will be asked again"
            }
            (StatusKind::Proxy, _) => {
                "check `server.proxy` and `server.proxy-credentials-file`: it has to hold user:password as the proxy knows them"
            }
            (StatusKind::Redirect | StatusKind::Unexpected, _) => {
                "check `server.url`, and whether a proxy or a sign-on page is in front of the server"
            }
        }
    }
}
