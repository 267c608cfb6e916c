//! The list of consumed licenses as the reader of the cloud account reads it.

mod connection;
mod moving;
mod recorded;
mod refused;
#[cfg(feature = "sandbox")]
mod sandbox;
mod waiting;

use std::sync::Mutex;
use std::time::Duration;

use ghe_license_sync::connect::{ConnectError, LicenseListing, LicenseReader, MayAsk, ReadProgress};
use ghe_license_sync::license::ConsumedLicense;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::settings::{AddressKey, Credential, Environment, Network, ReadAccess};
use ghe_license_sync::transport::Patience;
use serde_json::{Value, json};
use url::Url;

use crate::support::loopback::{Loopback, Reply};

const TOKEN: &str = "ghp_0123456789abcdefREAD";

/// Where the list is, with what the first page is asked for.
const LIST: &str = "/enterprises/octo-corp/consumed-licenses?per_page=100";

/// Waits in which nothing has to pass.
const HASTE: Patience = Patience {
    in_all: Duration::from_secs(3600),
    at_limit: Duration::ZERO,
    after_failure: Duration::ZERO,
};

/// What a reader said while it read.
#[derive(Default)]
struct Said(Mutex<Vec<String>>);

impl ReadProgress for Said {
    fn rows(&self, rows: u64, of: Option<u64>) {
        self.0.lock().unwrap().push(format!("{rows} of {of:?}"));
    }

    fn put_off(&self, wait: Duration, reason: Reason) {
        self.0.lock().unwrap().push(format!("{reason}: {wait:?}"));
    }
}

fn watch(api: &Url, network: Network) -> ReadAccess {
    ReadAccess {
        api_url: api.clone(),
        api_url_key: AddressKey::ApiUrl,
        enterprise: "octo-corp".to_owned(),
        read_token: Credential {
            name: "connect-read-token",
            key: "connect.read-token-file",
            variable: "READ_TOKEN",
            hosts: String::new(),
            file: None,
            stored: None,
            stamp: None,
        },
        network,
    }
}

/// Reads the whole list.
async fn read_over(
    watch: &ReadAccess,
    patience: Patience,
    said: &Said,
) -> Result<(Vec<ConsumedLicense>, LicenseListing), ConnectError> {
    read_while(watch, patience, said, &|| Ok(())).await
}

/// The same as long as it may be asked for.
async fn read_while(
    watch: &ReadAccess,
    patience: Patience,
    said: &Said,
    may_ask: MayAsk<'_>,
) -> Result<(Vec<ConsumedLicense>, LicenseListing), ConnectError> {
    let environment: Environment = [("READ_TOKEN", TOKEN)].into_iter().collect();
    let reader = LicenseReader::new(watch, patience, &environment)?;
    let (mut pages, mut rows) = (reader.pages(may_ask), Vec::new());
    while let Some(page) = pages.next(said).await? {
        rows.extend(page);
    }
    Ok((rows, pages.into_listing()))
}

/// The same of a server on loopback.
async fn read(server: &Loopback) -> Result<(Vec<ConsumedLicense>, LicenseListing), ConnectError> {
    let watch = watch(&server.url, Network::default());
    read_over(&watch, HASTE, &Said::default()).await
}

/// A row of a member with this login.
fn member(login: &str) -> Value {
    json!({ "github_com_login": login, "github_com_user": true, "license_type": "Enterprise", "total_user_accounts": 1 })
}

/// A page with these rows, which leads to `next`.
fn page(rows: &[Value], total: u64, next: Option<&str>) -> Reply {
    let link = next
        .map(|next| format!("Link: <{next}>; rel=\"next\"\r\n"))
        .unwrap_or_default();
    let body = json!({ "total_seats_consumed": total, "total_seats_purchased": 50, "users": rows });
    Reply::answer(
        200,
        &format!("Content-Type: application/json\r\n{link}"),
        body.to_string().as_bytes(),
    )
}
