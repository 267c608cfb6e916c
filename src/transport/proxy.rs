//! Faults of a proxy, by its response to CONNECT, and what to do about them.

use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};

use super::fault::{Fault, ProxyFault};
use super::tier::Tier;

impl ProxyFault {
    /// What this answer to CONNECT means, if it is not that the connection is open.
    pub(super) fn of_answer(status: u16, headers: &HeaderMap, has_credentials: bool) -> Option<Self> {
        match status {
            200 if !has_body(headers) => None,
            401 | 407 if has_credentials => Some(Self::RefusesCredentials),
            407 => Some(Self::WantsCredentials),
            403 | 451 => Some(Self::Forbids(status)),
            // tinyproxy says 500 where others say 502.
            408 | 429 | 500 | 502..=504 => Some(Self::HostNotReached(status)),
            _ => Some(Self::WebServer(status)),
        }
    }

    /// Whether it is about who asks: every further request would be refused as well, and could lock an account.
    pub(super) fn is_about_credentials(&self) -> bool {
        matches!(self, Self::WantsCredentials | Self::RefusesCredentials)
    }

    /// What can be expected of trying again.
    pub(super) fn tier(&self) -> Tier {
        match self {
            Self::NotReached(fault) => fault.tier(),
            Self::HostNotReached(_) | Self::Silent | Self::Undecided => Tier::Passing,
            _ => Tier::Lasting,
        }
    }

    /// `name` is the setting with the address of the host, `section` that of the proxy.
    pub(super) fn help(&self, section: &str, name: &str) -> String {
        match self {
            Self::NotReached(fault) => match &**fault {
                Fault::Certificate(certificate) => certificate.help(section, &format!("{section}.proxy")),
                _ => format!("check `{section}.proxy`"),
            },
            Self::WantsCredentials => {
                format!(
                    "write user:password as the proxy knows them into a file, and name it in `{section}.proxy-credentials-file`"
                )
            }
            Self::RefusesCredentials => {
                format!(
                    "check `{section}.proxy-credentials-file`: it has to hold user:password as the proxy knows them"
                )
            }
            Self::Forbids(_) | Self::Other(_) => {
                format!("let this host through in the proxy's rules, or check `{section}.proxy`")
            }
            // It may wait for the host.
            Self::Silent => format!("check `{section}.proxy`, and whether the proxy reaches the host in `{name}`"),
            Self::HostNotReached(_) => {
                format!("check `{name}`, and the DNS and the firewall of the proxy")
            }
            Self::WebServer(_) | Self::NotHttp => format!("set `{section}.proxy` to host and port of the proxy"),
            Self::Closed | Self::Undecided => format!("look into the log of the proxy, or check `{section}.proxy`"),
        }
    }
}

/// Whether this is the head of a page; an open connection has no body.
fn has_body(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH);
    length.is_some_and(|length| length != "0")
        || headers.contains_key(CONTENT_TYPE)
        || headers.contains_key(TRANSFER_ENCODING)
}
