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
const ANSWER: &str = "connect/api_call.rs `REQUEST_TIMEOUT`";
const STALL: &str = "transport/pace.rs `LONGEST_STALL`";
const ACCEPTANCE: &str = "transport/pace.rs `ANSWER_TIMEOUT`";

/// Twice the longest of these limits: the clock is set forward while bytes are on their way as well.
const LONGEST: Duration = Duration::from_secs(2 * 60);

/// Shorter than any limit but those of the pace.
const SHORTER: Duration = Duration::from_secs(50);

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
        // The HTTP client takes a list as small as this into its own buffer.
        stopped_by: ACCEPTANCE,
        strike: Strike::Frames(|| frame(4, 0, 0, &[0, 4, 0, 0, 0, 0]), Vec::new),
    },
];

/// What went wrong when these were played.
async fn mistakes(attacks: impl Iterator<Item = &'static Attack>, pace: Pace, longest: Duration) -> String {
    let mut mistakes = String::new();
    for attack in attacks {
        let (authority, start) = (Authority::new(), Instant::now());
        let url = peer::start(attack, &authority).await.url;
        let verdict = transfer::play(attack, url, authority.network(), pace).await;
        let took = start.elapsed();
        if verdict != attack.verdict || took > longest {
            writeln!(mistakes, "{}: {verdict} after {took:?}", attack.name).unwrap();
        }
    }
    mistakes
}

fn is_of_the_pace(attack: &Attack) -> bool {
    [STALL, ACCEPTANCE].contains(&attack.stopped_by)
}

#[tokio::test(start_paused = true)]
async fn every_wait_has_an_end() {
    let attacks = ATTACKS.iter().filter(|attack| !is_of_the_pace(attack));
    assert_eq!(mistakes(attacks, Pace::default(), LONGEST).await, "");
}

/// With the real clock: these count from the last byte that the peer's kernel acknowledged, and while it takes its time
/// for that, a clock that is set forward runs for minutes.
#[tokio::test]
async fn every_stall_has_an_end() {
    let pace = Pace {
        longest_stall: Duration::from_millis(200),

        answer: Duration::from_millis(200),
        ..Pace::default()
    };
    let attacks = ATTACKS.iter().filter(|attack| is_of_the_pace(attack));
    assert_eq!(mistakes(attacks, pace, SHORTER).await, "");
}
