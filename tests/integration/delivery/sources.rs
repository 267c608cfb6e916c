//! The same people through every source are the same document.

use std::fs::File;
use std::sync::Arc;

use flate2::read::GzDecoder;
use ghe_license_sync::clock::SystemClock;
use insta::assert_snapshot;
use serde_json::Value;

use crate::support::counter::Counter;
use crate::support::lab::Lab;
use crate::support::placeholder::placeholders;

const REPORT: &str = "[server.source.report]\nusername = \"license-bot\"";
const FILE: &str = "[server.source.file]\npath = \"FILE\"";
const SCIM: &str = "[server.source.scim]";
const COMMAND: &str = "[server.source.command]\nrun = [\"/bin/cat\", \"FILE\"]";

/// Downloads the report, and returns this section with its path for `FILE`.
async fn downloaded(lab: &Lab, section: &str) -> String {
    let path = lab.directory.path().join("all_users.csv");
    std::fs::write(&path, lab.report().await).unwrap();
    section.replace("FILE", &path.display().to_string())
}

/// The digest of what would be sent, but for its time.
async fn digest(lab: &Lab) -> Value {
    let ran = lab.run(&["sync", "--json"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    answer["run"]["frozen"]["digest"].clone()
}

#[tokio::test]
async fn every_source_makes_the_document_that_the_server_makes() {
    let lab = Lab::with_faults(&[]).await;
    let from_server = digest(&lab).await;
    assert!(from_server.is_string(), "{from_server}");
    let mut in_force = REPORT.to_owned();
    for section in [FILE, COMMAND] {
        let section = downloaded(&lab, section).await;
        lab.edit_settings(&in_force, &section);
        in_force = section;
        assert_eq!(digest(&lab).await, from_server, "{in_force}");
    }
    assert_eq!(lab.sandbox.uploads().len(), 3);
}

/// The users of the newest document, with products, its totals but for what a source may not know, and that.
async fn document(lab: &Lab) -> ([Value; 2], Option<Value>) {
    let ran = lab.run(&["--set=server.enterprise=octo-corp", "sync", "--json"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let upload = lab.sandbox.uploads().pop().unwrap();
    let file = lab.directory.path().join(format!("uploads/{}.json.gz", upload.id));
    let mut document: Value = serde_json::from_reader(GzDecoder::new(File::open(file).unwrap())).unwrap();
    let dormant = document["totals"].as_object_mut().unwrap().remove("dormant");
    let [users, totals] = ["users", "totals"].map(|member| document[member].take());
    ([users, totals], dormant)
}

#[tokio::test]
async fn scim_makes_the_users_and_totals_that_the_report_makes() {
    let lab = Lab::of(450, &[], Arc::new(SystemClock)).await;
    let ([users, totals], dormant) = document(&lab).await;
    assert!(
        dormant.is_some_and(|it| it.as_u64() > Some(0)),
        "the report knows who is dormant"
    );
    assert!(
        users.as_array().unwrap().len() > 350 && totals["products"]["code_security"].as_u64() > Some(20),
        "{totals}"
    );
    lab.edit_settings(REPORT, SCIM);
    // So that the setup user consumes none because of the source.
    lab.edit_settings("scim-enabled = true", "scim-enabled = false");
    assert_eq!(document(&lab).await, ([users.clone(), totals.clone()], None));
    let [preview, history] = [&["sync", "--dry-run"][..], &["history", "--limit=1", "--format=csv"]];
    let preview = lab.run(preview).await.stdout;
    assert!(
        preview.contains("consumed") && !preview.contains("dormant"),
        "{preview}"
    );
    let history = lab.run(history).await.stdout;
    let [names, run] = [0, 1].map(|line| history.lines().nth(line).unwrap().split(','));
    let dormant = names.zip(run).find(|(name, _)| *name == "licenses_dormant");
    assert_eq!(dormant, Some(("licenses_dormant", "")), "{history}");
    lab.sandbox.add_fault("provisioned:404".parse().unwrap());
    lab.edit_settings(SCIM, "[server.source.scim]\nenterprise = \"octo-corp\"");
    assert_eq!(document(&lab).await, ([users, totals], None));
}

#[tokio::test]
async fn neither_log_nor_answer_names_a_user_of_scim() {
    let lab = Lab::with_faults(&["accounts:429@0", "account:500@0"]).await;
    lab.edit_settings(REPORT, SCIM);
    let report = lab.report().await;
    let mut said = String::new();
    let loud = ["sync", "--json", "--verbose", "--set=log.level=trace"];
    for fault in ["", "account:503@0*always", "provisioned:cut"] {
        if !fault.is_empty() {
            lab.sandbox.add_fault(fault.parse().unwrap());
        }
        said += &lab
            .run(&[&loud[..], &["--set=server.source.scim.max-other-accounts=9"]].concat())
            .await
            .to_string();
    }
    assert!(
        said.contains("/api/v3/users/LOGIN") && said.contains("/api/v3/scim/v2/Users"),
        "{said}"
    );
    for row in report.lines().skip(1) {
        let cells: Vec<_> = row.split(',').collect();
        let names = [cells[2], cells[3]];
        // Addresses with a comma are found by their login.
        let names = names
            .into_iter()
            .filter(|name| name.len() > 3 && !name.starts_with('"'));
        for name in names.filter(|name| !name.starts_with("scim-admin") && !name.starts_with("license-bot")) {
            assert!(!said.to_lowercase().contains(&name.to_lowercase()), "{name} in {said}");
        }
    }
}

#[tokio::test]
async fn a_check_says_what_the_source_of_scim_takes() {
    let lab = Lab::with_faults(&[]).await;
    lab.edit_settings(REPORT, "[server.source.scim]\nenterprise = \"octo-corp\"");
    let check = lab.run(&["check", "--offline"]).await;
    let lines = check
        .stdout
        .lines()
        .skip_while(|line| !line.contains("server.source.scim: "));
    assert_snapshot!(lines.take(2).collect::<Vec<_>>().join("\n"), @"
    good  server.source.scim: the users at /api/v3/scim/v2/Users, else at /api/v3/scim/v2/enterprises/octo-corp/Users, with at most 1000 accounts beside them
          help: give a classic token with `scim:enterprise` or `admin:enterprise`, of an enterprise owner; of a site administrator, the server also says its counts, and which accounts beside SCIM are suspended
    ");
}

/// The digest of what would be sent from each source, with these further settings of the server.
async fn digests(lab: &Lab, further: &str) -> Vec<Value> {
    let (mut in_force, mut digests) = (REPORT.to_owned(), Vec::new());
    for section in [REPORT, FILE, COMMAND] {
        let section = downloaded(lab, section).await;
        lab.edit_settings(&in_force, &section);
        in_force = section;
        let ran = lab.run(&["--set", further, "sync", "--dry-run", "--json"]).await;
        assert_eq!(ran.exit, Some(0), "{ran}");
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        digests.push(answer["digest"].clone());
    }
    lab.edit_settings(&in_force, REPORT);
    digests
}

#[tokio::test]
async fn every_source_makes_the_document_with_products_that_the_server_makes() {
    let lab = Lab::with_faults(&[]).await;
    let with = digests(&lab, "server.enterprise=octo-corp").await;
    let without = digests(&lab, "server.scim-enabled=true").await;
    assert!(
        with.iter().all(|digest| digest.is_string() && *digest == with[0]),
        "{with:?}"
    );
    assert!(without.iter().all(|digest| *digest != with[0]), "{without:?}");
}

#[tokio::test]
async fn without_a_server_token_a_downloaded_report_is_sent_and_the_server_is_not_connected_to() {
    let (lab, server) = (Lab::with_faults(&[]).await, Counter::listen().await);
    lab.edit_settings(REPORT, &downloaded(&lab, FILE).await);
    lab.edit_settings(lab.sandbox.server_url().as_str(), &server.url);
    lab.edit_settings("\ntoken-file = \"", "\n# token-file = \"");
    let check = lab.run(&["check", "--offline"]).await;
    let is_of_source = |line: &&str| line.contains("server-token: ") || line.contains("source.file: ");
    let of_source: Vec<_> = check.stdout.lines().filter(is_of_source).collect();
    assert_snapshot!(lab.plain(&of_source.join("\n")), @"
    good  server-token: not given: the server is asked nothing, and the list is compared with nothing that it counts
    good  server.source.file: DIR/all_users.csv, 0s old
    ");
    let ran = lab.run(&["sync"]).await;
    assert_snapshot!(placeholders(&lab.plain(&ran.to_string())), @"
    exit 0, stdout:
    the cloud confirmed the license usage
      60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
      6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
      the server's own count of its users is not known
      digest DIGEST, SIZE, 1 attempt, confirmed
    ");
    assert_eq!((server.connections().await, lab.sandbox.tally().server_users), (0, 54));
}

#[tokio::test]
async fn a_check_says_whether_the_source_is_there() {
    let lab = Lab::with_faults(&[]).await;
    let sections = [
        "[server.source.file]\npath = \"/nowhere/all_users.csv\"",
        "[server.source.command]\nrun = [\"/nowhere/cat\"]",
    ];
    let (mut in_force, mut found) = (REPORT, String::new());
    for section in sections {
        lab.edit_settings(in_force, section);
        in_force = section;
        let check = lab.run(&["check", "--offline"]).await;
        let lines = check
            .stdout
            .lines()
            .skip_while(|line| !line.contains("server.source.file: ") && !line.contains("command: "));
        found = lines.take(2).fold(found, |found, line| found + line + "\n");
        assert_eq!(
            check.exit,
            Some(if section.contains("file") { 74 } else { 78 }),
            "{check}"
        );
    }
    assert_snapshot!(found, @"
    BAD   server.source.file: the report in /nowhere/all_users.csv could not be read: No such file or directory (os error 2)
          help: put the all-users report there, as a file that the user of this program can read, or correct `server.source.file.path`
    BAD   server.source.command: /nowhere/cat gave no report: it could not be started: there is no such file
          help: put the program there, or correct `server.source.command.run`
    ");
}
