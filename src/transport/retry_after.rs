//! How long a peer asks to be left alone: `Retry-After` in both forms, or the reset of an exhausted rate limit.
//!
//! Points in time are measured against the answer's own `Date`, so a clock that is off on either side does no harm.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// The wait that `headers` ask for. Nothing when they do not ask, or name a time without saying what time it is.
/// It is not capped.
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let date = text(DATE.as_str()).and_then(|date| httpdate::parse_http_date(date).ok());
    let until = |time: SystemTime| Some(time.duration_since(date?).unwrap_or_default());
    if let Some(asked) = text(RETRY_AFTER.as_str()) {
        return match asked.parse().map(Duration::from_secs) {
            Ok(wait) => Some(wait),
            Err(_) => httpdate::parse_http_date(asked).ok().and_then(until),
        };
    }
    if text("x-ratelimit-remaining") != Some("0") {
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
