//! How long a peer says to wait: `Retry-After` in both forms, or the reset of an exhausted rate limit.
//!
//! Points in time are measured against the answer's own `Date`, so a clock that is off on either side does no harm.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

const REMAINING: &str = "x-ratelimit-remaining";

/// No wait that a host asks for is longer than this.
pub const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

/// The wait that `headers` ask for, capped at a day. Nothing when they do not ask, or name a time without saying what
/// time it is.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    asked(headers).map(|wait| wait.min(LONGEST_WAIT))
}

/// Whether `headers` name a limit, even without the time that it lasts.
pub fn is_limited(headers: &HeaderMap) -> bool {
    let is_exhausted = |left: &HeaderValue| left.as_bytes().trim_ascii() == b"0";
    headers.contains_key(RETRY_AFTER) || headers.get(REMAINING).is_some_and(is_exhausted)
}

fn asked(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let date = text(DATE.as_str()).and_then(|date| httpdate::parse_http_date(date).ok());
    let until = |time: SystemTime| Some(time.duration_since(date?).unwrap_or_default());
    if let Some(asked) = text(RETRY_AFTER.as_str()) {
        if !asked.is_empty() && asked.bytes().all(|digit| digit.is_ascii_digit()) {
            // More than fits is still a wait, and a long one.
            return Some(asked.parse().map_or(Duration::MAX, Duration::from_secs));
        }
        return httpdate::parse_http_date(asked).ok().and_then(until);
    }
    if !is_limited(headers) {
        return None;
    }
    let reset = text("x-ratelimit-reset")?.parse().map(Duration::from_secs).ok()?;
    until(UNIX_EPOCH.checked_add(reset)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(headers: &[(&'static str, &str)]) -> Option<Duration> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
            .collect();
        retry_after(&headers)
    }

    const NOW: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");

    #[test]
    fn seconds_are_taken_as_they_are() {
        assert_eq!(wait(&[("retry-after", "120")]), Some(Duration::from_secs(120)));
    }

    #[test]
    fn a_point_in_time_is_measured_against_the_date_of_the_answer() {
        let later = ("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT");
        assert_eq!(wait(&[NOW, later]), Some(Duration::from_secs(30)));
        assert_eq!(wait(&[later]), None);
        let earlier = ("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT");
        assert_eq!(wait(&[NOW, earlier]), Some(Duration::ZERO));
    }

    #[test]
    fn the_reset_of_a_rate_limit_counts_only_once_it_is_exhausted() {
        let reset = ("x-ratelimit-reset", "784111782");
        assert_eq!(
            wait(&[NOW, ("x-ratelimit-remaining", "0"), reset]),
            Some(Duration::from_secs(5))
        );
        assert_eq!(wait(&[NOW, ("x-ratelimit-remaining", "1"), reset]), None);
    }

    #[test]
    fn a_wait_is_never_longer_than_a_day() {
        let next_week = ("retry-after", "Sun, 13 Nov 1994 08:49:37 GMT");
        for long in [("retry-after", "100000"), ("retry-after", "100000000000000000000")] {
            assert_eq!(wait(&[long]), Some(LONGEST_WAIT), "{long:?}");
        }
        assert_eq!(wait(&[NOW, next_week]), Some(LONGEST_WAIT));
    }

    #[test]
    fn a_limit_is_reported_also_without_an_end() {
        let limited = |name: &'static str, value: &'static str| {
            let value = HeaderValue::from_static(value);
            is_limited(&HeaderMap::from_iter([(name.parse().unwrap(), value)]))
        };
        assert!(limited(REMAINING, "0") && limited("retry-after", "soon"));
        assert!(!limited(REMAINING, "10") && !limited("x-ratelimit-reset", "0"));
    }

    #[test]
    fn nonsense_asks_for_nothing() {
        assert_eq!(wait(&[NOW, ("retry-after", "soon")]), None);
        assert_eq!(wait(&[NOW, ("retry-after", "-1")]), None);
        assert_eq!(wait(&[]), None);
        let far = u64::MAX.to_string();
        assert_eq!(
            wait(&[NOW, ("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &far)]),
            None
        );
    }
}
