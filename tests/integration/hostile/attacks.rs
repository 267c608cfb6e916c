//! Every attack that the program is known to withstand, in one table, each played as whole syncs of the real binary.
//!
//! Each gets its verdict in bounded time, memory and processor time, leaves a small store, and gets nothing to be shown.
//! `--nocapture` shows what each cost. With `GHE_LICENSE_SYNC_DEEP=1` each is played three times over, and the slow ones and
//! the floods as whole syncs too.

mod attack;
mod codings;
mod connections;
mod csv;
mod floods;
mod heads;
mod http2;
mod json;
mod listings;
mod peer;
mod proxies;
mod redirects;
mod slow;
mod tls;
mod transfer;
mod trial;
mod words;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use attack::Attack;
use futures_util::{StreamExt, stream};
use trial::Field;

use crate::support::deep::is_deep;

/// The families of attacks.
const FAMILIES: [(&str, &[Attack]); 13] = [
    ("Redirects", redirects::ATTACKS),
    ("Heads and lengths", heads::ATTACKS),
    ("Connections", connections::ATTACKS),
    ("Content codings", codings::ATTACKS),
    ("Slowness", slow::ATTACKS),
    ("TLS", tls::ATTACKS),
    ("HTTP/2", http2::ATTACKS),
    ("Floods", floods::ATTACKS),
    ("Proxies", proxies::ATTACKS),
    ("JSON", json::ATTACKS),
    ("Words of the cloud", words::ATTACKS),
    ("Reports", csv::ATTACKS),
    ("List of servers", listings::ATTACKS),
];

/// Families that the deep checks alone play as whole syncs, each after another: `slow` has another clock and `floods` a
/// lower limit for the other runs.
const LONG: [(&str, &str); 2] = [("Slowness", "Proxies"), ("Floods", "HTTP/2")];

/// So many attacks run at once: most of their time they wait.
const AT_ONCE: usize = 4;

/// How often the deep checks play an attack: the store must not grow with it.
const DEEP_ATTEMPTS: usize = 3;

/// The longest that a sync may take: a burst of attempts without a time limit that matters.
const PATIENCE: Duration = Duration::from_secs(60);

/// The same for a burst of attempts with the time limit of a transfer each.
const LONG_PATIENCE: Duration = Duration::from_secs(15 * 60);

/// The same for requests that are flooded, on a machine with much else to do.
const FLOOD_PATIENCE: Duration = Duration::from_secs(2 * 60);

const DOCUMENT: &str = "docs/attacks.md";
const BEGIN: &str = "<!-- attacks -->\n";
const END: &str = "<!-- /attacks -->";

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[allow(clippy::disallowed_methods, reason = "asks the developer who runs the tests")]
fn is_to_be_written() -> bool {
    std::env::var_os("GENERATED").is_some_and(|it| it == "write")
}

/// Attacks with their families.
fn all() -> impl Iterator<Item = (&'static str, Attack)> {
    FAMILIES
        .iter()
        .flat_map(|(family, attacks)| attacks.iter().map(|attack| (*family, *attack)))
}

/// A test for each family.
macro_rules! played {
    ($($test:ident: $family:literal,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                play($family).await;
            }
        )*
    };
}

played! {
    redirects_lead_nowhere: "Redirects",
    heads_and_lengths_that_are_no_http_get_a_verdict: "Heads and lengths",
    connections_that_end_early_get_a_verdict: "Connections",
    codings_are_decoded_within_limits: "Content codings",
    tls_is_not_talked_into_anything: "TLS",
    http2_holds_to_its_rules: "HTTP/2",
    proxies_open_a_connection_or_are_refused: "Proxies",
    json_is_read_strictly: "JSON",
    words_of_the_cloud_are_used_with_care: "Words of the cloud",
    reports_are_read_strictly: "Reports",
    a_list_of_servers_is_evidence_only: "List of servers",
}

