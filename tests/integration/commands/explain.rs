//! `explain`: why the sandbox's people are counted twice, in counts, and by name only where that is asked for.

mod closing;
mod fixing;
mod last_sync;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use ghe_license_sync::clock::SystemClock;
use rustix::fs::{FileType, Mode};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::privacy::canaries::files;
use crate::support::family::Family;
use crate::support::lab::Lab;
use crate::support::process::Process;

/// A sandbox whose cloud has counted the server's list.
async fn counted() -> Lab {
    counted_of(60).await
}

async fn counted_of(users: u32) -> Lab {
    let lab = Lab::of(users, &[], Arc::new(SystemClock)).await;
    lab.sync(&[]).await.unwrap();
    lab
}

async fn answer(lab: &Lab, arguments: &[&str]) -> Value {
    let ran = lab.run(&[&["explain", "--json"], arguments].concat()).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    serde_json::from_str(&ran.stdout).unwrap()
}

/// The report as somebody downloads it, in a file.
async fn downloaded(lab: &Lab) -> String {
    let people = answer(lab, &["--show-users"]).await;
    let mut report = "id,login,email,role,suspended?,last_logged_ip,last_active,raw_login\n".to_owned();
    for fix in people["fixes"].as_array().unwrap() {
        let id = fix["server_users"][0].as_str().and_then(|user| user.rsplit_once(':'));
        let text = |name: &str| fix[name].as_str().unwrap_or_default();
        if let Some((_, id)) = id.filter(|_| fix["login"].is_string()) {
            let (login, address) = (text("login"), text("address").replace('"', "\"\""));
            let _infallible = writeln!(
                report,
                "{id},{login},\"{address}\",user,false,x,2026-01-01T00:00:00Z,idp-{id}"
            );
        }
    }
    let path = lab.directory.path().join("all_users.csv");
    std::fs::write(&path, report).unwrap();
    path.to_string_lossy().into_owned()
}

