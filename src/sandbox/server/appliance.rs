//! The enterprise server: what its handlers share.

use std::io::{self, Write};
use std::sync::Arc;

use axum::http::HeaderValue;
use url::Url;

use crate::clock::Clock;
use crate::sandbox::connection::Connection;
use crate::sandbox::exported;
use crate::sandbox::population::{Census, Population};

/// Its version.
pub(super) const VERSION: HeaderValue = HeaderValue::from_static("3.19.0");

/// What the server's handlers share.
pub(crate) struct EnterpriseServer {
    pub(crate) connection: Arc<Connection>,
    pub(crate) population: Population,
    pub(crate) census: Census,
    /// The places of those whom SCIM has.
    pub(crate) provisioned: Vec<u32>,
    /// The server's own address; ends with a slash.
    pub(crate) url: Url,
    pub(crate) clock: Arc<dyn Clock>,
}

impl EnterpriseServer {
    /// Writes the license usage file, as its command does.
    pub(crate) fn export(&self, mut to: impl Write) -> io::Result<()> {
        let host = self.url.host_str().unwrap_or_default();
        exported::write(self.population, self.connection.server_id, host, &mut to)?;
        to.flush()
    }
}
