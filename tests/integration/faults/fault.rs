//! What can go wrong with a request.

use crate::support::authority::Validity;
use crate::support::loopback::head;
use crate::support::reverse_proxy::Act;

/// What the answers with a status say; nobody may repeat it.
const GOSSIP: &str =
    r#"{"message":"canary.mail-11@example.com is not welcome","errors":[{"value":"canary-login-11"}]}"#;

/// A fault; it lasts, unless it says otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// There is no way to the host.
    Way(Way),
    /// Something happens to the request or to its answer.
    Act(&'static str, fn() -> Act),
    /// The same once.
    Once(&'static str, fn() -> Act),
    /// An answer with this status, these headers and a body that says what nobody may repeat.
    Status(&'static str, u16, &'static str),
}

/// Why there is no way.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    NoName,
    Refused,
    Certificate(&'static str, Validity),
}

use Fault::{Act as Does, Once, Status};

/// All of them, in the order of the page.
pub(super) const ALL: &[Fault] = &[
    Fault::Way(Way::NoName),
    Fault::Way(Way::Refused),
    Fault::Way(Way::Certificate("a certificate of an unknown authority", Validity::Now)),
    Fault::Way(Way::Certificate("an expired certificate", Validity::Over)),
    Does("reset before the body", || Act::Reset),
    Does("reset after the body: the response is lost", || Act::LoseAnswer),
    Does("the response is truncated", || Act::CutAnswer),
    Does("the response arrives a few bytes at a time", || Act::DripAnswer),
    Once("401, once", || answer(401, "", "{}")),
    Does("401", || answer(401, "", "{}")),
    Status(
        "403, `x-ratelimit-remaining: 0` and a reset in an hour",
        403,
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nx-ratelimit-remaining: 0\r\nx-ratelimit-reset: 784115377\r\n",
    ),
    Status(
        "403, `x-ratelimit-remaining: 0` and no reset",
        403,
        "x-ratelimit-remaining: 0\r\n",
    ),
    Status("403", 403, "x-ratelimit-remaining: 4999\r\n"),
    Status("404", 404, ""),
    Status("407 from a proxy", 407, "Proxy-Authenticate: Basic\r\n"),
    Status("408", 408, ""),
    Status("409", 409, ""),
    Status("413", 413, ""),
    Status("422", 422, ""),
    Status("429", 429, ""),
    Status("429, `Retry-After: 3600`", 429, "Retry-After: 3600\r\n"),
    Status(
        "429, `Retry-After` a date in an hour",
        429,
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 09:49:37 GMT\r\n",
    ),
    Status("429, `Retry-After: -1`", 429, "Retry-After: -1\r\n"),
    Status(
        "429, `Retry-After: 100000000000000000000`",
        429,
        "Retry-After: 100000000000000000000\r\n",
    ),
    Status(
        "429, `Retry-After` a date in 1970",
        429,
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n",
    ),
    Status("429, `Retry-After: soon`", 429, "Retry-After: soon\r\n"),
    Status("500", 500, ""),
    Status("502", 502, ""),
    Status("503", 503, ""),
    Status("503, `Retry-After: 3600`", 503, "Retry-After: 3600\r\n"),
    Status("504", 504, ""),
    Status(
        "302 to another host",
        302,
        "Location: https://elsewhere.example.com/\r\n",
    ),
    Does("200 with a web page", || {
        answer(
            200,
            "Content-Type: text/html\r\n",
            "<!DOCTYPE html><title>canary.mail-11@example.com</title>",
        )
    }),
];

impl Fault {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Way(Way::NoName) => "the name is not resolved",
            Self::Way(Way::Refused) => "the connection is refused",
            Self::Way(Way::Certificate(name, _))
            | Self::Act(name, _)
            | Self::Once(name, _)
            | Self::Status(name, ..) => name,
        }
    }

    /// What happens to a request of the phase that comes after so many others.
    pub(super) fn act(self, earlier: usize) -> Act {
        match self {
            Self::Way(_) => Act::PassOn,
            Self::Once(..) if earlier > 0 => Act::PassOn,
            Self::Act(_, act) | Self::Once(_, act) => act(),
            Self::Status(_, status, headers) => answer(status, headers, GOSSIP),
        }
    }
}

/// An answer of its own.
pub(super) fn answer(status: u16, headers: &str, body: &str) -> Act {
    let headers = format!("Content-Length: {}\r\n{headers}", body.len());
    Act::Answer([head(status, &headers), body.as_bytes().to_vec()].concat())
}
