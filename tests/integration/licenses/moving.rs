//! A list that is read to its end, and what shows that it moved meanwhile.

use serde_json::json;

use super::{LIST, TOKEN, member, page, read};
use crate::support::loopback::{Loopback, Reply};

const SECOND: &str = "/enterprises/octo-corp/consumed-licenses?per_page=100&page=2";

/// A list of two pages.
async fn two_pages(first: impl Fn() -> Reply + Send + Sync + 'static, second: fn() -> Reply) -> Loopback {
    Loopback::serve(move |request| match request.path() {
        LIST => first(),
        SECOND => second(),
        path => panic!("{path} is no page"),
    })
    .await
}

#[tokio::test]
async fn the_pages_are_read_one_after_the_other_with_the_classic_token() {
    let first = || page(&[member("mona"), member("hubot")], 3, Some(SECOND));
    let server = two_pages(first, || page(&[member("lisa")], 3, None)).await;
    let (rows, listing) = read(&server).await.unwrap();
    let logins: Vec<_> = rows.iter().filter_map(|row| row.login.as_deref()).collect();
    assert_eq!(logins, ["mona", "hubot", "lisa"]);
    assert_eq!((listing.rows, listing.pages), (3, 2));
    assert_eq!((listing.consumed, listing.purchased), (Some(3), Some(50)));
    assert!(listing.is_whole() && listing.unreadable.is_empty());
    for request in server.requests() {
        assert_eq!(request.header("authorization"), Some(&*format!("Bearer {TOKEN}")));
        assert_eq!(request.header("x-github-api-version"), Some("2022-11-28"));
    }
}

#[tokio::test]
async fn a_total_that_differs_from_the_rows_is_counted() {
    for (total, difference) in [(3, 0), (5, -2), (1, 2)] {
        let first = move || page(&[member("mona"), member("hubot"), member("lisa")], total, None);
        let server = two_pages(first, || panic!("there is no second page")).await;
        let (_, listing) = read(&server).await.unwrap();
        assert_eq!(listing.difference(), Some(difference));
        assert_eq!(listing.is_whole(), difference == 0);
    }
}

#[tokio::test]
async fn a_total_that_changes_between_two_pages_is_noticed() {
    let first = || page(&[member("mona"), member("hubot")], 4, Some(SECOND));
    let server = two_pages(first, || page(&[member("lisa")], 3, None)).await;
    let (_, listing) = read(&server).await.unwrap();
    assert!(listing.changed && !listing.is_whole());
    assert_eq!(listing.difference(), Some(0));
}

#[tokio::test]
async fn a_user_listed_twice_is_noticed_by_login_or_by_account() {
    let on_server = |id: &str| json!({ "enterprise_server_user": true, "enterprise_server_user_ids": [id] });
    let first = move || {
        page(
            &[member("mona"), on_server("ghes:7"), on_server("ghes:8")],
            6,
            Some(SECOND),
        )
    };
    let second = || {
        let on_server = |id: &str| json!({ "enterprise_server_user": true, "enterprise_server_user_ids": [id] });
        page(&[member("Mona"), on_server("GHES:7"), on_server("other:7")], 6, None)
    };
    let (_, listing) = read(&two_pages(first, second).await).await.unwrap();
    assert_eq!((listing.repeated, listing.is_whole()), (2, false));
}

#[tokio::test]
async fn what_cannot_be_read_is_named_and_the_list_is_read_on() {
    let body = json!({
        "total_seats_consumed": "2",
        "total_seats_purchased": "unlimited",
        "users": [
            "mona", null, 7, -7, 0.7, true, [["mona"]], { "github_com_login": 7, "license_type": "Enterprise", "x": [{}] }
        ],
    });
    let server = Loopback::serve(move |_| Reply::answer(200, "", body.to_string().as_bytes())).await;
    let (rows, listing) = read(&server).await.unwrap();
    assert_eq!((rows.len(), listing.consumed, listing.difference()), (1, None, None));
    let named: Vec<_> = listing.unreadable.into_iter().collect();
    assert_eq!(
        named,
        [
            ("github_com_login", 1),
            ("total_seats_consumed", 1),
            ("total_seats_purchased", 1),
            ("users", 7)
        ]
    );
}

#[tokio::test]
async fn a_page_without_rows_is_the_last_one() {
    let first = || page(&[member("mona")], 1, Some(SECOND));
    let server = two_pages(first, || page(&[], 1, Some("?page=3"))).await;
    let (_, listing) = read(&server).await.unwrap();
    assert_eq!((listing.rows, listing.pages, server.requests().len()), (1, 2, 2));
}
