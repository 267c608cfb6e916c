//! Judges one row of the cloud's list by all accounts on it. A row is one license, so it gets one discrepancy at most.

use std::collections::BTreeSet;

use super::cause::DiscrepancyCause;
use super::discrepancy::{Clue, Discrepancy};
use super::grade::Grade;
use super::join::Listed;
use super::verdict::{Judge, Verdict};
use crate::license::account::Consumption;
use crate::license::consumed::ConsumedLicense;

/// A verdict, and the account that it is about.
type Judged = (Option<usize>, Verdict);

impl Judge<'_> {
    /// Why this row is there, unless it is as it should be or no matter of this server.
    pub(super) fn row(&self, number: usize) -> Option<Discrepancy> {
        let row = &self.evidence.cloud[number];
        let listed: Vec<_> = row
            .server_users
            .iter()
            .map(|user| self.join.listed(row, user))
            .collect();
        let judged = match &row.login {
            Some(_) => self.matched(row, &listed),
            None if listed.is_empty() => self.seat(row).map(|verdict| (None, verdict)),
            None => self.server_only(number, &listed),
        };
        judged.map(|(account, verdict)| Discrepancy {
            cause: verdict.cause,
            grade: verdict.grade,
            row: number,
            account,
            partner: verdict.partner,
            frees: verdict.frees,
            clues: verdict.clues,
        })
    }

    /// A person with a login and accounts on servers is counted once.
    fn matched(&self, row: &ConsumedLicense, listed: &[Listed]) -> Option<Judged> {
        let suspended = here(listed).find(|place| {
            self.evidence.local[*place].consumption(self.evidence.server.scim_enabled) == Consumption::Suspended
        });
        match suspended {
            // The login has the license.
            Some(place) => Some((
                Some(place),
                Verdict {
                    frees: None,
                    ..self.suspended()
                },
            )),
            None => merged(row, listed),
        }
    }

    fn server_only(&self, number: usize, listed: &[Listed]) -> Option<Judged> {
        let judge = |listed: &Listed| match *listed {
            Listed::Here(place) => Some((Some(place), self.account(number, place)?)),
            Listed::Gone => Some((None, self.gone())),
            Listed::Stale(grade, clue) => Some((None, self.stale(grade, clue))),
            Listed::Elsewhere => None,
        };
        let judged: Vec<Judged> = listed.iter().filter_map(judge).collect();
        // The license is freed only if nobody is left on the row.
        let all = judged.len() == listed.len();
        let frees = judged.iter().map(|(_, verdict)| verdict.frees).min().flatten();
        let best = judged
            .into_iter()
            .reduce(|best, next| if next.1.grade > best.1.grade { next } else { best });
        let best = best.map(|(account, verdict)| {
            let frees = frees.filter(|_| all);
            (account, Verdict { frees, ..verdict })
        });
        match merged(&self.evidence.cloud[number], listed) {
            Some(merged) if best.as_ref().is_none_or(|(_, best)| best.grade < Grade::Likely) => Some(merged),
            _ => best,
        }
    }

    /// An account of a server that does not report any more. That can be this one under its old name: then its next sync moves
    /// the accounts to the new one.
    fn stale(&self, grade: Grade, clue: Clue) -> Verdict {
        let verdict = Verdict::new(DiscrepancyCause::StaleServer, grade, clue).that_frees();
        match self.join.names_host {
            true => verdict,
            false => Verdict {
                frees: Some(Grade::Possible),
                ..verdict
            },
        }
    }

    /// An account that the cloud lists and this server does not have.
    fn gone(&self) -> Verdict {
        let cause = DiscrepancyCause::StaleServer;
        match self.evidence.last_sync {
            Some(_) if self.evidence.is_newer_than_sync() => {
                Verdict::new(cause, Grade::Certain, Clue::AccountGone).that_frees()
            }
            Some(_) => Verdict::new(DiscrepancyCause::ListOutdated, Grade::Unknown, Clue::ListBeforeSync),
            None => Verdict::new(cause, Grade::Possible, Clue::AccountGone).that_frees(),
        }
    }
}

fn here(listed: &[Listed]) -> impl Iterator<Item = usize> {
    listed.iter().filter_map(|listed| match listed {
        Listed::Here(place) => Some(*place),
        Listed::Gone | Listed::Stale(..) | Listed::Elsewhere => None,
    })
}

/// An account here and one on another server that share a license, which is as it should be.
fn merged(row: &ConsumedLicense, listed: &[Listed]) -> Option<Judged> {
    let place = here(listed).next()?;
    let live = row.server_users.iter().zip(listed);
    let live = live.filter(|(_, listed)| matches!(listed, Listed::Here(_) | Listed::Elsewhere));
    let hosts: BTreeSet<_> = live.map(|(user, _)| user.host.to_ascii_lowercase()).collect();
    let verdict = || Verdict::new(DiscrepancyCause::MergedServers, Grade::Certain, Clue::SeveralHosts);
    (hosts.len() > 1).then(|| (Some(place), verdict()))
}
