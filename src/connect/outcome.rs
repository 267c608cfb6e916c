//! The meaning of a status of the cloud for the document; all else is in [`StatusKind`].

use reqwest::header::HeaderMap;

use crate::reason::Reason;
use crate::transport::{StatusKind, Tier};

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// It brings the document, so a refusal refuses the document.
    Document,
    /// It asks for something; a refusal says nothing about the document.
    Question,
    /// The same with the classic token that may read, for a person who waits.
    ReadToken,
    /// The same for the list of consumed licenses, which the cloud may not give of a very large enterprise.
    LicenseList,
}

/// Judges an HTTP status that is not the expected one, in answer to a request `about` something.
pub fn judge(about: About, status: u16, headers: &HeaderMap) -> (Tier, Reason) {
    match status {
        413 if about == About::Document => (Tier::Final, Reason::PayloadTooLarge),
        400 | 409 | 415 | 422 if about == About::Document => (Tier::Final, Reason::Rejected),
        _ => {
            let kind = StatusKind::of(status, headers);
            (kind.tier(), kind.reason(Reason::MalformedAnswer))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, headers: &[(&'static str, &str)]) -> (Tier, Reason) {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        judge(About::Document, status, &headers)
    }

    #[test]
    fn server_errors_and_limits_pass() {
        for status in [408, 425, 500, 502, 503, 504] {
            assert_eq!(judged(status, &[]), (Tier::Passing, Reason::ServerError), "{status}");
        }
        assert_eq!(judged(429, &[]), (Tier::Passing, Reason::RateLimited));
    }

    #[test]
    fn credentials_permissions_and_unexpected_answers_last() {
        assert_eq!(judged(401, &[]), (Tier::Lasting, Reason::CredentialsRefused));
        let with_requests_left = judged(403, &[("x-ratelimit-remaining", "12")]);
        assert_eq!(with_requests_left, (Tier::Lasting, Reason::PermissionMissing));
        assert_eq!(judged(404, &[]), (Tier::Lasting, Reason::PermissionMissing));
        assert_eq!(judged(407, &[]), (Tier::Lasting, Reason::ProxyRefused));
        for unexpected in [200, 204, 302, 405, 410, 411, 431] {
            assert_eq!(
                judged(unexpected, &[]),
                (Tier::Lasting, Reason::MalformedAnswer),
                "{unexpected}"
            );
        }
    }

    #[test]
    fn a_refusal_of_the_document_is_final() {
        for status in [400, 409, 415, 422] {
            assert_eq!(judged(status, &[]), (Tier::Final, Reason::Rejected), "{status}");
        }
        assert_eq!(judged(413, &[]), (Tier::Final, Reason::PayloadTooLarge));
    }

    #[test]
    fn a_403_with_a_limit_is_no_missing_permission() {
        for limited in [
            ("retry-after", "120"),
            ("retry-after", "soon"),
            ("x-ratelimit-remaining", "0"),
        ] {
            assert_eq!(
                judged(403, &[limited]),
                (Tier::Passing, Reason::RateLimited),
                "{limited:?}"
            );
        }
    }

    #[test]
    fn a_refused_question_says_nothing_about_the_document() {
        for status in [400, 409, 413, 415, 422] {
            let judged = judge(About::Question, status, &HeaderMap::new());
            assert_eq!(judged, (Tier::Lasting, Reason::MalformedAnswer), "{status}");
        }
    }
}
