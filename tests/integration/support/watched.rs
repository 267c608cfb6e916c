//! A lab whose uploads are watched on their way.

use std::sync::Arc;

use chrono::DateTime;
use ghe_license_sync::explain::Explain;
use ghe_license_sync::store::{Run, Trigger};
use ghe_license_sync::sync::{Context, NoProgress, RunProgress, SyncError, run_once};

use super::lab::Lab;
use super::relay::Relay;
use super::render::render;

/// A lab and the relay that its uploads pass.
pub(crate) struct Watched {
    pub(crate) lab: Lab,
    pub(crate) relay: Relay,
}

impl Watched {
    pub(crate) async fn with_faults(faults: &[&str]) -> Self {
        Self::over(Lab::with_faults(faults).await).await
    }

    pub(crate) async fn over(lab: Lab) -> Self {
        let relay = Relay::to(lab.sandbox.cloud_url()).await;
        Self { lab, relay }
    }

    pub(crate) fn context(&self, overrides: &[&str], progress: Arc<dyn RunProgress>) -> Context {
        let uploads = format!("connect.uploads-url={}", self.relay.url);
        let mut all = vec![&*uploads];
        all.extend(overrides);
        self.lab.context_with(&all, progress)
    }

    /// One run.
    pub(crate) async fn sync(&self, overrides: &[&str]) -> Result<Run, SyncError> {
        run_once(&self.context(overrides, Arc::new(NoProgress)), &Trigger::Manual).await
    }

    /// One run that does not end well; what an operator reads.
    pub(crate) async fn failing_sync(&self, overrides: &[&str]) -> String {
        self.read(&self.sync(overrides).await.unwrap_err())
    }

    /// An error as an operator reads it, with what differs from run to run replaced; uploads go to `http://HOST`.
    pub(crate) fn read(&self, error: &dyn Explain) -> String {
        let text = self.lab.plain(&render(error, &self.relay.url));
        let word = |word: &str| {
            if DateTime::parse_from_rfc3339(word).is_ok() {
                "TIME".to_owned()
            } else {
                word.to_owned()
            }
        };
        let lines = text
            .lines()
            .map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" "));
        lines.collect::<Vec<_>>().join("\n")
    }
}
