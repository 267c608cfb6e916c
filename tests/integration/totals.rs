//! Whatever accounts a server has: the answer of the run, `status`, `history`, the metrics and the document tell the same
//! counts, and they add up.

use std::fs::File;
use std::sync::{Arc, Mutex};

use flate2::read::GzDecoder;
use ghe_license_sync::license::Totals;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::enterprise::{csv, facts_with_stats};
use crate::support::lab::Lab;
use crate::support::loopback::Loopback;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    User,
    Administrator,
    Organization,
    BotByRole,
    BotByLogin,
    Ghost,
    ScimAdmin,
    OtherSetupUser,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Address {
    Good,
    Missing,
    Unmatchable,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    kind: Kind,
    address: Address,
    suspended: bool,
    dormant: bool,
    signed_in: bool,
}

/// Somebody who consumes a license: an empty list would be held.
const CONSUMER: Row = Row {
    kind: Kind::User,
    address: Address::Good,
    suspended: false,
    dormant: false,
    signed_in: true,
};

fn row() -> impl Strategy<Value = Row> {
    use Kind::{Administrator, BotByLogin, BotByRole, Ghost, Organization, OtherSetupUser, ScimAdmin, User};
    let kind = prop::sample::select(vec![
        User,
        User,
        User,
        Administrator,
        Organization,
        BotByRole,
        BotByLogin,
        Ghost,
        ScimAdmin,
        OtherSetupUser,
    ]);
    let address = prop::sample::select(vec![
        Address::Good,
        Address::Good,
        Address::Missing,
        Address::Unmatchable,
    ]);
    let flags = any::<[bool; 3]>();
    (kind, address, flags).prop_map(|(kind, address, [suspended, dormant, signed_in])| Row {
        kind,
        address,
        suspended,
        dormant,
        signed_in,
    })
}

impl Row {
    fn line(self, id: usize) -> String {
        let (login, role) = match self.kind {
            Kind::User => (format!("user-{id}"), "user"),
            Kind::Administrator => (format!("admin-{id}"), "admin"),
            Kind::Organization => (format!("org-{id}"), "organization"),
            Kind::BotByRole => (format!("robot-{id}"), "bot"),
            Kind::BotByLogin => (format!("robot-{id}[bot]"), "user"),
            Kind::Ghost => ("ghost".to_owned(), "user"),
            Kind::ScimAdmin => ("scim-admin".to_owned(), "admin"),
            Kind::OtherSetupUser => (format!("scim-admin-{id}"), "admin"),
        };
        let email = match self.address {
            Address::Good => format!("user-{id}@example.com"),
            Address::Missing => String::new(),
            Address::Unmatchable => format!("user-{id} at example.com"),
        };
        let (ip, active) = if self.signed_in {
            ("192.0.2.1", "2026-01-01")
        } else {
            ("", "")
        };
        let (suspended, dormant) = (self.suspended, self.dormant);
        format!("{id},{login},{email},{role},{suspended},{dormant},{ip},{active}\n")
    }
}

/// The counts, by a rule that is written here once more.
fn expected(rows: &[Row], scim_enabled: bool) -> Totals {
    let mut totals = Totals::default();
    let (mut no_sign_in, mut dormant) = (0, 0);
    for row in rows {
        totals.accounts += 1;
        match row.kind {
            Kind::Organization => totals.organizations += 1,
            Kind::BotByRole | Kind::BotByLogin => totals.bots += 1,
            Kind::Ghost => totals.ghosts += 1,
            Kind::ScimAdmin if scim_enabled => totals.setup_users += 1,
            _ if row.suspended => totals.suspended += 1,
            _ => {
                totals.consumed += 1;
                dormant += u64::from(row.dormant);
                totals.unmatchable += u64::from(row.address != Address::Good);
                no_sign_in += u64::from(!row.signed_in);
            }
        }
    }
    (totals.no_sign_in, totals.dormant) = (Some(no_sign_in), Some(dormant));
    totals.shared_addresses = Some(0);
    totals
}

/// A lab, and a server in front of it whose report changes.
struct Site {
    lab: Lab,
    server: Loopback,
    report: Arc<Mutex<(String, String)>>,
}

