//! The enterprise server: its report, and the answers that go with it.

use std::collections::BTreeSet;

use ghe_license_sync::sandbox::SandboxOptions;
use serde_json::json;

use super::bench::Bench;
use super::usage::roster;

#[tokio::test]
async fn the_same_seed_gives_the_same_report_to_the_byte() {
    let seeded = async |seed: u64| {
        let bench = Bench::with(SandboxOptions {
            seed,
            ..SandboxOptions::default()
        })
        .await;
        bench.send_unchecked(bench.report()).await.body
    };
    let first = seeded(42).await;
    assert!(first == seeded(42).await);
    assert!(first != seeded(43).await);
}

#[tokio::test]
async fn the_report_has_the_published_columns_and_json_in_a_cell() {
    let bench = Bench::start().await;
    let answer = bench.send_unchecked(bench.report()).await;
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(answer.header("content-length"), None);
    let text = String::from_utf8(answer.body).unwrap();
    insta::assert_snapshot!(text.lines().take(4).collect::<Vec<_>>().join("\n"), @r#"
    created_at,id,login,email,role,suspended?,last_logged_ip,repos,ssh_keys,org_memberships,dormant?,last_active,raw_login,2fa_enabled?
    2021-10-21T01:19:35Z,5,license-bot,license-bot@example.com,admin,false,198.51.100.170,20,0,0,false,2025-12-21T00:00:00Z,"{""login"":""license-bot"",""name_id"":null,""provider"":""saml""}",true
    2024-09-08T06:20:57Z,10,scim-admin,scim-admin@example.com,admin,false,198.51.100.170,37,2,3,false,2025-12-23T00:00:00Z,"{""login"":""scim-admin"",""name_id"":null,""provider"":""saml""}",true
    2019-10-23T21:31:45Z,14,barbara-patel-2,barbara.patel2@example.com,user,false,198.51.100.230,32,0,0,false,2025-12-15T00:00:00Z,"{""login"":""barbara-patel-2"",""name_id"":""barbara.patel2@example.com"",""provider"":""saml""}",false
    "#);
}

#[tokio::test]
async fn the_servers_counts_agree_with_its_report() {
    for users in [0, 1, 2, 1000] {
        let bench = Bench::with(SandboxOptions {
            users,
            ..SandboxOptions::default()
        })
        .await;
        let totals = roster(&bench).await.totals();
        let stats = bench
            .send(bench.on_server("api/v3/enterprise/stats/users"))
            .await
            .json();
        assert_eq!(stats["total_users"], totals.accounts);
        assert_eq!(stats["suspended_users"], totals.suspended);
        let license = bench
            .send(bench.on_server("api/v3/enterprise/settings/license"))
            .await
            .json();
        assert_eq!(license["seats_used"], totals.consumed);
        let report = bench.send_unchecked(bench.report()).await.body;
        let mut rows = csv::Reader::from_reader(report.as_slice());
        let admins = rows
            .records()
            .filter(|row| &row.as_ref().unwrap()[4] == "admin")
            .count();
        assert_eq!(stats["admin_users"], admins);
    }
}

#[tokio::test]
async fn the_server_tells_its_version_and_who_asks() {
    let bench = Bench::start().await;
    let meta = bench.send(bench.on_server("api/v3/meta")).await;
    assert_eq!(meta.json()["installed_version"], "3.19.0");
    assert_eq!(meta.header("x-github-enterprise-version"), Some("3.19.0"));
    let user = bench.send(bench.on_server("api/v3/user")).await.json();
    assert_eq!(
        (&user["login"], &user["site_admin"]),
        (&"license-bot".into(), &true.into())
    );
}

#[tokio::test]
async fn a_token_works_in_every_form_and_a_wrong_one_in_none() {
    let bench = Bench::start().await;
    let token = bench.secret("server", "token-file");
    let url = bench.sandbox.server_url().join("api/v3/meta").unwrap();
    let get = || bench.on_cloud(reqwest::Method::GET, url.as_str());
    for request in [
        get().bearer_auth(&token),
        get().header("authorization", format!("token {token}")),
        get().basic_auth("license-bot", Some(&token)),
    ] {
        assert_eq!(bench.send(request).await.status, 200);
    }
    assert_eq!(bench.send(get()).await.message(), "Requires authentication");
    assert_eq!(bench.send(get().bearer_auth("x")).await.message(), "Bad credentials");
}

#[tokio::test]
async fn the_report_without_credentials_is_a_page_to_sign_in() {
    let bench = Bench::start().await;
    let url = bench
        .sandbox
        .server_url()
        .join("stafftools/reports/all_users.csv")
        .unwrap();
    let get = || bench.on_cloud(reqwest::Method::GET, url.as_str());
    for request in [get(), get().basic_auth("mona", Some("x"))] {
        let answer = bench.send_unchecked(request).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (401, Some("text/html; charset=utf-8"))
        );
    }
}

