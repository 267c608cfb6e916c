//! A sandbox whose settings name its account as an operator does: by `host`, and without the addresses of services.

use std::path::{Path, PathBuf};

use super::cloud_hosts::CloudHosts;
use crate::support::lab::{Lab, Ran, binary};

/// The account that a server reports to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    /// `enterprise` or `organization`.
    pub(super) kind: &'static str,
    pub(super) host: &'static str,
}

/// Every account that there can be.
pub(super) const ACCOUNTS: [Account; 4] = [
    Account {
        kind: "enterprise",
        host: "github.com",
    },
    Account {
        kind: "enterprise",
        host: "octocorp.ghe.com",
    },
    Account {
        kind: "organization",
        host: "github.com",
    },
    Account {
        kind: "organization",
        host: "octocorp.ghe.com",
    },
];

impl Account {
    pub(super) fn is_enterprise(self) -> bool {
        self.kind == "enterprise"
    }
}

impl std::fmt::Display for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at {}", self.kind, self.host)
    }
}

/// The cloud with this account, and a server that reports to it.
pub(super) struct Site {
    pub(super) lab: Lab,
    pub(super) hosts: CloudHosts,
}

impl Site {
    pub(super) async fn of(account: Account) -> Self {
        let lab = Lab::with_faults(&[]).await;
        let hosts = CloudHosts::open(account.host, lab.sandbox.cloud_url()).await;
        let cloud = lab.sandbox.cloud_url();
        let trusted = hosts.authority.network().ca_file.unwrap();
        lab.edit_settings(
            &format!("api-url = \"{cloud}\"\n"),
            &format!("proxy = \"{}\"\n", hosts.proxy),
        );
        lab.edit_settings(
            &format!("uploads-url = \"{cloud}\"\n"),
            &format!("ca-file = \"{}\"\n", trusted.display()),
        );
        lab.edit_settings("host = \"github.com\"", &format!("host = \"{}\"", account.host));
        if !account.is_enterprise() {
            lab.edit_settings("enterprise = \"octo-corp\"", "organization = \"octo-org\"");
        }
        Self { lab, hosts }
    }

    /// Runs the binary, with this settings file.
    pub(super) async fn run(&self, settings: &Path, arguments: &[&str]) -> Ran {
        binary(&[&["--config", settings.to_str().unwrap()], arguments].concat()).await
    }

    /// The settings of another server of the account, with a state directory of its own: the `server` of this lab, whose people
    /// are the same.
    pub(super) fn second(&self, server: &Lab) -> PathBuf {
        let text = std::fs::read_to_string(self.lab.sandbox.config_file()).unwrap();
        let (ours, theirs) = (self.lab.directory.path(), server.directory.path());
        let id = server_id(&text);
        let url = server.sandbox.server_url().as_str().replace("127.0.0.1", "localhost");
        let path = |name: &str| format!("{}/{name}\"", ours.display());
        let other = |name: &str| format!("{}/{name}\"", theirs.display());
        let text = text
            .replace(&id, SECOND_ID)
            .replace(self.lab.sandbox.server_url().as_str(), &url)
            .replace(&path("state"), &other("state"))
            .replace(&path("fingerprint-key"), &other("fingerprint-key"));
        let file = theirs.join("second.toml");
        std::fs::write(&file, text).unwrap();
        file
    }

    /// A text of the binary without what differs from run to run.
    pub(super) fn plain(&self, text: &str) -> String {
        let ids = std::fs::read_to_string(self.lab.sandbox.config_file()).unwrap();
        let text = self.lab.plain(text).replace(&server_id(&ids), "FIRST-ID");
        text.replace(SECOND_ID, "SECOND-ID")
            .replace(self.hosts.proxy.as_str(), "http://PROXY/")
    }
}

/// The ID of the second server.
pub(super) const SECOND_ID: &str = "0191d3a2-77aa-4c11-9b1e-5e2f8a4c0d17";

/// The server ID in settings.
pub(super) fn server_id(settings: &str) -> String {
    let settings: toml::Table = settings.parse().unwrap();
    settings["server"]["id"].as_str().unwrap().to_owned()
}
