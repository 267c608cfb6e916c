//! Settings that are right: what follows from them, and which layer counts.

use std::path::Path;
use std::time::Duration;

use ghe_license_sync::settings::gate::Closed;
use ghe_license_sync::settings::{AddressKey, Delivery, Gate, LicenseOwner, Link, LogFormat, Settings, Source};

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
    let Link {
        cloud,
        server,
        sync,
        fingerprint_key,
    } = link(&settings);
    assert_eq!(cloud.api_url.as_str(), "https://api.github.com/");
    assert_eq!(cloud.uploads_url.as_str(), "https://uploads.github.com/");
    assert_eq!(cloud.account, LicenseOwner::Enterprise("octo-corp".to_owned()));
    assert_eq!(cloud.upload_path, "enterprises/octo-corp/license-usage");
    assert_eq!(cloud.app.as_ref().unwrap().client_id, "Iv23liExample");
    assert_eq!(cloud.app.as_ref().unwrap().installation_id.get(), 1234);
    assert!(cloud.network.proxy.is_none() && cloud.network.ca_file.is_none());
    assert_eq!(server.url.as_str(), "https://github.example.com/");
    assert_eq!(server.id, None);
    assert_eq!(sync.confirm_timeout, Duration::from_mins(10));
    assert_eq!(sync.remind_after, Duration::from_hours(24));
    assert_eq!(
        fingerprint_key.file,
        Path::new("/var/cache/ghe-license-sync/fingerprint-key")
    );
    let Source::Report(report) = &server.source else {
        panic!("another source")
    };
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
    let cloud = &link(&settings).cloud;
    assert_eq!(cloud.api_url.as_str(), "https://api.octocorp.ghe.com/");
    assert_eq!(cloud.uploads_url.as_str(), "https://uploads.octocorp.ghe.com/");
    assert_eq!([cloud.api_url_key, cloud.uploads_url_key], [AddressKey::Host; 2]);
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
        [
            credentials,
            &cloud.app.as_ref().unwrap().private_key,
            &cloud.read_token,
            &server.token
        ]
        .map(|c| (c.name, c.file.as_deref())),
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
    assert_eq!(cloud.account, LicenseOwner::Enterprise("2024".to_owned()));
    assert_eq!(cloud.app.as_ref().unwrap().client_id, "123456");
    let Source::Report(report) = &server.source else {
        panic!("another source")
    };
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
fn an_empty_textfile_writes_no_metrics() {
    let textfile = |written: &str| {
        Site::new(format!("[metrics]\ntextfile = \"{written}\"\n"))
            .accept()
            .metrics_textfile
    };
    assert_eq!(textfile(""), None);
    assert_eq!(textfile("/run/sync.prom"), Some("/run/sync.prom".into()));
}

#[test]
fn where_a_person_uploads_files_no_app_is_asked_for_and_a_directory_is() {
    let base = "[connect]\nenabled = true\nenterprise = \"octo-corp\"\n[server]\nurl = \"https://github.example.com\"\n\
         [server.source.file]\npath = \"/srv/all_users.csv\"\n[license-sync]\nenabled = true\ndelivery = \"file\"\n";
    let settings = Site::new(format!("{base}directory = \"/srv/license-usage\"\n")).accept();
    let link = link(&settings);
    assert!(link.cloud.app.is_none());
    assert_eq!(link.sync.delivery, Delivery::File("/srv/license-usage".into()));
    let refused = |text: &str| Site::new(text).refuse();
    assert!(refused(base).contains("`license-sync.directory` is missing"));
    assert!(refused(&base.replace("\"file\"", "\"connect\"")).contains("`connect.client-id` is missing"));
}

#[test]
fn a_misspelled_delivery_is_the_one_problem_and_no_app_is_asked_for() {
    let base = "[connect]\nenabled = true\nenterprise = \"octo-corp\"\n[server]\nurl = \"https://github.example.com\"\n\
         [server.source.file]\npath = \"/srv/all_users.csv\"\n[license-sync]\nenabled = true\n\
         directory = \"/srv/license-usage\"\n";
    for wrong in ["delivery = \"files\"", "delivry = \"file\""] {
        let refused = Site::new(format!("{base}{wrong}\n")).refuse();
        assert!(refused.contains("did you mean"), "{refused}");
        assert!(!refused.contains("is missing"), "{refused}");
    }
}
