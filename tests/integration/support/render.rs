//! An error with everything an operator gets to see of it, as text for a snapshot.

use ghe_license_sync::explain::Explain;
use url::Url;

/// Display, causes, details, help, reason and exit code; `url` is shown as `http://HOST`.
pub(crate) fn render(error: &dyn Explain, url: &Url) -> String {
    let mut text = format!("error: {error}\n");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!("cause: {error}\n"));
        cause = error.source();
    }
    if let Some(details) = error.details() {
        text.push_str(&format!("{details}\n"));
    }
    if let Some(help) = error.help() {
        text.push_str(&format!("help: {help}\n"));
    }
    text.push_str(&format!("reason: {}, exit {}\n", error.reason(), error.exit() as u8));
    let origin = url.origin().ascii_serialization();
    text.replace(&origin, &format!("{}://HOST", url.scheme()))
}
