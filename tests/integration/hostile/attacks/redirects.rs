//! Redirects: the server's are followed on its own origin, the cloud's never.

use super::attack::{Attack, META, REPORT, STATE, TOKEN, UPLOAD, cloud, server};
use crate::support::loopback::Reply;

const ORIGIN: &str = "transport/client.rs `same_origin`";
const OUTCOME: &str = "connect/outcome.rs `judge`";

fn to(location: &str) -> Reply {
    Reply::answer(302, &format!("Location: {location}\r\n"), b"")
}

pub(super) const ATTACKS: &[Attack] = &[
    server("redirect to another host", "malformed-source", ORIGIN, META, |_| {
        to("http://192.0.2.1/api/v3/meta")
    }),
    server("redirect to another port", "malformed-source", ORIGIN, REPORT, |_| {
        to("http://127.0.0.1:1/all_users.csv")
    }),
    server("redirect to another scheme", "malformed-source", ORIGIN, REPORT, |_| {
        to("https://127.0.0.1/all_users.csv")
    }),
    server("redirect to a file", "malformed-source", ORIGIN, REPORT, |_| {
        to("file:///etc/passwd")
    }),
    server("redirect to a script", "malformed-source", ORIGIN, META, |_| {
        to("javascript:alert(1)")
    }),
    server(
        "redirect to the cloud's metadata",
        "malformed-source",
        ORIGIN,
        META,
        |_| to("http://169.254.169.254/"),
    ),
    server("redirect with credentials", "malformed-source", ORIGIN, META, |_| {
        to("http://canary:canary@192.0.2.1/")
    }),
    server(
        "redirect in a circle",
        "malformed-source",
        "transport/client.rs `MAX_REDIRECTS`",
        META,
        |request| to(request.path()),
    ),
    server(
        "redirect without a target",
        "malformed-source",
        "collect/refusal.rs `ServerRefusal`",
        META,
        |_| Reply::answer(302, "", b""),
    ),
    server("redirect of 64 KiB", "malformed-source", ORIGIN, META, |_| {
        to(&format!("http://elsewhere.example.com/{}", "x".repeat(65_536)))
    }),
    server(
        "redirect that steers a terminal",
        "malformed-source",
        ORIGIN,
        META,
        |_| to("http://elsewhere.example.com/\u{9b}2J\u{202e}"),
    ),
    cloud("redirect of the token", "malformed-answer", OUTCOME, TOKEN, |_| {
        Reply::answer(307, "Location: http://192.0.2.1/\r\n", b"")
    }),
    cloud("redirect of the upload", "malformed-answer", OUTCOME, UPLOAD, |_| {
        Reply::answer(308, "Location: http://192.0.2.1/\r\n", b"")
    }),
    cloud("redirect of the state", "malformed-answer", OUTCOME, STATE, |_| {
        to("http://192.0.2.1/")
    }),
];
