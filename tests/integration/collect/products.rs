//! Who uses a product: what is asked, what is read, and what happens when the server does not say.

use std::sync::Mutex;
use std::time::Duration;

use ghe_license_sync::collect::{CollectError, CollectProgress, Collection, NoProgress, collect};
use ghe_license_sync::license::{Product, ProductTotals, Totals};
use ghe_license_sync::settings::Server;
use ghe_license_sync::transport::Pace;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::enterprise::{csv, environment, settings, with_report};
use crate::support::loopback::{Loopback, Reply, Request};
use crate::support::render::render;

const PATH: &str = "/api/v3/enterprises/octo-corp/settings/billing/advanced-security?per_page=100";
const CODE: &str = "&advanced_security_product=code_security";
const SECRET: &str = "&advanced_security_product=secret_protection";

const REPORT: &[u8] =
    b"id,login,email,suspended?\n1,Mona,canary-1@example.com,false\n2,hubot,,false\n3,left,,true\n4,nobody,,false\n";

fn wanting(server: &Loopback) -> Server {
    Server {
        enterprise: Some("octo-corp".to_owned()),
        ..settings(server)
    }
}

async fn collected(server: &Loopback) -> Result<Collection, CollectError> {
    collect(&wanting(server), Pace::default(), &environment(), &NoProgress).await
}

async fn failure(server: &Loopback) -> String {
    match collected(server).await {
        Ok(_) => panic!("the collection succeeded"),
        Err(error) => render(&error, &server.url),
    }
}

fn page(logins: &[&[&str]]) -> Value {
    let committers = |logins: &[&str]| -> Vec<_> {
        let committer = |login| json!({"user_login": login, "last_pushed_date": "2026-11-01", "last_pushed_email": "canary-2@example.com"});
        logins.iter().map(committer).collect()
    };
    let repositories: Vec<_> = logins
        .iter()
        .map(|logins| {
            json!({
                "name": "octo/canary-repository",
                "advanced_security_committers": logins.len(),
                "advanced_security_committers_breakdown": committers(logins),
            })
        })
        .collect();
    json!({ "total_count": 9, "repositories": repositories, "of_another_version": [] })
}

fn answer(page: &Value, next: Option<&str>) -> Reply {
    let link = next.map(|next| format!("Link: <{next}>; rel=\"next\"\r\n"));
    Reply::answer(200, &link.unwrap_or_default(), page.to_string().as_bytes())
}

/// A server whose lists are these; the paths begin behind [`PATH`].
async fn listing(lists: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Loopback {
    with_report(move |request: &Request| match request.path().strip_prefix(PATH) {
        Some(rest) => lists(rest),
        None => csv(REPORT),
    })
    .await
}

/// What the users of the list have, in the order of their IDs.
fn products(collection: &Collection) -> Vec<Vec<&'static str>> {
    let users = collection.roster.users();
    users
        .map(|user| user.products.iter().map(Product::word).collect())
        .collect()
}

#[tokio::test]
async fn all_pages_of_every_list_are_read_one_after_the_other_and_each_login_counts_once() {
    let server = listing(|rest| match rest {
        "" => answer(&page(&[&["mona", "MONA"], &["left"]]), Some(&format!("{PATH}&page=2"))),
        "&page=2" => answer(&page(&[&["hubot", "mona"]]), Some("?per_page=100&page=3")),
        "&page=3" => answer(&page(&[&["gone"], &[]]), None),
        CODE => answer(&page(&[]), None),
        SECRET => answer(&page(&[&["Hubot", "gone"]]), None),
        other => panic!("nobody asks for {other}"),
    })
    .await;
    let collection = collected(&server)
        .await
        .map_err(|error| render(&error, &server.url))
        .unwrap();
    let of_hubot = vec!["advanced-security", "secret-protection"];
    assert_eq!(products(&collection), [vec!["advanced-security"], of_hubot, vec![]]);
    let expected = ProductTotals {
        advanced_security: Some(2),
        code_security: Some(0),
        secret_protection: Some(1),
        without_license: 1,
        unknown: 1,
    };
    assert_eq!(collection.roster.totals().products, Some(expected));
    let asked: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.path().to_owned())
        .collect();
    let lists = ["", "&page=2", "&page=3", CODE, SECRET].map(|rest| format!("{PATH}{rest}"));
    assert_eq!(asked[3..8], lists);
    assert_eq!(asked[8], "/stafftools/reports/all_users.csv");
}

/// Hears how long each question may take.
#[derive(Default)]
struct Questions(Mutex<Vec<Duration>>);

impl CollectProgress for Questions {
    fn started(&self, _: Option<u64>) {}
    fn asking(&self, at_most: Duration) {
        self.0.lock().unwrap().push(at_most);
    }
    fn waiting(&self, _: Duration, _: Duration) {}
    fn read(&self, _: u64, _: u64) {}
    fn done(&self, _: Totals) {}
}

