//! `sandbox` as a process of its own, with `sync` in others.

use ghe_license_sync::settings::{Environment, Network};
use ghe_license_sync::transport::{Peer, Redirects, build, read_capped};
use rustix::process::Signal;
use serde_json::Value;
use tempfile::TempDir;
use url::Url;

use crate::support::lab::{Lab, binary};
use crate::support::placeholder::placeholders;
use crate::support::process::{Process, command};

/// The JSON at an address.
async fn get(url: &str) -> Value {
    get_with(url, "").await
}

/// The same for the owner of this token.
async fn get_with(url: &str, token: &str) -> Value {
    let url: Url = url.parse().unwrap();
    let client = build(&url, &Network::default(), Redirects::Never, &Environment::default()).unwrap();
    let answer = client.get(url).bearer_auth(token).send().await.unwrap();
    let body = read_capped(answer, Peer::Cloud, "GET", 1 << 20).await.unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[tokio::test]
async fn a_sandbox_serves_a_sync_of_another_process_until_it_is_stopped() {
    let directory = TempDir::new().unwrap();
    let path = directory.path().join("my lab");
    let path = path.to_str().unwrap();
    let mut sandbox = Process::start(&["sandbox", "--directory", path, "--users", "60"]);
    let mut announced = Vec::new();
    for _ in 0..6 {
        announced.push(sandbox.line().await);
    }
    insta::assert_snapshot!(placeholders(&announced.join("\n")).replace(path, "DIR"), @"
    server   http://127.0.0.1:PORT/
    cloud    http://127.0.0.1:PORT/
    license  http://127.0.0.1:PORT/enterprises/octo-corp/settings/license
    uploads  http://127.0.0.1:PORT/_sandbox/uploads
    ready    ghe-license-sync --config 'DIR/config.toml' sync
    Ctrl-C stops both
    ");
    let uploads = announced[3].split_whitespace().last().unwrap();
    let config = format!("{path}/config.toml");

    let mut runs = Vec::new();
    for uploaded in 1..=2 {
        let ran = binary(&["--config", &config, "sync", "--json"]).await;
        assert_eq!((ran.exit, ran.stderr.as_str()), (Some(0), ""));
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(answer["run"]["state"], "confirmed");
        runs.push(answer["run"]["id"].clone());
        let there = get(uploads).await;
        assert_eq!(there["uploads"].as_array().unwrap().len(), uploaded);
    }
    assert_ne!(runs[0], runs[1], "the second sync is a run of its own");

    sandbox.signal(Signal::TERM);
    let ran = sandbox.end().await;
    assert_eq!((ran.exit, ran.stdout.as_str(), ran.stderr.as_str()), (Some(0), "", ""));
    let ran = binary(&["--config", &config, "sync"]).await;
    assert_eq!(ran.exit, Some(69), "nobody answers any more");
}

#[tokio::test]
async fn a_directory_may_be_given_relative_to_where_one_stands() {
    let directory = TempDir::new().unwrap();
    let mut command = command(&["sandbox", "--json", "--directory", "lab", "--users", "3"]);
    command.current_dir(directory.path());
    let mut sandbox = Process::of(command);
    let mut announced = String::new();
    while !announced.ends_with('}') {
        announced.push_str(&sandbox.line().await);
    }
    let announced: Value = serde_json::from_str(&announced).unwrap();
    let ran = binary(&["--config", announced["config"].as_str().unwrap(), "sync"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    sandbox.signal(Signal::INT);
    assert_eq!(sandbox.end().await.exit, Some(0));
}

#[tokio::test]
async fn the_list_of_consumed_licenses_can_be_had_in_the_published_schema() {
    for (schema, kind) in [(None, "Enterprise"), (Some("published"), "enterprise")] {
        let directory = TempDir::new().unwrap();
        let path = directory.path().to_str().unwrap();
        let mut arguments = vec!["sandbox", "--directory", path, "--users", "3"];
        arguments.extend(schema.map(|_| "--schema"));
        arguments.extend(schema);
        let mut sandbox = Process::start(&arguments);
        sandbox.line().await;
        let cloud = sandbox.line().await.split_whitespace().last().unwrap().to_owned();
        let token = std::fs::read_to_string(directory.path().join("credentials/connect-read-token")).unwrap();
        let list = get_with(&format!("{cloud}enterprises/octo-corp/consumed-licenses"), &token).await;
        assert_eq!(list["users"][0]["license_type"], kind);
        sandbox.signal(Signal::TERM);
        assert_eq!(sandbox.end().await.exit, Some(0));
    }
}

#[tokio::test]
async fn a_wrong_fault_is_a_wrong_command_line() {
    let ran = binary(&["sandbox", "--directory", "/nonexistent", "--fault", "uplaod:503"]).await;
    insta::assert_snapshot!(ran, @"
    exit 64, stderr:
    error: the sandbox was not started: the fault `uplaod:503` names the point `uplaod`, which does not exist
      help: points are report, meta, license, stats, products, provisioned, accounts, account, token, upload, status, location, consumed, graphql, scim
      reason: config-invalid
    ");
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_named() {
    let ran = binary(&["sandbox", "--directory", "/proc/lab"]).await;
    insta::assert_snapshot!(ran, @"
    exit 74, stderr:
    error: the sandbox was not started: the sandbox's directory /proc/lab/uploads could not be made
      because: No such file or directory (os error 2)
      help: name a directory that you may write to, with room on its disk
      reason: internal
    ");
}

#[tokio::test]
async fn settings_that_it_did_not_write_are_left_alone_and_named() {
    for settings in [&b"[connect]\nenabled = false\n"[..], b"", b"# \xff not text\n"] {
        let directory = TempDir::new().unwrap();
        let path = directory.path();
        std::fs::write(path.join("config.toml"), settings).unwrap();
        let ran = binary(&["sandbox", "--directory", path.to_str().unwrap()]).await;
        let told = ran.to_string().replace(path.to_str().unwrap(), "DIR");
        insta::allow_duplicates!(insta::assert_snapshot!(told, @"
        exit 74, stderr:
        error: the sandbox was not started: DIR/config.toml is not a settings file of an earlier sandbox, and is left as it is
          help: name an empty directory, or one of an earlier sandbox
          reason: internal
        "));
        let names: Vec<_> = std::fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["config.toml"]);
        assert_eq!(std::fs::read(path.join("config.toml")).unwrap(), settings);
    }
}

#[tokio::test]
async fn settings_of_somebody_else_are_not_replaced_through_a_link_either() {
    let directory = TempDir::new().unwrap();
    let config = directory.path().join("config.toml");
    std::os::unix::fs::symlink("/nonexistent/config.toml", &config).unwrap();
    let ran = binary(&["sandbox", "--directory", directory.path().to_str().unwrap()]).await;
    assert_eq!(ran.exit, Some(74), "{ran}");
    assert!(config.is_symlink());
}

#[tokio::test]
async fn a_failure_in_the_list_of_servers_is_of_the_upload_and_not_of_the_look_before_it() {
    for earlier in [0, 1] {
        let lab = Lab::with_faults(&[]).await;
        for _ in 0..earlier {
            assert_eq!(lab.run(&["sync"]).await.exit, Some(0));
        }
        lab.sandbox.add_fault("status:failure".parse().unwrap());
        let ran = lab.run(&["sync", "--verbose"]).await;
        assert_eq!(ran.exit, Some(0), "{ran}");
        let warning = "its license sync status says that the last sync of this server failed";
        assert!(ran.stderr.contains(warning), "{ran}");
        assert_eq!(lab.sandbox.faults_left(), 0);
    }
}
