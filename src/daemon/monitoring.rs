//! Keeps the metrics fresh: they are written when something changed, and again each hour, because health is judged and
//! the next window is looked up when they are written. A file that cannot be written is reported once a day.
//!
//! It does not know what is in the metrics: that is `sync`.

use chrono::{DateTime, TimeDelta, Utc};

use super::faults::{TOLD_AGAIN_AFTER, lies_within};
use crate::explain::chain;
use crate::observe::catalog::Milestone;
use crate::settings::Settings;
use crate::sync;

/// Metrics that are older are written again.
const FRESH_FOR: TimeDelta = TimeDelta::hours(1);

/// When the metrics were written, and when it was reported that they could not be.
#[derive(Default)]
pub(super) struct Monitoring {
    tried_at: Option<DateTime<Utc>>,
    told_at: Option<DateTime<Utc>>,
}

impl Monitoring {
    /// Writes the metrics.
    pub(super) async fn publish(&mut self, settings: &Settings, now: DateTime<Utc>) {
        self.tried_at = Some(now);
        let Err(error) = sync::publish_metrics(settings, now).await else {
            self.told_at = None;
            return;
        };
        if !lies_within(self.told_at, TOLD_AGAIN_AFTER, now) {
            self.told_at = Some(now);
            tracing::warn!(
                message_id = Milestone::MetricsUnwritable.message_id(),
                "{}",
                chain(&error)
            );
        }
    }

    /// Writes them unless they are fresh.
    pub(super) async fn keep_fresh(&mut self, settings: &Settings, now: DateTime<Utc>) {
        if !lies_within(self.tried_at, FRESH_FOR, now) {
            self.publish(settings, now).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::settings::{Environment, Sources};

    #[test]
    fn metrics_are_fresh_for_an_hour_and_not_when_the_clock_went_back() {
        let begin: DateTime<Utc> = "2026-11-24T03:04:00Z".parse().unwrap();
        let fresh = |now| lies_within(Some(begin), FRESH_FOR, now);
        assert!(fresh(begin) && fresh(begin + TimeDelta::minutes(59)));
        assert!(!fresh(begin + FRESH_FOR) && !fresh(begin - TimeDelta::seconds(1)));
        assert!(!lies_within(None, FRESH_FOR, begin));
    }

    fn settings(directory: &Path, textfile: &str) -> Settings {
        let file = directory.join("config.toml");
        let text = format!(
            "[metrics]\ntextfile = \"{textfile}\"\n[state]\ndirectory = \"{}\"\n",
            directory.display()
        );
        std::fs::write(&file, text).unwrap();
        Settings::load(&Sources {
            file,
            environment: Environment::default(),
            overrides: Vec::new(),
        })
        .unwrap()
    }

    #[tokio::test]
    async fn metrics_that_cannot_be_written_are_reported_once_a_day_until_they_can() {
        let directory = tempfile::tempdir().unwrap();
        let begin: DateTime<Utc> = "2026-11-24T03:04:00Z".parse().unwrap();
        let mut monitoring = Monitoring::default();
        let unwritable = settings(directory.path(), "/proc/nowhere/sync.prom");
        for (hours, told_after) in [(0, 0), (1, 0), (23, 0), (24, 24), (25, 24)] {
            let now = begin + TimeDelta::hours(hours);
            monitoring.keep_fresh(&unwritable, now).await;
            assert_eq!(
                monitoring.told_at,
                Some(begin + TimeDelta::hours(told_after)),
                "{hours}"
            );
        }
        let path = directory.path().join("sync.prom");
        let writable = settings(directory.path(), &path.display().to_string());
        monitoring.keep_fresh(&writable, begin + TimeDelta::hours(25)).await;
        assert!(!path.exists(), "the last try was just now");
        monitoring.publish(&writable, begin + TimeDelta::hours(25)).await;
        assert!(path.exists());
        assert_eq!(monitoring.told_at, None);
    }
}
