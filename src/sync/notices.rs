//! What a host tells that changes nothing for this run and that somebody has to look at in time. Each is reported once a
//! run; nothing is decided here.

use super::Job;
use crate::collect::Collection;
use crate::connect::Client;
use crate::license::ReportAge;
use crate::observe::catalog::Milestone;
use crate::store::RunId;
use crate::transport::Ending;

impl Job<'_> {
    /// At the end of the run: what the cloud announced in it.
    pub(super) fn report_ending_of_cloud(&self) {
        if let Some(ending) = self.client.get().and_then(Client::ending) {
            report_ending("the cloud", ending);
        }
    }
}

/// Reports what the enterprise server announced, and that its report is an old one.
pub(super) fn report_collection(run: RunId, collection: &Collection) {
    if let Some(ending) = collection.ending {
        report_ending("the enterprise server", ending);
    }
    if let Some(remark) = collection.report.and_then(ReportAge::remark) {
        tracing::warn!(run_id = %run, "{remark}");
    }
}

/// Reports that `host` will not answer this program for ever.
fn report_ending(host: &str, ending: Ending) {
    tracing::warn!(
        message_id = Milestone::ApiVersionEnding.message_id(),
        "{host} announces {ending}; install a version of ghe-license-sync that asks in a newer one"
    );
}
