//! The first byte names one of the four things that are asked of the cloud; the rest is, byte by byte, what it says to
//! that. An upload and two questions for its confirmation end in bounded time, and every wait is capped.
#![no_main]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ghe_license_sync::clock::Clock;
use ghe_license_sync::connect::{Client, ConnectError, Listing, Upload};
use ghe_license_sync::license::Digest;
use ghe_license_sync::settings::{AddressKey, App, Cloud, Credential, Environment, LicenseOwner, Network};
use ghe_license_sync::transport::Pace;
use ghe_license_sync_fuzz::{Answers, converse, good, told};
use libfuzzer_sys::fuzz_target;

const KEY: &str = include_str!("../../tests/fixtures/keys/rsa.pem");
const READ_TOKEN: &str = "ghp_0123456789abcdefTOKEN";
const INSTALLATION_TOKEN: &str = "ghs_0123456789abcdefTOKEN";

/// As documented in `docs/operations.md`.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

const NAMES: [&str; 4] = ["access_tokens", "license-usage", "license-sync-status", "uploads/1"];

struct Hostile {
    name: &'static str,
    answer: Vec<u8>,
}

impl Answers for Hostile {
    fn to(&self, path: &str) -> Vec<u8> {
        let token = format!(r#"{{"token":"{INSTALLATION_TOKEN}","expires_at":"2026-11-24T04:00:00Z"}}"#);
        if path.ends_with(self.name) {
            self.answer.clone()
        } else if path.ends_with("access_tokens") {
            good(201, "", &token)
        } else if path.ends_with("license-usage") {
            good(202, "Location: /uploads/1\r\n", r#"{"id":"1"}"#)
        } else if path.ends_with("uploads/1") {
            good(200, "", r#"{"sync_state":"success"}"#)
        } else {
            // The status cannot be read, so the upload itself is asked.
            good(403, "", "")
        }
    }
}

struct Still;

impl Clock for Still {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_489_200, 0).unwrap_or_default()
    }
}

fn credential(name: &'static str) -> Credential {
    Credential {
        name,
        key: name,
        variable: name,
        hosts: String::new(),
        stored: None,
        stamp: None,
        file: None,
    }
}

fn client(address: SocketAddr) -> Client {
    let url: url::Url = format!("http://{address}/").parse().expect("a URL");
    let cloud = Cloud {
        api_url: url.clone(),
        api_url_key: AddressKey::ApiUrl,
        uploads_url_key: AddressKey::UploadsUrl,
        uploads_url: url,
        account: LicenseOwner::Enterprise("octo-corp".to_owned()),
        app: Some(App {
            client_id: "Iv23liExample".to_owned(),
            installation_id: 1234.try_into().expect("not zero"),
            private_key: credential("PRIVATE_KEY"),
        }),
        upload_path: "enterprises/octo-corp/license-usage".to_owned(),
        read_token: credential("READ_TOKEN"),
        network: Network::default(),
    };
    let environment: Environment = [("PRIVATE_KEY", KEY), ("READ_TOKEN", READ_TOKEN)].into_iter().collect();
    Client::new(&cloud, Pace::default(), &environment, Arc::new(Still)).expect("a client")
}

fn check(error: &ConnectError) {
    let text = told(error);
    assert!(
        !text.contains(READ_TOKEN) && !text.contains(INSTALLATION_TOKEN),
        "{text}"
    );
    if let Some(wait) = error.retry_after() {
        assert!(wait <= LONGEST_WAIT, "{wait:?}");
    }
}

/// What is shown of a listing is short, names nobody and steers no terminal.
fn check_listing(listing: Option<&Listing>) {
    for server in listing.into_iter().flat_map(|listing| &listing.servers) {
        let texts = [
            Some(&server.id),
            server.hostname.as_ref(),
            server.status.as_ref(),
            server.said.as_ref(),
        ];
        for text in texts.into_iter().flatten() {
            assert!(
                text.len() <= 256 && !text.contains('@') && !text.contains(char::is_control),
                "{text:?}"
            );
        }
    }
}

async fn deliver(client: &Client) {
    let authorization = match client.authorize().await {
        Ok(authorization) => authorization,
        Err(error) => return check(&error),
    };
    let upload = Upload {
        idempotency_key: "key".to_owned(),
        content_digest: Digest([0; 32]),
        size: 0,
    };
    let nothing = futures_util::stream::empty::<Result<bytes::Bytes, Infallible>>();
    let accepted = match client.upload(&authorization, &upload, nothing, &|| {}).await {
        Ok(accepted) => accepted,
        Err(error) => return check(&error),
    };
    match client.listing().await {
        Ok(listing) => check_listing(listing.as_ref()),
        Err(error) => check(&error),
    }
    for _ in 0..2 {
        let asked = match client.authorize().await {
            Ok(authorization) => client.confirmation(&authorization, accepted.location.as_str()).await,
            Err(error) => Err(error),
        };
        if let Err(error) = asked {
            check(&error);
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((which, answer)) = data.split_first() else {
        return;
    };
    let hostile = Hostile {
        name: NAMES[usize::from(*which) % NAMES.len()],
        answer: answer.to_vec(),
    };
    converse(hostile, |address| async move { deliver(&client(address)).await });
});
