//! All cells, held against the rules and the invariants, and the page that shows them. The deep checks alone play each; else
//! every third is played, and the first of each rule.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use ghe_license_sync::store::{Run, State};
use ghe_license_sync::sync::Health;

use super::case::{Before, Case, Change, OLD_ENTERPRISE, OLD_ORGANIZATION, Way};
use super::cloud::Clouds;
use super::expected::{Expected, Heard, Stands};
use super::invariants::violations;
use super::play::{Outcome, play};
use super::prepared::Prepared;
use super::rules::{RULES, rule};
use super::site::Stage;
use crate::support::deep::is_deep;

/// So many cells at the same time. What all of them work counts as the work of each wait, and a peer that causes too much
/// of it is left.
const AT_ONCE: usize = 8;

const LEGEND: &str = "earlier run > newest run, if it began after the change; what the hosts of the destination in force \
                      heard, and how many documents were taken; exit code if it is not 0; health (rule)\n\
                      H held, F frozen, S sending, A accepted, C confirmed, R refused, X failed\n\n";

/// The cell as it is, and what is wrong with it.
struct Played {
    case: Case,
    is: Expected,
    wrong: Vec<String>,
}

/// The cells that are played.
fn cases() -> impl Iterator<Item = Case> {
    let mut rules = BTreeSet::new();
    let mut is_played = move |number, case| rules.insert(rule(case).0) || number % 3 == 0 || is_deep();
    (0..)
        .zip(Case::all())
        .filter_map(move |(number, case)| is_played(number, case).then_some(case))
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_changes_between_two_steps_has_the_outcome_that_the_rules_tell() {
    let stage = Arc::new(Stage::set().await);
    let accounts = [OLD_ENTERPRISE, OLD_ORGANIZATION];
    let places = accounts
        .into_iter()
        .flat_map(|account| Before::ALL.map(|before| (before, account)));
    let sites = stream::iter((1..).zip(places)).map(|(number, (before, account))| {
        let stage = Arc::clone(&stage);
        tokio::spawn(async move { Arc::new(Prepared::new(&stage, number, before, account).await) })
    });
    let sites: Vec<_> = sites.buffered(AT_ONCE).map(Result::unwrap).collect().await;
    let cells = stream::iter((100..).zip(cases())).map(|(number, case)| {
        let prepared = sites
            .iter()
            .find(|prepared| (prepared.before, prepared.account) == (case.before, case.change.old_account()));
        let (prepared, stage) = (Arc::clone(prepared.unwrap()), Arc::clone(&stage));
        tokio::spawn(async move {
            let outcome = play(&prepared, case, number).await;
            judge(case, &outcome, &stage.clouds)
        })
    });
    let played: Vec<_> = cells.buffered(AT_ONCE).map(Result::unwrap).collect().await;
    println!("{}", page(&played));
    let wrong: Vec<_> = played.iter().flat_map(|cell| &cell.wrong).map(String::as_str).collect();
    assert!(
        wrong.is_empty(),
        "{} things are wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert_eq!(
        stage.clouds.stray(),
        0,
        "requests of nobody, or connections without one"
    );
}

fn judge(case: Case, outcome: &Outcome, clouds: &Clouds) -> Played {
    let stands = |run: &Option<Run>| run.as_ref().map(|run| (run.state, run.reason));
    let is = Expected {
        earlier: stands(&outcome.earlier),
        newest: stands(&outcome.newest),
        taken: outcome.taken.len(),
        heard: heard(outcome),
        exit: outcome.exit,
        health: outcome.health.map(Health::word),
    };
    let (number, expected) = rule(case);
    let name = format!("{}, {}, {}", case.change.name(), case.before.name(), case.way.name());
    let mut wrong = violations(case, outcome, clouds);
    if is != expected {
        wrong.push(format!("rule {number}: {}, and it is {}", cell(&expected), cell(&is)));
    }
    let said = outcome.said.join("; ");
    let wrong = wrong
        .into_iter()
        .map(|wrong| format!("{name}: {wrong} ({said})"))
        .collect();
    Played { case, is, wrong }
}

/// The rules, and a table of what was seen.
fn page(played: &[Played]) -> String {
    let mut page = LEGEND.to_owned();
    for (number, decides) in (1..).zip(RULES) {
        let cells = played.iter().filter(|played| rule(played.case).0 == number).count();
        let _infallible = writeln!(page, "{number}. {} [{cells} cells]", decides.says);
    }
    page += "\n| change | earlier run |";
    for way in Way::ALL {
        let _infallible = write!(page, " {} |", way.name());
    }
    page += &format!("\n|{}\n", "---|".repeat(2 + Way::ALL.len()));
    for change in Change::ALL {
        for before in Before::ALL {
            let _infallible = write!(page, "| {} | {} |", change.name(), before.name());
            for way in Way::ALL {
                let case = Case { change, before, way };
                page += &played
                    .iter()
                    .find(|played| played.case == case)
                    .map_or_else(|| " |".to_owned(), shown);
            }
            page += "\n";
        }
    }
    page
}

/// A cell of the table.
fn shown(played: &Played) -> String {
    let mark = if played.wrong.is_empty() { "" } else { " WRONG" };
    format!(" {} ({}){mark} |", cell(&played.is), rule(played.case).0)
}

/// Who heard of anything after the change.
fn heard(outcome: &Outcome) -> Heard {
    let hears = |host| outcome.seen.iter().any(|seen| seen.host == host);
    match (hears(outcome.config.api), hears(outcome.config.uploads)) {
        (_, true) => Heard::Both,
        (true, false) => Heard::Api,
        (false, false) => Heard::Nobody,
    }
}

/// A cell in short.
fn cell(is: &Expected) -> String {
    let stands = |stands: Option<Stands>| match stands {
        None => "-".to_owned(),
        Some((state, None)) => letter(state).to_string(),
        Some((state, Some(reason))) => format!("{} {reason}", letter(state)),
    };
    let heard = match is.heard {
        Heard::Nobody => "",
        Heard::Api => "; API asked",
        Heard::Both => "; sent",
    };
    let taken = if is.taken > 0 {
        format!(" +{}", is.taken)
    } else {
        String::new()
    };
    let exit = if is.exit > 0 {
        format!("; exit {}", is.exit)
    } else {
        String::new()
    };
    let (earlier, newest) = (stands(is.earlier), stands(is.newest));
    format!("{earlier} > {newest}{heard}{taken}{exit}; {}", is.health.unwrap_or("-"))
}

fn letter(state: State) -> char {
    match state {
        State::Failed => 'X',
        state => state.word().chars().next().unwrap().to_ascii_uppercase(),
    }
}
