//! Who uses a product beside the license, repository by repository
//! (`GET /enterprises/{enterprise}/settings/billing/advanced-security`).
//!
//! Source: GitHub's published description. A committer is a function of the seed, the product and the place, like a person.
//! The server has standalone products and Advanced Security side by side, so that every list can be asked for.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::http::header::LINK;
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde_json::{Value, json};

use super::appliance::EnterpriseServer;
use crate::license::Product;
use crate::sandbox::connection::require_enterprise;
use crate::sandbox::population::{AccountKind, Population};
use crate::sandbox::query_string::{link, number, text};
use crate::sandbox::random::{RandomStream, draw};
use crate::sandbox::request_error::RequestError;

const DEFAULT_PER_PAGE: u64 = 30;
const MAX_PER_PAGE: u64 = 100;

/// How many repositories have committers: three pages of the largest size.
const REPOSITORIES: u32 = 250;

/// Somebody whose account was deleted since the last push.
const DEPARTED: &str = "departed-committer";

/// Answers with one page of repositories.
pub(super) async fn page(
    State(server): State<Arc<EnterpriseServer>>,
    Path(enterprise): Path<String>,
    uri: Uri,
) -> Result<Response, RequestError> {
    require_enterprise(&enterprise)?;
    let named = text(&uri, "advanced_security_product");
    let product = match named.as_deref() {
        None => Product::AdvancedSecurity,
        Some("code_security") => Product::CodeSecurity,
        Some("secret_protection") => Product::SecretProtection,
        // No status is published for this; of those that are, it is the nearest.
        Some(_) => return Err(RequestError::NotFound),
    };
    let per_page = number(&uri, "per_page", &(1..=MAX_PER_PAGE)).unwrap_or(DEFAULT_PER_PAGE);
    let page = number(&uri, "page", &(1..=u64::MAX)).unwrap_or(1);
    let start = (page - 1).saturating_mul(per_page).min(REPOSITORIES.into());
    let end = (start + per_page).min(REPOSITORIES.into());
    let people = server.population;
    let total = (0..people.users).filter(|index| uses(people, *index, product)).count() + 1;
    let repositories: Vec<_> = (0..REPOSITORIES)
        .filter(|at| (start..end).contains(&u64::from(*at)))
        .map(|at| repository(people, at, product))
        .collect();
    let query = named.map(|named| format!("advanced_security_product={named}&"));
    let address = format!(
        "{}api/v3/enterprises/{enterprise}/settings/billing/advanced-security?{}per_page={per_page}&page=",
        server.url,
        query.unwrap_or_default()
    );
    let last = u64::from(REPOSITORIES).div_ceil(per_page);
    let link = AppendHeaders(link(&address, page, last).map(|link| (LINK, link)));
    let body = json!({
        "total_advanced_security_committers": total,
        "total_count": REPOSITORIES,
        "maximum_advanced_security_committers": total,
        "purchased_advanced_security_committers": total,
        "repositories": repositories,
    });
    Ok((link, Json(body)).into_response())
}

fn repository(people: Population, at: u32, product: Product) -> Value {
    // Everybody has a repository, and some have others.
    let own = (at..people.users).step_by(REPOSITORIES as usize);
    let others = (at * 7 + 1).checked_rem(people.users);
    let committers: BTreeSet<_> = own
        .chain(others)
        .filter(|index| uses(people, *index, product))
        .collect();
    let logins = committers
        .into_iter()
        .map(|index| (people.login(index), people.email(index)));
    let departed = (at == 0).then(|| (DEPARTED.to_owned(), "departed@example.com".to_owned()));
    let committers: Vec<_> = logins
        .chain(departed)
        .map(|(login, email)| json!({ "user_login": login, "last_pushed_date": "2025-12-24", "last_pushed_email": email }))
        .collect();
    json!({
        "name": format!("octo-org/repository-{at}"),
        "advanced_security_committers": committers.len(),
        "advanced_security_committers_breakdown": committers,
    })
}

/// Whether this person uses the product, suspended or not.
fn uses(people: Population, index: u32, product: Product) -> bool {
    let percent = match product {
        Product::AdvancedSecurity => 25,
        Product::CodeSecurity => 15,
        Product::SecretProtection => 20,
    };
    let drawn = draw(people.seed ^ product as u64, u64::from(index), RandomStream::Product);
    people.kind(index) == AccountKind::Human && drawn % 100 < percent
}
