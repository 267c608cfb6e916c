//! The first byte tells whether the rest is a document, which is then compressed, or a body as it is sent. The sandbox,
//! which reads documents as strictly as `docs/connect-api.yaml` describes them, takes it or says why not, and the client
//! gives the answer to the operator: never a fault, never at length.
#![no_main]

use std::convert::Infallible;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use ghe_license_sync::clock::SystemClock;
use ghe_license_sync::connect::{Client, ConnectError, Upload};
use ghe_license_sync::explain::Explain;
use ghe_license_sync::license::Digest;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::sandbox::{Sandbox, SandboxOptions};
use ghe_license_sync::settings::{Environment, Gate, Settings, Sources};
use ghe_license_sync::transport::Pace;
use ghe_license_sync::transport::Tier;
use ghe_license_sync_fuzz::told;
use libfuzzer_sys::fuzz_target;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A sandbox, and a client that its settings lead to it.
struct Peers {
    runtime: Runtime,
    sandbox: Sandbox,
    client: Client,
    _directory: TempDir,
}

thread_local! {
    static PEERS: Peers = peers();
}

fn peers() -> Peers {
    let directory = TempDir::new().expect("a directory");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let options = SandboxOptions {
        users: 5,
        ..SandboxOptions::default()
    };
    let sandbox = runtime
        .block_on(Sandbox::start(options, directory.path()))
        .expect("a sandbox");
    let sources = Sources {
        file: sandbox.config_file().to_owned(),
        environment: Environment::default(),
        overrides: Vec::new(),
    };
    let Gate::Open(link) = Settings::load(&sources).expect("settings").gate else {
        unreachable!("a sandbox has Connect and license sync enabled");
    };
    let client = Client::new(
        &link.cloud,
        Pace::default(),
        &sources.environment,
        Arc::new(SystemClock),
    )
    .expect("a client");
    Peers {
        runtime,
        sandbox,
        client,
        _directory: directory,
    }
}

async fn upload(client: &Client, body: Bytes) -> Result<(), ConnectError> {
    let upload = Upload {
        // One for all: what is understood after the first is reported as another document, and is not kept.
        idempotency_key: "key".to_owned(),
        content_digest: Digest(Sha256::digest(&body).into()),
        size: body.len() as u64,
    };
    let pieces = futures_util::stream::iter([Ok::<_, Infallible>(body)]);
    let authorization = client.authorize().await?;
    client.upload(&authorization, &upload, pieces, &|| {}).await.map(|_| ())
}

fn compressed(document: &[u8]) -> Bytes {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(document).expect("memory takes it");
    gzip.finish().expect("memory takes it").into()
}

fuzz_target!(|data: &[u8]| {
    let Some((form, rest)) = data.split_first() else {
        return;
    };
    let body = if form % 2 == 0 {
        Bytes::copy_from_slice(rest)
    } else {
        compressed(rest)
    };
    PEERS.with(|peers| {
        let answered = peers
            .runtime
            .block_on(async { tokio::time::timeout(Duration::from_secs(20), upload(&peers.client, body)).await });
        if let Err(error) = answered.expect("it ends") {
            let text = told(&error);
            assert_eq!(error.tier(), Tier::Final, "{text}");
            assert!(
                matches!(error.reason(), Reason::Rejected | Reason::PayloadTooLarge),
                "{text}"
            );
        }
        assert!(peers.sandbox.uploads().len() <= 1, "one key, one upload");
    });
});
