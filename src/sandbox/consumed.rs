//! Lists who consumes a license, page by page (`GET /enterprises/{enterprise}/consumed-licenses`).
//!
//! First every member of the cloud account, then everybody of the last upload who matches no member.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::LINK;
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::cloud::Cloud;
use super::count::Count;
use super::refusal::Refusal;

const MAX_PER_PAGE: u64 = 100;

/// Which page is wanted, as text: what is no number counts as not given.
#[derive(Deserialize)]
pub(super) struct Paging {
    per_page: Option<String>,
    page: Option<String>,
}

/// Answers with one page and the way to the others.
pub(super) async fn page(
    State(cloud): State<Arc<Cloud>>,
    Path(enterprise): Path<String>,
    Query(paging): Query<Paging>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    cloud.require_reader(&headers)?;
    Cloud::require_enterprise(&enterprise)?;
    let count = cloud.ledger().count();
    let number = |text: Option<String>| text.and_then(|text| text.parse().ok()).filter(|number| *number > 0);
    let per_page = number(paging.per_page).unwrap_or(MAX_PER_PAGE).min(MAX_PER_PAGE);
    let page: u64 = number(paging.page).unwrap_or(1);
    let total = count.tally.licenses;
    let start = (page - 1).saturating_mul(per_page).min(total);
    let end = start.saturating_add(per_page).min(total);
    let users: Vec<_> = (start..end).filter_map(|at| row(&cloud, &count, at)).collect();
    let body = json!({
        "total_seats_consumed": total,
        "total_seats_purchased": u64::from(cloud.members.count()) * 2,
        "users": users,
    });
    let address = format!(
        "{}enterprises/{enterprise}/consumed-licenses?per_page={per_page}&page=",
        cloud.url
    );
    let link = link(&address, page, total.div_ceil(per_page).max(1));
    Ok((AppendHeaders(link.map(|link| (LINK, link))), Json(body)).into_response())
}

fn link(address: &str, page: u64, last: u64) -> Option<String> {
    let mut links = Vec::new();
    if page > 1 {
        links.push(format!("<{address}{}>; rel=\"prev\"", (page - 1).min(last)));
    }
    if page < last {
        links.push(format!("<{address}{}>; rel=\"next\"", page + 1));
        links.push(format!("<{address}{last}>; rel=\"last\""));
    }
    if page > 1 {
        links.push(format!("<{address}1>; rel=\"first\""));
    }
    (!links.is_empty()).then(|| links.join(", "))
}

fn row(cloud: &Cloud, count: &Count, at: u64) -> Option<Value> {
    let at = u32::try_from(at).ok()?;
    match at.checked_sub(cloud.members.count()) {
        None => Some(member(cloud, count, at)),
        Some(unmatched) => {
            let number = *count.unmatched.get(unmatched as usize)?;
            Some(stranger(count, count.reported.person(number)?))
        }
    }
}

fn member(cloud: &Cloud, count: &Count, number: u32) -> Value {
    let member = cloud.members.member(number);
    let on_server: Vec<_> = count.matching(number).collect();
    let ids: Vec<_> = on_server.iter().map(|(id, _)| server_user_id(count, *id)).collect();
    let emails: Vec<_> = on_server.iter().map(|(_, address)| *address).collect();
    json!({
        "github_com_login": member.login,
        "github_com_name": member.name,
        "enterprise_server_user_ids": ids,
        "github_com_user": true,
        "enterprise_server_user": !on_server.is_empty(),
        "visual_studio_subscription_user": false,
        "license_type": "enterprise",
        "github_com_profile": format!("https://github.com/{}", member.login),
        "github_com_member_roles": ["octo-org:Member"],
        "github_com_enterprise_roles": ["Member"],
        "github_com_verified_domain_emails": member.verified_emails,
        "github_com_saml_name_id": member.saml_name_id,
        "github_com_orgs_with_pending_invites": [],
        "github_com_two_factor_auth": true,
        "enterprise_server_emails": emails,
        "visual_studio_license_status": "",
        "visual_studio_subscription_email": "",
        "total_user_accounts": 1 + on_server.len(),
    })
}

fn stranger(count: &Count, (id, address): (u64, &str)) -> Value {
    let emails: Vec<_> = Some(address)
        .filter(|address| !address.is_empty())
        .into_iter()
        .collect();
    json!({
        "github_com_login": "",
        "github_com_name": "",
        "enterprise_server_user_ids": [server_user_id(count, id)],
        "github_com_user": false,
        "enterprise_server_user": true,
        "visual_studio_subscription_user": false,
        "license_type": "enterprise",
        "github_com_profile": "",
        "github_com_member_roles": [],
        "github_com_enterprise_roles": [],
        "github_com_verified_domain_emails": [],
        "github_com_saml_name_id": "",
        "github_com_orgs_with_pending_invites": [],
        "github_com_two_factor_auth": null,
        "enterprise_server_emails": emails,
        "visual_studio_license_status": "",
        "visual_studio_subscription_email": "",
        "total_user_accounts": 1,
    })
}

fn server_user_id(count: &Count, id: u64) -> String {
    format!("{}:{id}", count.hostname)
}
