//! A request to the cloud by what it is for.

use std::fmt;
use std::time::Duration;

use super::outcome::About;

/// For requests whose answer is small.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// A request by what it is for.
#[derive(Debug, Clone, Copy)]
pub struct ApiCall {
    pub(super) name: &'static str,
    pub(super) method: &'static str,
    pub(super) about: About,
}

impl fmt::Display for ApiCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}
