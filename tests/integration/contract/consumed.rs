//! The list of consumed licenses, read by its links from the first page to the last.

use std::collections::{BTreeSet, HashSet};

use ghe_license_sync::sandbox::{LicenseSchema, SandboxOptions};
use serde_json::{Value, json};

use super::bench::{Answer, Bench};
use super::usage::{document, request, roster, upload_everybody};

const LIST: &str = "/enterprises/octo-corp/consumed-licenses?per_page=100";

fn link(answer: &Answer, relation: &str) -> Option<String> {
    let wanted = format!("rel=\"{relation}\"");
    let links = answer.header("link")?.split(", ");
    let found = links
        .filter_map(|link| link.split_once("; "))
        .find(|(_, rel)| *rel == wanted)?;
    let url: url::Url = found.0.trim_matches(['<', '>']).parse().unwrap();
    Some(format!("{}?{}", url.path(), url.query().unwrap()))
}

/// A sandbox whose list is of GitHub's published schema, against which every answer is held.
async fn published() -> Bench {
    Bench::with(SandboxOptions {
        schema: LicenseSchema::Published,
        ..SandboxOptions::default()
    })
    .await
}

/// One with so few accounts that its rows can be checked.
async fn small(schema: LicenseSchema) -> Bench {
    Bench::with(SandboxOptions {
        users: 60,
        schema,
        ..SandboxOptions::default()
    })
    .await
}

async fn read_all(bench: &Bench) -> Vec<Value> {
    let mut users = Vec::new();
    let mut next = Some(LIST.to_owned());
    while let Some(page) = next {
        // The published schema does not know that the login can be null.
        let answer = bench.send_unchecked(bench.read_cloud(&page)).await;
        assert_eq!(answer.status, 200);
        users.extend(answer.json()["users"].as_array().unwrap().iter().cloned());
        next = link(&answer, "next");
    }
    users
}

#[tokio::test]
async fn the_pages_follow_each_other_and_add_up_to_the_total() {
    let bench = published().await;
    upload_everybody(&bench, "key").await;
    let users = read_all(&bench).await;
    let tally = bench.sandbox.tally();
    assert_eq!(users.len() as u64, tally.licenses);
    let total = bench.send(bench.read_cloud(LIST)).await.json()["total_seats_consumed"].clone();
    assert_eq!(total, tally.licenses);

    let ids: Vec<_> = (users.iter())
        .flat_map(|user| user["enterprise_server_user_ids"].as_array().unwrap())
        .collect();
    assert_eq!(ids.len() as u64, tally.server_users);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    let count = |cloud: bool, server: bool| {
        let wanted = |user: &&Value| user["github_com_user"] == cloud && user["enterprise_server_user"] == server;
        users.iter().filter(wanted).count() as u64
    };
    assert_eq!(count(true, false), tally.cloud_only);
    assert_eq!(count(false, true), tally.server_only);
}

#[tokio::test]
async fn two_accounts_of_one_person_are_one_entry() {
    let bench = Bench::start().await;
    upload_everybody(&bench, "key").await;
    let users = read_all(&bench).await;
    let twice = users.iter().filter(|user| user["total_user_accounts"] == 3);
    assert!(twice.count() > 2);
}