#[tokio::test]
async fn scim_has_everybody_but_the_setup_user_bots_and_a_few_humans_in_the_published_form() {
    let bench = Bench::start().await;
    let path = "api/v3/scim/v2/enterprises/octo-corp/Users";
    // The description composes its users of parts that allow no other members.
    let page = bench
        .send_unchecked(bench.on_server(&format!("{path}?startIndex=1&count=3")))
        .await;
    assert_eq!(page.header("content-type"), Some("application/scim+json"));
    let page = page.json();
    let names: Vec<_> = page["Resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|user| &user["userName"])
        .collect();
    insta::assert_snapshot!(json!([page["totalResults"], page["itemsPerPage"], names]), @r#"[987,3,["license-bot","barbara-patel-2","jean.moore.3@octo-corp.example"]]"#);
    insta::assert_snapshot!(page["Resources"][2], @r#"{"active":false,"displayName":"jean-moore-3","emails":[{"primary":true,"type":"work","value":"jean.moore3@octo-corp.example"}],"externalId":"E000003","id":"00000003-0000-4000-8000-000000000000","meta":{"resourceType":"User"},"roles":[{"primary":false,"value":"user"}],"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"jean.moore.3@octo-corp.example"}"#);
    let own = bench
        .send_unchecked(bench.on_server("api/v3/scim/v2/Users?startIndex=1&count=3"))
        .await;
    assert_eq!(own.json(), page);
    let default = bench.send_unchecked(bench.on_server(path)).await.json();
    assert_eq!(default["Resources"].as_array().unwrap().len(), 30);
    let last = bench
        .send(bench.on_server(&format!("{path}?startIndex=5000&count=100")))
        .await
        .json();
    assert_eq!(
        (&last["itemsPerPage"], &last["totalResults"]),
        (&json!(0), &page["totalResults"])
    );
    let other = bench.on_server("api/v3/scim/v2/enterprises/other/Users");
    assert_eq!(bench.send(other).await.status, 404);
}

#[tokio::test]
async fn accounts_are_listed_by_id_and_shown_alone_with_their_suspension() {
    let bench = Bench::start().await;
    let (mut next, mut ids, mut pages) = (Some("api/v3/users?per_page=100".to_owned()), Vec::new(), 0);
    let mut logins = Vec::new();
    while let Some(path) = next.take() {
        let answer = bench.send(bench.on_server(&path)).await;
        for account in answer.json().as_array().unwrap() {
            ids.push(account["id"].as_u64().unwrap());
            logins.push(account["login"].as_str().unwrap().to_owned());
        }
        next = answer
            .header("link")
            .map(|link| link.split(['<', '>']).nth(1).unwrap().to_owned());
        pages += 1;
    }
    assert_eq!((ids.len(), pages, ids.is_sorted()), (1000, 10, true));
    let mut suspended = 0;
    for login in &logins[..100] {
        let answer = bench
            .send_unchecked(bench.on_server(&format!("api/v3/users/{login}")))
            .await
            .json();
        assert_eq!(answer["login"], login.as_str());
        suspended += u32::from(answer["suspended_at"].is_string());
    }
    assert!((1..30).contains(&suspended), "{suspended}");
    assert_eq!(bench.send(bench.on_server("api/v3/users/nobody-7")).await.status, 404);
}

/// The logins of a list, page by page, and what the server says their number is.
async fn committers(bench: &Bench, query: &str) -> (Vec<Vec<String>>, u64) {
    let (mut pages, mut total, mut page) = (Vec::new(), 0, 1);
    loop {
        let path =
            format!("api/v3/enterprises/octo-corp/settings/billing/advanced-security?per_page=100&page={page}{query}");
        let answer = bench.send(bench.on_server(&path)).await;
        let json = answer.json();
        total = json["total_advanced_security_committers"].as_u64().unwrap_or(total);
        let repositories = json["repositories"].as_array().unwrap().iter();
        let committers = repositories.flat_map(|it| it["advanced_security_committers_breakdown"].as_array().unwrap());
        pages.push(
            committers
                .map(|it| it["user_login"].as_str().unwrap().to_owned())
                .collect(),
        );
        if !answer.header("link").is_some_and(|link| link.contains("rel=\"next\"")) {
            return (pages, total);
        }
        page += 1;
    }
}

#[tokio::test]
async fn users_of_each_product_come_in_pages_by_repository_and_are_counted_once() {
    let bench = Bench::start().await;
    let mut lists = Vec::new();
    for query in [
        "",
        "&advanced_security_product=code_security",
        "&advanced_security_product=secret_protection",
    ] {
        let (pages, total) = committers(&bench, query).await;
        assert_eq!(pages.len(), 3);
        let logins: BTreeSet<_> = pages.iter().flatten().cloned().collect();
        assert_eq!(logins.len() as u64, total);
        assert!(pages.concat().len() > logins.len(), "some have several repositories");
        assert!(logins.contains("departed-committer") && !logins.contains("scim-admin"));
        lists.push(logins);
    }
    assert!(lists[0] != lists[1] && lists[1] != lists[2]);
    let elsewhere = "api/v3/enterprises/octo-inc/settings/billing/advanced-security";
    assert_eq!(bench.send(bench.on_server(elsewhere)).await.status, 404);
}
