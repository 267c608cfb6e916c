//! From the source of the settings to what is frozen: a list becomes a document, a file that the server exports is kept
//! unchanged.

use super::cause::Cause;
use super::content::{Given, RunContent};
use super::context::Context;
use super::destination::hostname;
use super::source::DocumentSource;
use crate::collect::{self, CollectError};
use crate::license::{EarlierList, Exported};
use crate::settings::{LicenseFile, Link, Source};
use crate::store::{Destination, Installation, Spool};
use crate::transport::Pace;

/// What is gathered for.
pub(super) struct GatherTarget<'a> {
    pub(super) link: &'a Link,
    pub(super) destination: &'a Destination,
    pub(super) installation: Installation,
    pub(super) pace: Pace,
}

impl GatherTarget<'_> {
    /// Reads the source; a list is compared with an earlier one if there is one.
    pub(super) async fn gather(self, context: &Context, earlier: Option<EarlierList>) -> Result<RunContent, Cause> {
        if let Source::LicenseFile(source) = &self.link.server.source {
            return Box::pin(self.put_aside(context, source)).await;
        }
        let server = &self.link.server;
        let (environment, progress) = (&context.environment, &*context.progress);
        // Apart from the future of the run, which has room for it otherwise.
        let collecting = collect::collect_beside(server, earlier, self.pace, environment, progress);
        let collection = Box::pin(collecting).await?;
        let id = self.destination.server_id;
        let now = context.clock.now();
        let source = DocumentSource::new(self.link, id, self.installation, collection, now);
        Ok(RunContent::Made(Box::new(source)))
    }

    async fn put_aside(self, context: &Context, source: &LicenseFile) -> Result<RunContent, Cause> {
        let mut bytes = Spool::create(&context.state_directory).map_err(CollectError::Spool)?;
        let (environment, progress) = (&context.environment, &*context.progress);
        let server = &self.link.server;
        let usage = collect::collect_license_file(server, source, self.pace, environment, progress, &mut bytes).await?;
        self.report_host_name(&usage.exported);
        Ok(RunContent::Given(Box::new(Given {
            server_id: usage.exported.server_id,
            bytes,
            digest: usage.digest,
            exported: usage.exported,
            counts: usage.facts.counts,
            report: usage.age,
        })))
    }

    /// A server may be renamed, so that is no reason not to send.
    fn report_host_name(&self, exported: &Exported) {
        let ours = hostname(self.link);
        if let Some(theirs) = exported
            .host_name
            .as_deref()
            .filter(|name| !name.eq_ignore_ascii_case(ours))
        {
            tracing::warn!("the license usage file is of the host {theirs}, and `server.url` names {ours}");
        }
    }
}
