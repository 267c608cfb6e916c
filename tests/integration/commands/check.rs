//! `check --offline`: settings and credentials judged apart, and no connection made.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::told;
use crate::support::family::Family;
use crate::support::lab::Lab;

pub(super) fn credential(lab: &Lab, name: &str) -> PathBuf {
    lab.directory.path().join("credentials").join(name)
}

/// What is said after the settings.
pub(super) async fn judged(lab: &Lab, arguments: &[&str]) -> String {
    let told = told(lab, &[&["check", "--offline"], arguments].concat()).await;
    let (exit, rest) = told.split_once('\n').unwrap();
    format!("{exit}\n{}", &rest[rest.find("\ngate  ").unwrap() + 1..])
}

#[tokio::test]
async fn good_settings_are_shown_with_where_each_was_decided() {
    let lab = Lab::with_faults(&[]).await;
    insta::assert_snapshot!(told(&lab, &["check", "--offline"]).await, @r#"
    exit 0, stdout:
    [connect]
    api-url = "http://CLOUD/"  # DIR/config.toml:5:1
    client-id = "Iv23lip1VaxzeT6Kgnnx"  # DIR/config.toml:8:1
    enabled = true  # DIR/config.toml:3:1
    enterprise = "octo-corp"  # DIR/config.toml:7:1
    host = "github.com"  # DIR/config.toml:4:1
    installation-id = 6872025  # DIR/config.toml:9:1
    private-key-file = "DIR/credentials/connect-private-key"  # DIR/config.toml:10:1
    read-token-file = "DIR/credentials/connect-read-token"  # DIR/config.toml:11:1
    upload-path = "/enterprises/{enterprise}/license-usage"  # follows from `enterprise`
    uploads-url = "http://CLOUD/"  # DIR/config.toml:6:1

    [license-sync]
    catch-up = true  # default
    confirm-timeout = "10m"  # default
    delivery = "connect"  # default
    enabled = true  # DIR/config.toml:14:1
    jitter = "0s"  # default
    remind-after = "1day"  # default
    schedule = "weekly"  # default
    time-zone = "UTC"  # default

    [license-sync.guard]
    always-allow-users = 25  # default
    max-change-percent = 20  # default

    [log]
    format = "text"  # default
    level = "info"  # default

    [metrics]
    textfile = ""  # default

    [server]
    id = "ID"  # DIR/config.toml:18:1
    scim-enabled = true  # DIR/config.toml:19:1
    token-file = "DIR/credentials/server-token"  # DIR/config.toml:20:1
    url = "http://SERVER/"  # DIR/config.toml:17:1

    [server.source.report]
    timeout = "30m"  # default
    username = "license-bot"  # DIR/config.toml:23:1

    [state]
    directory = "DIR/state"  # DIR/config.toml:26:1
    fingerprint-key-file = "DIR/fingerprint-key"  # DIR/config.toml:27:1

    gate  open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    ID    ID, set in `server.id`
    when  Every week on DAY at about TIME (UTC), since DATE.
          next: TIME, TIME, TIME
    good  state directory: DIR/state, which the next sync creates
    good  server-token: file DIR/credentials/server-token
    good  connect-private-key: file DIR/credentials/connect-private-key
    good  connect-read-token: file DIR/credentials/connect-read-token
    good  fingerprint-key: file DIR/fingerprint-key, which the next sync creates
    good  way to the server: http://SERVER/
    good  way to the cloud: http://CLOUD/
    ready to sync, as far as this machine can check; no connection was opened
    "#);
    assert!(!lab.directory.path().join("state").exists(), "looking makes no state");
}

#[tokio::test]
async fn the_same_in_json() {
    let lab = Lab::with_faults(&[]).await;
    let told = told(&lab, &["check", "--offline", "--json"]).await;
    let without_settings: Vec<_> = told
        .lines()
        .filter(|line| !line.starts_with("  \"settings\": "))
        .collect();
    assert_eq!(without_settings.len() + 1, told.lines().count());
    insta::assert_snapshot!(without_settings.join("\n"), @r#"
    exit 0, stdout:
    {
      "schema": "ghe-license-sync/check/1", "good": true, "gate": { "open": true, "reason": null },
      "watch_gate": { "open": true, "detail": null }, "user": null, "server_id": "ID",
      "server_id_source": "settings",
      "findings": [
        {
          "what": "state directory", "good": true, "found": "DIR/state, which the next sync creates",
          "help": null, "reason": null
        },
        {
          "what": "server-token", "good": true, "found": "file DIR/credentials/server-token", "help": null,
          "reason": null
        },
        {
          "what": "connect-private-key", "good": true, "found": "file DIR/credentials/connect-private-key",
          "help": null, "reason": null
        },
        {
          "what": "connect-read-token", "good": true, "found": "file DIR/credentials/connect-read-token",
          "help": null, "reason": null
        },
        {
          "what": "fingerprint-key", "good": true,
          "found": "file DIR/fingerprint-key, which the next sync creates", "help": null, "reason": null
        },
        { "what": "way to the server", "good": true, "found": "http://SERVER/", "help": null, "reason": null },
        { "what": "way to the cloud", "good": true, "found": "http://CLOUD/", "help": null, "reason": null }
      ],
      "schedule": {
        "sentence": "Every week on DAY at about TIME (UTC), since DATE.",
        "next_windows_at": ["TIME", "TIME", "TIME"]
      },
    }
    "#);
}

#[tokio::test]
async fn a_closed_gate_is_no_mistake() {
    let lab = Lab::with_faults(&[]).await;
    insta::assert_snapshot!(judged(&lab, &["--set", "connect.enabled=false"]).await, @"
    exit 0, stdout:
    gate  closed: Connect is not enabled (connect-disabled); set `enabled = true` under [connect] once GitHub Connect is set up for this server
    good  state directory: DIR/state, which the next sync creates
    what a sync needs is checked when the gate is open; no connection was opened
    ");
    insta::assert_snapshot!(judged(&lab, &["--set", "license-sync.enabled=false"]).await, @"
    exit 0, stdout:
    gate  closed: license sync is not enabled (license-sync-disabled); set `enabled = true` under [license-sync] to let this server report its license usage
    watch on: the daemon asks http://CLOUD/ each hour when each server of octo-corp was last synced; nothing is collected or sent
    good  state directory: DIR/state, which the next sync creates
    good  connect-read-token: file DIR/credentials/connect-read-token
    good  way to the cloud: http://CLOUD/
    ready to watch, as far as this machine can check; what a sync needs is checked when the gate is open; no connection was opened
    ");
}

#[tokio::test]
async fn each_credential_is_judged_with_what_to_do() {
    let mut family = Family::default();
    let lab = Lab::with_faults(&[]).await;
    let path = lab.directory.path().display().to_string();
    lab.edit_settings(&format!("token-file = \"{path}/credentials/server-token\""), "");
    let said = judged(&lab, &[]).await;
    family.row("a missing credential is reported with the three places for it", said);
    let lab = Lab::with_faults(&[]).await;
    fs::remove_file(credential(&lab, "connect-private-key")).unwrap();
    family.row("a credential file that is not there is named", judged(&lab, &[]).await);
    let lab = Lab::with_faults(&[]).await;
    let path = credential(&lab, "server-token");
    fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap();
    family.row("a credential file that others can read", judged(&lab, &[]).await);
    let lab = Lab::with_faults(&[]).await;
    fs::write(
        credential(&lab, "connect-private-key"),
        "-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n",
    )
    .unwrap();
    fs::write(credential(&lab, "server-token"), "\n").unwrap();
    let said = judged(&lab, &[]).await;
    family.row("a key that cannot sign is found before anything is sent", said);
    let said = told(&lab, &["sync"]).await;
    family.row("a key that cannot sign is found before anything is sent: sync", said);
    let lab = Lab::with_faults(&[]).await;
    let path = lab.directory.path().display().to_string();
    lab.edit_settings(
        &format!("read-token-file = \"{path}/credentials/connect-read-token\""),
        "",
    );
    let said = judged(&lab, &[]).await;
    family.row("without a read token it is reported what is lost", said);
    let lab = Lab::with_faults(&[]).await;
    fs::write(credential(&lab, "server-token"), "ghp_first\nghp_second\n").unwrap();
    family.row("a token of two lines is no token", judged(&lab, &[]).await);
    insta::assert_snapshot!(family, @"
    a missing credential is reported with the three places for it: [1] [2] BAD   server-token: the credential `server-token` is not there
            help: give it as the systemd credential `server-token` (LoadCredential=), or name a file of mode 0600 in `server.token-file`, or set GHE_LICENSE_SYNC_SERVER_TOKEN [3] [4] [5] [6]
    a credential file that is not there is named: [1] [2] [7] BAD   connect-private-key: the credential `connect-private-key` could not be read from DIR/credentials/connect-private-key: No such file or directory (os error 2)
            help: write the secret into DIR/credentials/connect-private-key (mode 0600), or correct the path in the settings [4] [5] [6]
    a credential file that others can read: [1] [2] BAD   server-token: the credential file DIR/credentials/server-token is readable by other users (mode 0640)
            help: run `chmod 0600 DIR/credentials/server-token`; if other users may have read it, replace the secret as well [3] [4] [5] [6]
    a key that cannot sign is found before anything is sent: [1] [2] BAD   server-token: the credential `server-token` in file DIR/credentials/server-token is empty
            help: write the key or token into it as it was issued, as plain text
      BAD   connect-private-key: the App's private key is a public key (file DIR/credentials/connect-private-key)
            help: give the RSA private key that GitHub issued for the App: a PEM that begins with `-----BEGIN RSA PRIVATE KEY-----` or `-----BEGIN PRIVATE KEY-----` [4] [5]
      2 things cannot be used; a sync would send nothing
    a key that cannot sign is found before anything is sent: sync: exit 77, stderr:
      error: no license usage was sent
        because: the App's private key is a public key
        help: give the RSA private key that GitHub issued for the App: a PEM that begins with `-----BEGIN RSA PRIVATE KEY-----` or `-----BEGIN PRIVATE KEY-----`
        reason: credentials-missing
    without a read token it is reported what is lost: exit 0, stdout: [2] [7] [3]
      good  connect-read-token: not given: the upload itself is asked for its confirmation
            help: a classic token with `read:enterprise` is needed to compare which servers the cloud lists [5]
      ready to sync, as far as this machine can check; no connection was opened
    a token of two lines is no token: [1] [2] BAD   server-token: the credential `server-token` in file DIR/credentials/server-token is not the secret alone: it is not one word of ASCII characters
            help: write the secret into it as it was issued, and nothing else [3] [4] [5] [6]
    [1] exit 77, stdout:
    [2] gate  open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
        ID    ID, set in `server.id`
        when  Every week on DAY at about TIME (UTC), since DATE.
              next: TIME, TIME, TIME
        good  state directory: DIR/state, which the next sync creates
    [3] good  connect-private-key: file DIR/credentials/connect-private-key
    [4] good  connect-read-token: file DIR/credentials/connect-read-token
    [5] good  fingerprint-key: file DIR/fingerprint-key, which the next sync creates
        good  way to the server: http://SERVER/
        good  way to the cloud: http://CLOUD/
    [6] 1 thing cannot be used; a sync would send nothing
    [7] good  server-token: file DIR/credentials/server-token
    ");
}

#[tokio::test]
async fn what_is_around_a_token_is_named_and_the_token_is_not_shown() {
    let lab = Lab::with_faults(&[]).await;
    for (text, what) in [
        ("\"ghp_secret\"\n", "it is in quotation marks"),
        ("'ghp_secret'", "it is in quotation marks"),
        ("GHE_TOKEN=ghp_secret\n", "it begins with a name and `=`"),
        (
            "export  GHE_TOKEN=ghp_secret\n",
            "it begins with `export`, a name and `=`",
        ),
        ("\u{feff}ghp_secret", "it begins with a byte order mark"),
    ] {
        fs::write(credential(&lab, "server-token"), text).unwrap();
        let told = judged(&lab, &[]).await;
        assert!(told.starts_with("exit 77") && told.contains(what), "{told}");
        assert!(!told.contains("ghp_secret"), "{told}");
    }
    fs::write(credential(&lab, "server-token"), "ghp_secret==").unwrap();
    assert!(judged(&lab, &[]).await.starts_with("exit 0"), "that is no name");
}

#[tokio::test]
async fn a_trust_root_and_credentials_of_a_proxy_are_tried_as_far_as_that_goes() {
    let lab = Lab::with_faults(&[]).await;
    let file = |name: &str, text: &str| {
        let path = credential(&lab, name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path.display().to_string()
    };
    let ca = format!("server.ca-file={}", file("ca.pem", "no certificate"));
    let proxy = format!("connect.proxy-credentials-file={}", file("proxy", "user"));
    let by_proxy = [
        "--set=connect.api-url=https://api.example.com",
        "--set=connect.uploads-url=https://uploads.example.com",
        "--set=connect.proxy=http://proxy.example.com:3128",
        "--set",
        &proxy,
    ];
    insta::assert_snapshot!(judged(&lab, &by_proxy).await, @"
    exit 77, stdout:
    gate  open: 127.0.0.1:PORT → enterprise octo-corp at api.example.com
    ID    ID, set in `server.id`
    when  Every week on DAY at about TIME (UTC), since DATE.
          next: TIME, TIME, TIME
    good  state directory: DIR/state, which the next sync creates
    good  server-token: file DIR/credentials/server-token
    good  connect-private-key: file DIR/credentials/connect-private-key
    good  connect-read-token: file DIR/credentials/connect-read-token
    good  fingerprint-key: file DIR/fingerprint-key, which the next sync creates
    good  way to the server: http://SERVER/
    BAD   way to the cloud: the proxy credentials in file DIR/credentials/proxy are not of the form user:password
          help: write the proxy's user name and password into it, on one line with a colon between them
    1 thing cannot be used; a sync would send nothing
    ");
    let flags = ["--set", "server.url=https://github.example.com", "--set", &ca];
    insta::assert_snapshot!(judged(&lab, &flags).await, @"
    exit 78, stdout:
    gate  open: github.example.com → enterprise octo-corp at 127.0.0.1:PORT
    ID    ID, set in `server.id`
    when  Every week on DAY at about TIME (UTC), since DATE.
          next: TIME, TIME, TIME
    good  state directory: DIR/state, which the next sync creates
    good  server-token: file DIR/credentials/server-token
    good  connect-private-key: file DIR/credentials/connect-private-key
    good  connect-read-token: file DIR/credentials/connect-read-token
    good  fingerprint-key: file DIR/fingerprint-key, which the next sync creates
    BAD   way to the server: DIR/credentials/ca.pem (`ca-file`) holds no certificate in PEM
          help: `ca-file` names a PEM file with the certificate of the authority that signed the server's or the proxy's
    good  way to the cloud: http://CLOUD/
    1 thing cannot be used; a sync would send nothing
    ");
    file("proxy", "user:password");
    insta::assert_snapshot!(judged(&lab, &by_proxy).await, @"
    exit 0, stdout:
    gate  open: 127.0.0.1:PORT → enterprise octo-corp at api.example.com
    ID    ID, set in `server.id`
    when  Every week on DAY at about TIME (UTC), since DATE.
          next: TIME, TIME, TIME
    good  state directory: DIR/state, which the next sync creates
    good  server-token: file DIR/credentials/server-token
    good  connect-private-key: file DIR/credentials/connect-private-key
    good  connect-read-token: file DIR/credentials/connect-read-token
    good  fingerprint-key: file DIR/fingerprint-key, which the next sync creates
    good  way to the server: http://SERVER/
    good  way to the cloud: https://api.example.com/ and https://uploads.example.com/ by the proxy http://proxy.example.com:3128/
    ready to sync, as far as this machine can check; no connection was opened
    ");
}

#[tokio::test]
async fn a_fingerprint_key_is_named_with_its_place_and_one_that_cannot_be_used_stops_no_sync() {
    let lab = Lab::with_faults(&[]).await;
    fs::write(lab.fingerprint_key(), "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=").unwrap();
    let mode = |mode| fs::set_permissions(lab.fingerprint_key(), fs::Permissions::from_mode(mode)).unwrap();
    mode(0o600);
    let good = judged(&lab, &[]).await;
    assert!(
        good.contains("\ngood  fingerprint-key: file DIR/fingerprint-key\n"),
        "{good}"
    );
    mode(0o644);
    insta::assert_snapshot!(judged(&lab, &[]).await, @"
    exit 0, stdout:
    gate  open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    ID    ID, set in `server.id`
    when  Every week on DAY at about TIME (UTC), since DATE.
          next: TIME, TIME, TIME
    good  state directory: DIR/state, which the next sync creates
    good  server-token: file DIR/credentials/server-token
    good  connect-private-key: file DIR/credentials/connect-private-key
    good  connect-read-token: file DIR/credentials/connect-read-token
    warn  fingerprint-key: the credential file DIR/fingerprint-key is readable by other users (mode 0644); a sync compares only the numbers of users
          help: delete DIR/fingerprint-key; the next sync creates a new key
    good  way to the server: http://SERVER/
    good  way to the cloud: http://CLOUD/
    ready to sync, as far as this machine can check; no connection was opened
    ");
    let ran = lab.run(&["check", "--offline", "--json"]).await;
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["good"], true, "{ran}");
}
