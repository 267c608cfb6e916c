//! What a collection reports while it runs. It does not know how that is shown.

use std::time::Duration;

use crate::license::Totals;
use crate::reason::Reason;

/// Hears how far a collection is. Called from the collecting task, so it must not block.
pub trait CollectProgress: Send + Sync {
    /// The server is reachable and the token is good; about this many accounts follow, if it reports that.
    fn started(&self, expected_accounts: Option<u64>);

    /// The server is asked for the report, or for a page of what is read before; it may take so long to answer.
    fn asking(&self, _at_most: Duration) {}

    /// The server is still generating the report after `waited` and will be asked again in `again_in`.
    fn waiting(&self, waited: Duration, again_in: Duration);

    /// Nothing is asked for so long, because of this.
    fn put_off(&self, wait: Duration, _reason: Reason) {
        self.asking(wait);
    }

    /// So many accounts were read from so many bytes (after decompression), in all.
    fn read(&self, accounts: u64, bytes: u64);

    /// The program that wrote the list has failed, and this was the end of what it wrote to standard error, masked. It can name
    /// users all the same, so it is for the terminal of a person alone.
    fn diagnostics(&self, _lines: Vec<String>) {}

    /// The collection is complete.
    fn done(&self, totals: Totals);
}

/// Reports to nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl CollectProgress for NoProgress {
    fn started(&self, _expected_accounts: Option<u64>) {}

    fn waiting(&self, _waited: Duration, _again_in: Duration) {}

    fn read(&self, _accounts: u64, _bytes: u64) {}

    fn done(&self, _totals: Totals) {}
}