/// Logins and addresses of everybody in the answer.
fn people(answer: &Value) -> BTreeSet<String> {
    let fixes = answer["fixes"].as_array().unwrap().iter();
    let texts = fixes.flat_map(|fix| ["login", "address", "partner"].map(|name| fix[name].as_str()));
    texts
        .flatten()
        .filter(|text| text.len() > 4)
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn causes_are_shown_in_counts_with_what_fixes_them_and_who_can() {
    let lab = counted().await;
    let ran = lab.run(&["explain"]).await;
    insta::assert_snapshot!(lab.plain(&ran.to_string()), @"
    exit 0, stdout:
    licenses of 127.0.0.1 in the enterprise octo-corp

    in the cloud's list                            63
      of users here, known to the cloud            40
      of users here, not known to it               14
    read besides: 2 verified domains, 1 reporting server, 54 uploaded accounts, 35 identities

    CAUSE                                            CERTAIN LIKELY POSSIBLE UNKNOWN
    no primary address on the server                       1
      give the account the address that the cloud knows, then sync
      by the user, or the identity provider's administrator
    the identity on the cloud says otherwise               1
      make the primary address and the identity agree, then sync
      by the identity provider's administrator
    machine user, by its name                                              1
      suspend it if nothing uses it
      by site administrator
    never signed in, by the report                                         1
      suspend it if nobody needs it
      by site administrator
    the cloud does not show enough to decide                                      10
      verify the domain in the cloud account, or read its identities
      by enterprise owner

    licenses that fixing this frees: 2 certain; besides, 0 likely, 2 possible
    with metered billing, a freed license saves from the next billing cycle
    not known: who 3 members are: the cloud shows neither an address nor an identity of them
      verify the domain of their addresses in the cloud account, or read its identities
    ");
    let ran = lab.run(&["explain", "--format", "csv"]).await;
    insta::assert_snapshot!(lab.plain(&ran.to_string()), @r#"
    exit 0, stdout:
    cause,grade,count,frees_certain,frees_likely,frees_possible,fix,fixer
    no-primary-address,certain,1,1,0,0,"give the account the address that the cloud knows, then sync","the user, or the identity provider's administrator"
    identity-differs,certain,1,1,0,0,"make the primary address and the identity agree, then sync",the identity provider's administrator
    machine-user,possible,1,0,0,1,suspend it if nothing uses it,site administrator
    never-signed-in,possible,1,0,0,1,suspend it if nobody needs it,site administrator
    not-shown,unknown,10,0,0,0,"verify the domain in the cloud account, or read its identities",enterprise owner
    "#);
}

#[tokio::test]
async fn an_answer_in_json_counts_what_the_cloud_counts() {
    let lab = counted().await;
    answer(&lab, &["nobody"]).await;
    let summary = answer(&lab, &[]).await;
    let tally = lab.sandbox.tally();
    assert_eq!(summary["licenses"], tally.licenses);
    assert_eq!(summary["server_only"], tally.server_only);
}

#[tokio::test]
async fn nobody_is_named_without_show_users_however_much_is_said() {
    let lab = counted().await;
    let people = people(&answer(&lab, &["--show-users"]).await);
    assert!(people.len() > 10, "{}", people.len());
    let before = files(lab.directory.path());
    for format in ["table", "csv", "json"] {
        let loud = ["--format", format, "--verbose", "--set=log.level=trace"];
        let said = lab.run(&[&["explain"], &loud[..]].concat()).await.to_string();
        let named: Vec<_> = people.iter().filter(|person| said.contains(person.as_str())).collect();
        assert_eq!(named, [""; 0]);
        let shown = lab.run(&[&["explain", "--show-users"], &loud[..]].concat()).await;
        let named: Vec<_> = people
            .iter()
            .filter(|person| shown.stderr.contains(person.as_str()))
            .collect();
        assert_eq!(named, [""; 0]);
        assert!(
            people
                .iter()
                .all(|person| shown.stdout.contains(person.as_str()) || person.contains('"'))
        );
    }
    assert!(before == files(lab.directory.path()), "nothing was written");
}

#[tokio::test]
async fn one_user_is_explained_by_login_or_address_in_any_letter_case() {
    let lab = counted_of(300).await;
    let all = answer(&lab, &["--show-users"]).await;
    let fixes = all["fixes"].as_array().unwrap();
    let fix = fixes.iter().find(|fix| fix["cause"] == "identity-differs").unwrap();
    let (login, address) = (fix["login"].as_str().unwrap(), fix["address"].as_str().unwrap());
    for user in [login.to_ascii_uppercase(), address.to_ascii_uppercase()] {
        assert_eq!(answer(&lab, &[&user]).await["person"], json!([fix]));
    }
    let ran = lab.run(&["explain", login]).await;
    let text = ran.to_string().replace(login, "LOGIN").replace(address, "ADDRESS");
    insta::assert_snapshot!(lab.plain(&text), @"
    exit 0, stdout:
    LOGIN: the identity on the cloud says otherwise, certain
      license   127.0.0.1:145, ADDRESS here, ADDRESS on the cloud
      evidence  the identity providers of both sides use the same name for the person
      partner   LOGIN_octo, certain
      fix       make the primary address and the identity agree, then sync (the identity provider's administrator)
      frees     1 license, certain
    ");
    insta::assert_snapshot!(lab.run(&["explain", "nobody"]).await, @"
    exit 0, stdout:
    nobody on the server and no license in the cloud's list has this login or address
    ");
}

#[tokio::test]
async fn every_fix_is_a_line_of_csv() {
    let lab = counted().await;
    let ran = lab.run(&["explain", "--format", "csv", "--show-users"]).await;
    let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
    let head = reader.headers().unwrap().iter().collect::<Vec<_>>().join(",");
    insta::assert_snapshot!(head, @"cause,grade,frees,server_users,login,address,held_addresses,member,partner,partner_grade,fix,fixer,evidence");
    let rows = reader.records().map(Result::unwrap).count();
    let all = answer(&lab, &["--show-users"]).await;
    assert_eq!(rows, all["fixes"].as_array().unwrap().len());
}

#[tokio::test]
async fn a_downloaded_report_replaces_the_server() {
    let lab = counted().await;
    let file = downloaded(&lab).await;
    let gone = "--set=server.url=http://127.0.0.1:1";
    let from_file = answer(&lab, &["--report", &file, gone]).await;
    let from_server = answer(&lab, &[]).await;
    assert_eq!(from_file["server_only"], from_server["server_only"]);
    let causes = |answer: &Value| {
        let causes = answer["causes"].as_array().unwrap().iter();
        let without = causes.filter(|cause| cause["cause"] == "no-primary-address");
        without.map(|cause| cause["count"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(causes(&from_file), causes(&from_server));
    // The settings name the host while license sync is off as well.
    let off = "--set=license-sync.enabled=false";
    let watched = answer(&lab, &["--report", &file, off]).await;
    assert_eq!(watched["server_only"], from_server["server_only"]);
    lab.edit_settings(&format!("\nurl = \"{}\"", lab.sandbox.server_url()), "");
    let ran = lab.run(&["explain", "--report", &file, off]).await;
    insta::assert_snapshot!(lab.plain(&ran.to_string()), @"
    exit 64, stderr:
    error: nothing was explained: the host name of the server whose report this is, is not known: the settings name no server
      help: set `server.url`, or add `--host NAME`, as the cloud's list has it before the colon
      reason: config-invalid
    ");
    let with_host = answer(&lab, &["--report", &file, "--host", "127.0.0.1", off]).await;
    assert_eq!(with_host["server_only"], from_server["server_only"]);
}

#[tokio::test]
async fn what_cannot_be_explained_is_refused_with_what_to_do() {
    let mut family = Family::default();
    let lab = counted().await;
    let ran = lab.run(&["explain", "--host", "github.example.com"]).await;
    let said = lab.plain(&ran.to_string());
    family.row("a host that is in no list", said);
    let ran = lab.run(&["explain", "nobody@example.com"]).await;
    let said = lab.plain(&ran.to_string());
    family.row("a user that is in no list", said);
    let merged = lab.run(&["explain", "license-bot"]).await;
    assert!(merged.stdout.contains("license-bot"), "{merged}");
    let lab = counted().await;
    let ran = lab.run(&["explain", "--set=license-sync.enabled=false"]).await;
    let said = lab.plain(&ran.to_string());
    family.row("license sync is off", said);
    let lab = counted().await;
    let path = lab.directory.path().join("all_users.csv");
    std::fs::write(
        &path,
        "id,login,email,suspended?\n1,canary,canary@example.com,perhaps\n",
    )
    .unwrap();
    let path = path.to_string_lossy().into_owned();
    let ran = lab.run(&["explain", "--report", &path]).await;
    let said = lab.plain(&ran.to_string());
    family.row("a report that cannot be used", said);
    std::fs::remove_file(&path).unwrap();
    let ran = lab.run(&["explain", "--report", &path]).await;
    let said = lab.plain(&ran.to_string());
    family.row("a report that is not there", said);
    insta::assert_snapshot!(family, @r#"
    a host that is in no list: exit 64, stderr:
      error: nothing was explained: no license in the cloud's list is of the server github.example.com; it lists 127.0.0.1
        help: name the host as in the list, before the colon
        reason: config-invalid
    a user that is in no list: exit 0, stdout:
      nobody on the server and no license in the cloud's list has this login or address
    license sync is off: exit 3, stderr:
      error: nothing was explained: license sync is not enabled
        help: add `--report FILE`, an all-users report that was downloaded; or set `enabled = true` under [license-sync] to let this server report its license usage
        reason: license-sync-disabled
    a report that cannot be used: exit 65, stderr:
      error: nothing was explained: the report DIR/all_users.csv cannot be used
        because: row 2, column "suspended?": expected true or false, found a text of 7 characters
        help: download the all-users report once more, and do not open it in between [1]
    a report that is not there: exit 74, stderr:
      error: nothing was explained: DIR/all_users.csv could not be read
        because: No such file or directory (os error 2)
        help: name a file that you may read [1]
    [1]   reason: malformed-source
    "#);
}

#[tokio::test]
async fn identities_say_for_certain_that_they_differ_whether_they_are_read_or_saved() {
    let lab = counted_of(300).await;
    let read = answer(&lab, &["--show-users"]).await;
    for fault in ["graphql:403*always", "scim:403*always"] {
        lab.sandbox.add_fault(fault.parse().unwrap());
    }
    let all = answer(&lab, &["--show-users"]).await;
    let fixes = all["fixes"].as_array().unwrap();
    let fix = fixes.iter().find(|fix| fix["cause"] == "identity-differs").unwrap();
    assert_eq!([&fix["grade"], &fix["frees"]], ["possible", "possible"]);
    // Both identity providers call the person the same.
    let id = fix["server_users"][0]
        .as_str()
        .and_then(|user| user.rsplit(':').next())
        .unwrap();
    let identities = json!({"data": {"externalIdentities": {"nodes": [{
        "user": {"login": fix["partner"]},
        "samlIdentity": {"nameId": format!("idp-{id}"), "username": null, "emails": []},
        "scimIdentity": null,
    }]}}});
    let path = lab.directory.path().join("identities.json");
    std::fs::write(&path, identities.to_string()).unwrap();
    let arguments = [
        "--report",
        &downloaded(&lab).await,
        "--graphql",
        &path.to_string_lossy(),
        "--show-users",
    ];
    let surer = answer(&lab, &arguments).await;
    let is_same = |other: &&Value| other["server_users"] == fix["server_users"];
    let surer = surer["fixes"].as_array().unwrap().iter().find(is_same).unwrap();
    assert_eq!(
        [&surer["grade"], &surer["frees"], &surer["partner"]],
        [&json!("certain"), &json!("certain"), &fix["partner"]]
    );
    let is_sure = |found: &Value| is_same(&found) && found["grade"] == "certain";
    assert!(read["fixes"].as_array().unwrap().iter().any(is_sure));
}

#[tokio::test]
async fn what_the_token_may_not_read_is_said_and_makes_causes_less_sure() {
    let lab = counted().await;
    let forbid = |fault: &str| lab.sandbox.add_fault(fault.parse().unwrap());
    forbid("graphql:403*always");
    let ran = lab.run(&["explain"]).await;
    insta::assert_snapshot!(lab.plain(&ran.to_string()), @"
    exit 0, stdout:
    licenses of 127.0.0.1 in the enterprise octo-corp

    in the cloud's list                            63
      of users here, known to the cloud            40
      of users here, not known to it               14

    CAUSE                                            CERTAIN LIKELY POSSIBLE UNKNOWN
    no primary address on the server                       1
      give the account the address that the cloud knows, then sync
      by the user, or the identity provider's administrator
    Visual Studio subscription under another address              1
      match the subscription by hand, or make its address agree
      by enterprise owner
    machine user, by its name                                              1
      suspend it if nothing uses it
      by site administrator
    never signed in, by the report                                         1
      suspend it if nobody needs it
      by site administrator
    the cloud does not show enough to decide                                      10
      verify the domain in the cloud account, or read its identities
      by enterprise owner

    licenses that fixing this frees: 0 certain; besides, 1 likely, 3 possible
    with metered billing, a freed license saves from the next billing cycle
    not known: who 3 members are: the cloud shows neither an address nor an identity of them
      verify the domain of their addresses in the cloud account, or read its identities
    not known: what the SAML and SCIM identities of the cloud's users say
      read the external identities of the enterprise and of its organizations
    not known: whether a secondary address on the server would match
      read the addresses that the servers uploaded
    --- stderr
    warning: the verified domains of the enterprise were not read: `connect-read-token` may not; it takes the scope `admin:enterprise`, which may also change the enterprise
    warning: the servers that report to the enterprise, and the addresses that this one uploaded were not read: `connect-read-token` may not; it takes the scope `read:enterprise`
    warning: the SAML and SCIM identities of the enterprise were not read: `connect-read-token` may not; it takes the scope `read:enterprise`
    warning: the SAML and SCIM identities of its organizations (all or some) were not read: `connect-read-token` may not; it takes the scope `read:org`, of an owner of each organization
    ");
    lab.clear_faults().await;
    // The first question is for the domains.
    forbid("graphql:403");
    let ran = lab.run(&["explain", "--json"]).await;
    insta::assert_snapshot!(ran.stderr, @"warning: the verified domains of the enterprise were not read: `connect-read-token` may not; it takes the scope `admin:enterprise`, which may also change the enterprise");
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let read: Vec<_> = answer["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["what"])
        .collect();
    assert_eq!(read, ["servers", "secondary-addresses", "identities"]);
}

#[tokio::test]
async fn what_saved_answers_hold_is_not_read_again() {
    let lab = counted().await;
    let path = lab.directory.path().join("saved.json");
    let host = json!({"hostName": "127.0.0.1", "isConnected": true,
        "userAccounts": {"nodes": [{"remoteUserId": 7, "emails": {"nodes": []}}]}});
    let domain = json!({"domain": "saved.example", "isVerified": true});
    let identity = json!({"user": {"login": "mona"}, "samlIdentity": null, "scimIdentity": null});
    std::fs::write(&path, json!([host, domain, identity]).to_string()).unwrap();
    lab.sandbox.add_fault("graphql:500".parse().unwrap());
    lab.sandbox.add_fault("scim:500".parse().unwrap());
    let ran = lab.run(&["explain", "--graphql", &path.to_string_lossy()]).await;
    assert_eq!((ran.exit, ran.stderr.as_str()), (Some(0), ""), "{ran}");
    assert!(
        ran.stdout
            .contains("read besides: 1 verified domain, 1 reporting server, 1 uploaded account, 1 identity"),
        "{ran}"
    );
    assert_eq!(lab.sandbox.faults_left(), 2, "nothing else was asked for");
}

#[tokio::test]
async fn an_answer_can_be_a_new_file_of_its_owner() {
    let lab = counted().await;
    let path = lab.directory.path().join("explanation.csv");
    let file = path.to_string_lossy().into_owned();
    let arguments = ["explain", "--format", "csv", "--show-users", "--output", &file];
    assert_eq!(lab.run(&arguments).await.exit, Some(0));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let written = std::fs::read_to_string(&path).unwrap();
    assert_eq!(written, lab.run(&arguments[..4]).await.stdout);
    let refused = lab.run(&arguments).await;
    insta::assert_snapshot!(lab.plain(&refused.to_string()), @"
    exit 64, stderr:
    error: there is a file DIR/explanation.csv already
      help: name another file, or add `--force` to replace it
    ");
    assert_eq!(lab.run(&[&arguments[..], &["--force"]].concat()).await.exit, Some(0));
}

#[tokio::test]
async fn one_user_is_not_written_to_a_file() {
    let lab = counted().await;
    let ran = lab.run(&["explain", "mona", "--output", "x"]).await;
    assert_eq!(ran.exit, Some(64), "{ran}");
}

#[tokio::test]
async fn a_report_that_is_a_pipe_to_which_nobody_writes_can_be_cancelled() {
    let lab = Lab::with_faults(&[]).await;
    let pipe = lab.directory.path().join("pipe");
    let mode = Mode::RUSR | Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, FileType::Fifo, mode, 0).unwrap();
    let config = lab.sandbox.config_file().to_str().unwrap();
    let process = Process::start(&["--config", config, "explain", "--report", pipe.to_str().unwrap()]);
    // It is open as soon as somebody reads.
    let writer = tokio::task::spawn_blocking(move || File::options().write(true).open(pipe).unwrap());
    let _writer = writer.await.unwrap();
    process.signal(Signal::INT);
    insta::assert_snapshot!(process.end().await, @"
    exit 69, stderr:
    error: nothing was explained: a person or a signal ended it; nothing was written
      reason: cancelled
    ");
}