impl Site {
    async fn new() -> Self {
        let report = Arc::new(Mutex::new(Default::default()));
        let answers: Arc<Mutex<(String, String)>> = Arc::clone(&report);
        let server = Loopback::serve(move |request| {
            let (report, stats) = &*answers.lock().unwrap();
            facts_with_stats(request, stats).unwrap_or_else(|| csv(report.as_bytes()))
        })
        .await;
        Self {
            lab: Lab::with_faults(&[]).await,
            server,
            report,
        }
    }

    /// What a command answers in JSON.
    async fn answer(&self, scim_enabled: bool, command: &[&str]) -> Value {
        let flags = [
            format!("--set=server.url={}", self.server.url),
            format!("--set=server.scim-enabled={scim_enabled}"),
            format!("--set=metrics.textfile={}", self.metrics().display()),
            "--set=license-sync.guard.always-allow-users=100000".to_owned(),
            "--json".to_owned(),
        ];
        let all: Vec<_> = flags
            .iter()
            .map(String::as_str)
            .chain(command.iter().copied())
            .collect();
        let ran = self.lab.run(&all).await;
        assert_eq!(ran.exit, Some(0), "{ran}");
        serde_json::from_str(&ran.stdout).unwrap()
    }

    fn metrics(&self) -> std::path::PathBuf {
        self.lab.directory.path().join("sync.prom")
    }

    /// The document of the newest upload.
    fn document(&self) -> Value {
        let id = self.lab.sandbox.uploads().pop().unwrap().id;
        let path = self.lab.directory.path().join(format!("uploads/{id}.json.gz"));
        serde_json::from_reader(GzDecoder::new(File::open(path).unwrap())).unwrap()
    }

    async fn compare(&self, rows: &[Row], scim_enabled: bool) {
        let expected = expected(rows, scim_enabled);
        let lines: String = (1..).zip(rows).map(|(id, row)| row.line(id)).collect();
        let header = "id,login,email,role,suspended?,dormant?,last_logged_ip,last_active\n";
        let stats = json!({ "total_users": expected.accounts, "suspended_users": expected.suspended });
        *self.report.lock().unwrap() = (format!("{header}{lines}"), stats.to_string());

        let told = json!(expected);
        assert_eq!(
            self.answer(scim_enabled, &["sync", "--dry-run"]).await["totals"],
            told,
            "dry run"
        );
        assert_eq!(self.answer(scim_enabled, &["sync"]).await["run"]["totals"], told, "run");
        let status = self.answer(scim_enabled, &["status"]).await;
        assert_eq!(
            [&status["last_run"]["totals"], &status["last_confirmed"]["totals"]],
            [&told; 2]
        );
        let history = self.answer(scim_enabled, &["history", "--limit", "1"]).await;
        assert_eq!(history["runs"][0]["totals"], told, "history");
        let metrics = std::fs::read_to_string(self.metrics()).unwrap();
        let sent = metrics
            .lines()
            .find(|line| line.starts_with("ghe_license_sync_users_sent{"))
            .unwrap();
        assert!(sent.ends_with(&format!(" {}", expected.consumed)), "{sent}");

        let document = self.document();
        for (member, count) in document["totals"].as_object().unwrap() {
            assert_eq!(*count, told[member], "{member} in the document");
        }
        let users = document["users"].as_array().unwrap();
        let is_unmatchable = |user: &&Value| !user["emails"][0]["address"].as_str().unwrap_or_default().contains('@');
        assert_eq!(users.len() as u64, expected.consumed);
        assert_eq!(users.iter().filter(is_unmatchable).count() as u64, expected.unmatchable);
        let left_out = ["suspended", "organizations", "bots", "setup_users", "ghosts"];
        let left_out: u64 = left_out
            .map(|kind| document["totals"][kind].as_u64().unwrap())
            .iter()
            .sum();
        assert_eq!(expected.consumed + left_out, expected.accounts, "they add up");
    }
}

#[test]
fn every_place_tells_the_same_counts_and_they_add_up() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let site = runtime.block_on(Site::new());
    let config = Config {
        cases: 6,
        failure_persistence: None,
        ..Config::default()
    };
    let population = (prop::collection::vec(row(), 0..40), any::<bool>());
    TestRunner::new(config)
        .run(&population, |(mut rows, scim_enabled)| {
            rows.push(CONSUMER);
            runtime.block_on(site.compare(&rows, scim_enabled));
            Ok(())
        })
        .unwrap();
}
