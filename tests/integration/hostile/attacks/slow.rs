//! Peers that say nothing, or almost nothing: each wait has an end. Here the clock of the runtime is set forward whenever
//! nothing else happens, so that minutes take no time; as whole syncs they are played by the deep checks.

use std::fmt::Write;
use std::time::Duration;

use ghe_license_sync::transport::Pace;
use tokio::time::Instant;

use super::attack::{Attack, META, REPORT, Role, Strike, TOKEN, UPLOAD, Wire, cloud, server};
use super::peer::{self, frame};
use super::transfer;
use crate::support::authority::Authority;
use crate::support::loopback::{Reply, head};

const CONNECT: &str = "transport/client.rs `CONNECT_TIMEOUT`";
const FACTS: &str = "collect/facts.rs `TIMEOUT`";
const ANSWER: &str = "connect/client.rs `REQUEST_TIMEOUT`";
const STALL: &str = "transport/pace.rs `LONGEST_STALL`";

/// Twice the longest of these limits: the clock is set forward while bytes are on their way as well.
const LONGEST: Duration = Duration::from_secs(4 * 60);

const fn silence(name: &'static str, role: Role, wire: Wire, verdict: &'static str) -> Attack {
    Attack {
        name,
        role,
        wire,
        verdict,
        stopped_by: CONNECT,
        strike: Strike::Greeting(Vec::new),
    }
}

pub(super) const ATTACKS: &[Attack] = &[
    server(
        "silence instead of an answer",
        "unreachable-server",
        FACTS,
        META,
        |_| Reply::ThenSilence(Vec::new()),
    ),
    server("head in a trickle", "unreachable-server", FACTS, META, |_| {
        Reply::Trickle(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), b'x')
    }),
    server("body in a trickle", "unreachable-server", FACTS, META, |_| {
        Reply::Trickle(head(200, ""), b' ')
    }),
    server("silence in the report", "unreachable-server", STALL, REPORT, |_| {
        Reply::ThenSilence([&head(200, "")[..], b"id,login,"].concat())
    }),
    cloud("silence instead of a token", "unreachable-cloud", ANSWER, TOKEN, |_| {
        Reply::ThenSilence(Vec::new())
    }),
    cloud("token in a trickle", "unreachable-cloud", ANSWER, TOKEN, |_| {
        Reply::Trickle(head(201, ""), b' ')
    }),
    cloud("acceptance in a trickle", "unreachable-cloud", ANSWER, UPLOAD, |_| {
        Reply::Trickle(head(202, ""), b' ')
    }),
    silence(
        "silence instead of a handshake",
        Role::Cloud,
        Wire::Tls,
        "unreachable-cloud",
    ),
    Attack {
        name: "window that stays closed",
        role: Role::Uploads,
        wire: Wire::Http2,
        verdict: "unreachable-cloud",
        stopped_by: STALL,
        strike: Strike::Frames(|| frame(4, 0, 0, &[0, 4, 0, 0, 0, 0]), Vec::new),
    },
];

#[tokio::test(start_paused = true)]
async fn every_wait_has_an_end() {
    let mut mistakes = String::new();
    for attack in ATTACKS {
        let (authority, start) = (Authority::new(), Instant::now());
        let url = peer::start(attack, &authority).await.url;
        let verdict = transfer::play(attack, url, authority.network(), Pace::default()).await;
        let took = start.elapsed();
        if verdict != attack.verdict || took > LONGEST {
            writeln!(mistakes, "{}: {verdict} after {took:?}", attack.name).unwrap();
        }
    }
    assert!(mistakes.is_empty(), "{mistakes}");
}
