//! Defaults, file, environment and flags: which one counts, and what is said about mistakes in the latter two.

use std::path::Path;
use std::time::Duration;

use ghe_license_sync::explain::Explain;
use ghe_license_sync::settings::gate::Closed;
use ghe_license_sync::settings::{Account, Gate, Link, LogFormat, Settings, Source};
use insta::assert_snapshot;

use super::{OPEN, Site};

fn link(settings: &Settings) -> &Link {
    settings.gate.pass().expect("the gate is open")
}

#[test]
fn an_empty_file_keeps_the_gate_closed_and_all_defaults() {
    let settings = Site::new("").accept();
    assert_eq!(settings.gate.pass().err(), Some(Closed::Connect));
    assert_eq!(settings.state_directory, Path::new("/var/lib/ghe-license-sync"));
    assert_eq!(settings.log.level, tracing::Level::INFO);
    assert_eq!(settings.log.format, LogFormat::Text);
}

#[test]
fn both_switches_open_the_gate_and_all_else_has_a_default() {
    let settings = Site::new(OPEN).accept();
    let Link { cloud, server, sync } = link(&settings);
    assert_eq!(cloud.api_url.as_str(), "https://api.github.com/");
    assert_eq!(cloud.uploads_url.as_str(), "https://uploads.github.com/");
    assert_eq!(cloud.account, Account::Enterprise("octo-corp".to_owned()));
    assert_eq!(cloud.upload_path, "enterprises/octo-corp/license-usage");
    assert_eq!(cloud.client_id, "Iv23liExample");
    assert_eq!(cloud.installation_id.get(), 1234);
    assert!(cloud.network.proxy.is_none() && cloud.network.ca_file.is_none());
    assert_eq!(server.url.as_str(), "https://github.example.com/");
    assert_eq!(server.id, None);
    assert_eq!(sync.confirm_timeout, Duration::from_mins(10));
    let Source::Report(report) = &server.source;
    assert_eq!(report.username, "license-bot");
    assert_eq!(report.timeout, Duration::from_mins(30));
}

#[test]
fn license_sync_without_connect_stays_closed() {
    let settings = Site::new("[license-sync]\nenabled = true\n").accept();
    assert_eq!(settings.gate.pass().err(), Some(Closed::Connect));
    let settings = Site::new("[connect]\nenabled = true\n").accept();
    assert_eq!(settings.gate.pass().err(), Some(Closed::LicenseSync));
}

#[test]
fn urls_follow_from_a_host_with_data_residency() {
    let site = Site::new(OPEN).flags(&["connect.host=Octocorp.ghe.com"]);
    let settings = site.accept();
    assert_eq!(link(&settings).cloud.api_url.as_str(), "https://api.octocorp.ghe.com/");
    assert_eq!(
        link(&settings).cloud.uploads_url.as_str(),
        "https://uploads.octocorp.ghe.com/"
    );
}

#[test]
fn hosts_that_only_resemble_data_residency_need_their_urls() {
    for host in ["ghe.com", "a.b.ghe.com", "octocorpghe.com", "api.github.com"] {
        let site = Site::new(OPEN).flags(&[&format!("connect.host={host}")]);
        let text = site.refuse();
        assert!(text.contains("`connect.api-url` is missing"), "{host}: {text}");
    }
}

#[test]
fn urls_get_a_slash_at_the_end_and_http_is_fine_on_loopback() {
    for (written, url) in [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("http://127.9.9.9/api/v3", "http://127.9.9.9/api/v3/"),
        ("http://[::1]:80/", "http://[::1]/"),
        ("http://localhost:1", "http://localhost:1/"),
    ] {
        let settings = Site::new(OPEN).flags(&[&format!("connect.api-url={written}")]).accept();
        assert_eq!(link(&settings).cloud.api_url.as_str(), url);
    }
}

#[test]
fn an_organization_has_its_own_upload_path() {
    let file = OPEN.replace("enterprise = \"octo-corp\"", "organization = \"octo-org\"");
    let settings = Site::new(&file).accept();
    assert_eq!(link(&settings).cloud.upload_path, "orgs/octo-org/license-usage");
    let settings = Site::new(&file)
        .flags(&["connect.upload-path=/v1/{organization}/usage"])
        .accept();
    assert_eq!(link(&settings).cloud.upload_path, "v1/octo-org/usage");
}

