//! Settings that take the place of others: what the record calls in force is what has an effect.

use std::collections::BTreeSet;

use ghe_license_sync::settings::{Changes, Settings, keys};

use super::{OPEN, Site};

/// What the keys below are changed from, beside what is in the file.
const BEFORE: [&str; 4] = [
    "license-sync.delivery=file",
    "license-sync.directory=/srv/license-usage",
    "connect.proxy=http://proxy.example.com:3128",
    "server.proxy=http://proxy.example.com:3128",
];

/// A change of every key, but for the kind of the account.
const CHANGES: [&str; 51] = [
    "connect.api-url=https://api.example.com",
    "connect.ca-file=/etc/ca.pem",
    "connect.client-id=Iv2",
    "connect.enabled=false",
    "connect.enterprise=other",
    "connect.host=octocorp.ghe.com",
    "connect.installation-id=2",
    "connect.no-proxy=example.com",
    "connect.private-key-file=/etc/key",
    "connect.proxy-credentials-file=/etc/proxy",
    "connect.proxy=http://other.example.com:3128",
    "connect.read-token-file=/etc/token",
    "connect.upload-path=/enterprises/{enterprise}/other",
    "connect.uploads-url=https://uploads.example.com",
    "license-sync.catch-up=false",
    "license-sync.confirm-timeout=5m",
    "license-sync.delivery=connect",
    "license-sync.directory=/srv/other",
    "license-sync.enabled=false",
    "license-sync.guard.always-allow-users=1",
    "license-sync.guard.max-change-percent=1",
    "license-sync.jitter=1h",
    "license-sync.remind-after=6h",
    "license-sync.schedule=0 3 * * Mon",
    "license-sync.time-zone=Europe/Paris",
    "log.format=json",
    "log.level=debug",
    "metrics.textfile=/run/sync.prom",
    "server.ca-file=/etc/ca.pem",
    "server.id=c3c8bfb3-ffe3-4828-9626-7d6872cb3610",
    "server.no-proxy=example.com",
    "server.proxy-credentials-file=/etc/proxy",
    "server.proxy=http://other.example.com:3128",
    "server.scim-enabled=true",
    "server.enterprise=octo-inc",
    "server.source.command.run=[\"/usr/bin/other\"]",
    "server.source.command.timeout=2h",
    "server.source.license-file.max-age=2h",
    "server.source.license-file.path=/srv/other.json",
    "server.source.license-file.run=[\"/usr/bin/tac\"]",
    "server.source.license-file.timeout=1h",
    "server.source.file.max-age=2h",
    "server.source.file.path=/srv/other.csv",
    "server.source.report.timeout=1m",
    "server.source.report.username=other",
    "server.source.scim.enterprise=other",
    "server.source.scim.max-other-accounts=7",
    "server.token-file=/etc/token",
    "server.url=https://other.example.com",
    "state.directory=/var/lib/other",
    "state.fingerprint-key-file=/var/cache/other/key",
];

/// The settings before this change.
fn before(change: &str) -> String {
    let source = match change {
        _ if change.starts_with("server.source.file.") => "[server.source.file]\npath = \"/srv/all_users.csv\"",
        _ if change.starts_with("server.source.command.") => "[server.source.command]\nrun = [\"/usr/bin/cat\"]",
        _ if change.starts_with("server.source.scim.") => "[server.source.scim]",
        _ if change.starts_with("server.source.license-file.run")
            || change.starts_with("server.source.license-file.t") =>
        {
            "[server.source.license-file]\nrun = [\"/usr/bin/cat\"]"
        }
        _ if change.starts_with("server.source.license-file.") => {
            "[server.source.license-file]\npath = \"/srv/license-usage.json\""
        }
        _ => return OPEN.to_owned(),
    };
    OPEN.replace("[server.source.report]\nusername = \"license-bot\"", source)
}

/// Everything of the settings that a running process reads again.
fn effects(settings: &Settings) -> String {
    let Settings {
        gate, metrics_textfile, ..
    } = settings;
    format!("{gate:?} {metrics_textfile:?}")
}

#[test]
fn what_is_reported_of_a_changed_key_is_what_happens_to_it() {
    let mut told = BTreeSet::new();
    for change in CHANGES {
        let mut site = Site::new(before(change)).flags(&BEFORE);
        let old = site.accept();
        site.sources.overrides.push(change.to_owned());
        let new = site.accept();
        let key = change.split_once('=').unwrap().0.to_owned();
        let has_effect = effects(&new) != effects(&old);
        let only = |keys: &[String]| keys == [key.clone()];
        let Changes {
            in_force,
            after_restart,
        } = new.changes(&old);
        match &*key {
            "state.directory" => assert!(new.succeed(&old).is_err(), "{change}"),
            "log.format" | "log.level" => {
                assert!(only(&after_restart) && in_force.is_empty() && !has_effect, "{change}");
                let kept = new.keeping_what_needs_a_restart(&old);
                assert_eq!((kept.log, kept.changes(&old)), (old.log, Changes::default()));
            }
            _ => {
                assert!(only(&in_force) && after_restart.is_empty() && has_effect, "{change}");
                new.succeed(&old).unwrap();
            }
        }
        told.insert(key);
    }
    let all: BTreeSet<_> = keys().into_iter().filter(|key| key != "connect.organization").collect();
    assert_eq!(told, all);
}

#[test]
fn a_key_that_is_taken_out_has_changed_as_well() {
    let site = |account: &str| Site::new(OPEN.replace("enterprise = \"octo-corp\"", account));
    let (enterprise, organization) = (site("enterprise = \"octo\""), site("organization = \"octo\""));
    let changes = organization.accept().changes(&enterprise.accept());
    assert_eq!(changes.in_force, ["connect.enterprise", "connect.organization"]);
}
