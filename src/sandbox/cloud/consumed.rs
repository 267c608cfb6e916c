//! Lists who consumes a license, page by page (`GET /enterprises/{enterprise}/consumed-licenses`).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LINK};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{AppendHeaders, IntoResponse, Response};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::cloud_state::CloudState;
use super::consumed_row::row;
use crate::sandbox::connection::require_enterprise;
use crate::sandbox::query_string::{link, number};
use crate::sandbox::request_error::RequestError;

const DEFAULT_PER_PAGE: u64 = 30;
const MAX_PER_PAGE: u64 = 100;

/// Answers with one page and the way to the others; with neither when the client has the page already.
pub(super) async fn page(
    State(cloud): State<Arc<CloudState>>,
    Path(enterprise): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, RequestError> {
    cloud.require_reader(&headers)?;
    require_enterprise(&enterprise)?;
    let count = cloud.ledger().count();
    let wanted = number(&uri, "per_page", &(1..=MAX_PER_PAGE));
    let per_page = wanted.unwrap_or(DEFAULT_PER_PAGE);
    let page = number(&uri, "page", &(1..=u64::MAX)).unwrap_or(1);
    let total = count.tally.licenses;
    let start = (page - 1).saturating_mul(per_page).min(total);
    let end = start.saturating_add(per_page).min(total);
    let users: Vec<_> = (start..end).filter_map(|at| row(&cloud, &count, at)).collect();
    let body = json!({
        "total_seats_consumed": total,
        "total_seats_purchased": u64::from(cloud.members.count()) * 2,
        "users": users,
    })
    .to_string();
    let query = wanted.map(|wanted| format!("per_page={wanted}&")).unwrap_or_default();
    let address = format!("{}enterprises/{enterprise}/consumed-licenses?{query}page=", cloud.url);
    let link = link(&address, page, total.div_ceil(per_page).max(1));
    let link = AppendHeaders(link.map(|link| (LINK, link)));
    let tag = format!("W/\"{:x}\"", Sha256::digest(&body));
    let is_known = headers
        .get(IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let cached = [
        (ETAG, tag),
        (CACHE_CONTROL, "private, max-age=60, s-maxage=60".to_owned()),
    ];
    if is_known {
        return Ok((StatusCode::NOT_MODIFIED, cached, link).into_response());
    }
    let content_type = [(CONTENT_TYPE, "application/json; charset=utf-8")];
    Ok((cached, link, content_type, body).into_response())
}
