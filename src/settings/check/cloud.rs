//! The cloud account and how it is reached (`[connect]`).

use std::num::NonZeroU64;

use url::Url;

use super::Check;
use super::network::Network;
use crate::settings::gate::Closed;
use crate::settings::schema::choice::DeliveryMethod;
use crate::settings::schema::license_owner::LicenseOwner;
use crate::settings::schema::sections::ConnectSection;
use crate::settings::schema::service_url::{AddressKey, ServiceUrl};
use crate::settings::schema::upload_path::UploadPath;
use crate::settings::schema::value::Text as _;
use crate::settings::secret::Credential;
use crate::settings::{ReadAccess, Unwatchable};

/// The cloud account and how it is reached.
#[derive(Debug, Clone)]
pub struct Cloud {
    /// Like `https://api.github.com/`; ends with a slash.
    pub api_url: Url,
    /// Like `https://uploads.github.com/`; ends with a slash.
    pub uploads_url: Url,
    /// The settings that these two come from.
    pub api_url_key: AddressKey,
    pub uploads_url_key: AddressKey,
    pub account: LicenseOwner,
    /// What uploads take; nothing may be named where a person uploads files.
    pub app: Option<App>,
    /// Path of the upload below `uploads_url`, with the account filled in and without a leading slash.
    pub upload_path: String,
    /// Optional: without it confirmation relies on the upload's `Location`.
    pub read_token: Credential,
    pub network: Network,
}

/// The GitHub App that Connect created.
#[derive(Debug, Clone)]
pub struct App {
    /// Its client ID (or App ID); the issuer of our tokens.
    pub client_id: String,
    pub installation_id: NonZeroU64,
    pub private_key: Credential,
}

impl ConnectSection {
    /// The one account that is written.
    pub(super) fn account(&self) -> Option<LicenseOwner> {
        match (&self.enterprise, &self.organization) {
            (Some(enterprise), None) => Some(LicenseOwner::Enterprise(enterprise.show())),
            (None, Some(organization)) => Some(LicenseOwner::Organization(organization.show())),
            _ => None,
        }
    }

    /// The path of the upload that is written, or else the default for this account.
    pub(super) fn path_for(&self, account: &LicenseOwner) -> UploadPath {
        let written = self.upload_path.clone();
        written.unwrap_or_else(|| UploadPath::default_for(account))
    }

    /// The URL of the REST API, as it is written or follows from the host.
    pub(in crate::settings) fn api(&self) -> Option<Url> {
        self.service("api", self.api_url.as_ref())
    }

    /// The URL that uploads go to, as it is written or follows from the host.
    pub(in crate::settings) fn uploads(&self) -> Option<Url> {
        self.service("uploads", self.uploads_url.as_ref())
    }

    fn service(&self, name: &str, written: Option<&ServiceUrl>) -> Option<Url> {
        let url = written.cloned().or_else(|| self.host.service(name));
        url.map(|url| url.0)
    }

    /// The keys that decide these two: their own, where they are written.
    fn address_keys(&self) -> (AddressKey, AddressKey) {
        let key = |url: &Option<ServiceUrl>, key| url.as_ref().map_or(AddressKey::Host, |_| key);
        (
            key(&self.api_url, AddressKey::ApiUrl),
            key(&self.uploads_url, AddressKey::UploadsUrl),
        )
    }
}

