//! The cloud's users who have a seat, by everything that the cloud shows of them.

use std::collections::HashMap;

use super::address;
use super::evidence::Evidence;
use super::sole::{SoleIndex, SoleMatch};
use crate::license::consumed::{ConsumedLicense, LicenseKind};

/// Finds rows of the cloud's list, by their number. Rows without a login are not in it, but for subscriptions.
#[derive(Default)]
pub(super) struct Directory<'a> {
    /// By what the documented rule compares, letter by letter.
    exact: SoleIndex<&'a str>,
    folded: SoleIndex<String>,
    untagged: SoleIndex<String>,
    local_parts: SoleIndex<String>,
    /// By an attribute of an identity that was read.
    identities: SoleIndex<&'a str>,
    logins: SoleIndex<String>,
    subscriptions: SoleIndex<&'a str>,
    /// Rows of which neither an address nor an identity is known.
    hidden: Vec<bool>,
}

impl<'a> Directory<'a> {
    /// Everybody in the cloud's list who has a login, and every subscription that matches no account of a server.
    pub(super) fn of(evidence: &Evidence<'a>) -> Self {
        let mut identities: HashMap<String, Vec<&'a str>> = HashMap::new();
        for identity in evidence.identities.unwrap_or_default() {
            let known = identities.entry(identity.user.to_ascii_lowercase()).or_default();
            known.extend(
                identity
                    .attributes
                    .iter()
                    .map(String::as_str)
                    .filter(|it| !it.is_empty()),
            );
        }
        let mut directory = Self {
            hidden: vec![false; evidence.cloud.len()],
            ..Self::default()
        };
        for (number, row) in evidence.cloud.iter().enumerate() {
            if row.kind == LicenseKind::VisualStudio
                && row.server_users.is_empty()
                && let Some(address) = &row.visual_studio_address
            {
                directory.subscriptions.add(address, number);
            }
            if let Some(login) = &row.login {
                let login = login.to_ascii_lowercase();
                let attributes = identities.get(&login).map(Vec::as_slice).unwrap_or_default();
                directory.add(number, row, login, attributes);
            }
        }
        directory
    }

    fn add(&mut self, number: usize, row: &'a ConsumedLicense, login: String, attributes: &[&'a str]) {
        for attribute in attributes {
            self.identities.add(attribute, number);
        }
        let shown = row
            .verified_addresses
            .iter()
            .chain(&row.saml_name_id)
            .map(String::as_str);
        let shown: Vec<_> = shown.chain(attributes.iter().copied()).collect();
        self.hidden[number] = shown.is_empty();
        for known in shown {
            self.exact.add(known, number);
            self.folded.add(address::folded(known), number);
            if let Some(base) = address::untagged(known) {
                self.untagged.add(base, number);
            }
            if let Some((local, _)) = address::parts(known) {
                self.local_parts.add(address::folded(local), number);
            }
        }
        // The login of a managed user ends with `_` and the enterprise's short code; no other login has a `_`.
        if let Some((short, _)) = login.rsplit_once('_') {
            self.logins.add(short.to_owned(), number);
        }
        self.logins.add(login, number);
    }

    /// By the documented rule.
    pub(super) fn matching(&self, primary: &str) -> SoleMatch {
        self.exact.find(primary)
    }

    /// When letter case made no difference.
    pub(super) fn but_for_case(&self, primary: &str) -> Option<usize> {
        self.folded.find(&address::folded(primary)).one()
    }

    /// When a tag made no difference either.
    pub(super) fn but_for_tag(&self, primary: &str) -> Option<usize> {
        self.untagged.find(&address::untagged(primary)?).one()
    }

    /// When the domain made no difference.
    pub(super) fn but_for_domain(&self, primary: &str) -> Option<usize> {
        let (local, _) = address::parts(primary)?;
        self.local_parts.find(&address::folded(local)).one()
    }

    /// By an attribute of an identity that was read.
    pub(super) fn with_identity(&self, name: &str) -> SoleMatch {
        self.identities.find(name)
    }

    /// By login, with or without the short code of managed users.
    pub(super) fn with_login(&self, login: &str) -> Option<usize> {
        self.logins.find(&login.to_ascii_lowercase()).one()
    }

    /// The subscription with this address that matches no account of a server.
    pub(super) fn subscription(&self, address: &str) -> SoleMatch {
        self.subscriptions.find(address)
    }

    /// Whether neither an address nor an identity of the row is known.
    pub(super) fn is_hidden(&self, row: usize) -> bool {
        self.hidden[row]
    }

    /// How many rows are hidden.
    pub(super) fn hidden(&self) -> usize {
        self.hidden.iter().filter(|hidden| **hidden).count()
    }
}
