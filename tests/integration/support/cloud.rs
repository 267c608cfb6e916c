//! A cloud account on loopback that answers well, but for what a test makes it answer.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use ghe_license_sync::clock::SystemClock;
use ghe_license_sync::connect::{Accepted, Client, Confirmation, ConnectError, Upload};
use ghe_license_sync::license::Digest;
use ghe_license_sync::settings::{AddressKey, App, Cloud, Credential, Environment, LicenseOwner, Network};
use ghe_license_sync::transport::Pace;
use url::Url;

use super::loopback::{Loopback, Reply, Request};

const KEY: &str = include_str!("../../fixtures/keys/rsa.pem");

/// A good token.
pub(crate) const TOKEN: &str = r#"{"token":"ghs_0123456789abcdefTOKEN","expires_at":"2126-11-24T04:00:00Z"}"#;

/// A cloud that answers differently to requests whose path ends like this.
pub(crate) async fn with_answer(end: &'static str, answer: impl Fn() -> Reply + Send + Sync + 'static) -> Loopback {
    Loopback::serve(move |request| {
        if request.path().ends_with(end) {
            answer()
        } else {
            good(request)
        }
    })
    .await
}

fn good(request: &Request) -> Reply {
    match request.path() {
        path if path.ends_with("/access_tokens") => Reply::answer(201, "", TOKEN.as_bytes()),
        path if path.ends_with("/license-usage") => Reply::answer(202, "Location: /uploads/1\r\n", br#"{"id":"1"}"#),
        "/uploads/1" => Reply::answer(200, "", br#"{"sync_state":"success"}"#),
        _ => Reply::answer(404, "", b""),
    }
}

fn credential(name: &'static str) -> Credential {
    Credential {
        name,
        key: name,
        variable: name,
        hosts: String::new(),
        file: None,
        stored: None,
        stamp: None,
    }
}

/// A client of this cloud. Only `Location` is left to ask for a confirmation.
pub(crate) fn client(cloud: &Loopback) -> Client {
    client_over(&cloud.url, &cloud.url, Network::default(), Pace::default())
}

/// The same with two addresses, a network and limits for uploads.
pub(crate) fn client_over(api: &Url, uploads: &Url, network: Network, pace: Pace) -> Client {
    let settings = Cloud {
        api_url: api.clone(),
        uploads_url: uploads.clone(),
        api_url_key: AddressKey::ApiUrl,
        uploads_url_key: AddressKey::UploadsUrl,
        account: LicenseOwner::Enterprise("octo-corp".to_owned()),
        app: Some(App {
            client_id: "Iv23liExample".to_owned(),
            installation_id: 1234.try_into().unwrap(),
            private_key: credential("KEY"),
        }),
        upload_path: "enterprises/octo-corp/license-usage".to_owned(),
        read_token: credential("READ_TOKEN"),
        network,
    };
    let environment: Environment = [("KEY", KEY)].into_iter().collect();
    Client::new(&settings, pace, &environment, Arc::new(SystemClock)).unwrap()
}

/// Sends a small document.
pub(crate) async fn upload(client: &Client) -> Result<Accepted, ConnectError> {
    let upload = Upload {
        idempotency_key: "key".to_owned(),
        content_digest: Digest([0; 32]),
        size: 8,
    };
    let bytes = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"document"))]);
    client.upload(&client.authorize().await?, &upload, bytes, &|| {}).await
}

/// Sends a small document and asks once what happened to it.
pub(crate) async fn deliver(client: &Client) -> Result<Confirmation, ConnectError> {
    let accepted = upload(client).await?;
    client
        .confirmation(&client.authorize().await?, accepted.location.as_str())
        .await
}
