//! The answer: counts by cause and grade, and each fix with its users.

use serde::Serialize;

use super::super::json::JsonAnswer;
use super::evidence::EvidenceCount;
#[cfg(feature = "generate")]
use crate::license::explain::Unknown;
use crate::license::explain::{Discrepancy, DiscrepancyCause, Evidence, Explanation, Grade};

/// Why licenses are consumed twice, and what fixing that frees.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(in crate::cli) struct ExplainAnswer {
    #[serde(flatten)]
    pub(in crate::cli) summary: Summary,
    /// If users are to be shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) fixes: Option<Vec<Fix>>,
    /// Those of the one user that was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::cli) person: Option<Vec<Fix>>,
    /// Whether that user is in either list.
    #[serde(skip)]
    pub(in crate::cli) is_known: bool,
}

impl JsonAnswer for ExplainAnswer {
    const SCHEMA: &'static str = "ghe-license-sync/explain/1";
}

/// Counts; they name nobody.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(in crate::cli) struct Summary {
    pub(in crate::cli) enterprise: String,
    /// The server's host name in the cloud's list.
    pub(in crate::cli) hostname: String,
    /// In the cloud's list.
    pub(in crate::cli) licenses: usize,
    /// Of users of this server whom the cloud knows.
    pub(in crate::cli) matched: usize,
    /// Of users of this server whom it does not know.
    pub(in crate::cli) server_only: usize,
    /// What the causes were found with, besides both lists.
    pub(in crate::cli) evidence: Vec<EvidenceCount>,
    pub(in crate::cli) causes: Vec<CauseCount>,
    /// Licenses that the fixes free.
    pub(in crate::cli) frees: Freed,
    pub(in crate::cli) unknown: Vec<NotKnown>,
}

/// One cause with one grade.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(in crate::cli) struct CauseCount {
    pub(in crate::cli) cause: DiscrepancyCause,
    pub(in crate::cli) says: &'static str,
    pub(in crate::cli) grade: Grade,
    pub(in crate::cli) count: usize,
    pub(in crate::cli) frees: Freed,
    pub(in crate::cli) fix: &'static str,
    pub(in crate::cli) fixer: &'static str,
}

/// Licenses that are freed, by how sure that is.
#[derive(Default, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(in crate::cli) struct Freed {
    pub(in crate::cli) certain: usize,
    pub(in crate::cli) likely: usize,
    pub(in crate::cli) possible: usize,
}

/// What the evidence does not say.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(in crate::cli) struct NotKnown {
    #[cfg_attr(feature = "generate", schemars(extend("enum" = Unknown::ALL.map(Unknown::word))))]
    what: &'static str,
    pub(in crate::cli) says: String,
    pub(in crate::cli) remedy: &'static str,
}

/// One license that a fix is about. It names people.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(in crate::cli) struct Fix {
    pub(in crate::cli) cause: DiscrepancyCause,
    pub(in crate::cli) grade: Grade,
    pub(in crate::cli) frees: Option<Grade>,
    /// Each `HOST:ID`.
    pub(in crate::cli) server_users: Vec<String>,
    /// On the server.
    pub(in crate::cli) login: Option<String>,
    pub(in crate::cli) address: Option<String>,
    /// What the cloud holds of the server's accounts.
    pub(in crate::cli) held_addresses: Vec<String>,
    /// On the cloud, of the license itself.
    pub(in crate::cli) member: Option<String>,
    /// The login, or the address of the subscription, of the person's other license.
    pub(in crate::cli) partner: Option<String>,
    pub(in crate::cli) partner_grade: Option<Grade>,
    pub(in crate::cli) evidence: Vec<&'static str>,
    pub(in crate::cli) fix: &'static str,
    pub(in crate::cli) fixer: &'static str,
    /// Further addresses, to be found by.
    #[serde(skip)]
    shown: Vec<String>,
}

impl Summary {
    pub(in crate::cli) fn of(
        explanation: &Explanation,
        enterprise: &str,
        hostname: &str,
        evidence: Vec<EvidenceCount>,
    ) -> Self {
        let all = || explanation.discrepancies.iter();
        let causes = DiscrepancyCause::ALL
            .iter()
            .flat_map(|cause| Grade::ALL.map(|grade| (*cause, grade)));
        let counted = causes.filter_map(|(cause, grade)| {
            let count = explanation.count(cause, grade);
            let of_it = all().filter(|found| found.cause == cause && found.grade == grade);
            (count > 0).then(|| CauseCount {
                cause,
                says: cause.says(),
                grade,
                count,
                frees: Freed::by(of_it),
                fix: cause.fix(),
                fixer: cause.fixer(),
            })
        });
        let unknown = explanation.unknowns.iter().map(|unknown| NotKnown {
            what: unknown.word(),
            says: unknown.says(),
            remedy: unknown.remedy(),
        });
        Self {
            enterprise: enterprise.to_owned(),
            hostname: hostname.to_owned(),
            licenses: explanation.licenses,
            matched: explanation.matched,
            server_only: explanation.server_only,
            evidence,
            causes: counted.collect(),
            frees: Freed::by(all()),
            unknown: unknown.collect(),
        }
    }
}

impl Freed {
    fn by<'a>(found: impl Iterator<Item = &'a Discrepancy>) -> Self {
        let mut freed = Self::default();
        for grade in found.filter_map(|found| found.frees) {
            match grade {
                Grade::Certain => freed.certain += 1,
                Grade::Likely => freed.likely += 1,
                Grade::Possible => freed.possible += 1,
                Grade::Unknown => {}
            }
        }
        freed
    }
}

impl Fix {
    pub(in crate::cli) fn of(found: &Discrepancy, evidence: &Evidence<'_>) -> Self {
        let row = &evidence.cloud[found.row];
        let account = found.account.map(|place| &evidence.local[place]);
        let other = found.partner.map(|partner| &evidence.cloud[partner.row]);
        let known = row
            .verified_addresses
            .iter()
            .chain(&row.saml_name_id)
            .chain(&row.visual_studio_address);
        Self {
            cause: found.cause,
            grade: found.grade,
            frees: found.frees,
            server_users: row.server_users.iter().map(ToString::to_string).collect(),
            login: account.map(|account| account.login.clone()),
            address: account
                .map(|account| account.address.clone())
                .filter(|address| !address.is_empty()),
            held_addresses: row.server_addresses.clone(),
            member: row.login.clone(),
            partner: other.and_then(|row| row.login.clone().or_else(|| row.visual_studio_address.clone())),
            partner_grade: found.partner.map(|partner| partner.grade),
            evidence: found.clues.iter().map(|clue| clue.says()).collect(),
            fix: found.cause.fix(),
            fixer: found.cause.fixer(),
            shown: known.cloned().collect(),
        }
    }

    /// Whether it is about the user with this login or address, in any letter case.
    pub(in crate::cli) fn is_of(&self, user: &str) -> bool {
        let named = [&self.login, &self.address, &self.member, &self.partner];
        let named = named
            .into_iter()
            .flatten()
            .chain(&self.held_addresses)
            .chain(&self.shown);
        named
            .chain(&self.server_users)
            .any(|name| name.eq_ignore_ascii_case(user))
    }
}
