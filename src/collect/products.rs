//! Reads from the server who uses a product besides the license: the committers whom it counts for Advanced Security,
//! Code Security and Secret Protection, repository by repository, all pages, one request after the other.
//!
//! Source: `GET /enterprises/{enterprise}/settings/billing/advanced-security` in the REST reference of GitHub
//! Enterprise Server. Each distinct login is a license. Without a query the list is that of Advanced Security; the
//! standalone products have their own, "for other plans this parameter cannot be used", and it is there since 3.17.

use std::collections::HashSet;
use std::time::Duration;

use reqwest::StatusCode;
use serde::{Deserialize, Deserializer};
use url::Url;

use super::error::CollectError;
use super::fields::FieldError;
use super::progress::CollectProgress;
use super::refusal::{Endpoint, ServerRefusal};
use super::session::Session;
use crate::license::{Product, ProductUsers};
use crate::plain;
use crate::transport::{Peer, StatusKind, json, next_page, read_capped};

/// A whole page has to be there within this time.
const TIMEOUT: Duration = Duration::from_secs(120);

/// No page has more bytes: a hundred repositories, each with 3000 committers.
const CAP: u64 = 32 * 1024 * 1024;

/// No list has more pages: two million repositories.
const MOST_PAGES: u32 = 20_000;

/// The first version that has a list for each product.
const SINCE: [u32; 2] = [3, 17];

/// The server's answer about products.
pub(super) struct ServerProducts {
    /// Nothing when every list was refused: the token may not ask, or there is no such enterprise.
    pub(super) users: Option<ProductUsers>,
    /// The lists that the server refused. All are one endpoint and one token, so one that is refused beside others is no list
    /// of this server's plan.
    pub(super) refused: Vec<(Product, ServerRefusal)>,
}

/// Asks for the lists that a server of this version has.
pub(super) async fn read(
    session: &Session,
    enterprise: &str,
    version: Option<&str>,
    progress: &dyn CollectProgress,
) -> Result<ServerProducts, CollectError> {
    let (mut users, mut is_answered, mut refused) = (ProductUsers::default(), false, Vec::new());
    let is_split = version.is_some_and(has_products);
    for product in Product::ALL {
        if product != Product::AdvancedSecurity && !is_split {
            continue;
        }
        match add(session, enterprise, product, progress, &mut users).await {
            Ok(()) => {
                users.list(product);
                is_answered = true;
            }
            Err(CollectError::Refused(refusal)) if is_about_plan(&refusal) => refused.push((product, refusal)),
            Err(error) => return Err(error),
        }
    }
    match refused.first() {
        Some((_, refusal)) if !is_answered && refusal.kind == StatusKind::Unexpected => Err(refusal.clone().into()),
        _ => Ok(ServerProducts {
            users: is_answered.then_some(users),
            refused,
        }),
    }
}

/// Whether the server may say so for a list that it has not. Which status it has for that is not published. A list has a first
/// page, or it is none: what is refused later would leave the logins of half a list.
fn is_about_plan(refusal: &ServerRefusal) -> bool {
    match refusal.kind {
        _ if refusal.endpoint != Endpoint::Products => false,
        StatusKind::Permission | StatusKind::Hidden => true,
        StatusKind::Unexpected => matches!(refusal.status, 400 | 422),
        _ => false,
    }
}

/// Whether a server of this version, like `3.17.2`, has a list for each product.
fn has_products(version: &str) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse().ok());
    match [numbers.next(), numbers.next()] {
        [Some(Some(major)), Some(Some(minor))] => [major, minor] >= SINCE,
        _ => false,
    }
}

/// Adds the logins of all pages of a list.
async fn add(
    session: &Session,
    enterprise: &str,
    product: Product,
    progress: &dyn CollectProgress,
    users: &mut ProductUsers,
) -> Result<(), CollectError> {
    let mut first = session.url(&format!(
        "api/v3/enterprises/{enterprise}/settings/billing/advanced-security"
    ));
    let query = match product {
        Product::AdvancedSecurity => "per_page=100",
        Product::CodeSecurity => "per_page=100&advanced_security_product=code_security",
        Product::SecretProtection => "per_page=100&advanced_security_product=secret_protection",
    };
    first.set_query(Some(query));
    let (mut url, mut seen) = (first.clone(), HashSet::new());
    for pages in 1..=MOST_PAGES {
        if !seen.insert(url.clone()) {
            return Err(wrong(&url, FieldError::Endless { pages: pages - 1 }));
        }
        progress.asking(TIMEOUT);
        let endpoint = if pages == 1 {
            Endpoint::Products
        } else {
            Endpoint::MoreProducts
        };
        let (page, next) = ask(session, endpoint, &url).await?;
        for repository in page.repositories {
            let committers = repository.advanced_security_committers_breakdown.into_iter();
            committers
                .filter_map(|committer| committer.user_login)
                .for_each(|login| users.add(product, &login));
        }
        match next {
            Some(next) if is_of_list(&next, &first) => url = next,
            Some(_) => return Err(wrong(&url, FieldError::ForeignPage)),
            None => return Ok(()),
        }
    }
    Err(wrong(&url, FieldError::Endless { pages: MOST_PAGES }))
}

async fn ask(session: &Session, endpoint: Endpoint, url: &Url) -> Result<(CommittersPage, Option<Url>), CollectError> {
    let answer = session.send(url, session.get_from_api(url).timeout(TIMEOUT)).await?;
    if answer.status() != StatusCode::OK {
        return Err(ServerRefusal::of(endpoint, &answer).into());
    }
    let next = next_page(answer.headers()).map(|next| url.join(next)).transpose();
    let next = next.map_err(|_| wrong(url, FieldError::ForeignPage))?;
    let bytes = read_capped(answer, Peer::Server, "GET", CAP).await?;
    match json::parse(&bytes) {
        Ok(page) => Ok((page, next)),
        Err(error) => Err(wrong(url, error.into())),
    }
}

/// Whether our token has any business there.
fn is_of_list(next: &Url, first: &Url) -> bool {
    let is_bare = next.username().is_empty() && next.password().is_none();
    is_bare && next.origin() == first.origin() && next.path() == first.path()
}

fn wrong(url: &Url, source: FieldError) -> CollectError {
    CollectError::Answer {
        url: plain::url(url),
        source,
    }
}

#[derive(Deserialize)]
struct CommittersPage {
    repositories: Vec<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    advanced_security_committers_breakdown: Vec<Committer>,
}

#[derive(Deserialize)]
struct Committer {
    /// Has to be there. One that is null is nobody's.
    #[serde(deserialize_with = "text_or_null")]
    user_login: Option<String>,
}

fn text_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_a_list_for_each_product_since_3_17() {
        for (version, expected) in [
            ("3.16.9", false),
            ("3.17.0", true),
            ("3.9.1", false),
            ("3.100", true),
            ("4.0.0", true),
            ("2.22.1", false),
            ("3", false),
            ("3.x", false),
            ("", false),
        ] {
            assert_eq!(has_products(version), expected, "{version}");
        }
    }
}
