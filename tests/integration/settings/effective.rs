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
    api-url = "https://api.github.com/"  # follows from `host`
    client-id = "Iv23liExample"          # /etc/ghe-license-sync/config.toml:5:1
    enabled = true                       # /etc/ghe-license-sync/config.toml:3:1
    enterprise = "octo-corp"             # /etc/ghe-license-sync/config.toml:4:1
    host = "github.com"                  # default
    installation-id = 1234               # /etc/ghe-license-sync/config.toml:6:1
    private-key-file = "/run/key"        # flag --set connect.private-key-file
    upload-path = "/enterprises/{enterprise}/license-usage"  # follows from `enterprise`
    uploads-url = "https://uploads.github.com/"  # follows from `host`

    [license-sync]
    catch-up = true                      # default
    confirm-timeout = "1m 30s"           # flag --set license-sync.confirm-timeout
    delivery = "connect"                 # default
    enabled = true                       # /etc/ghe-license-sync/config.toml:9:1
    jitter = "0s"                        # default
    remind-after = "1day"                # default
    schedule = "weekly"                  # default
    time-zone = "UTC"                    # default

    [license-sync.guard]
    always-allow-users = 25              # default
    max-change-percent = 20              # default

    [log]
    format = "text"                      # default
    level = "debug"                      # environment variable GHE_LICENSE_SYNC__LOG__LEVEL

    [metrics]
    textfile = ""                        # default

    [server]
    scim-enabled = false                 # default
    url = "https://github.example.com/"  # /etc/ghe-license-sync/config.toml:12:1

    [server.source.report]
    timeout = "30m"                      # default
    username = "license-bot"             # /etc/ghe-license-sync/config.toml:15:1

    [state]
    directory = "/var/lib/ghe-license-sync"  # default
    fingerprint-key-file = "/var/cache/ghe-license-sync/fingerprint-key"  # default
    "#);
}

#[test]
fn what_follows_from_another_key_is_shown_with_that_key() {
    let shown = |text: &str| {
        let all = effective(&Site::new(OPEN.replace("enterprise = \"octo-corp\"", text)));
        let lines = all
            .lines()
            .filter(|line| line.contains("-url = ") || line.contains("upload-path = "));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    assert_snapshot!(shown("enterprise = \"octo-corp\"\napi-url = \"https://relay.example.com\""), @r#"
    api-url = "https://relay.example.com/"  # /etc/ghe-license-sync/config.toml:5:1
    upload-path = "/enterprises/{enterprise}/license-usage"  # follows from `enterprise`
    uploads-url = "https://uploads.github.com/"  # follows from `host`
    "#);
    assert_snapshot!(shown("organization = \"octo\"\nhost = \"octocorp.ghe.com\""), @r#"
    api-url = "https://api.octocorp.ghe.com/"  # follows from `host`
    upload-path = "/orgs/{organization}/license-usage"  # follows from `organization`
    uploads-url = "https://uploads.octocorp.ghe.com/"  # follows from `host`
    "#);
    let gate_closed = Effective::load(&Site::new("").sources).unwrap().to_string();
    assert!(gate_closed.contains("https://uploads.github.com/") && !gate_closed.contains("upload-path"));
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
