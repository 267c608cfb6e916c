//! What an answer of GraphQL is: a page of a connection, nothing there, or a refusal, which has the status 200 as well.
//!
//! The message of an error is not kept, since it can quote the request. Its type is a term of GitHub's.

use serde_json::Value;

use super::super::error::{CloudRefusal, ConnectError};
use super::query::{Follows, PROVIDER, Query};
use crate::reason::Reason;
use crate::transport::Tier;

/// The types of an error that say that the token may not, or that there is nothing that it may see.
const FORBIDDEN: [&str; 3] = ["FORBIDDEN", "INSUFFICIENT_SCOPES", "NOT_FOUND"];

const RATE_LIMITED: &str = "RATE_LIMITED";

/// What was answered.
#[derive(Debug)]
pub(super) enum Answered {
    Page(NodePage),
    /// The account has no identity provider.
    NoProvider,
}

/// One page of the connection that was asked for.
#[derive(Debug)]
pub(super) struct NodePage {
    /// The whole answer.
    pub(super) data: Value,
    pub(super) nodes: Vec<Value>,
    /// Where the next page begins.
    pub(super) next: Option<String>,
    /// Some of the nodes may not be read further.
    pub(super) is_refused_in_part: bool,
}

/// Judges an answer to `query`. `refusal` is what a refusal would say; `is_limited` whether the headers name a limit.
pub(super) fn read(
    query: &Query,
    mut answer: Value,
    refusal: CloudRefusal,
    is_limited: bool,
) -> Result<Answered, ConnectError> {
    let errors: Vec<_> = answer["errors"].as_array().into_iter().flatten().collect();
    let kinds: Vec<_> = errors.iter().filter_map(|error| error["type"].as_str()).collect();
    let is_forbidden = kinds.iter().any(|kind| FORBIDDEN.contains(kind));
    if kinds.contains(&RATE_LIMITED) || (is_limited && !errors.is_empty()) {
        return Err(refused(refusal, Tier::Passing, Reason::RateLimited));
    }
    // What one organization does not show hides no other.
    let is_of_one = |error: &&Value| error["path"].as_array().and_then(|path| path.last()?.as_str()) == Some(PROVIDER);
    let is_refused_in_part = is_forbidden
        && query.follows == Follows::OrganizationIdentities
        && kinds.len() == errors.len()
        && errors.iter().all(is_of_one);
    if !errors.is_empty() && !is_refused_in_part {
        return Err(match is_forbidden {
            true => refused(refusal, Tier::Lasting, Reason::PermissionMissing),
            false => failed(query),
        });
    }
    let mut at = &answer["data"];
    for member in query.path {
        at = &at[*member];
        match (at, *member) {
            (Value::Object(_), _) => {}
            (Value::Null, PROVIDER) => return Ok(Answered::NoProvider),
            (Value::Null, _) => return Err(refused(refusal, Tier::Lasting, Reason::PermissionMissing)),
            _ => return Err(failed(query)),
        }
    }
    let page = &at["pageInfo"];
    let cursor = page["endCursor"].as_str().map(str::to_owned);
    let nodes = at["nodes"].as_array().cloned();
    let (Some(nodes), Some(more)) = (nodes, page["hasNextPage"].as_bool()) else {
        return Err(failed(query));
    };
    let next = match (more, cursor) {
        (true, None) => return Err(failed(query)),
        (true, cursor) => cursor,
        (false, _) => None,
    };
    Ok(Answered::Page(NodePage {
        data: answer["data"].take(),
        nodes,
        next,
        is_refused_in_part,
    }))
}

fn refused(refusal: CloudRefusal, tier: Tier, reason: Reason) -> ConnectError {
    ConnectError::Refused(Box::new(CloudRefusal {
        tier,
        reason,
        ..refusal
    }))
}

fn failed(query: &Query) -> ConnectError {
    ConnectError::QueryFailed { step: query.step }
}
