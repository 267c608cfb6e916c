//! What `check --offline` finds before a sync meets it: tokens of another kind, a state directory, a trust root.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::check::{credential, judged};
use super::told;
use crate::support::lab::Lab;

#[tokio::test]
async fn a_token_of_another_kind_is_refused_for_the_server_and_doubted_for_the_cloud() {
    let lab = Lab::with_faults(&[]).await;
    let kinds = [
        ("github_pat_11secret", "a fine-grained personal access token"),
        ("ghs_secret", "an installation token of a GitHub App"),
        ("ghu_secret", "a user access token of a GitHub App"),
        ("ghr_secret", "a refresh token of a GitHub App"),
    ];
    for (token, kind) in kinds {
        fs::write(credential(&lab, "server-token"), token).unwrap();
        for arguments in [&["check", "--offline"][..], &["sync"]] {
            let told = told(&lab, arguments).await;
            assert!(told.starts_with("exit 77") && told.contains(kind), "{told}");
            assert!(!told.contains("secret"), "{told}");
        }
    }
    fs::write(credential(&lab, "connect-read-token"), "github_pat_11secret").unwrap();
    insta::assert_snapshot!(judged(&lab, &[]).await, @"
    exit 77, stdout:
    gate  open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    ID    ID, set in `server.id`
    when  Every week on DAY at about TIME (UTC), since DATE.
          next: TIME, TIME, TIME
    good  state directory: DIR/state
    BAD   server-token: the credential `server-token` in file DIR/credentials/server-token is a refresh token of a GitHub App, which the enterprise server does not accept here
          help: issue a personal access token (classic), which begins with `ghp_`, with the scope `site_admin`
    good  connect-private-key: file DIR/credentials/connect-private-key
    warn  connect-read-token: a fine-grained personal access token (file DIR/credentials/connect-read-token)
          help: a classic token with `read:enterprise` is needed to compare which servers the cloud lists
    good  fingerprint-key: file DIR/fingerprint-key, which the next sync creates
    good  way to the server: http://SERVER/
    good  way to the cloud: http://CLOUD/
    1 thing cannot be used; a sync would send nothing
    ");
    for token in ["ghp_secret", "gho_secret", "0123456789012345678901234567890123456789"] {
        fs::write(credential(&lab, "server-token"), token).unwrap();
        assert!(judged(&lab, &[]).await.starts_with("exit 0"), "{token}");
    }
}

#[tokio::test]
async fn a_state_directory_is_checked_before_a_sync_meets_it() {
    let lab = Lab::with_faults(&[]).await;
    let state = lab.directory.path().join("state");
    let finding = async || {
        let told = judged(&lab, &[]).await;
        let exit = told.lines().next().unwrap();
        let lines = told.lines().skip_while(|line| !line.contains("  state directory: "));
        let lines = lines.take_while(|line| line.contains("state directory: ") || line.contains("  help: "));
        format!("{exit}\n{}", lines.collect::<Vec<_>>().join("\n"))
    };
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o755)).unwrap();
    insta::assert_snapshot!(finding().await, @"
    exit 74, stdout:
    BAD   state directory: the state directory DIR/state is accessible to other users (mode 0755)
          help: run `chmod 0700 DIR/state`
    ");
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
    insta::assert_snapshot!(finding().await, @"
    exit 0, stdout:
    good  state directory: DIR/state
    ");
}

/// A certificate that nobody can read says nothing of whom to trust.
#[tokio::test]
async fn a_trust_root_that_is_no_certificate_is_refused_beside_a_server_with_https() {
    let lab = Lab::with_faults(&[]).await;
    let pem = |text: &str| format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
    let path = credential(&lab, "ca.pem");
    let set = format!("server.ca-file={}", path.display());
    let flags = ["--set", "server.url=https://github.example.com", "--set", &set];
    for content in [String::new(), pem("!!!"), pem("MAA="), pem("bm8gY2VydGlmaWNhdGU=")] {
        fs::write(&path, &content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let told = judged(&lab, &flags).await;
        assert!(told.starts_with("exit 78"), "{content}: {told}");
        assert!(
            told.contains("BAD   way to the server: DIR/credentials/ca.pem (`ca-file`)"),
            "{content}: {told}"
        );
    }
    fs::remove_file(&path).unwrap();
    let told = judged(&lab, &flags).await;
    assert!(
        told.starts_with("exit 78") && told.contains("could not be read"),
        "{told}"
    );
}

#[tokio::test]
async fn a_proxy_is_named_for_the_hosts_alone_that_are_reached_by_it() {
    let lab = Lab::with_faults(&[]).await;
    let proxy = |section: &str| format!("--set={section}.proxy=http://proxy.example.com:3128");
    let (server, cloud) = (proxy("server"), proxy("connect"));
    let direct = [
        "--set=server.url=https://127.0.0.1",
        &server,
        "--set=server.no-proxy=127.0.0.1",
        "--set=connect.api-url=https://api.example.com",
        "--set=connect.uploads-url=https://uploads.example.com",
        &cloud,
        "--set=connect.no-proxy=uploads.example.com",
    ];
    let told = judged(&lab, &direct).await;
    let ways: Vec<_> = told.lines().filter(|line| line.contains("  way to ")).collect();
    insta::assert_snapshot!(ways.join("\n"), @"
    good  way to the server: https://127.0.0.1/ without the proxy
    good  way to the cloud: https://api.example.com/ by the proxy http://proxy.example.com:3128/, https://uploads.example.com/ without the proxy
    ");
}

#[tokio::test]
async fn a_file_of_metrics_that_could_not_be_replaced_is_warned_of_and_keeps_nothing_from_being_sent() {
    let lab = Lab::with_faults(&[]).await;
    let directory = lab.directory.path().join("taken.prom");
    fs::create_dir(&directory).unwrap();
    let mut said = String::new();
    for place in [
        "DIR/sync.prom",
        "DIR/nowhere/sync.prom",
        "DIR/taken.prom",
        "/run/ghe-license-sync-none/sync.prom",
    ] {
        let place = place.replace("DIR", &lab.directory.path().display().to_string());
        let flag = format!("--set=metrics.textfile={place}");
        let told = judged(&lab, &[&flag]).await;
        let lines = told.lines().skip_while(|line| !line.contains("metrics.textfile"));
        said.push_str(&format!("{}\n", told.lines().next().unwrap()));
        lines
            .take_while(|line| !line.starts_with("ready"))
            .for_each(|line| said.push_str(&format!("{line}\n")));
    }
    insta::assert_snapshot!(said, @"
    exit 0, stdout:
    good  metrics.textfile: DIR/sync.prom
    exit 0, stdout:
    warn  metrics.textfile: the metrics could not be written to DIR/nowhere/sync.prom: No such file or directory (os error 2); nothing else depends on it
          help: name a file in a directory that the program can write in `metrics.textfile`; the service can write below /run/ghe-license-sync
    exit 0, stdout:
    warn  metrics.textfile: the metrics could not be written to DIR/taken.prom: is a directory; nothing else depends on it
          help: name a file in a directory that the program can write in `metrics.textfile`; the service can write below /run/ghe-license-sync
    exit 0, stdout:
    good  metrics.textfile: /run/ghe-license-sync-none/sync.prom, in a directory that is there while the service runs
    ");
}