#[tokio::test]
async fn each_page_is_a_sign_of_life() {
    let second = format!("{PATH}&page=2");
    let server = listing(move |rest| answer(&page(&[]), rest.is_empty().then_some(&*second))).await;
    let questions = Questions::default();
    let collected = collect(&wanting(&server), Pace::default(), &environment(), &questions).await;
    assert!(collected.is_ok());
    let asked = questions.0.lock().unwrap();
    assert_eq!(
        asked[..4],
        [Duration::from_secs(120); 4],
        "two pages, and one of each other list"
    );
    assert_eq!(asked.len(), 5, "and the report");
}

#[tokio::test]
async fn nothing_is_asked_unless_the_enterprise_is_named() {
    let server = listing(|_| panic!("nobody asks")).await;
    let collected = collect(&settings(&server), Pace::default(), &environment(), &NoProgress).await;
    let totals = collected
        .map_err(|error| render(&error, &server.url))
        .unwrap()
        .roster
        .totals();
    assert_eq!((totals.products, totals.products_refused), (None, false));
}

#[tokio::test]
async fn a_server_before_3_17_is_asked_for_advanced_security_alone() {
    let server = Loopback::serve(|request| match request.path() {
        "/api/v3/meta" => Reply::answer(200, "", br#"{"installed_version":"3.16.4"}"#),
        PATH => answer(&page(&[&["mona"]]), None),
        path if path.starts_with("/api/v3/enterprises") => panic!("it has no other list"),
        path if path.starts_with("/api") => Reply::answer(200, "", br#"{"total_users":4,"suspended_users":1}"#),
        _ => csv(REPORT),
    })
    .await;
    let totals = collected(&server)
        .await
        .map_err(|error| render(&error, &server.url))
        .unwrap()
        .roster
        .totals();
    let products = totals.products.unwrap();
    assert_eq!((products.advanced_security, products.code_security), (Some(1), None));
}

#[tokio::test]
async fn where_the_token_may_not_ask_the_list_goes_without_products() {
    for status in [403, 404] {
        let server = listing(move |_| Reply::answer(status, "", b"{}")).await;
        let collection = collected(&server)
            .await
            .map_err(|error| render(&error, &server.url))
            .unwrap();
        let totals = collection.roster.totals();
        assert_eq!(
            (totals.products, totals.products_refused, totals.consumed),
            (None, true, 3)
        );
        assert!(
            collection
                .products_refused
                .iter()
                .all(|(_, refusal)| refusal.status == status),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_list_that_is_not_of_the_servers_plan_is_left_out() {
    for status in [400, 403, 404, 422] {
        let server = listing(move |rest| match rest {
            CODE => answer(&page(&[&["mona"]]), None),
            _ => Reply::answer(status, "", b"{}"),
        })
        .await;
        let collection = collected(&server)
            .await
            .map_err(|error| render(&error, &server.url))
            .unwrap();
        let products = collection.roster.totals().products.unwrap();
        assert_eq!(
            products.each().collect::<Vec<_>>(),
            [(Product::CodeSecurity, 1)],
            "{status}"
        );
        let refused = collection.products_refused.iter().map(|(product, _)| *product);
        assert!(
            refused.eq([Product::AdvancedSecurity, Product::SecretProtection]),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_list_that_is_refused_after_its_first_page_fails_the_collection() {
    let mut errors = String::new();
    for status in [400, 403, 404, 422] {
        let server = listing(move |rest| match rest {
            "" => answer(&page(&[&["mona"]]), Some(&format!("{PATH}&page=2"))),
            "&page=2" => Reply::answer(status, "", b"canary"),
            other => panic!("nobody asks for {other}"),
        })
        .await;
        errors += &(failure(&server).await + "\n");
    }
    assert_snapshot!(errors, @"
    error: GET http://HOST/api/v3/enterprises/octo-corp/settings/billing/advanced-security was answered with 400: that is no answer to this question
    help: the server answered the first page of this list, so the list is read again from the start; if this repeats, look at the logs of the server and of the proxy in front of it
    reason: malformed-source, exit 65

    error: GET http://HOST/api/v3/enterprises/octo-corp/settings/billing/advanced-security was answered with 403: the token may not do this
    help: the server answered the first page of this list, so the list is read again from the start; if this repeats, look at the logs of the server and of the proxy in front of it
    reason: permission-missing, exit 77

    error: GET http://HOST/api/v3/enterprises/octo-corp/settings/billing/advanced-security was answered with 404: there is no such page, or the token may not see it
    help: the server answered the first page of this list, so the list is read again from the start; if this repeats, look at the logs of the server and of the proxy in front of it
    reason: malformed-source, exit 65

    error: GET http://HOST/api/v3/enterprises/octo-corp/settings/billing/advanced-security was answered with 422: that is no answer to this question
    help: the server answered the first page of this list, so the list is read again from the start; if this repeats, look at the logs of the server and of the proxy in front of it
    reason: malformed-source, exit 65
    ");
}

#[tokio::test]
async fn a_failure_that_may_pass_fails_the_collection_on_whichever_page_it_is() {
    for failing in ["", "&page=2", SECRET] {
        for (status, reason) in [
            (503, "server-error"),
            (429, "rate-limited"),
            (401, "credentials-refused"),
            (418, "malformed-source"),
        ] {
            let server = listing(move |rest| match rest {
                rest if rest == failing => Reply::answer(status, "", b"canary"),
                "" => answer(&page(&[&["mona"]]), Some(&format!("{PATH}&page=2"))),
                _ => answer(&page(&[]), None),
            })
            .await;
            let told = failure(&server).await;
            assert!(
                told.contains(&format!("reason: {reason}")) && !told.contains("canary"),
                "{told}"
            );
        }
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_read_is_refused_without_showing_anybody() {
    let mut told = String::new();
    for body in [
        "",
        "<html>canary",
        "[]",
        r#"{"repositories":{"canary":1}}"#,
        r#"{"repositories":[{"name":"canary","advanced_security_committers":1}]}"#,
        r#"{"repositories":[{"advanced_security_committers_breakdown":[{"last_pushed_email":"canary"}]}]}"#,
        r#"{"repositories":[{"advanced_security_committers_breakdown":[{"user_login":{"canary":1}}]}]}"#,
    ] {
        let server = listing(move |_| Reply::answer(200, "", body.as_bytes())).await;
        let failed = failure(&server).await;
        assert!(!failed.contains("canary"), "{failed}");
        told += &(failed.lines().nth(1).unwrap_or_default().to_owned() + "\n");
    }
    assert_snapshot!(told, @"
    cause: it ends too early (line 1, column 0)
    cause: it is not JSON (line 1, column 1)
    cause: a member is missing or not of the expected kind (line 1, column 2)
    cause: `repositories` is not of the expected kind (line 1, column 16)
    cause: `repositories` is not of the expected kind (line 1, column 67)
    cause: `repositories` is not of the expected kind (line 1, column 90)
    cause: `repositories` is not of the expected kind (line 1, column 74)
    ");
}

#[tokio::test]
async fn a_login_that_is_null_is_nobodys() {
    let body =
        r#"{"repositories":[{"advanced_security_committers_breakdown":[{"user_login":null},{"user_login":"mona"}]}]}"#;
    let server = listing(move |_| Reply::answer(200, "", body.as_bytes())).await;
    let collection = collected(&server)
        .await
        .map_err(|error| render(&error, &server.url))
        .unwrap();
    let products = collection.roster.totals().products.unwrap();
    assert_eq!((products.advanced_security, products.unknown), (Some(1), 0));
}

#[tokio::test]
async fn a_next_page_elsewhere_gets_no_token_and_is_refused() {
    for next in [
        "https://elsewhere.example.com/api/v3/enterprises/octo-corp/settings/billing/advanced-security?page=2",
        "/api/v3/user",
        "http://[",
    ] {
        let server = listing(move |_| answer(&page(&[]), Some(next))).await;
        let told = failure(&server).await;
        assert!(told.contains("its next page is not one of the same list"), "{told}");
        assert_eq!(server.requests().len(), 4, "the facts and one page");
    }
}

#[tokio::test]
async fn a_list_whose_pages_lead_in_a_circle_ends() {
    let server = listing(|rest| match rest {
        "" => answer(&page(&[]), Some(&format!("{PATH}&page=2"))),
        _ => answer(&page(&[]), Some(PATH)),
    })
    .await;
    let told = failure(&server).await;
    assert!(told.contains("it has no last page"), "{told}");
}

#[tokio::test]
async fn what_is_refused_says_what_to_do() {
    let server = listing(|_| Reply::answer(404, "", b"{}")).await;
    let refused = collected(&server)
        .await
        .map_err(|error| render(&error, &server.url))
        .unwrap()
        .products_refused;
    let (_, refusal) = &refused[0];
    let told = format!("{refusal}\n{}\n{}", refusal.help(), refusal.reason());
    assert_snapshot!(told.replace(server.url.as_str(), "http://HOST/"), @"
    GET http://HOST/api/v3/enterprises/octo-corp/settings/billing/advanced-security was answered with 404: `server.enterprise` names no enterprise of this server, or the token may not see it
    set `server.enterprise` to the slug that the enterprise has on this server, and make the account of the server token an owner or a billing manager of it; to do without products, leave the key out
    permission-missing
    ");
}
