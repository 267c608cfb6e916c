//! The enterprise server: its report, and the answers that go with it.

use ghe_license_sync::sandbox::Options;

use super::bench::Bench;
use super::usage::roster;

#[tokio::test]
async fn the_same_seed_gives_the_same_report_to_the_byte() {
    let seeded = async |seed: u64| {
        let bench = Bench::with(Options {
            seed,
            ..Options::default()
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
        let bench = Bench::with(Options {
            users,
            ..Options::default()
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
