//! A cloud that repeats what it was sent, at every place of every answer where there is room for it: nothing of it gets
//! into an output, into the history or into the store, and no attempt makes the store grow by what it said.

use std::fmt::Write;

use futures_util::future::join_all;
use insta::assert_snapshot;

use super::canaries::{WEB_TOKEN, files, found, good_server, to};
use crate::support::lab::Lab;
use crate::support::loopback::{Loopback, Reply, head};

const ADDRESS: &str = "canary.mail-11@example.com";

/// The store of a run with an empty history takes less, with its journal.
const STORE: u64 = 400 * 1024;

/// An echo: what the cloud answers with, to requests whose path ends like this.
struct Echo {
    name: &'static str,
    to: &'static str,
    answer: fn() -> Reply,
}

fn json(status: u16, headers: &str, body: &str) -> Reply {
    Reply::answer(
        status,
        &format!("Content-Type: application/json\r\n{headers}"),
        body.as_bytes(),
    )
}

/// More than fits into a datagram of the journal.
fn long() -> String {
    format!("{ADDRESS} ").repeat(12_000)
}

fn accepted(headers: &str, id: &str) -> Reply {
    json(202, headers, &format!(r#"{{"id":{id}}}"#))
}

const TOKEN: &str = "/access_tokens";
const UPLOAD: &str = "/license-usage";
const STATE: &str = "/uploads/1";
const LIST: &str = "/license-sync-status";

fn listed(server: &str) -> Reply {
    json(200, "", &format!(r#"{{"server_instances":[{server}]}}"#))
}

const ECHOES: [Echo; 18] = [
    Echo {
        name: "words of a refusal",
        to: TOKEN,
        answer: || json(401, "", &format!(r#"{{"message":"no {ADDRESS}"}}"#)),
    },
    Echo {
        name: "long words of a refusal",
        to: TOKEN,
        answer: || json(401, "", &format!(r#"{{"message":"{}"}}"#, long())),
    },
    Echo {
        name: "a text as a token",
        to: TOKEN,
        answer: || json(201, "", &format!(r#"{{"token":["{ADDRESS}"]}}"#)),
    },
    Echo {
        name: "an expiry",
        to: TOKEN,
        answer: || json(201, "", &format!(r#"{{"token":"a","expires_at":"{ADDRESS}"}}"#)),
    },
    Echo {
        name: "a text as the answer",
        to: UPLOAD,
        answer: || json(202, "", &format!(r#""{}""#, long())),
    },
    Echo {
        name: "the ID",
        to: UPLOAD,
        answer: || accepted("Location: /uploads/1\r\n", &format!(r#""{ADDRESS}""#)),
    },
    Echo {
        name: "a list as the ID",
        to: UPLOAD,
        answer: || accepted("Location: /uploads/1\r\n", &format!(r#"["{}"]"#, long())),
    },
    Echo {
        name: "an unknown member",
        to: UPLOAD,
        answer: || json(422, "", &format!(r#"{{"errors":["{ADDRESS}"]}}"#)),
    },
    Echo {
        name: "the path of Location",
        to: UPLOAD,
        answer: || accepted(&format!("Location: /uploads/{ADDRESS}\r\n"), r#""1""#),
    },
    Echo {
        name: "the query of Location",
        to: UPLOAD,
        answer: || accepted("Location: /uploads/1?of=canary.mail-11%40example.com\r\n", r#""1""#),
    },
    Echo {
        name: "the content encoding",
        to: UPLOAD,
        answer: || accepted(&format!("Content-Encoding: {ADDRESS}\r\n"), r#""1""#),
    },
    Echo {
        name: "the number of the request",
        to: UPLOAD,
        answer: || json(500, &format!("x-github-request-id: {ADDRESS}\r\n"), ""),
    },
    Echo {
        name: "a wait",
        to: UPLOAD,
        answer: || json(503, &format!("Retry-After: {ADDRESS}\r\n"), ""),
    },
    Echo {
        name: "the status line",
        to: UPLOAD,
        answer: || Reply::Pieces(vec![format!("HTTP/1.1 500 {ADDRESS}\r\n\r\n").into_bytes()]),
    },
    Echo {
        name: "no HTTP",
        to: UPLOAD,
        answer: || Reply::Pieces(vec![long().into_bytes()]),
    },
    Echo {
        name: "a header without a colon",
        to: UPLOAD,
        answer: || Reply::Pieces(vec![head(202, &format!("{ADDRESS}\r\n"))]),
    },
    Echo {
        name: "the state",
        to: STATE,
        answer: || json(200, "", &format!(r#"{{"sync_state":{{"{ADDRESS}":1}}}}"#)),
    },
    Echo {
        name: "a listed server",
        to: LIST,
        answer: || {
            listed(&format!(
                r#"{{"server_id":"{0}","hostname":"127.0.0.1"}},{{"server_id":"x","hostname":"{0}"}}"#,
                long()
            ))
        },
    },
];

/// A connection that closes with a body in it that was not read may take the answer with it.
fn after_body(path: &str, reply: Reply) -> Reply {
    match reply {
        Reply::Pieces(pieces) if path.ends_with(UPLOAD) => Reply::AfterBody(pieces.concat()),
        reply => reply,
    }
}

/// Runs a sync and checks it in every way; returns the exit codes. Nothing personal and no secret is said.
async fn told(lab: &Lab, server: &Loopback, cloud: &Loopback, name: &str) -> Vec<i32> {
    let to_cloud = ["api", "uploads"].map(|name| format!("--set=connect.{name}-url={}", cloud.url));
    let to_server = to(server);
    let flags = [
        &to_server,
        &to_cloud[0],
        &to_cloud[1],
        "--set=license-sync.confirm-timeout=1s",
    ];
    let mut exits = Vec::new();
    for command in [
        &["sync", "--verbose", "--set=log.level=trace"][..],
        &["status"],
        &["status", "--json"],
        &["history", "--json"],
    ] {
        let ran = lab.run(&[command, &flags[..]].concat()).await;
        let said = ran.to_string();
        assert_eq!(found(lab, said.as_bytes()), [""; 0], "{name}: {command:?} says\n{said}");
        assert!(
            said.len() < 64 * 1024,
            "{}: {command:?} says {} bytes",
            name,
            said.len()
        );
        exits.push(ran.exit.unwrap());
    }
    exits
}

async fn run(echo: &Echo) -> String {
    let (lab, server) = (Lab::with_faults(&[]).await, good_server().await);
    let (to_echo, answer) = (echo.to, echo.answer);
    let cloud = Loopback::serve(move |request| match request.path() {
        path if path.ends_with(to_echo) => after_body(path, answer()),
        path if path.ends_with(TOKEN) => json(201, "", r#"{"token":"ghs_t","expires_at":"2126-11-24T04:00:00Z"}"#),
        path if path.ends_with(UPLOAD) => after_body(path, accepted("Location: /uploads/1\r\n", r#""1""#)),
        path if path.ends_with(LIST) => listed(""),
        _ => json(200, "", r#"{"sync_state":"success"}"#),
    })
    .await;
    let exits = told(&lab, &server, &cloud, echo.name).await;
    assert!(
        !exits.iter().any(|exit| [64, 78].contains(exit)),
        "{}: the settings are good",
        echo.name
    );
    assert!(
        cloud.requests().iter().any(|request| request.0.contains(WEB_TOKEN)),
        "{}: the App was authenticated",
        echo.name
    );
    let kept = files(&lab.directory.path().join("state"));
    assert_eq!(found(&lab, &kept), [""; 0], "{}: in the store", echo.name);
    assert!(
        (kept.len() as u64) < STORE,
        "{}: the store has {} bytes",
        echo.name,
        kept.len()
    );
    let run = lab.last_run().await;
    let reason = run.reason.map_or("-", |reason| reason.code());
    format!(
        "{:<26} {:<10} {reason:<20} exit {}",
        echo.name,
        run.state.word(),
        exits[0]
    )
}

#[tokio::test]
async fn what_the_cloud_repeats_gets_nowhere() {
    let mut table = String::new();
    for line in join_all(ECHOES.iter().map(run)).await {
        writeln!(table, "{line}").unwrap();
    }
    assert_snapshot!(table, @"
    words of a refusal         frozen     credentials-refused  exit 77
    long words of a refusal    frozen     credentials-refused  exit 77
    a text as a token          frozen     malformed-answer     exit 69
    an expiry                  frozen     malformed-answer     exit 69
    a text as the answer       frozen     malformed-answer     exit 69
    the ID                     frozen     malformed-answer     exit 69
    a list as the ID           frozen     malformed-answer     exit 69
    an unknown member          rejected   rejected             exit 65
    the path of Location       frozen     malformed-answer     exit 69
    the query of Location      frozen     malformed-answer     exit 69
    the content encoding       frozen     malformed-answer     exit 69
    the number of the request  frozen     server-error         exit 75
    a wait                     frozen     server-error         exit 75
    the status line            frozen     server-error         exit 75
    no HTTP                    frozen     unreachable-cloud    exit 69
    a header without a colon   frozen     unreachable-cloud    exit 69
    the state                  accepted   malformed-answer     exit 69
    a listed server            confirmed  -                    exit 0
    ");
}

/// The query of an address can be what lets somebody in, so it is for the next request alone.
#[tokio::test]
async fn the_query_of_a_location_is_asked_for_and_shown_nowhere() {
    let redirect = || Reply::answer(302, "Location: /elsewhere?grant=canary-grant\r\n", b"");
    let answers: [fn() -> Reply; 5] = [
        || json(200, "", r#"{"sync_state":"success"}"#),
        || json(200, "", r#"{"sync_state":"failure"}"#),
        || json(404, "", ""),
        || json(500, "", ""),
        redirect,
    ];
    let mut exits = Vec::new();
    for answer in answers {
        let (lab, server) = (Lab::with_faults(&[]).await, good_server().await);
        let cloud = Loopback::serve(move |request| match request.path() {
            path if path.ends_with(TOKEN) => json(201, "", r#"{"token":"ghs_t","expires_at":"2126-11-24T04:00:00Z"}"#),
            path if path.ends_with(UPLOAD) => {
                after_body(path, accepted("Location: /uploads/1?grant=canary-grant\r\n", r#""1""#))
            }
            path if path.ends_with(LIST) => listed(""),
            _ => answer(),
        })
        .await;
        exits.push(told(&lab, &server, &cloud, "a grant in the query of Location").await[0]);
        let asked = cloud
            .requests()
            .iter()
            .filter(|request| request.0.contains("/uploads/1?grant=canary-grant "))
            .count();
        assert!(asked > 0, "the upload was asked for");
        assert!(lab.last_run().await.receipt.is_some());
    }
    assert_eq!(exits, [0, 65, 77, 75, 69]);
}
