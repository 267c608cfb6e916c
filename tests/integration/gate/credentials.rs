//! A credential that was replaced goes only to the host that the settings name which came with it.

use std::sync::{Arc, Mutex};

use ghe_license_sync::explain::Explain;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::settings::{LiveSettings, Settings};
use ghe_license_sync::store::Trigger;
use ghe_license_sync::sync::{Context, run_once};

use crate::support::enterprise::{csv, facts_with_stats};
use crate::support::lab::Lab;
use crate::support::loopback::Loopback;
use crate::support::moment::{Moment, On};

const NEW_TOKEN: &str = "ghp_ofthenewserver";

/// A server with one person.
async fn server() -> Loopback {
    const STATS: &str = r#"{"total_users":1,"admin_users":1,"suspended_users":0}"#;
    Loopback::serve(|request| {
        let report = b"id,login,email,suspended?,dormant?\n1,mona,mona@example.com,false,false\n";
        facts_with_stats(request, STATS).unwrap_or_else(|| csv(report))
    })
    .await
}

/// Whether this server was ever shown the new token.
fn has_seen_it(server: &Loopback) -> bool {
    server.requests().iter().any(|request| request.0.contains(NEW_TOKEN))
}

fn replace_token(lab: &Lab) {
    let directory = lab.directory.path().join("credentials");
    // As it is done with care: the new file takes the place of the old one.
    let new = directory.join("new");
    std::fs::copy(directory.join("server-token"), &new).unwrap();
    std::fs::write(&new, NEW_TOKEN).unwrap();
    std::fs::rename(new, directory.join("server-token")).unwrap();
}

fn move_to(lab: &Lab, server: &Loopback) {
    let text = std::fs::read_to_string(lab.sandbox.config_file()).unwrap();
    let old = text.lines().find(|line| line.starts_with("url = ")).unwrap().to_owned();
    lab.edit_settings(&old, &format!("url = \"{}\"", server.url));
}

#[tokio::test]
async fn settings_that_are_not_in_force_yet_keep_a_new_token_from_the_old_host() {
    let (lab, old, new) = (Lab::with_faults(&[]).await, server().await, server().await);
    move_to(&lab, &old);
    let settings = Settings::load(&lab.sources(&[])).unwrap();
    let daemon = Context {
        settings: LiveSettings::held(&settings),
        ..lab.context(&[])
    };
    run_once(&daemon, &Trigger::Manual).await.unwrap();
    move_to(&lab, &new);
    replace_token(&lab);
    let error = run_once(&daemon, &Trigger::Manual).await.unwrap_err();
    assert_eq!(error.reason(), Reason::ConfigInvalid, "{error}");
    assert!(!has_seen_it(&old));
    daemon.settings.replace(&Settings::load(&lab.sources(&[])).unwrap());
    run_once(&daemon, &Trigger::Manual).await.unwrap();
    assert!(!has_seen_it(&old) && has_seen_it(&new));
}

#[tokio::test]
async fn a_key_that_came_with_other_settings_after_the_run_began_is_not_used_with_the_old_ones() {
    let lab = Arc::new(Lab::with_faults(&["upload:503@3600*1"]).await);
    lab.sync(&[]).await.unwrap_err();
    let replaced = Arc::clone(&lab);
    let replace = On(Moment::Resuming, move || {
        replaced.edit_settings("[license-sync]", "[license-sync]\nconfirm-timeout = \"1m\"");
        let key = replaced.directory.path().join("credentials/connect-private-key");
        let pem = std::fs::read(&key).unwrap();
        std::fs::write(&key, [&pem[..], b"\n"].concat()).unwrap();
    });
    let settings = Settings::load(&lab.sources(&[])).unwrap();
    let daemon = Context {
        settings: LiveSettings::held(&settings),
        ..lab.context_with(&[], Arc::new(replace))
    };
    let error = run_once(&daemon, &Trigger::Manual).await.unwrap_err();
    assert_eq!(error.reason(), Reason::ConfigInvalid, "{error}");
    assert!(lab.sandbox.uploads().is_empty());
}

#[tokio::test]
async fn a_token_alone_is_replaced_without_a_reload() {
    let (lab, server) = (Lab::with_faults(&[]).await, server().await);
    move_to(&lab, &server);
    let settings = Settings::load(&lab.sources(&[])).unwrap();
    let daemon = Context {
        settings: LiveSettings::held(&settings),
        ..lab.context(&[])
    };
    replace_token(&lab);
    run_once(&daemon, &Trigger::Manual).await.unwrap();
    assert!(has_seen_it(&server));
}

#[tokio::test]
async fn a_sync_collects_by_the_settings_that_came_with_the_token() {
    let lab = Arc::new(Lab::with_faults(&["location:pending*2"]).await);
    let (old, new) = (server().await, Arc::new(server().await));
    move_to(&lab, &old);
    lab.sync(&["license-sync.confirm-timeout=1ms"]).await.unwrap_err();
    let once = Mutex::new(Some((Arc::clone(&lab), Arc::clone(&new))));
    let moved = On(Moment::Asking, move || {
        if let Some((lab, new)) = once.lock().unwrap().take() {
            move_to(&lab, &new);
            replace_token(&lab);
        }
    });
    let context = lab.context_with(&[], Arc::new(moved));
    let _held_or_sent = run_once(&context, &Trigger::Manual).await;
    assert!(!has_seen_it(&old) && has_seen_it(&new));
}
