//! The page of the enterprise account on which a person uploads the file of a server. A browser's session is not asked for.

use std::io::Write as _;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::NamedTempFile;

use super::cloud_state::CloudState;
use super::intake;
use crate::sandbox::connection::require_enterprise;
use crate::sandbox::request_error::RequestError;

/// `GET /enterprises/{enterprise}/settings/license`.
pub(super) async fn show(Path(enterprise): Path<String>) -> Result<Response, RequestError> {
    require_enterprise(&enterprise)?;
    let form = "<form method=\"post\" enctype=\"multipart/form-data\">\
        <label>Server usage <input type=\"file\" name=\"file\" accept=\".json\" required></label>\
        <button>Add server usage</button></form>";
    Ok(page(StatusCode::OK, "Enterprise Server instances", form))
}

/// `POST /enterprises/{enterprise}/settings/license`, with the file as the form sends it.
pub(super) async fn receive(
    State(cloud): State<Arc<CloudState>>,
    Path(enterprise): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, RequestError> {
    require_enterprise(&enterprise)?;
    let Some(file) = file_in(&headers, &body) else {
        return Ok(page(StatusCode::BAD_REQUEST, "No file was uploaded", ""));
    };
    let taken = pack(&cloud, file).and_then(|(packed, size)| {
        let now = cloud.clock.now();
        intake::take_file(&cloud, packed, size, now)
    });
    Ok(match taken {
        Ok(()) => page(StatusCode::OK, "Server usage uploaded", ""),
        Err(_) => page(StatusCode::UNPROCESSABLE_ENTITY, "The file could not be processed", ""),
    })
}

fn page(status: StatusCode, title: &str, content: &str) -> Response {
    let html = format!("<!DOCTYPE html><html lang=\"en\"><title>{title}</title><h1>{title}</h1>{content}</html>\n");
    (status, Html(html)).into_response()
}

/// The content of the one file in a form.
fn file_in<'a>(headers: &HeaderMap, body: &'a [u8]) -> Option<&'a [u8]> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?;
    let boundary = kind
        .strip_prefix("multipart/form-data;")?
        .split("boundary=")
        .nth(1)?
        .trim_matches('"');
    let delimiter = format!("--{boundary}");
    let part = &body[find(body, delimiter.as_bytes())? + delimiter.len()..];
    let head = find(part, b"\r\n\r\n")?;
    let is_file = std::str::from_utf8(&part[..head]).is_ok_and(|head| head.contains("filename="));
    let content = &part[head + 4..];
    let end = find(content, format!("\r\n{delimiter}").as_bytes())?;
    (is_file && end > 0).then(|| &content[..end])
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

/// Keeps the file as an upload by the program is kept.
fn pack(cloud: &CloudState, file: &[u8]) -> Result<(NamedTempFile, u64), RequestError> {
    let packed = NamedTempFile::new_in(&cloud.uploads_directory).map_err(RequestError::Storage)?;
    let mut gzip = GzEncoder::new(packed.as_file(), Compression::fast());
    gzip.write_all(file)
        .and_then(|()| gzip.finish().map(drop))
        .map_err(RequestError::Storage)?;
    let size = packed.as_file().metadata().map_err(RequestError::Storage)?.len();
    Ok((packed, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_form_is_found_and_nothing_is_taken_for_one() {
        let headers = |kind: &str| HeaderMap::from_iter([(CONTENT_TYPE, kind.parse().unwrap())]);
        let form = headers("multipart/form-data; boundary=XX");
        let body = b"--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n{\r\n}\r\n--XX--\r\n";
        assert_eq!(file_in(&form, body), Some(&b"{\r\n}"[..]));
        assert_eq!(file_in(&headers("application/json"), body), None);
        assert_eq!(file_in(&form, &body[..40]), None);
        assert_eq!(
            file_in(
                &form,
                b"--XX\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--XX--"
            ),
            None
        );
        assert_eq!(file_in(&form, b""), None);
    }
}
