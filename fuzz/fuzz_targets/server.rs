//! The first byte names one of the five things that are asked of an enterprise server; the rest is, byte by byte, what
//! it says to that. A collection or an error follows, in bounded time, and without the token in its text.
#![no_main]

use std::time::Duration;

use ghe_license_sync::collect::{NoProgress, collect};
use ghe_license_sync::settings::{Credential, Environment, Network, Report, Server, Source};
use ghe_license_sync::transport::Pace;
use ghe_license_sync_fuzz::{Answers, converse, good, told};
use libfuzzer_sys::fuzz_target;

const TOKEN: &str = "ghp_0123456789abcdefTOKEN";

/// What a server is asked for, and a good answer.
const GOOD: [(&str, &str); 5] = [
    (
        "/stafftools/reports/all_users.csv",
        "id,login,email,suspended?,dormant?\n1,mona,mona@example.com,false,false\n",
    ),
    // A version that has one list of products.
    ("/api/v3/meta", r#"{"installed_version":"3.16.0"}"#),
    (
        "/api/v3/enterprise/settings/license",
        r#"{"seats":"unlimited","kind":"standard","expire_at":"2026/02/06 12:41:52 -0600"}"#,
    ),
    (
        "/api/v3/enterprise/stats/users",
        r#"{"total_users":1,"admin_users":1,"suspended_users":0}"#,
    ),
    (
        "/api/v3/enterprises/octo-corp/settings/billing/advanced-security?per_page=100",
        r#"{"repositories":[{"advanced_security_committers_breakdown":[{"user_login":"mona"}]}]}"#,
    ),
];

struct Hostile {
    path: &'static str,
    answer: Vec<u8>,
}

impl Answers for Hostile {
    fn to(&self, path: &str) -> Vec<u8> {
        match GOOD.iter().find(|(known, _)| *known == path && *known != self.path) {
            Some((_, body)) => good(200, "", body),
            None => self.answer.clone(),
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((which, answer)) = data.split_first() else {
        return;
    };
    let hostile = Hostile {
        path: GOOD[usize::from(*which) % GOOD.len()].0,
        answer: answer.to_vec(),
    };
    converse(hostile, |address| async move {
        let server = Server {
            url: format!("http://{address}/").parse().expect("a URL"),
            id: None,
            scim_enabled: false,
            enterprise: Some("octo-corp".to_owned()),
            token: Credential {
                name: "server-token",
                key: "server.token-file",
                variable: "GHE_LICENSE_SYNC_SERVER_TOKEN",
                file: None,
                hosts: String::new(),
                stored: None,
                stamp: None,
            },
            source: Source::Report(Report {
                username: "license-bot".to_owned(),
                timeout: Duration::from_millis(1),
            }),
            network: Network::default(),
        };
        let environment: Environment = [("GHE_LICENSE_SYNC_SERVER_TOKEN", TOKEN)].into_iter().collect();
        match collect(&server, Pace::default(), &environment, &NoProgress).await {
            Ok(collection) => assert!(collection.roster.totals().accounts > 0),
            Err(error) => assert!(!told(&error).contains(TOKEN)),
        }
    });
});