#[tokio::test]
async fn links_lead_to_the_neighbors_and_to_both_ends() {
    let bench = published().await;
    let at = async |page: &str| {
        let path = format!("/enterprises/octo-corp/consumed-licenses?per_page=50{page}");
        bench.send(bench.read_cloud(&path)).await
    };
    let page = |number: u64| {
        Some(format!(
            "/enterprises/octo-corp/consumed-licenses?per_page=50&page={number}"
        ))
    };
    let last = bench.sandbox.tally().licenses.div_ceil(50);
    let first = at("").await;
    assert_eq!((link(&first, "first"), link(&first, "prev")), (None, None));
    assert_eq!((link(&first, "next"), link(&first, "last")), (page(2), page(last)));
    let second = at("&page=2").await;
    assert_eq!((link(&second, "prev"), link(&second, "next")), (page(1), page(3)));
    let end = at(&format!("&page={last}")).await;
    assert_eq!((link(&end, "next"), link(&end, "last")), (None, None));
    assert_eq!((link(&end, "first"), link(&end, "prev")), (page(1), page(last - 1)));
    assert_eq!(at("&page=9999").await.json()["users"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_page_holds_at_most_a_hundred_people() {
    let bench = published().await;
    let path = "/enterprises/octo-corp/consumed-licenses?per_page=500";
    let users = bench.send(bench.read_cloud(path)).await.json();
    assert_eq!(users["users"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn a_page_holds_thirty_people_unless_it_is_asked_for_more() {
    let bench = published().await;
    let answer = bench
        .send(bench.read_cloud("/enterprises/octo-corp/consumed-licenses"))
        .await;
    assert_eq!(answer.json()["users"].as_array().unwrap().len(), 30);
    let next = "/enterprises/octo-corp/consumed-licenses?page=2";
    assert_eq!(link(&answer, "next").as_deref(), Some(next));
}

/// The first row that looks like this.
fn first(rows: &[Value], wanted: impl Fn(&Value) -> bool) -> Value {
    rows.iter().find(|row| wanted(row)).unwrap().clone()
}

#[tokio::test]
async fn names_words_and_nothing_are_those_of_recorded_answers() {
    let bench = small(LicenseSchema::Recorded).await;
    upload_everybody(&bench, "key").await;
    let rows = read_all(&bench).await;
    let shown = json!([
        first(&rows, |row| row["github_com_user"] == false),
        first(&rows, |row| row["visual_studio_subscription_user"] == true),
        first(&rows, |row| row["github_com_enterprise_roles"]
            == json!(["Pending invitation"])),
    ]);
    insta::assert_snapshot!(format!("{shown:#}"), @r#"
    [
      {
        "enterprise_server_primary_emails": [
          "license-bot@example.com"
        ],
        "enterprise_server_user": true,
        "enterprise_server_user_ids": [
          "ghes.example.com:5"
        ],
        "github_com_enterprise_roles": [],
        "github_com_login": null,
        "github_com_member_roles": [],
        "github_com_name": null,
        "github_com_orgs_with_pending_invites": [],
        "github_com_profile": null,
        "github_com_saml_name_id": null,
        "github_com_two_factor_auth": null,
        "github_com_user": false,
        "github_com_verified_domain_emails": [],
        "license_type": "Enterprise",
        "total_user_accounts": 1,
        "visual_studio_license_status": null,
        "visual_studio_subscription_email": null,
        "visual_studio_subscription_user": false
      },
      {
        "enterprise_server_primary_emails": [],
        "enterprise_server_user": false,
        "enterprise_server_user_ids": [],
        "github_com_enterprise_roles": [
          "Member"
        ],
        "github_com_login": "frances-carter-35_octo",
        "github_com_member_roles": [
          "octo-org:Member"
        ],
        "github_com_name": "Frances Carter",
        "github_com_orgs_with_pending_invites": [],
        "github_com_profile": "https://github.com/frances-carter-35_octo",
        "github_com_saml_name_id": "frances.carter.35@mail.example.net",
        "github_com_two_factor_auth": true,
        "github_com_user": true,
        "github_com_verified_domain_emails": [],
        "license_type": "Visual Studio subscription",
        "total_user_accounts": 1,
        "visual_studio_license_status": "Matched to Cloud",
        "visual_studio_subscription_email": "frances.carter.35@mail.example.net",
        "visual_studio_subscription_user": true
      },
      {
        "enterprise_server_primary_emails": [],
        "enterprise_server_user": false,
        "enterprise_server_user_ids": [],
        "github_com_enterprise_roles": [
          "Pending invitation"
        ],
        "github_com_login": "radia-fisher-c48_octo",
        "github_com_member_roles": [],
        "github_com_name": "Radia Fisher",
        "github_com_orgs_with_pending_invites": [
          "octo-org"
        ],
        "github_com_profile": "https://github.com/radia-fisher-c48_octo",
        "github_com_saml_name_id": null,
        "github_com_two_factor_auth": null,
        "github_com_user": true,
        "github_com_verified_domain_emails": [],
        "license_type": "Enterprise",
        "total_user_accounts": 1,
        "visual_studio_license_status": null,
        "visual_studio_subscription_email": null,
        "visual_studio_subscription_user": false
      }
    ]
    "#);
    let text = Value::from(rows).to_string();
    assert!(!text.contains(r#":"","#) && !text.contains(r#""enterprise_server_emails""#));
}

#[tokio::test]
async fn the_published_schema_has_other_names_and_words_and_empty_text_for_nothing() {
    let bench = small(LicenseSchema::Published).await;
    upload_everybody(&bench, "key").await;
    let answer = bench.send(bench.read_cloud(LIST)).await;
    let rows = answer.json()["users"].as_array().unwrap().clone();
    let stranger = first(&rows, |row| row["github_com_user"] == false);
    insta::assert_snapshot!(format!("{stranger:#}"), @r#"
    {
      "enterprise_server_emails": [
        "license-bot@example.com"
      ],
      "enterprise_server_user": true,
      "enterprise_server_user_ids": [
        "ghes.example.com:5"
      ],
      "github_com_enterprise_roles": [],
      "github_com_login": "",
      "github_com_member_roles": [],
      "github_com_name": "",
      "github_com_orgs_with_pending_invites": [],
      "github_com_profile": "",
      "github_com_saml_name_id": "",
      "github_com_two_factor_auth": null,
      "github_com_user": false,
      "github_com_verified_domain_emails": [],
      "license_type": "enterprise",
      "total_user_accounts": 1,
      "visual_studio_license_status": "",
      "visual_studio_subscription_email": "",
      "visual_studio_subscription_user": false
    }
    "#);
    let kinds: BTreeSet<_> = rows.iter().map(|row| row["license_type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["enterprise", "visual studio subscription"].into());
}

#[tokio::test]
async fn an_address_of_a_domain_that_is_not_verified_is_not_listed() {
    let bench = Bench::start().await;
    upload_everybody(&bench, "key").await;
    let rows = read_all(&bench).await;
    let listed: Vec<_> = (rows.iter())
        .flat_map(|row| row["github_com_verified_domain_emails"].as_array().unwrap())
        .map(|address| address.as_str().unwrap().to_ascii_lowercase())
        .collect();
    assert!(listed.len() > 50, "{}", listed.len());
    let is_verified = |address: &String| address.ends_with("@example.com") || address.ends_with("@octo-corp.example");
    assert!(listed.iter().all(is_verified));
    let hides = |row: &&Value| row["github_com_user"] == true && row["github_com_verified_domain_emails"] == json!([]);
    assert!(rows.iter().filter(hides).count() > 100);
}

#[tokio::test]
async fn a_subscriber_of_visual_studio_under_another_address_has_two_rows() {
    let bench = small(LicenseSchema::Recorded).await;
    upload_everybody(&bench, "key").await;
    let rows = read_all(&bench).await;
    let subscribers = rows.iter().filter(|row| row["visual_studio_subscription_user"] == true);
    let twice: Vec<_> = subscribers
        .filter(|row| row["enterprise_server_user"] == false)
        .filter_map(|row| {
            let name = row["github_com_login"].as_str().unwrap().strip_suffix("_octo").unwrap();
            let (name, number) = name.rsplit_once('-').unwrap();
            let primary = format!("{}{number}@", name.replace('-', "."));
            let is_same = |other: &&Value| other["enterprise_server_primary_emails"].to_string().contains(&primary);
            rows.iter().find(is_same)
        })
        .collect();
    assert!(!twice.is_empty());
    for row in twice {
        assert_eq!(
            (&row["license_type"], &row["github_com_login"]),
            (&json!("Enterprise"), &Value::Null)
        );
    }
}

#[tokio::test]
async fn the_accounts_of_all_servers_are_counted_together_and_each_person_once() {
    let bench = Bench::start().await;
    upload_everybody(&bench, "one").await;
    let alone = bench.sandbox.tally();
    let document = document(&bench, &roster(&bench).await, "2026-11-02T03:00:00Z");
    let document = String::from_utf8(document).unwrap();
    let other = document
        .replace(&bench.setting("server", "id"), "00000000-0000-4000-8000-000000000007")
        .replace("ghes.example.com", "ghes-2.example.com");
    let token = bench.installation_token().await;
    for key in ["two", "two-again"] {
        let answer = bench.send(request(&bench, &token, key, other.as_bytes())).await;
        assert_eq!(answer.status, 202);
    }
    let tally = bench.sandbox.tally();
    let rows = read_all(&bench).await;
    assert_eq!(rows.len() as u64, tally.licenses);
    assert_eq!(tally.server_users, 2 * alone.server_users);
    assert_eq!(bench.sandbox.uploads()[1].users, alone.server_users);
    // An account without an address cannot be known to be the same person.
    let addressless = (rows.iter())
        .filter(|row| row["enterprise_server_user"] == true && row["enterprise_server_primary_emails"] == json!([]));
    let addressless = addressless.count() as u64;
    assert!(addressless > 0);
    assert_eq!(tally.licenses, alone.licenses + addressless / 2);
    let both = |row: &&Value| {
        let ids = row["enterprise_server_user_ids"].to_string();
        ids.contains("ghes.example.com:") && ids.contains("ghes-2.example.com:")
    };
    assert_eq!(
        rows.iter().filter(both).count() as u64,
        alone.licenses - alone.cloud_only - addressless / 2
    );
}

#[tokio::test]
async fn a_page_that_the_client_has_is_not_sent_again_until_it_changes() {
    let bench = small(LicenseSchema::Recorded).await;
    let read = async |tag: &str| {
        let request = bench.read_cloud(LIST).header("if-none-match", tag);
        bench.send_unchecked(request).await
    };
    let answer = read("\"other\"").await;
    let tag = answer.header("etag").unwrap().to_owned();
    assert_eq!((answer.status, answer.body.is_empty()), (200, false));
    let again = read(&tag).await;
    assert_eq!((again.status, again.body.as_slice()), (304, &b""[..]));
    assert_eq!(again.header("etag"), Some(tag.as_str()));
    upload_everybody(&bench, "key").await;
    assert_eq!(read(&tag).await.status, 200);
}

#[tokio::test]
async fn rate_limit_headers_count_down() {
    let bench = published().await;
    let mut left = Vec::new();
    for _ in 0..2 {
        let answer = bench.send(bench.read_cloud(LIST)).await;
        assert_eq!(answer.header("x-ratelimit-reset"), Some("1793592245"));
        left.push(answer.header("x-ratelimit-remaining").unwrap().parse::<u64>().unwrap());
    }
    assert_eq!(left[0] - 1, left[1]);
}
