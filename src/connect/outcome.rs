//! What an answer of the cloud means: tried again, final, or something a person has to mend. One table for all of it.

use std::time::Duration;

use reqwest::header::HeaderMap;

use crate::reason::Reason;
use crate::transport::{is_limited, retry_after};

/// What to do after an answer or a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It can help to try again by itself, not before this time has passed if the cloud named one.
    Retry(Option<Duration>),
    /// The cloud's last word on this document.
    Rejected,
    /// The document stays in the outbox, and a person has to mend something first.
    Stop,
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// It brings the document, so a no is a no to the document.
    Document,
    /// It asks for something; a no says nothing of the document.
    Question,
}

/// Judges an HTTP status that is not the wanted one, in answer to a request `about` something.
#[must_use]
pub fn judge(about: About, status: u16, headers: &HeaderMap) -> (Verdict, Reason) {
    let asked = retry_after(headers);
    match status {
        429 => (Verdict::Retry(asked), Reason::RateLimited),
        403 if is_limited(headers) => (Verdict::Retry(asked), Reason::RateLimited),
        408 | 425 | 500..=599 => (Verdict::Retry(asked), Reason::ServerError),
        401 => (Verdict::Stop, Reason::CredentialsRefused),
        403 | 404 => (Verdict::Stop, Reason::PermissionMissing),
        407 => (Verdict::Stop, Reason::ProxyRefused),
        400..=499 if about != About::Document => (Verdict::Stop, Reason::MalformedAnswer),
        413 => (Verdict::Rejected, Reason::PayloadTooLarge),
        400..=499 => (Verdict::Rejected, Reason::Rejected),
        _ => (Verdict::Stop, Reason::MalformedAnswer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: u16, headers: &[(&'static str, &str)]) -> (Verdict, Reason) {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        judge(About::Document, status, &headers)
    }

    #[test]
    fn what_may_pass_by_itself_is_tried_again() {
        for status in [408, 425, 500, 502, 503, 504] {
            assert_eq!(
                verdict(status, &[]),
                (Verdict::Retry(None), Reason::ServerError),
                "{status}"
            );
        }
        assert_eq!(verdict(429, &[]), (Verdict::Retry(None), Reason::RateLimited));
    }

    #[test]
    fn what_a_person_must_mend_is_not() {
        assert_eq!(verdict(401, &[]), (Verdict::Stop, Reason::CredentialsRefused));
        assert_eq!(
            verdict(403, &[("x-ratelimit-remaining", "12")]),
            (Verdict::Stop, Reason::PermissionMissing)
        );
        assert_eq!(verdict(404, &[]), (Verdict::Stop, Reason::PermissionMissing));
        assert_eq!(verdict(407, &[]), (Verdict::Stop, Reason::ProxyRefused));
        assert_eq!(verdict(302, &[]), (Verdict::Stop, Reason::MalformedAnswer));
        assert_eq!(verdict(200, &[]), (Verdict::Stop, Reason::MalformedAnswer));
    }

    #[test]
    fn a_no_to_the_document_is_final() {
        for status in [400, 409, 411, 415, 422] {
            assert_eq!(verdict(status, &[]), (Verdict::Rejected, Reason::Rejected), "{status}");
        }
        assert_eq!(verdict(413, &[]), (Verdict::Rejected, Reason::PayloadTooLarge));
    }

    #[test]
    fn a_limit_is_told_apart_from_a_missing_permission_and_its_wait_is_capped() {
        let wait = |seconds| (Verdict::Retry(Some(Duration::from_secs(seconds))), Reason::RateLimited);
        assert_eq!(verdict(403, &[("retry-after", "120")]), wait(120));
        assert_eq!(verdict(429, &[("retry-after", "99999999999")]), wait(86_400));
        assert_eq!(
            verdict(429, &[("retry-after", "soon")]),
            (Verdict::Retry(None), Reason::RateLimited)
        );
        assert_eq!(
            verdict(403, &[("x-ratelimit-remaining", "0")]),
            (Verdict::Retry(None), Reason::RateLimited)
        );
    }

    #[test]
    fn a_no_to_a_question_is_no_word_on_the_document() {
        for status in [400, 409, 413, 422] {
            let (verdict, reason) = judge(About::Question, status, &HeaderMap::new());
            assert_eq!((verdict, reason), (Verdict::Stop, Reason::MalformedAnswer), "{status}");
        }
    }
}
