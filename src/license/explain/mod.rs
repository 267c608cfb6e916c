//! Why the cloud account counts people twice, how sure that is, and what fixing it frees.
//!
//! Both lists are joined by `HOST:ID`. Then the documented rule is applied to what the server has now and to what the
//! cloud shows. A statement is graded by the evidence for it: see [`Grade`] and [`DiscrepancyCause::best_grade`].
//! Nothing is guessed about what the cloud does not show; that is an [`Unknown`]. Results name rows by their numbers, so
//! they hold nobody's login and nobody's address.

mod address;
mod cause;
mod directory;
mod discrepancy;
mod evidence;
mod grade;
mod join;
mod row;
mod seat;
mod sole;
mod unknown;
mod verdict;

pub use cause::DiscrepancyCause;
pub use discrepancy::{Clue, Discrepancy, Explanation, Partner};
pub use evidence::{CloudIdentity, Evidence, ListTime, LocalAccount, LocalServer, ReportingServer};
pub use grade::Grade;
pub use unknown::Unknown;

#[cfg(test)]
mod tests;

use directory::Directory;
use join::Listed;
use verdict::Judge;

/// Explains every license in the cloud's list that is one too many, or may be.
pub fn explain(evidence: &Evidence<'_>) -> Explanation {
    let judge = Judge::new(evidence);
    let mut explanation = Explanation {
        licenses: evidence.cloud.len(),
        ..Explanation::default()
    };
    let mut other_hosts = false;
    for (number, row) in evidence.cloud.iter().enumerate() {
        let listed = || row.server_users.iter().map(|user| judge.join.listed(row, user));
        let is_here = listed().any(|listed| matches!(listed, Listed::Here(_)));
        other_hosts |= listed().any(|listed| listed == Listed::Elsewhere);
        explanation.matched += usize::from(is_here && row.login.is_some());
        explanation.server_only += usize::from(is_here && row.login.is_none());
        explanation.discrepancies.extend(judge.row(number));
    }
    if !evidence.doubts.is_empty() {
        explanation.discrepancies.iter_mut().for_each(Discrepancy::doubt);
    }
    let order = |cause| DiscrepancyCause::ALL.iter().position(|other| *other == cause);
    explanation
        .discrepancies
        .sort_by_key(|found| (std::cmp::Reverse(found.grade), order(found.cause), found.row));
    explanation.unknowns = unknowns(evidence, &judge.directory, other_hosts, &explanation.discrepancies);
    for doubt in evidence.doubts {
        if !explanation.unknowns.contains(doubt) {
            explanation.unknowns.push(*doubt);
        }
    }
    explanation
}

/// What this evidence does not say.
fn unknowns(
    evidence: &Evidence<'_>,
    directory: &Directory<'_>,
    other_hosts: bool,
    found: &[Discrepancy],
) -> Vec<Unknown> {
    let hidden = directory.hidden();
    // A list that may be older matters only where the cloud has something else.
    let clues = [Clue::ListBeforeSync, Clue::ChangedBeforeOrAfterSync];
    let differs = found
        .iter()
        .any(|found| found.clues.iter().any(|clue| clues.contains(clue)));
    let old_list = differs && evidence.last_sync.is_some();
    [
        (hidden > 0).then_some(Unknown::HiddenMembers(hidden)),
        evidence.identities.is_none().then_some(Unknown::Identities),
        evidence.secondary.is_none().then_some(Unknown::SecondaryAddresses),
        (other_hosts && evidence.servers.is_none()).then_some(Unknown::Servers),
        evidence.last_sync.is_none().then_some(Unknown::LastSync),
        old_list.then_some(Unknown::OldList),
        (other_hosts && !evidence.names_host()).then_some(Unknown::Host),
    ]
    .into_iter()
    .flatten()
    .collect()
}
