//! The settings that the README shows for watching alone: what `check` says about them, and that the daemon starts with them.

use std::path::{Path, PathBuf};
use std::process::Command;

use ghe_license_sync::sandbox::OtherServer;

use crate::support::lab::{Lab, Ran, binary};
use crate::support::patience::in_time;
use crate::support::service::Service;

/// The settings of the README in this directory. What is added is only where this lab is.
fn settings(lab: &Lab, more: &str) -> PathBuf {
    let readme = include_str!("../../../README.md");
    let section = readme.split("### Watch only\n").nth(1).unwrap();
    let shown = section.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let textfile = lab.directory.path().join("sync.prom");
    let shown = shown.replace("/run/ghe-license-sync/metrics.prom", &textfile.display().to_string());
    let connect = format!("[connect]\napi-url = \"{}\"\n{more}", lab.sandbox.cloud_url());
    let state = lab.directory.path().join("watching");
    let state = format!("[state]\ndirectory = \"{}\"\n", state.display());
    let file = lab.directory.path().join("watch.toml");
    std::fs::write(&file, shown.replacen("[connect]\n", &connect, 1) + &state).unwrap();
    file
}

fn read_token(lab: &Lab) -> String {
    let token = lab.directory.path().join("credentials/connect-read-token");
    format!("read-token-file = \"{}\"\n", token.display())
}

async fn check(file: &Path, arguments: &[&str]) -> Ran {
    let file = file.display().to_string();
    binary(&[&["--config", &file, "check", "--offline"], arguments].concat()).await
}

/// What is said after the settings.
fn judged(lab: &Lab, ran: &Ran) -> String {
    let at = ran.stdout.find("\ngate  ").unwrap() + 1;
    lab.plain(&format!(
        "exit {}\n{}{}",
        ran.exit.unwrap(),
        &ran.stdout[at..],
        ran.stderr
    ))
}

#[tokio::test]
async fn the_settings_of_the_readme_watch_and_need_no_app_and_no_token_of_a_server() {
    let lab = Lab::with_faults(&[]).await;
    let file = settings(&lab, &read_token(&lab));
    insta::assert_snapshot!(judged(&lab, &check(&file, &[]).await), @"
    exit 0
    gate  closed: license sync is not enabled (license-sync-disabled); set `enabled = true` under [license-sync] to let this server report its license usage
    watch on: the daemon asks http://CLOUD/ each hour when each server of octo-corp was last synced; nothing is collected or sent
    good  state directory: DIR/watching, which the next sync creates
    good  connect-read-token: file DIR/credentials/connect-read-token
    good  way to the cloud: http://CLOUD/
    good  metrics.textfile: DIR/sync.prom
    ready to watch, as far as this machine can check; what a sync needs is checked when the gate is open; no connection was opened
    ");
    let json: serde_json::Value = serde_json::from_str(&check(&file, &["--json"]).await.stdout).unwrap();
    assert_eq!(json["watch_gate"], serde_json::json!({ "open": true, "detail": null }));
    lab.sandbox.list_server(OtherServer {
        server_id: "a".to_owned(),
        hostname: Some("github.example.com".to_owned()),
        synced_at: Some("2026-11-02T03:04:05Z".parse().unwrap()),
        ..OtherServer::default()
    });
    let daemon = Command::new(env!("CARGO_BIN_EXE_ghe-license-sync"));
    let service = Service::start_in(lab.directory.path(), &file, daemon, &[]);
    service.says("READY=1").await;
    let metrics = lab.directory.path().join("sync.prom");
    let sample = r#"server_id="a",host="github.example.com"} 1"#;
    in_time(async || {
        let written = std::fs::read_to_string(&metrics).unwrap_or_default();
        written.contains(sample).then_some(())
    })
    .await;
    let status = binary(&["--config", &file.display().to_string(), "status"]).await;
    assert_eq!(status.exit, Some(0), "{status}");
    assert!(
        status.stdout.contains("1 stale; github.example.com is stale"),
        "{status}"
    );
    service.signal("TERM");
    let (status, log) = service.end().await;
    assert!(status.success());
    let watched = format!(
        "the sync status of the servers of octo-corp at {} is read each hour",
        lab.sandbox.cloud_url().origin().ascii_serialization()
    );
    assert!(
        log.contains(&watched) && log.contains("github.example.com (a) is stale"),
        "{log}"
    );
    assert!(lab.sandbox.uploads().is_empty());
}

#[tokio::test]
async fn without_a_read_token_nothing_is_watched_which_is_warned_of_once_and_no_failure() {
    let lab = Lab::with_faults(&[]).await;
    let file = settings(&lab, "");
    insta::assert_snapshot!(judged(&lab, &check(&file, &[]).await), @"
    exit 0
    gate  closed: license sync is not enabled (license-sync-disabled); set `enabled = true` under [license-sync] to let this server report its license usage
    watch off: connect-read-token is needed
    good  state directory: DIR/watching, which the next sync creates
    warn  connect-read-token: not given: the servers of the cloud account are not watched
          help: give a classic token with `read:enterprise`, of an owner of the enterprise
    good  way to the cloud: http://CLOUD/
    good  metrics.textfile: DIR/sync.prom
    what a sync needs is checked when the gate is open; no connection was opened
    ");
    let daemon = Command::new(env!("CARGO_BIN_EXE_ghe-license-sync"));
    let service = Service::start_in(lab.directory.path(), &file, daemon, &[]);
    service.says("READY=1").await;
    service.signal("HUP");
    service.says("READY=1").await;
    service.signal("TERM");
    let (status, log) = service.end().await;
    assert!(status.success());
    let said = "are not watched, so the daemon does nothing: the credential `connect-read-token` is not there";
    let warned: Vec<_> = log.lines().filter(|line| line.contains(said)).collect();
    assert!(warned.len() == 1 && warned[0].contains("WARN"), "{log}");
}

#[tokio::test]
async fn a_token_file_that_cannot_be_read_and_an_organization_are_named() {
    let lab = Lab::with_faults(&[]).await;
    let file = settings(&lab, "read-token-file = \"/nonexistent/token\"\n");
    let mut said = vec![judged(&lab, &check(&file, &[]).await)];
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("enterprise = ", "organization = ")).unwrap();
    said.push(judged(&lab, &check(&file, &[]).await));
    insta::assert_snapshot!(said.join("---\n"), @"
    exit 77
    gate  closed: license sync is not enabled (license-sync-disabled); set `enabled = true` under [license-sync] to let this server report its license usage
    watch off: connect-read-token is needed
    good  state directory: DIR/watching, which the next sync creates
    BAD   connect-read-token: the credential `connect-read-token` could not be read from /nonexistent/token: No such file or directory (os error 2)
          help: write the secret into /nonexistent/token (mode 0600), or correct the path in the settings
    good  way to the cloud: http://CLOUD/
    good  metrics.textfile: DIR/sync.prom
    1 thing cannot be used; the cloud account is not watched
    ---
    exit 0
    gate  closed: license sync is not enabled (license-sync-disabled); set `enabled = true` under [license-sync] to let this server report its license usage
    watch off: GitHub lists servers and consumed licenses for enterprise accounts only, and `connect.organization` names an organization; license sync through Connect does not need them, as each upload is confirmed by its own state; to read servers and licenses, use settings with `connect.enterprise`: the account as in the URL of its page, github.com/enterprises/NAME
    good  state directory: DIR/watching, which the next sync creates
    good  metrics.textfile: DIR/sync.prom
    what a sync needs is checked when the gate is open; no connection was opened
    ");
}
