//! `export`: the document itself, on standard output or as a file with its checksum.

use std::fs;

use ghe_license_sync::license::usage_file::checksum_of;
use ghe_license_sync::store::State;
use insta::{allow_duplicates, assert_snapshot};
use serde_json::Value;

use super::told;
use crate::delivery::by_file::{documents, with_files};
use crate::support::lab::Lab;

async fn lab() -> Lab {
    Lab::with_faults(&[]).await
}

#[tokio::test]
async fn the_document_goes_to_standard_output_and_nothing_is_frozen_or_sent() {
    let lab = lab().await;
    let ran = lab.run(&["export"]).await;
    assert_eq!((ran.exit, &*ran.stderr), (Some(0), ""));
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(document["schema"], "license-usage/v1");
    assert_eq!(document["users"].as_array().unwrap().len(), 54);
    assert!(lab.store().await.runs(1).await.unwrap().is_empty());
    assert!(lab.sandbox.uploads().is_empty());
}

#[tokio::test]
async fn a_directory_gets_a_file_with_its_own_name_and_a_checksum() {
    let lab = lab().await;
    let directory = lab.directory.path().join("out");
    fs::create_dir(&directory).unwrap();
    let output = directory.to_string_lossy().into_owned();
    let said = told(&lab, &["export", "--output", &output]).await;
    let name = documents(&directory).remove(0);
    assert_snapshot!(said.replace(&name, "FILE"), @"
    exit 0, stdout:
    wrote the license usage to DIR/out/FILE, and its checksum beside it; nothing was sent
      digest DIGEST, collected TIME, SIZE
    ");
}

#[tokio::test]
async fn a_file_is_not_replaced_unless_that_is_wanted() {
    let lab = lab().await;
    let path = lab.directory.path().join("usage.json");
    let output = path.to_string_lossy().into_owned();
    assert_eq!(lab.run(&["export", "--output", &output]).await.exit, Some(0));
    let first = fs::read(&path).unwrap();
    assert_snapshot!(told(&lab, &["export", "--output", &output]).await, @"
    exit 64, stderr:
    error: there is a file DIR/usage.json already
      help: name another file, or add `--force` to replace it
    ");
    assert_eq!(fs::read(&path).unwrap(), first);
    let json = lab.run(&["export", "--output", &output, "--force", "--json"]).await;
    let answer: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(answer["waiting_digest"], Value::Null);
    let sum = fs::read_to_string(lab.directory.path().join("usage.json.sha256")).unwrap();
    let sha256 = checksum_of(&sum, "usage.json").unwrap();
    assert_eq!(answer["sha256"], sha256.to_string());
    assert_eq!(answer["bytes"], fs::metadata(&path).unwrap().len());
}

#[tokio::test]
async fn a_checksum_without_its_file_is_named_and_not_replaced_unless_that_is_wanted() {
    let lab = lab().await;
    let path = lab.directory.path().join("usage.json");
    let sum = path.with_extension("json.sha256");
    fs::write(&sum, "what an export left that was killed").unwrap();
    let export = ["export", "--output", &path.to_string_lossy()];
    let said = told(&lab, &export).await;
    assert!(said.contains("there is a file DIR/usage.json.sha256 already"), "{said}");
    assert!(!path.exists());
    assert_eq!(lab.run(&[&export[..], &["--force"]].concat()).await.exit, Some(0));
    assert!(checksum_of(&fs::read_to_string(&sum).unwrap(), "usage.json").is_some());
}

#[tokio::test]
async fn what_waits_is_exported_when_that_is_asked_for_and_named_when_it_is_not() {
    let (lab, directory) = with_files().await;
    assert_snapshot!(told(&lab, &["export", "--frozen"]).await, @"
    exit 64, stderr:
    error: no document waits in the store
      help: leave `--frozen` out: today's list is exported then
    ");
    let run = lab.sync(&[]).await.unwrap();
    assert_eq!(run.state, State::Written);
    let written = fs::read_to_string(directory.join(&documents(&directory)[0])).unwrap();
    let frozen = lab.run(&["export", "--frozen"]).await;
    assert!(frozen.stdout == written && frozen.stderr.is_empty());
    let today = lab.run(&["export"]).await;
    let digest = run.frozen.unwrap().digest.short();
    assert!(today.stderr.contains("export --frozen` exports the one that waits") && today.stderr.contains(&digest));
}

#[tokio::test]
async fn what_waits_for_another_account_is_not_exported() {
    let (lab, _) = with_files().await;
    lab.sync(&[]).await.unwrap();
    lab.edit_settings("enterprise = \"octo-corp\"", "enterprise = \"other-corp\"");
    let ran = lab.run(&["export", "--frozen"]).await;
    assert_eq!((ran.exit, &*ran.stdout), (Some(69), ""), "{ran}");
    assert!(
        ran.stderr
            .contains("the document that waits was made for enterprise/octo-corp"),
        "{ran}"
    );
    assert!(ran.stderr.contains("reason: destination-changed"), "{ran}");
}

#[tokio::test]
async fn json_without_a_file_is_refused() {
    assert_snapshot!(told(&lab().await, &["export", "--json"]).await, @r#"
    exit 64, stdout:
    {
      "schema": "ghe-license-sync/error/1",
      "error": "the answer in JSON is about a file, and no `--output` was given", "because": [],
      "details": null,
      "help": "add `--output FILE`; without `--json`, the document itself goes to standard output",
      "reason": null, "exit_code": 64
    }
    --- stderr
    error: the answer in JSON is about a file, and no `--output` was given
      help: add `--output FILE`; without `--json`, the document itself goes to standard output
    "#);
}

#[tokio::test]
async fn a_hyphen_is_standard_output_and_a_directory_that_is_not_there_is_no_file() {
    let lab = lab().await;
    let document = lab.run(&["export", "--output", "-"]).await;
    assert!(
        document.exit == Some(0) && document.stdout.starts_with("{\"schema\":"),
        "{document}"
    );
    let missing = lab.directory.path().join("missing").display().to_string();
    for output in [format!("{missing}/"), format!("{missing}/usage.json")] {
        let told = told(&lab, &["export", "--output", &output]).await;
        allow_duplicates!(assert_snapshot!(told.replace("missing/\n", "missing\n"), @"
        exit 64, stderr:
        error: there is no directory DIR/missing
          help: make it first, or name another one
        "));
    }
    assert!(!lab.directory.path().join("missing").exists());
}
