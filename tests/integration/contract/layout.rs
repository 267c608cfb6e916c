//! What the sandbox leaves on disk, and how it ends.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use ghe_license_sync::explain::Explain as _;
use ghe_license_sync::sandbox::{Sandbox, SandboxOptions};

use super::bench::Bench;

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_settings_name_both_hosts_and_every_credential() {
    let bench = Bench::start().await;
    let directory = bench.directory.path().to_str().unwrap();
    let text = std::fs::read_to_string(bench.sandbox.config_file())
        .unwrap()
        .replace(bench.sandbox.cloud_url().as_str(), "CLOUD")
        .replace(bench.sandbox.server_url().as_str(), "SERVER")
        .replace(directory, "DIR");
    insta::assert_snapshot!(text, @r#"
    # Written by the sandbox, which serves both hosts on this machine only.
    [connect]
    enabled = true
    host = "github.com"
    api-url = "CLOUD"
    uploads-url = "CLOUD"
    enterprise = "octo-corp"
    client-id = "Iv23lip1VaxzeT6Kgnnx"
    installation-id = 6872025
    private-key-file = "DIR/credentials/connect-private-key"
    read-token-file = "DIR/credentials/connect-read-token"

    [license-sync]
    enabled = true

    [server]
    url = "SERVER"
    id = "c3c8bfb3-ffe3-4828-9626-7d6872cb3610"
    scim-enabled = true
    token-file = "DIR/credentials/server-token"

    [server.source.report]
    username = "license-bot"

    [state]
    directory = "DIR/state"
    fingerprint-key-file = "DIR/fingerprint-key"
    "#);
}

#[tokio::test]
async fn nobody_else_can_read_credentials_and_settings() {
    let bench = Bench::start().await;
    let directory = bench.directory.path();
    assert_eq!(mode(&directory.join("credentials")), 0o700);
    assert_eq!(mode(&directory.join("uploads")), 0o700);
    assert_eq!(mode(bench.sandbox.config_file()), 0o600);
    for name in ["connect-private-key", "connect-read-token", "server-token"] {
        assert_eq!(mode(&directory.join("credentials").join(name)), 0o600, "{name}");
    }
    let key = bench.secret("connect", "private-key-file");
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----\n") && key.ends_with("-----END PRIVATE KEY-----\n"));
}

#[tokio::test]
async fn a_sandbox_can_be_started_again_in_the_same_directory() {
    let directory = tempfile::tempdir().unwrap();
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let sandbox = Sandbox::start(SandboxOptions::default(), directory.path())
            .await
            .unwrap();
        tokens.push(std::fs::read(directory.path().join("credentials/server-token")).unwrap());
        sandbox.stop().await;
    }
    assert_eq!(tokens[0], tokens[1]);
}

#[tokio::test]
async fn both_ports_are_closed_when_the_sandbox_has_stopped() {
    let bench = Bench::start().await;
    bench.send(bench.on_server("api/v3/meta")).await;
    let urls = [bench.sandbox.server_url().clone(), bench.sandbox.cloud_url().clone()];
    bench.sandbox.stop().await;
    for url in urls {
        let address = url.socket_addrs(|| None).unwrap()[0];
        assert!(tokio::net::TcpStream::connect(address).await.is_err());
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Sandbox::start(SandboxOptions::default(), &file).await.err().unwrap();
    let told = error.to_string().replace(directory.path().to_str().unwrap(), "DIR");
    insta::assert_snapshot!(told, @"the sandbox's directory DIR/file/uploads could not be made");
    assert_eq!(error.exit() as u8, 74);
}
