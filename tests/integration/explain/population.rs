//! Five thousand people with two hundred mismatches and as many traps as there are kinds of them.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use ghe_license_sync::license::consumed::ConsumedLicense;
use ghe_license_sync::license::explain::{
    CloudIdentity, Evidence, ListTime, LocalAccount, LocalServer, ReportingServer,
};

use super::chance::Chance;
use super::plants;
use super::traps;
use super::truth::Truth;

pub(super) const HOST: &str = "github.example.com";
pub(super) const OTHER_HOST: &str = "ghe-2.example.com";
pub(super) const GONE_HOST: &str = "old.example.com";
pub(super) const UNCONNECTED_HOST: &str = "ghe-3.example.com";

const PEOPLE: usize = 5000;
const MISMATCHES: usize = 200;

/// What the cloud shows of its users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing.
    Plain,
    /// Addresses in verified domains, and the `NameID` of those who signed in by SSO.
    VerifiedDomains,
    /// Managed users, whose identities were read.
    Managed,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Plain, Self::VerifiedDomains, Self::Managed];
}

/// Which of both came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timing {
    SyncThenList,
    ListThenSync,
    SyncUnknown,
}

pub(super) struct Population {
    pub(super) kind: Kind,
    pub(super) timing: Timing,
    pub(super) has_secondary: bool,
    pub(super) has_servers: bool,
    pub(super) chance: Chance,
    pub(super) people: usize,
    pub(super) local: Vec<LocalAccount>,
    pub(super) rows: Vec<ConsumedLicense>,
    /// By row.
    pub(super) truths: Vec<Option<Truth>>,
    pub(super) secondary: HashMap<u64, Vec<String>>,
    pub(super) identities: Vec<CloudIdentity>,
    servers: Vec<ReportingServer>,
}

impl Population {
    /// Draws one: all seeds together have every combination of timing and of what was read.
    pub(super) fn planted(kind: Kind, seed: u64) -> Self {
        let server = |host: &str, connected| ReportingServer {
            host: host.to_owned(),
            connected,
        };
        let mut population = Self {
            kind,
            timing: [Timing::SyncThenList, Timing::ListThenSync, Timing::SyncUnknown]
                [usize::try_from(seed % 3).unwrap()],
            has_secondary: seed.is_multiple_of(2),
            has_servers: seed % 5 < 3,
            chance: Chance::of(seed),
            people: 0,
            local: Vec::new(),
            rows: Vec::new(),
            truths: Vec::new(),
            secondary: HashMap::new(),
            identities: Vec::new(),
            servers: vec![
                server(HOST, None),
                server(OTHER_HOST, Some(true)),
                server(UNCONNECTED_HOST, Some(false)),
            ],
        };
        for number in 0..MISMATCHES {
            plants::ALL[number % plants::ALL.len()](&mut population);
        }
        for number in 0..traps::ALL.len() * 8 {
            traps::ALL[number % traps::ALL.len()](&mut population);
        }
        while population.people < PEOPLE {
            population.ordinary();
        }
        population.mix();
        population
    }

    /// Somebody who is counted as often as there are people behind it: once.
    fn ordinary(&mut self) {
        let person = self.person();
        match self.chance.below(100) {
            0..65 => {
                self.matched(&person);
            }
            65..82 => {
                let id = self.account(&person, |_| {});
                self.server_only(HOST, id, &person.work(), Some(Truth::of("only-here", None)));
            }
            82..96 => {
                self.member(&person, &person.work());
            }
            _ => {
                self.account(&person, |account| account.suspended = true);
            }
        }
    }

    /// Puts the rows into another order.
    fn mix(&mut self) {
        let mut order: Vec<_> = (0..self.rows.len()).collect();
        self.chance.shuffle(&mut order);
        let mut place_of = vec![0; order.len()];
        for (place, old) in order.iter().enumerate() {
            place_of[*old] = place;
        }
        self.rows = order.iter().map(|old| self.rows[*old].clone()).collect();
        self.truths = order.iter().map(|old| self.truths[*old].clone()).collect();
        for truth in self.truths.iter_mut().flatten() {
            truth.partner = truth.partner.map(|old| place_of[old]);
        }
        self.chance.shuffle(&mut self.local);
        self.chance.shuffle(&mut self.identities);
    }

    /// Whether an address at work is shown of the members.
    pub(super) fn shows(&self) -> bool {
        self.kind != Kind::Plain
    }

    pub(super) fn evidence(&self) -> Evidence<'_> {
        let listed_at: DateTime<Utc> = "2026-11-20T06:00:00Z".parse().unwrap();
        Evidence {
            server: LocalServer {
                host: HOST,
                known_as: None,
                scim_enabled: false,
            },
            local: &self.local,
            listed: ListTime {
                not_before: listed_at - Duration::hours(1),
                not_after: listed_at,
            },
            cloud: &self.rows,
            last_sync: match self.timing {
                Timing::SyncThenList => Some(ListTime::exactly(listed_at - Duration::days(2))),
                Timing::ListThenSync => Some(ListTime::exactly(listed_at + Duration::days(2))),
                Timing::SyncUnknown => None,
            },
            secondary: self.has_secondary.then_some(&self.secondary),
            identities: (self.kind == Kind::Managed).then_some(&self.identities[..]),
            verified_domains: None,
            servers: self.has_servers.then_some(&self.servers[..]),
            doubts: &[],
        }
    }
}
