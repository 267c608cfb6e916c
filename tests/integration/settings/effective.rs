//! The settings in force, as `check --offline` shows them.

use ghe_license_sync::settings::Effective;
use insta::assert_snapshot;

use super::{OPEN, Site};

fn effective(site: &Site) -> String {
    Effective::load(&site.sources)
        .expect("these settings are right")
        .to_string()
        .replace(&site.directory.path().display().to_string(), "/etc/ghe-license-sync")
}

#[test]
fn each_value_tells_where_it_was_decided() {
    let site = Site::new(OPEN)
        .variables(&[
            ("GHE_LICENSE_SYNC__LOG__LEVEL", "debug"),
            ("GHE_LICENSE_SYNC_SERVER_TOKEN", "ghp_hunter2"),
        ])
        .flags(&["license-sync.confirm-timeout=90s", "connect.private-key-file=/run/key"]);
    assert_snapshot!(effective(&site), @r#"
    [connect]
    client-id = "Iv23liExample"                                           # /etc/ghe-license-sync/config.toml:5:1
    enabled = true                                                        # /etc/ghe-license-sync/config.toml:3:1
    enterprise = "octo-corp"                                              # /etc/ghe-license-sync/config.toml:4:1
    host = "github.com"                                                   # default
    installation-id = 1234                                                # /etc/ghe-license-sync/config.toml:6:1
    private-key-file = "/run/key"                                         # flag --set connect.private-key-file

    [license-sync]
    catch-up = true                                                       # default
    confirm-timeout = "1m 30s"                                            # flag --set license-sync.confirm-timeout
    enabled = true                                                        # /etc/ghe-license-sync/config.toml:9:1
    jitter = "0s"                                                         # default
    schedule = "weekly"                                                   # default
    time-zone = "UTC"                                                     # default

    [license-sync.guard]
    always-allow-users = 25                                               # default
    max-change-percent = 20                                               # default

    [log]
    format = "text"                                                       # default
    level = "debug"                                                       # environment variable GHE_LICENSE_SYNC__LOG__LEVEL

    [metrics]
    textfile = ""                                                         # default

    [server]
    url = "https://github.example.com/"                                   # /etc/ghe-license-sync/config.toml:12:1

    [server.source.report]
    timeout = "30m"                                                       # default
    username = "license-bot"                                              # /etc/ghe-license-sync/config.toml:15:1

    [state]
    directory = "/var/lib/ghe-license-sync"                               # default
    fingerprint-key-file = "/var/cache/ghe-license-sync/fingerprint-key"  # default
    "#);
}

#[test]
fn they_are_settings_again() {
    let text = effective(&Site::new(OPEN));
    let values = |text: &str| -> toml::Table { text.parse().unwrap() };
    assert_eq!(values(&text), values(&effective(&Site::new(&text))));
}

#[test]
fn wrong_settings_have_no_effect() {
    assert!(Effective::load(&Site::new("[log]\nlevel = 1").sources).is_err());
}
