//! Who consumes a license: shown where it is asked for, and nowhere else.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{at, cloud, counted};
use crate::privacy::canaries::files;
use crate::support::lab::Lab;

/// Logins and addresses of the list.
pub(super) async fn people(lab: &Lab) -> BTreeSet<String> {
    let ran = lab.run(&["report", "--json", "--show-users"]).await;
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let mut people = BTreeSet::new();
    for license in answer["licenses"].as_array().unwrap() {
        let texts = ["login", "saml_name_id", "visual_studio_address"].map(|name| &license[name]);
        let lists = ["server_addresses", "verified_addresses"].map(|name| license[name].as_array().unwrap());
        let all = texts.into_iter().chain(lists.into_iter().flatten());
        people.extend(all.filter_map(Value::as_str).map(str::to_owned));
    }
    people
}

/// Those of the people who are named in a text.
fn named<'a>(people: &'a BTreeSet<String>, text: &str) -> Vec<&'a String> {
    people.iter().filter(|person| text.contains(person.as_str())).collect()
}

#[tokio::test]
async fn without_show_users_nobody_is_named_however_much_is_said() {
    let lab = counted().await;
    let people = people(&lab).await;
    assert!(people.len() > 60, "{}", people.len());
    for format in ["table", "csv", "json"] {
        let ran = lab
            .run(&["report", "--format", format, "--verbose", "--set=log.level=trace"])
            .await;
        assert_eq!(ran.exit, Some(0), "{ran}");
        assert_eq!(named(&people, &ran.to_string()), [""; 0]);
    }
}

#[tokio::test]
async fn with_show_users_they_are_named_on_standard_output_and_nowhere_else() {
    let lab = counted().await;
    let people = people(&lab).await;
    let before = files(lab.directory.path());
    for format in ["csv", "json"] {
        let loud = ["--show-users", "--verbose", "--set=log.level=trace"];
        let ran = lab.run(&[&["report", "--format", format], &loud[..]].concat()).await;
        assert!(named(&people, &ran.stdout).len() > 60, "{ran}");
        assert_eq!(named(&people, &ran.stderr), [""; 0]);
    }
    assert!(before == files(lab.directory.path()), "nothing was written");
}

#[tokio::test]
async fn every_license_is_a_line_of_csv() {
    let lab = counted().await;
    let ran = lab.run(&["report", "--format", "csv", "--show-users"]).await;
    let mut reader = csv::Reader::from_reader(ran.stdout.as_bytes());
    let head = reader.headers().unwrap().iter().collect::<Vec<_>>().join(",");
    insta::assert_snapshot!(head, @"deployment,kind,login,server_users,server_addresses,verified_addresses,saml_name_id,enterprise_roles,member_roles,pending_invitations,visual_studio_address,visual_studio_status,accounts");
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len() as u64, lab.sandbox.tally().licenses);
    let merged = rows.iter().filter(|row| &row[0] == "merged");
    assert!(merged.clone().count() > 20);
    assert!(
        merged
            .clone()
            .all(|row| row[3].starts_with("127.0.0.1:") && row[12].parse::<u64>().unwrap() > 1)
    );
}

#[tokio::test]
async fn a_name_that_is_a_formula_is_text_in_a_spreadsheet() {
    let lab = Lab::with_faults(&[]).await;
    let member = json!({
        "github_com_login": "=HYPERLINK(\"http://evil\")",
        "github_com_member_roles": ["@octo:Owner", "octo,corp:Member"],
        "github_com_saml_name_id": "+1\u{1b}[2J",
    });
    let list = json!({ "total_seats_consumed": 1, "total_seats_purchased": 10, "users": [member] });
    let cloud = cloud(list).await;
    let ran = lab
        .run(&[&at(&cloud), "report", "--format", "csv", "--show-users"])
        .await;
    insta::assert_snapshot!(ran.stdout, @r#"
    deployment,kind,login,server_users,server_addresses,verified_addresses,saml_name_id,enterprise_roles,member_roles,pending_invitations,visual_studio_address,visual_studio_status,accounts
    neither,other,"'=HYPERLINK(""http://evil"")",,,,'+1\u{1b}[2J,,"'@octo:Owner;octo,corp:Member",,,,0
    "#);
}

#[tokio::test]
async fn an_answer_that_is_no_list_names_nobody() {
    let lab = Lab::with_faults(&[]).await;
    for list in [
        json!({ "users": "mona@example.com" }),
        json!(["mona@example.com"]),
        json!({ "mona@example.com": 1 }),
    ] {
        let cloud = cloud(list).await;
        let loud = ["--json", "--show-users", "--verbose", "--set=log.level=trace"];
        let ran = lab.run(&[&["report", &*at(&cloud)], &loud[..]].concat()).await;
        assert_eq!(ran.exit, Some(69), "{ran}");
        assert!(!ran.to_string().contains("mona"), "{ran}");
    }
}
