//! An enterprise server on loopback whose facts are the examples of GitHub's published API description.

use std::time::Duration;

use ghe_license_sync::collect::{CollectError, Collection, NoProgress, collect};
use ghe_license_sync::settings::{Credential, Environment, Network, Report, Server, Source};
use ghe_license_sync::transport::Pace;

use super::loopback::{Loopback, Reply, Request};

/// The token that every test gives.
pub(crate) const TOKEN: &str = "ghp_0123456789abcdefTOKEN";

pub(crate) const META: &str =
    r#"{"verifiable_password_authentication":true,"packages":["192.0.2.1"],"installed_version":"3.19.0"}"#;
pub(crate) const LICENSE: &str = r#"{"seats":1400,"seats_used":1316,"seats_available":84,"kind":"standard","days_until_expiration":365,"expire_at":"2016/02/06 12:41:52 -0600"}"#;
pub(crate) const STATS: &str = r#"{"total_users":100,"admin_users":3,"suspended_users":1}"#;

const META_PATH: &str = "/api/v3/meta";
const LICENSE_PATH: &str = "/api/v3/enterprise/settings/license";
const STATS_PATH: &str = "/api/v3/enterprise/stats/users";

/// A server whose facts are right; everything else is answered by `report`.
pub(crate) async fn with_report(report: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Loopback {
    Loopback::serve(move |request| facts(request).unwrap_or_else(|| report(request))).await
}

/// A server that answers one path differently.
pub(crate) async fn with_answer(path: &'static str, answer: impl Fn() -> Reply + Send + Sync + 'static) -> Loopback {
    Loopback::serve(move |request| {
        if request.path() == path {
            answer()
        } else {
            facts(request).unwrap_or_else(|| csv(b"id,login,email,suspended?,dormant?\n1,a,,false,false\n"))
        }
    })
    .await
}

fn facts(request: &Request) -> Option<Reply> {
    facts_with_stats(request, STATS)
}

/// The facts, with these counts.
pub(crate) fn facts_with_stats(request: &Request, stats: &str) -> Option<Reply> {
    let json = match request.path() {
        META_PATH => META,
        LICENSE_PATH => LICENSE,
        STATS_PATH => stats,
        _ => return None,
    };
    Some(Reply::answer(
        200,
        "Content-Type: application/json\r\n",
        json.as_bytes(),
    ))
}

/// A report.
pub(crate) fn csv(body: &[u8]) -> Reply {
    Reply::answer(200, "Content-Type: text/csv\r\n", body)
}

/// Settings for `server`, with little patience.
pub(crate) fn settings(server: &Loopback) -> Server {
    Server {
        url: server.url.clone(),
        id: None,
        scim_enabled: false,
        enterprise: None,
        token: Credential {
            name: "server-token",
            key: "server.token-file",
            variable: "GHE_LICENSE_SYNC_SERVER_TOKEN",
            hosts: String::new(),
            file: None,
            stored: None,
            stamp: None,
        },
        source: Source::Report(Report {
            username: "license-bot".to_owned(),
            timeout: Duration::from_secs(20),
        }),
        network: Network::default(),
    }
}

/// An environment that holds the token.
pub(crate) fn environment() -> Environment {
    [("GHE_LICENSE_SYNC_SERVER_TOKEN", TOKEN)].into_iter().collect()
}

/// Collects from `server`.
pub(crate) async fn collect_from(server: &Loopback) -> Result<Collection, CollectError> {
    collect(&settings(server), Pace::default(), &environment(), &NoProgress).await
}
