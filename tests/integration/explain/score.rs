//! How many statements are right, and how many of the provable causes were found; by cause and grade.

use std::collections::BTreeMap;
use std::fmt;

use ghe_license_sync::license::explain::{Discrepancy, Explanation};

use super::caps;
use super::population::Population;

#[derive(Default)]
struct Tally {
    stated: u32,
    right: u32,
    provable: u32,
    found: u32,
}

/// By cause and grade.
#[derive(Default)]
pub(super) struct Score {
    tallies: BTreeMap<(&'static str, &'static str), Tally>,
    wrong: Vec<(&'static str, String)>,
    /// Grades at which a license is said to be freed that is not.
    freed_wrongly: Vec<&'static str>,
}

impl Score {
    pub(super) fn add(&mut self, population: &Population, explanation: &Explanation) {
        let mut by_row = BTreeMap::new();
        for found in &explanation.discrepancies {
            assert!(by_row.insert(found.row, found).is_none(), "a row has two discrepancies");
            self.judge(population, found);
        }
        for (row, truth) in population.truths.iter().enumerate() {
            let Some((truth, grade)) = truth.as_ref().and_then(|truth| Some((truth, truth.provable?))) else {
                continue;
            };
            let tally = self.tallies.entry((truth.cause, grade)).or_default();
            tally.provable += 1;
            let found = by_row.get(&row).filter(|found| found.cause.word() == truth.cause);
            tally.found += u32::from(found.is_some_and(|found| found.grade.word() == grade));
        }
    }

    fn judge(&mut self, population: &Population, found: &Discrepancy) {
        let (cause, grade) = (found.cause.word(), found.grade.word());
        let truth = population.truths[found.row].as_ref();
        // A partner who is no more than possible is no statement.
        let stated = found.partner.filter(|partner| partner.grade.word() != "possible");
        let is_partner = |row: usize| truth.is_some_and(|truth| truth.partner == Some(row));
        let right = truth.is_some_and(|truth| truth.cause == cause) && stated.is_none_or(|it| is_partner(it.row));
        let tally = self.tallies.entry((cause, grade)).or_default();
        tally.stated += 1;
        tally.right += u32::from(right);
        if !right {
            self.wrong.push((grade, format!("{cause} instead of {truth:?}")));
        }
        if let Some(frees) = found.frees.filter(|_| !truth.is_some_and(|truth| truth.frees)) {
            self.freed_wrongly.push(frees.word());
        }
    }

    /// Wrong statements of this grade.
    pub(super) fn wrong(&self, grade: &str) -> Vec<String> {
        let wrong = self.wrong.iter().filter(|(other, _)| *other == grade);
        wrong.map(|(_, what)| what.clone()).collect()
    }

    pub(super) fn freed_wrongly(&self, grade: &str) -> usize {
        self.freed_wrongly.iter().filter(|other| **other == grade).count()
    }

    /// The share of statements of this grade that are right.
    pub(super) fn precision(&self, grade: &str) -> f64 {
        self.ratio(grade, |tally| (tally.right, tally.stated))
    }

    /// The share of what can be proven with this grade that was stated with it.
    pub(super) fn recall(&self, grade: &str) -> f64 {
        self.ratio(grade, |tally| (tally.found, tally.provable))
    }

    /// The worst of all causes, so that none hides behind another.
    fn ratio(&self, grade: &str, of: impl Fn(&Tally) -> (u32, u32)) -> f64 {
        let tallies = self.tallies.iter().filter(|((_, other), _)| *other == grade);
        let ratios = tallies.map(|(_, tally)| of(tally)).map(share);
        ratios.fold(1.0, f64::min)
    }
}

fn share((part, whole): (u32, u32)) -> f64 {
    if whole == 0 {
        1.0
    } else {
        f64::from(part) / f64::from(whole)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<24} {:<9} {:>6} {:>9} {:>8} {:>6}",
            "CAUSE", "GRADE", "STATED", "PRECISION", "PROVABLE", "RECALL"
        )?;
        for (cause, _) in caps::CAPS {
            for ((_, grade), tally) in self.tallies.iter().filter(|((other, _), _)| *other == cause) {
                // What is unknown is no statement that could be right.
                let of = |part: u32, whole: u32| match (whole, *grade) {
                    (0, _) | (_, "unknown") => "-".to_owned(),
                    _ => format!("{:.3}", share((part, whole))),
                };
                writeln!(
                    f,
                    "{cause:<24} {grade:<9} {:>6} {:>9} {:>8} {:>6}",
                    tally.stated,
                    of(tally.right, tally.stated),
                    tally.provable,
                    of(tally.found, tally.provable)
                )?;
            }
        }
        Ok(())
    }
}