/// Plays a family, and compares the verdicts with the table.
async fn play(family: &str) {
    let (field, is_deep) = (Field::new().await, is_deep());
    let late = LONG.iter().filter(|(_, after)| is_deep && *after == family);
    let mut mistakes = String::new();
    for family in std::iter::once(family).chain(late.map(|(late, _)| *late)) {
        mistakes += &play_alone(&field, family, is_deep).await;
    }
    assert!(mistakes.is_empty(), "{mistakes}");
}

/// Plays the attacks of one family. Returns the differences from the table.
#[allow(clippy::print_stdout, reason = "informs the developer who runs the tests")]
async fn play_alone(field: &Field, family: &str, is_deep: bool) -> String {
    let attacks: Vec<_> = all()
        .filter(|(name, _)| *name == family)
        .map(|(_, attack)| attack)
        .collect();
    assert!(!attacks.is_empty(), "there is no family {family}");
    // Floods keep a processor busy.
    let at_once = if family == "Floods" { 1 } else { AT_ONCE };
    let play = |attack: Attack| async move {
        let (attempts, patience) = match family {
            "Slowness" => (1, LONG_PATIENCE),
            "Floods" => (DEEP_ATTEMPTS, FLOOD_PATIENCE),
            _ if is_deep => (DEEP_ATTEMPTS, PATIENCE),
            _ => (1, PATIENCE),
        };
        (attack, field.play(&attack, attempts, patience).await)
    };
    let (mut played, mut mistakes) = (stream::iter(attacks).map(play).buffered(at_once), String::new());
    while let Some((attack, outcome)) = played.next().await {
        println!(
            "{:<48}{:<10}{:<8}{:<22}{:>6.1} s {:>6} ms of processor time {:>6} KiB stored",
            attack.name,
            attack.role.word(),
            attack.wire.word(),
            outcome.verdict,
            outcome.took.as_secs_f32(),
            outcome.processor.as_millis(),
            outcome.stored / 1024
        );
        if outcome.verdict != attack.verdict {
            writeln!(
                mistakes,
                "{}: {} instead of {}",
                attack.name, outcome.verdict, attack.verdict
            )
            .unwrap();
        }
        for mistake in outcome.mistakes {
            writeln!(mistakes, "{}: {mistake}", attack.name).unwrap();
        }
    }
    mistakes
}

/// The table of the document.
fn table() -> String {
    let mut table = String::new();
    for (family, attacks) in FAMILIES {
        write!(
            table,
            "\n## {family}\n\n| attack | by | over | ends as | stopped by |\n|---|---|---|---|---|\n"
        )
        .unwrap();
        for attack in attacks {
            let (role, wire) = (attack.role.word(), attack.wire.word());
            let (name, verdict, stopped_by) = (attack.name, attack.verdict, attack.stopped_by);
            writeln!(table, "| {name} | {role} | {wire} | `{verdict}` | {stopped_by} |").unwrap();
        }
    }
    table + "\n"
}

#[test]
fn the_table_of_the_document_is_this_one() {
    let text = std::fs::read_to_string(root(DOCUMENT)).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    if is_to_be_written() {
        std::fs::write(root(DOCUMENT), format!("{before}{BEGIN}{}{END}{after}", table())).unwrap();
        return;
    }
    assert_eq!(written, table());
}

#[test]
fn every_attack_has_a_name_of_its_own_and_what_stops_it_exists() {
    let names: BTreeSet<_> = all().map(|(_, attack)| attack.name).collect();
    assert_eq!(names.len(), all().count());
    assert!(names.len() >= 80, "{} attacks", names.len());
    for (_, attack) in all() {
        let Some((file, name)) = attack.stopped_by.split_once(" `") else {
            continue;
        };
        let source = std::fs::read_to_string(root("src").join(file)).unwrap_or_default();
        let name = name.trim_end_matches('`');
        assert!(source.contains(name), "{}: src/{file} has no {name}", attack.name);
    }
}