#[test]
fn an_upload_path_leads_neither_to_another_host_nor_upwards() {
    for path in [
        "//evil.example/x",
        "/https://evil.example/",
        "/a/../b",
        "/a/./b",
        "/%2e%2e/b",
        "/a?b",
        "/a#b",
        "/a b",
        "/a\\b",
        "/",
        "/a/",
        "",
    ] {
        let flag = format!("connect.upload-path={path}");
        assert!(Site::new(OPEN).flags(&[&flag]).load().is_err(), "{path}");
    }
}

#[test]
fn proxy_trust_root_and_files_are_taken_over() {
    let settings = Site::new(OPEN)
        .flags(&[
            "connect.proxy=http://proxy.example.com:3128",
            "connect.no-proxy=example.com,10.0.0.0/8",
            "connect.proxy-credentials-file=/run/proxy",
            "connect.private-key-file=/run/key",
            "connect.read-token-file=/run/read",
            "server.ca-file=/run/ca.pem",
            "server.token-file=/run/token",
            "server.id=6ba7b810-9dad-41d1-80b4-00c04fd430c8",
        ])
        .accept();
    let Link { cloud, server, .. } = link(&settings);
    let proxy = cloud.network.proxy.as_ref().expect("a proxy");
    assert_eq!(proxy.url.as_str(), "http://proxy.example.com:3128/");
    assert_eq!(proxy.no_proxy.as_deref(), Some("example.com,10.0.0.0/8"));
    let credentials = proxy.credentials.as_ref().expect("credentials");
    assert_eq!(
        [credentials, &cloud.private_key, &cloud.read_token, &server.token].map(|c| (c.name, c.file.as_deref())),
        [
            ("connect-proxy-credentials", Some(Path::new("/run/proxy"))),
            ("connect-private-key", Some(Path::new("/run/key"))),
            ("connect-read-token", Some(Path::new("/run/read"))),
            ("server-token", Some(Path::new("/run/token"))),
        ]
    );
    assert_eq!(server.network.ca_file.as_deref(), Some(Path::new("/run/ca.pem")));
    assert_eq!(
        server.id.map(|id| id.to_string()).as_deref(),
        Some("6ba7b810-9dad-41d1-80b4-00c04fd430c8")
    );
}

#[test]
fn the_environment_wins_over_the_file_and_flags_over_both() {
    let file = "[log]\nlevel = \"warn\"\nformat = \"json\"\n[state]\ndirectory = \"/file\"\n";
    let settings = Site::new(file)
        .variables(&[
            ("GHE_LICENSE_SYNC__LOG__LEVEL", "debug"),
            ("GHE_LICENSE_SYNC__LOG__FORMAT", "text"),
        ])
        .flags(&["log.level=error", "log.level=trace"])
        .accept();
    assert_eq!(settings.log.level, tracing::Level::TRACE);
    assert_eq!(settings.log.format, LogFormat::Text);
    assert_eq!(settings.state_directory, Path::new("/file"));
}

#[test]
fn everything_can_come_from_the_environment() {
    let settings = Site::new("")
        .variables(&[
            ("GHE_LICENSE_SYNC__CONNECT__ENABLED", "true"),
            ("GHE_LICENSE_SYNC__CONNECT__ENTERPRISE", "2024"),
            ("GHE_LICENSE_SYNC__CONNECT__CLIENT_ID", "123456"),
            ("GHE_LICENSE_SYNC__CONNECT__INSTALLATION_ID", "1234"),
            ("GHE_LICENSE_SYNC__LICENSE_SYNC__ENABLED", "true"),
            ("GHE_LICENSE_SYNC__SERVER__URL", "https://github.example.com"),
            ("GHE_LICENSE_SYNC__SERVER__SOURCE__REPORT__USERNAME", "true"),
        ])
        .accept();
    let Link { cloud, server, .. } = link(&settings);
    assert_eq!(cloud.account, Account::Enterprise("2024".to_owned()));
    assert_eq!(cloud.client_id, "123456");
    let Source::Report(report) = &server.source;
    assert_eq!(report.username, "true");
}