impl Check<'_> {
    pub(super) fn cloud(&mut self) -> Option<Cloud> {
        let connect = &self.sections.connect;
        let follows = "it follows from `host` for github.com and SUBDOMAIN.ghe.com only; set `api-url` and `uploads-url` for \
                       any other host";
        let api_url = self.require("connect.api-url", connect.api(), follows);
        let uploads_url = self.require("connect.uploads-url", connect.uploads(), follows);
        self.demand_account();
        let app = self.app();
        let account = connect.account()?;
        let (api_url_key, uploads_url_key) = connect.address_keys();
        Some(Cloud {
            api_url: api_url?,
            uploads_url: uploads_url?,
            api_url_key,
            uploads_url_key,
            upload_path: connect.path_for(&account).fill(&account)?,
            account,
            app: app?,
            read_token: self.read_token(),
            network: connect.network(),
        })
    }

    /// All that has to be known to read the cloud account. Nothing that is missing is reported: license sync may be off,
    /// and nobody asked for it.
    pub(super) fn watch(&self) -> Result<ReadAccess, Unwatchable> {
        let connect = &self.sections.connect;
        if !connect.enabled {
            return Err(Unwatchable::Closed(Closed::Connect));
        }
        let api_url = connect.api().ok_or(Unwatchable::NoAddress)?;
        let enterprise = match connect.account() {
            Some(LicenseOwner::Enterprise(enterprise)) => enterprise,
            Some(LicenseOwner::Organization(_)) => return Err(Unwatchable::Organization),
            None => return Err(Unwatchable::NoAccount),
        };
        Ok(ReadAccess {
            api_url,
            api_url_key: connect.address_keys().0,
            enterprise,
            read_token: self.read_token(),
            network: connect.network(),
        })
    }

    /// Reports two accounts.
    pub(super) fn accounts(&mut self) {
        let connect = &self.sections.connect;
        if connect.enterprise.is_some() && connect.organization.is_some() {
            self.report(
                "connect.organization",
                "both `enterprise` and `organization` are given",
                "keep the one account that this server is connected to",
            );
        }
    }

    /// Reports it when no account is named.
    fn demand_account(&mut self) {
        let connect = &self.sections.connect;
        let none = connect.enterprise.is_none() && connect.organization.is_none();
        if none && !self.is_doubtful("connect.enterprise") && !self.is_doubtful("connect.organization") {
            self.report(
                "connect.enterprise",
                "`connect.enterprise` or `connect.organization` is missing",
                "name the cloud account as in the URL of its page: github.com/enterprises/NAME",
            );
        }
    }

    /// Reports a path for the other kind of account.
    pub(super) fn upload_path(&mut self) {
        let connect = &self.sections.connect;
        let Some(account) = connect.account() else { return };
        if connect.path_for(&account).fill(&account).is_none() {
            let (own, other) = match account {
                LicenseOwner::Enterprise(_) => ("enterprise", "organization"),
                LicenseOwner::Organization(_) => ("organization", "enterprise"),
            };
            self.report(
                "connect.upload-path",
                format!("`upload-path` asks for {{{other}}}, but the account is an {own}"),
                format!("use `{{{own}}}`"),
            );
        }
    }

    /// The App, which has to be there unless a person uploads; nothing when something is missing, which is reported.
    fn app(&mut self) -> Option<Option<App>> {
        let connect = &self.sections.connect;
        let may_be_by_person =
            self.sections.license_sync.delivery == DeliveryMethod::File || self.is_doubtful("license-sync.delivery");
        if may_be_by_person && (connect.client_id.is_none() || connect.installation_id.is_none()) {
            return Some(None);
        }
        let client_id = self.require(
            "connect.client-id",
            connect.client_id.as_ref(),
            "write the client ID of the GitHub App of this connection",
        );
        let installation_id = self.require(
            "connect.installation-id",
            connect.installation_id,
            "write the number that ends the address of the App's installation page",
        );
        Some(Some(App {
            client_id: client_id?.show(),
            installation_id: installation_id?,
            private_key: self.credential(Credential::new(
                "connect-private-key",
                "connect.private-key-file",
                "GHE_LICENSE_SYNC_CONNECT_PRIVATE_KEY",
                connect.private_key_file.clone(),
            )),
        }))
    }

    fn read_token(&self) -> Credential {
        self.credential(Credential::new(
            "connect-read-token",
            "connect.read-token-file",
            "GHE_LICENSE_SYNC_CONNECT_READ_TOKEN",
            self.sections.connect.read_token_file.clone(),
        ))
    }
}
