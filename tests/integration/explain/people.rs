//! People with names, and their accounts and rows.

use ghe_license_sync::license::consumed::{ConsumedLicense, LicenseKind, ServerUser};
use ghe_license_sync::license::explain::{CloudIdentity, LocalAccount};

use super::population::{HOST, Kind, Population};
use super::truth::Truth;

const FIRST: [&str; 12] = [
    "ada", "alan", "barbara", "dana", "edsger", "frances", "grace", "hedy", "ivan", "karen", "leslie", "radia",
];
const LAST: [&str; 12] = [
    "adams", "baker", "carter", "davis", "evans", "fisher", "garcia", "hughes", "irwin", "jones", "novak", "patel",
];

/// A human being.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) login: String,
    /// The part of the addresses before the `@`.
    pub(super) local: String,
}

impl Person {
    /// The address at work, in a domain that the cloud account has verified, if it has verified any.
    pub(super) fn work(&self) -> String {
        self.at("corp.example")
    }

    pub(super) fn at(&self, domain: &str) -> String {
        format!("{}@{domain}", self.local)
    }
}

impl Population {
    /// Somebody new.
    pub(super) fn person(&mut self) -> Person {
        self.people += 1;
        let number = self.people;
        let (first, last) = (
            FIRST[self.chance.below(FIRST.len())],
            LAST[self.chance.below(LAST.len())],
        );
        Person {
            login: format!("{first}-{last}-{number}"),
            local: format!("{first}.{last}.{number}"),
        }
    }

    /// An account on the server, with what makes it odd; returns its ID.
    pub(super) fn account(&mut self, person: &Person, odd: impl FnOnce(&mut LocalAccount)) -> u64 {
        let id = 100 + 3 * self.local.len() as u64;
        let mut account = LocalAccount {
            id,
            login: person.login.clone(),
            address: person.work(),
            role: "user".to_owned(),
            never_signed_in: Some(false),
            ..LocalAccount::default()
        };
        odd(&mut account);
        self.local.push(account);
        id
    }

    /// A member of the cloud account who is known there by `address`; returns the mark of the row.
    pub(super) fn member(&mut self, person: &Person, address: &str) -> usize {
        self.member_known_by(person, &[address, &person.login])
    }

    /// The same, with all attributes of the identity; the first is the address.
    pub(super) fn member_known_by(&mut self, person: &Person, attributes: &[&str]) -> usize {
        let (kind, address) = (self.kind, attributes[0].to_owned());
        let mut row = ConsumedLicense {
            login: Some(person.login.clone()),
            is_cloud_user: true,
            member_roles: vec!["octo-org:Member".to_owned()],
            enterprise_roles: vec!["Member".to_owned()],
            accounts: 1,
            ..blank()
        };
        match kind {
            Kind::Plain => {}
            Kind::VerifiedDomains => {
                row.saml_name_id = self.chance.percent(50).then(|| address.clone());
                if address.to_ascii_lowercase().ends_with("corp.example") {
                    row.verified_addresses.push(address);
                }
            }
            Kind::Managed => {
                let login = format!("{}_octo", person.login);
                self.identities.push(CloudIdentity {
                    user: login.clone(),
                    attributes: attributes.iter().map(|attribute| (*attribute).to_owned()).collect(),
                });
                row.login = Some(login);
            }
        }
        self.row(row, None)
    }

    /// A row of somebody who is only on a server, as the cloud sees it; `held` is the address that it holds.
    pub(super) fn server_only(&mut self, host: &str, id: u64, held: &str, truth: Option<Truth>) -> usize {
        let row = ConsumedLicense {
            is_server_user: true,
            server_users: vec![user(host, id)],
            server_addresses: Some(held.to_owned())
                .into_iter()
                .filter(|held| !held.is_empty())
                .collect(),
            accounts: 1,
            ..blank()
        };
        self.row(row, truth)
    }

    /// A row of a subscription that is not matched.
    pub(super) fn subscription(&mut self, address: &str, truth: Option<Truth>) -> usize {
        let row = ConsumedLicense {
            kind: LicenseKind::VisualStudio,
            visual_studio_address: Some(address.to_owned()),
            ..blank()
        };
        self.row(row, truth)
    }

    pub(super) fn row(&mut self, row: ConsumedLicense, truth: Option<Truth>) -> usize {
        self.rows.push(row);
        self.truths.push(truth);
        self.rows.len() - 1
    }

    /// Puts an account on a row that is there.
    pub(super) fn put_on(&mut self, row: usize, host: &str, id: u64, held: &str) {
        let row = &mut self.rows[row];
        row.is_server_user = true;
        row.server_users.push(user(host, id));
        if !held.is_empty() {
            row.server_addresses.push(held.to_owned());
        }
        row.accounts += 1;
    }

    /// Somebody who is on both sides and counted once; returns the row and the account's ID.
    pub(super) fn matched(&mut self, person: &Person) -> (usize, u64) {
        let id = self.account(person, |_| {});
        let row = self.member(person, &person.work());
        self.put_on(row, HOST, id, &person.work());
        (row, id)
    }
}

fn user(host: &str, id: u64) -> ServerUser {
    ServerUser {
        host: host.to_owned(),
        id,
    }
}

/// A row of which nothing is known.
pub(super) fn blank() -> ConsumedLicense {
    ConsumedLicense {
        login: None,
        is_cloud_user: false,
        is_server_user: false,
        server_users: Vec::new(),
        server_addresses: Vec::new(),
        verified_addresses: Vec::new(),
        saml_name_id: None,
        kind: LicenseKind::Enterprise,
        member_roles: Vec::new(),
        enterprise_roles: Vec::new(),
        pending_invitations: Vec::new(),
        visual_studio_address: None,
        visual_studio_status: None,
        accounts: 0,
    }
}
