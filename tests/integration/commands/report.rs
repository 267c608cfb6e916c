//! `report`: what the cloud counts, and nobody by name unless that is asked for.

mod file;
mod html;
mod people;
mod printed;

use serde_json::{Value, json};

use crate::support::lab::Lab;
use crate::support::loopback::{Loopback, Reply};

/// A sandbox whose cloud has counted the server's list.
async fn counted() -> Lab {
    let lab = Lab::with_faults(&[]).await;
    lab.sync(&[]).await.unwrap();
    lab
}

/// A cloud that answers everything with this list.
async fn cloud(list: Value) -> Loopback {
    Loopback::serve(move |_| Reply::answer(200, "Content-Type: application/json\r\n", list.to_string().as_bytes()))
        .await
}

/// The flag that leads a report to it.
fn at(cloud: &Loopback) -> String {
    format!("--set=connect.api-url={}", cloud.url)
}

#[tokio::test]
async fn a_report_shows_deployments_and_kinds_in_counts() {
    let lab = counted().await;
    let ran = lab.run(&["report"]).await;
    insta::assert_snapshot!(lab.plain(&ran.to_string()), @"
    exit 0, stdout:
    consumed licenses of the enterprise octo-corp at http://CLOUD/

    seats purchased               98
    seats consumed                63
                                64 %
    licenses                      63
      cloud only                   9
      server only                 14
      merged                      40
    kind
      Enterprise                  61
      Visual Studio                2
    of all licenses
      pending invitation           1
      no address shown             2
    ");
    let ran = lab.run(&["report", "--format", "csv"]).await;
    insta::assert_snapshot!(ran, @"
    exit 0, stdout:
    count,value
    seats_consumed,63
    seats_purchased,98
    percent,64
    licenses,63
    cloud_only,9
    server_only,14
    merged,40
    neither,0
    enterprise,61
    visual_studio,2
    other_kinds,0
    pending_invitations,1
    without_address,2
    ");
}

#[tokio::test]
async fn a_report_in_json_agrees_with_the_cloud() {
    let lab = counted().await;
    let tally = lab.sandbox.tally();
    for arguments in [
        &["report", "--json"][..],
        &["report", "--format", "json", "--show-users"],
    ] {
        let ran = lab.run(arguments).await;
        assert_eq!((ran.exit, ran.stderr.as_str()), (Some(0), ""));
        // A reader knows the version before the first of many rows.
        let first = "{\n  \"schema\": \"ghe-license-sync/report/1\",\n";
        assert!(ran.stdout.starts_with(first), "{ran}");
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(answer["seats"]["consumed"], tally.licenses);
        assert_eq!(answer["totals"]["licenses"], tally.licenses);
        assert_eq!(answer["totals"]["cloud_only"], tally.cloud_only);
        assert_eq!(answer["totals"]["server_only"], tally.server_only);
        assert_eq!(answer["list"]["whole"], true);
        let listed = answer["licenses"].as_array().map(Vec::len);
        assert_eq!(
            listed,
            (arguments.len() > 2).then(|| usize::try_from(tally.licenses).unwrap())
        );
    }
}

#[tokio::test]
async fn a_report_takes_connect_alone_and_touches_no_state() {
    let lab = Lab::with_faults(&[]).await;
    let ran = lab.run(&["--set=license-sync.enabled=false", "report", "--json"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert!(!lab.directory.path().join("state").exists());
    // Neither the server nor the App's key has a part in it.
    lab.edit_settings("[license-sync]\nenabled = true", "");
    let text = std::fs::read_to_string(lab.sandbox.config_file()).unwrap();
    let kept = text.lines().take_while(|line| *line != "[server]").filter(|line| {
        let others = ["client-id", "installation-id", "private-key-file", "uploads-url"];
        !others.iter().any(|other| line.starts_with(other))
    });
    std::fs::write(lab.sandbox.config_file(), kept.collect::<Vec<_>>().join("\n")).unwrap();
    let ran = lab.run(&["report", "--json"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
}

#[tokio::test]
async fn what_keeps_the_cloud_from_being_read_is_reported() {
    let lab = Lab::with_faults(&[]).await;
    let mut said = Vec::new();
    for wrong in ["connect.enabled=false", "connect.read-token-file=/nonexistent/token"] {
        let ran = lab
            .run(&["--set=license-sync.enabled=false", &format!("--set={wrong}"), "report"])
            .await;
        said.push(format!("{wrong}: {ran}"));
    }
    let address = format!("\"github.com\"\napi-url = \"{}\"", lab.sandbox.cloud_url());
    for (from, to) in [
        ("enterprise = \"octo-corp\"", "organization = \"octo-corp\""),
        ("organization = \"octo-corp\"", ""),
        (&address, "\"ghes.example.com\""),
    ] {
        lab.edit_settings(from, to);
        let ran = lab.run(&["--set=license-sync.enabled=false", "report"]).await;
        said.push(format!("{to}: {ran}"));
    }
    insta::assert_snapshot!(lab.plain(&said.join("\n")), @r#"
    connect.enabled=false: exit 3, stderr:
    error: the consumed licenses were not reported: Connect is not enabled
      help: set `enabled = true` under [connect] once GitHub Connect is set up for this server
      reason: connect-disabled

    connect.read-token-file=/nonexistent/token: exit 77, stderr:
    error: the consumed licenses were not reported: the credential `connect-read-token` could not be read from /nonexistent/token
      because: No such file or directory (os error 2)
      help: write the secret into /nonexistent/token (mode 0600), or correct the path in the settings
      reason: credentials-missing

    organization = "octo-corp": exit 78, stderr:
    error: the consumed licenses were not reported: GitHub lists servers and consumed licenses for enterprise accounts only, and `connect.organization` names an organization
      help: license sync through Connect does not need them, as each upload is confirmed by its own state; to read servers and licenses, use settings with `connect.enterprise`: the account as in the URL of its page, github.com/enterprises/NAME
      reason: config-invalid

    : exit 78, stderr:
    error: the consumed licenses were not reported: no cloud account is named
      help: set `connect.enterprise` to the account as in the URL of its page: github.com/enterprises/NAME
      reason: config-invalid

    "ghes.example.com": exit 78, stderr:
    error: the consumed licenses were not reported: the address of the cloud's API does not follow from `connect.host`
      help: set `connect.api-url`
      reason: config-invalid
    "#);
}

#[tokio::test]
async fn a_missing_token_and_a_list_that_is_not_found_say_what_to_do() {
    let lab = Lab::with_faults(&["consumed:404"]).await;
    insta::assert_snapshot!(lab.plain(&lab.run(&["report"]).await.to_string()), @"
    exit 77, stderr:
    error: the consumed licenses were not reported: reading the consumed licenses was answered with status 404 (GET http://CLOUD/enterprises/octo-corp/consumed-licenses)
      help: either the token may not read this enterprise, or the enterprise is so large that the cloud does not list it: check `connect.enterprise`, that `connect-read-token` is a personal access token (classic) with `read:enterprise`, and that its owner is an owner of the enterprise; if all that is right, ask the account's support
      reason: permission-missing
    ");
    let file = lab.directory.path().join("credentials/connect-read-token");
    lab.edit_settings(&format!("read-token-file = \"{}\"\n", file.display()), "");
    insta::assert_snapshot!(lab.plain(&lab.run(&["report", "--json"]).await.to_string()), @r#"
    exit 77, stdout:
    {
      "schema": "ghe-license-sync/error/1",
      "error": "the consumed licenses were not reported: the credential `connect-read-token` is not there",
      "because": [],
      "details": null,
      "help": "give it as the systemd credential `connect-read-token` (LoadCredential=), or name a file of mode 0600 in `connect.read-token-file`, or set GHE_LICENSE_SYNC_CONNECT_READ_TOKEN",
      "reason": "credentials-missing",
      "exit_code": 77
    }
    --- stderr
    error: the consumed licenses were not reported: the credential `connect-read-token` is not there
      help: give it as the systemd credential `connect-read-token` (LoadCredential=), or name a file of mode 0600 in `connect.read-token-file`, or set GHE_LICENSE_SYNC_CONNECT_READ_TOKEN
      reason: credentials-missing
    "#);
}

#[tokio::test]
async fn a_wait_at_a_rate_limit_is_said() {
    let lab = Lab::with_faults(&["consumed:429@0*2"]).await;
    let ran = lab.run(&["report"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    insta::assert_snapshot!(ran.stderr, @"
    rate-limited: waiting for 0s before continuing
    rate-limited: waiting for 0s before continuing
    ");
}

#[tokio::test]
async fn connect_that_is_turned_off_between_two_pages_ends_the_report() {
    let lab = Lab::with_faults(&[]).await;
    let file = lab.sandbox.config_file().to_owned();
    let cloud = Loopback::serve(move |_| {
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replacen("enabled = true", "enabled = false", 1)).unwrap();
        let next = "Content-Type: application/json\r\nLink: </enterprises/octo-corp/consumed-licenses?page=2>; rel=\"next\"\r\n";
        Reply::answer(200, next, br#"{"total_seats_consumed":2,"users":[{"github_com_login":"mona"}]}"#)
    })
    .await;
    let ran = lab.run(&["report", &at(&cloud)]).await;
    assert_eq!(ran.exit, Some(3), "{ran}");
    assert!(ran.stderr.contains("reason: connect-disabled"), "{ran}");
    assert_eq!(cloud.requests().len(), 1);
}

#[tokio::test]
async fn wishes_that_contradict_each_other_are_a_wrong_command_line() {
    let lab = Lab::with_faults(&[]).await;
    let mut said = Vec::new();
    for wishes in [
        &["report", "--json", "--format", "csv"][..],
        &["report", "--show-users"],
        &["report", "--force"],
        &["report", "--format", "pdf"],
    ] {
        said.push(lab.run(wishes).await.to_string());
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
    exit 64, stdout:
    {
      "schema": "ghe-license-sync/error/1",
      "error": "`--json` and another `--format` were given",
      "because": [],
      "details": null,
      "help": "write one of them",
      "reason": null,
      "exit_code": 64
    }
    --- stderr
    error: `--json` and another `--format` were given
      help: write one of them

    exit 64, stderr:
    error: a table shows counts only, and `--show-users` was given
      help: add `--format csv`, `--format json` or `--format html`

    exit 64, stderr:
    error: the following required arguments were not provided:
      --output <FILE>

    Usage: ghe-license-sync report --output <FILE> --force

    For more information, try '--help'.

    exit 64, stderr:
    error: invalid value 'pdf' for '--format <FORMAT>'
      [possible values: table, csv, json, html]

    For more information, try '--help'.
    "#);
}

#[tokio::test]
async fn a_list_that_is_full_that_moved_or_cannot_be_read_is_noted() {
    let lab = Lab::with_faults(&[]).await;
    let member = json!({ "github_com_login": "mona", "github_com_user": true, "license_type": "Premium" });
    let list = json!({ "total_seats_consumed": 95, "total_seats_purchased": 100, "users": [member, member, { "github_com_login": 7 }] });
    let cloud = cloud(list).await;
    let ran = lab.run(&[&at(&cloud), "report"]).await;
    let said = ran.to_string().replace(cloud.url.as_str(), "http://CLOUD/");
    insta::assert_snapshot!(said, @"
    exit 0, stdout:
    consumed licenses of the enterprise octo-corp at http://CLOUD/

    seats purchased              100
    seats consumed                95
                                95 %
    licenses                       3
      cloud only                   2
      server only                  0
      merged                       0
      on neither                   1
    kind
      Enterprise                   0
      Visual Studio                0
      another kind                 3
    of all licenses
      pending invitation           0
      no address shown             3
    note: 95 % of the purchased seats are consumed; the threshold of 95 % is reached
    note: the list has 92 fewer rows than the cloud says are consumed
    note: the list moved while it was read (1 row was listed twice); run the command again for exact counts
    note: fields that could not be read were left out: `github_com_login` 1 time
    ");
    let ran = lab.run(&[&at(&cloud), "report", "--format", "csv"]).await;
    insta::assert_snapshot!(ran.stderr, @"
    note: 95 % of the purchased seats are consumed; the threshold of 95 % is reached
    note: the list has 92 fewer rows than the cloud says are consumed
    note: the list moved while it was read (1 row was listed twice); run the command again for exact counts
    note: fields that could not be read were left out: `github_com_login` 1 time
    ");
}