#[test]
fn the_environment_can_close_the_gate() {
    let settings = Site::new(OPEN)
        .variables(&[("GHE_LICENSE_SYNC__CONNECT__ENABLED", "false")])
        .accept();
    assert!(matches!(settings.gate, Gate::Closed(Closed::Connect)));
}

#[test]
fn other_and_empty_variables_are_not_settings() {
    Site::new("")
        .variables(&[
            ("GHE_LICENSE_SYNC_CONFIG", "/elsewhere"),
            ("GHE_LICENSE_SYNC_SERVER_TOKEN", "ghp_hunter2"),
            ("GHE_LICENSE_SYNC__CONNECT__PROXY", ""),
            ("HOME", "/root"),
        ])
        .accept();
}

#[test]
fn mistakes_in_variables_name_the_variable() {
    let site = Site::new("[log]\nlevel = 5\n").variables(&[
        ("GHE_LICENSE_SYNC__CONNECT__CLIENTID", "Iv23liExample"),
        ("GHE_LICENSE_SYNC__CONNECT__ENABLED", "yes"),
        ("GHE_LICENSE_SYNC__CONNECT__INSTALLATION_ID", "0"),
        (
            "GHE_LICENSE_SYNC__CONNECT__PROXY",
            "http://bot:hunter2@proxy.example.com",
        ),
        ("GHE_LICENSE_SYNC__CONNECT", "on"),
        ("GHE_LICENSE_SYNC__SERVER__TOKEN", "hunter2"),
        ("GHE_LICENSE_SYNC__SERVER__URL", "github.example.com"),
    ]);
    assert_snapshot!(site.refuse(), @r"
    config-invalid: 8 problems in the settings
     --> /etc/ghe-license-sync/config.toml:2:9
      |
    2 | level = 5
      |         ^ expected a section like [server.source.report], found an integer

     --> environment variable GHE_LICENSE_SYNC__CONNECT
      = this names no setting

     --> environment variable GHE_LICENSE_SYNC__CONNECT__CLIENTID
      = this names no setting
      = help: did you mean `GHE_LICENSE_SYNC__CONNECT__CLIENT_ID`?

     --> environment variable GHE_LICENSE_SYNC__CONNECT__ENABLED
      = expected `true` or `false`
      = help: write the value without quotes

     --> environment variable GHE_LICENSE_SYNC__CONNECT__INSTALLATION_ID
      = expected a whole number greater than 0 that fits into 63 bits
      = help: write the value without quotes

     --> environment variable GHE_LICENSE_SYNC__CONNECT__PROXY
      = this proxy URL holds a user name or a password
      = help: write `user:password` into a file of mode 0600 and name it in `proxy-credentials-file`

     --> environment variable GHE_LICENSE_SYNC__SERVER__TOKEN
      = this names no setting
      = help: did you mean `GHE_LICENSE_SYNC__SERVER__TOKEN_FILE`? secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that stood here

     --> environment variable GHE_LICENSE_SYNC__SERVER__URL
      = this is not a URL (relative URL without a base)
      = help: write it like `https://host/`
    ");
}

#[test]
fn mistakes_in_flags_name_the_key() {
    let site = Site::new("").flags(&[
        "connect.enabled",
        "connect.enable=true",
        "connect.client-id=ghp_hunter2",
        "log.level=verbose",
        "ghp_hunter2=1",
        "license-sync.confirm-timeout=10",
    ]);
    assert_snapshot!(site.refuse(), @r"
    config-invalid: 6 problems in the settings
     --> flag --set connect.enabled
      = there is no `=`
      = help: write it like `--set connect.enabled=true`

     --> flag --set connect.enable
      = this names no setting
      = help: did you mean `--set connect.enabled=…`?

     --> flag --set connect.client-id
      = this is a secret, not a name
      = help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that stood here

     --> flag --set log.level
      = expected one of `error`, `warn`, `info`, `debug`, `trace`

     --> flag --set ghp_hunter2
      = this names no setting
      = help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that stood here

     --> flag --set license-sync.confirm-timeout
      = expected a string
      = help: put the value in quotes
    ");
}

#[test]
fn what_is_missing_everywhere_points_at_the_file() {
    let site = Site::new("").flags(&[
        "connect.enabled=true",
        "license-sync.enabled=true",
        "connect.enterprise=octo-corp",
    ]);
    assert_snapshot!(site.refuse(), @r"
    config-invalid: 4 problems in the settings
     --> /etc/ghe-license-sync/config.toml
      = `connect.client-id` is missing
      = help: write the client ID of the GitHub App of this connection

     --> /etc/ghe-license-sync/config.toml
      = `connect.installation-id` is missing
      = help: write the number that ends the address of the App's installation page

     --> /etc/ghe-license-sync/config.toml
      = `server.url` is missing
      = help: write the address of the enterprise server, like `https://github.example.com`

     --> /etc/ghe-license-sync/config.toml
      = `server.source` is missing
      = help: say where the list of accounts comes from: add a section [server.source.report]
    ");
}

#[test]
fn layers_that_contradict_each_other_name_the_last_one() {
    let site = Site::new(OPEN).variables(&[("GHE_LICENSE_SYNC__CONNECT__ORGANIZATION", "octo-org")]);
    assert_snapshot!(site.refuse(), @r#"
    config-invalid: 2 problems in the settings
     --> /etc/ghe-license-sync/config.toml:4:1
      |
    4 | enterprise = "octo-corp"
      | ^^^^^^^^^^ `connect.enterprise` or `connect.organization` is missing
      = help: name the cloud account as it stands in the address of its page: github.com/enterprises/NAME

     --> environment variable GHE_LICENSE_SYNC__CONNECT__ORGANIZATION
      = both `enterprise` and `organization` are given
      = help: keep the one account that this server is connected to
    "#);
}

#[test]
fn a_file_that_is_not_there_is_told_with_where_it_is_looked_for() {
    let site = Site::new("");
    std::fs::remove_file(site.path("config.toml")).unwrap();
    assert_snapshot!(site.refuse(), @r"
    config-invalid: there is no settings file /etc/ghe-license-sync/config.toml
    help: the settings are read from the file named by `--config`, else by GHE_LICENSE_SYNC_CONFIG, else from /etc/ghe-license-sync/config.toml
    ");
}

#[test]
fn a_directory_in_place_of_the_file_is_unreadable() {
    let site = Site::new("");
    std::fs::remove_file(site.path("config.toml")).unwrap();
    std::fs::create_dir(site.path("config.toml")).unwrap();
    assert_snapshot!(site.refuse(), @r"
    config-invalid: the settings file /etc/ghe-license-sync/config.toml could not be read
    cause: Is a directory (os error 21)
    help: make /etc/ghe-license-sync/config.toml a file that the user who runs this program can read, or name another one with `--config` or GHE_LICENSE_SYNC_CONFIG
    ");
}

#[test]
fn a_file_that_is_not_text_is_refused() {
    assert_snapshot!(Site::new(b"[log]\nlevel = \"\xff\"\n").refuse(), @r"
    config-invalid: the settings file /etc/ghe-license-sync/config.toml is not UTF-8 text (line 2)
    help: save the file as UTF-8 text
    ");
}

#[test]
fn a_file_is_read_up_to_one_mebibyte() {
    let file = format!("#{}\n", "x".repeat(1024 * 1024 - 2));
    Site::new(&file).accept();
    assert_snapshot!(Site::new(format!("{file}\n")).refuse(), @r"
    config-invalid: the settings file /etc/ghe-license-sync/config.toml is larger than 1 MiB
    help: that is far more than settings can be; check `--config` and GHE_LICENSE_SYNC_CONFIG
    ");
}

#[test]
fn a_very_wrong_file_gives_a_bounded_list_in_short_lines() {
    let text = Site::new(format!(
        "{}\n{}",
        "x = 1 ".repeat(10_000),
        "unknown = 1\n[a]\n".repeat(1000)
    ))
    .refuse();
    assert!(text.lines().count() < 400, "{} lines", text.lines().count());
    assert!(text.lines().all(|line| line.chars().count() < 300));
}

#[test]
fn wrong_settings_are_a_matter_of_configuration() {
    let error = Site::new("x").load().unwrap_err();
    assert_eq!(error.exit() as u8, 78);
}
