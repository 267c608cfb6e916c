//! A span of time that gets one run.

use chrono::{DateTime, Utc};

/// From the start of one window to the start of the next, which no longer belongs to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    pub start: DateTime<Utc>,
    /// Always later than `start`.
    pub end: DateTime<Utc>,
}

impl Window {
    /// Whether `instant` lies in it.
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        (self.start..self.end).contains(&instant)
    }

    /// Its name in the idempotency key, the history and the logs: the start in UTC, like `2026-11-23T03:00Z`.
    pub fn key(&self) -> String {
        self.start.format("%Y-%m-%dT%H:%MZ").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_holds_its_start_and_not_its_end() {
        let window = Window {
            start: "2026-11-23T03:00:00Z".parse().unwrap(),
            end: "2026-11-30T03:00:00Z".parse().unwrap(),
        };
        assert!(window.contains(window.start));
        assert!(!window.contains(window.end));
        assert!(!window.contains(window.start - chrono::Duration::milliseconds(1)));
        assert_eq!(window.key(), "2026-11-23T03:00Z");
    }
}
