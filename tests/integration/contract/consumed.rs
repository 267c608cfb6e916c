//! The list of consumed licenses, read by its links from the first page to the last.

use std::collections::HashSet;

use serde_json::Value;

use super::bench::{Answer, Bench};
use super::usage::upload_everybody;

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

async fn read_all(bench: &Bench) -> Vec<Value> {
    let mut users = Vec::new();
    let mut next = Some(LIST.to_owned());
    while let Some(page) = next {
        let answer = bench.send(bench.read_cloud(&page)).await;
        users.extend(answer.json()["users"].as_array().unwrap().iter().cloned());
        next = link(&answer, "next");
    }
    users
}

#[tokio::test]
async fn the_pages_follow_each_other_and_add_up_to_the_total() {
    let bench = Bench::start().await;
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
    assert_eq!(count(false, true), tally.unmatched);
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
    let bench = Bench::start().await;
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
    let bench = Bench::start().await;
    let path = "/enterprises/octo-corp/consumed-licenses?per_page=500";
    let users = bench.send(bench.read_cloud(path)).await.json();
    assert_eq!(users["users"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn rate_limit_headers_count_down() {
    let bench = Bench::start().await;
    let mut left = Vec::new();
    for _ in 0..2 {
        let answer = bench.send(bench.read_cloud(LIST)).await;
        assert_eq!(answer.header("x-ratelimit-reset"), Some("1793592245"));
        left.push(answer.header("x-ratelimit-remaining").unwrap().parse::<u64>().unwrap());
    }
    assert_eq!(left[0] - 1, left[1]);
}
