//! People and secrets that can be recognized wherever they turn up.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::support::enterprise::{LICENSE, META, csv};
use crate::support::lab::Lab;
use crate::support::loopback::{Loopback, Reply, Request};

pub(super) const HEADER: &str = "created_at,id,login,email,role,suspended?,last_logged_ip,repos,ssh_keys,\
                                 org_memberships,dormant?,last_active,raw_login,2fa_enabled?,name\n";

/// Two who consume, and one of each kind that does not: suspended, bot, organization, setup user.
pub(super) const PEOPLE: &str = r#"2020-01-01T00:00:00Z,11,canary-login-11,canary.mail-11@example.com,canary-role-11,false,203.0.113.11,1,2,3,false,2026-01-01,"{""login"":""canary-raw-11""}",true,Canary Name 11
2020-01-01T00:00:00Z,12,canary-login-12,Canary.Mail-12@example.com,admin,false,203.0.113.12,1,2,3,true,2026-01-01,"{""login"":""canary-raw-12""}",true,Canary Name 12
2020-01-01T00:00:00Z,13,canary-login-13,canary.mail-13@example.com,user,true,203.0.113.13,1,2,3,true,2026-01-01,"{""login"":""canary-raw-13""}",true,Canary Name 13
2020-01-01T00:00:00Z,14,canary-login-14[bot],canary.mail-14@example.com,bot,false,203.0.113.14,1,2,3,false,2026-01-01,"{""login"":""canary-raw-14""}",true,Canary Name 14
2020-01-01T00:00:00Z,15,canary-login-15,canary.mail-15@example.com,organization,false,203.0.113.15,1,2,3,false,2026-01-01,"{""login"":""canary-raw-15""}",true,Canary Name 15
2020-01-01T00:00:00Z,16,scim-admin,canary.mail-16@example.com,admin,false,203.0.113.16,1,2,3,false,2026-01-01,"{""login"":""canary-raw-16""}",true,Canary Name 16
"#;

/// How every JSON web token of the App begins: its header. Fewer letters are in other base64 by chance.
pub(super) const WEB_TOKEN: &str = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.";

/// What the server counts itself.
const STATS: &str = r#"{"total_users":6,"admin_users":2,"suspended_users":1}"#;

/// An enterprise server with this report.
pub(super) async fn server(report: impl Into<Vec<u8>>) -> Loopback {
    let report = report.into();
    Loopback::serve(move |request| answer(request, &report)).await
}

/// What such a server answers.
pub(crate) fn answer(request: &Request, report: &[u8]) -> Reply {
    let json = |body: &str| Reply::answer(200, "Content-Type: application/json\r\n", body.as_bytes());
    match request.path() {
        "/api/v3/meta" => json(META),
        "/api/v3/enterprise/settings/license" => json(LICENSE),
        "/api/v3/enterprise/stats/users" => json(STATS),
        _ => csv(report),
    }
}

/// A report of all of them, without a mistake.
pub(crate) fn report() -> String {
    format!("{HEADER}{PEOPLE}")
}

/// An enterprise server with all of them, and no mistake.
pub(crate) async fn good_server() -> Loopback {
    server(report()).await
}

/// The flag that leads a command to this server.
pub(crate) fn to(server: &Loopback) -> String {
    format!("--set=server.url={}", server.url)
}

/// What of people or secrets is in `bytes`. The case of a letter means nothing to people; of a secret it is a part.
pub(crate) fn found(lab: &Lab, bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let lower = text.to_lowercase();
    let people = ["canary", "203.0.113."].map(str::to_owned).into_iter();
    let people = people.filter(|canary| lower.contains(canary));
    let secrets = secrets(lab).into_iter().filter(|secret| text.contains(secret));
    people.chain(secrets).collect()
}

/// The credentials of the lab and what is made of them.
fn secrets(lab: &Lab) -> Vec<String> {
    let read = |name| std::fs::read_to_string(lab.directory.path().join("credentials").join(name)).unwrap();
    let server_token = read("server-token");
    let key = read("connect-private-key");
    let mut secrets = vec![
        BASE64.encode(format!("license-bot:{server_token}")),
        WEB_TOKEN.to_owned(),
        // How every installation token begins.
        "ghs_".to_owned(),
        server_token,
        read("connect-read-token"),
    ];
    secrets.extend(key.lines().filter(|line| !line.starts_with('-')).map(str::to_owned));
    assert!(secrets.iter().all(|secret| secret.len() >= 3));
    secrets
}

/// The bytes of all files below a directory.
pub(crate) fn files(directory: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        bytes.extend(if path.is_dir() {
            files(&path)
        } else {
            std::fs::read(&path).unwrap()
        });
    }
    bytes
}
