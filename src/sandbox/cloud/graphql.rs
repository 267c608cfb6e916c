//! Answers queries (`POST /graphql`), as far as the fields go that [`directory`](super::directory) has. It takes no mutation.
//!
//! A query that is refused or wrong is answered with the status 200 and `errors`, as GitHub does.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};
use graphql_parser::query::{Definition, OperationDefinition, parse_query};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::cloud_state::CloudState;
use super::selection::{QueryError, Selector};
use crate::sandbox::reply::RESOURCE;
use crate::sandbox::request_error::RequestError;

#[derive(Deserialize)]
pub(super) struct Request {
    query: String,
    #[serde(default)]
    variables: Option<Map<String, Value>>,
}

/// Answers one query.
pub(super) async fn answer(
    State(cloud): State<Arc<CloudState>>,
    headers: HeaderMap,
    body: bytes::Bytes,
) -> Result<Response, RequestError> {
    cloud.require_reader(&headers)?;
    let request: Request = serde_json::from_slice(&body).map_err(|_| RequestError::Json)?;
    let body = match execute(&cloud, &request) {
        Ok(answer) => answer,
        Err(wrong) => json!({ "errors": [{ "message": wrong.to_string() }] }),
    };
    let resource = [(RESOURCE, HeaderValue::from_static("graphql"))];
    Ok((resource, Json(body)).into_response())
}

fn execute(cloud: &CloudState, request: &Request) -> Result<Value, QueryError> {
    // A message of the parser can quote the query.
    let document = parse_query::<&str>(&request.query).map_err(|_| QueryError::Syntax)?;
    let [Definition::Operation(OperationDefinition::Query(query))] = &document.definitions[..] else {
        return Err(QueryError::NoQuery);
    };
    let mut selector = Selector::with(request.variables.clone().unwrap_or_default());
    let data = selector.select(&cloud.directory(), &query.selection_set)?;
    Ok(match selector.not_found() {
        [] => json!({ "data": data }),
        errors => json!({ "data": data, "errors": errors }),
    })
}
