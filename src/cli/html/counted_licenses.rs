//! What the page keeps of the licenses while they are read.

use super::users;
use crate::license::{ConsumedLicense, ConsumedTotals};

/// What is kept of the licenses.
pub(super) struct CountedLicenses {
    pub(super) totals: ConsumedTotals,
    pub(super) several_servers: u64,
    /// Rows of a table, if users are to be shown.
    pub(super) rows: Option<String>,
}

impl CountedLicenses {
    pub(super) fn new(shows_users: bool) -> Self {
        Self {
            totals: ConsumedTotals::default(),
            several_servers: 0,
            rows: shows_users.then(String::new),
        }
    }

    pub(super) fn add(&mut self, license: &ConsumedLicense) {
        self.totals.add(license);
        let mut hosts = license.server_users.iter().map(|user| &user.host);
        let first = hosts.next();
        self.several_servers += u64::from(hosts.any(|host| Some(host) != first));
        if let Some(rows) = &mut self.rows {
            rows.push_str(&users::row(license).into_string());
        }
    }
}
