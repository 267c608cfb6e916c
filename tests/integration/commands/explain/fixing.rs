//! What `explain` promises is what the sandbox's own count is lower by when somebody does it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use ghe_license_sync::clock::SystemClock;
use ghe_license_sync::sandbox::SandboxOptions;
use serde_json::Value;

use crate::support::enterprise::{csv, facts_with_stats};
use crate::support::lab::Lab;
use crate::support::loopback::Loopback;

/// A report, in cells.
type Cells = Vec<Vec<String>>;

/// A server with the sandbox's people, whose addresses can be corrected, before the sandbox's cloud.
struct Site {
    lab: Lab,
    /// Ends when it is dropped.
    _server: Loopback,
    report: Arc<Mutex<Cells>>,
}

impl Site {
    async fn of(options: SandboxOptions) -> Self {
        let lab = Lab::with_options(options, Arc::new(SystemClock)).await;
        let report = Arc::new(Mutex::new(report_of(&lab).await));
        let served = Arc::clone(&report);
        let server = Loopback::serve(move |request| {
            let rows = served.lock().unwrap();
            let suspended = rows.iter().filter(|row| row[column(&rows, "suspended?")] == "true");
            let (all, suspended) = (rows.len() - 1, suspended.count());
            let stats = format!(r#"{{"total_users":{all},"admin_users":1,"suspended_users":{suspended}}}"#);
            facts_with_stats(request, &stats).unwrap_or_else(|| csv(&written(&rows)))
        })
        .await;
        lab.edit_settings(lab.sandbox.server_url().as_str(), server.url.as_str());
        Self {
            lab,
            _server: server,
            report,
        }
    }

    /// What the cloud's identity provider calls its users, by login.
    fn identities(&self) -> HashMap<String, String> {
        let all = self.lab.sandbox.identities().into_iter();
        all.filter_map(|mut it| Some((it.user, it.attributes.pop()?))).collect()
    }

    async fn licenses(&self) -> u64 {
        let ran = self.lab.run(&["sync"]).await;
        assert_eq!(ran.exit, Some(0), "{ran}");
        self.lab.sandbox.tally().licenses
    }

    /// Gives an account another address.
    fn correct(&self, id: &str, address: &str) {
        let mut rows = self.report.lock().unwrap();
        let (of_id, email) = (column(&rows, "id"), column(&rows, "email"));
        let row = rows.iter_mut().find(|row| row[of_id] == id).unwrap();
        address.clone_into(&mut row[email]);
    }
}

fn column(rows: &Cells, name: &str) -> usize {
    rows[0].iter().position(|cell| cell == name).unwrap()
}

fn written(rows: &Cells) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    rows.iter().for_each(|row| writer.write_record(row).unwrap());
    writer.into_inner().unwrap()
}

/// The sandbox's report.
async fn report_of(lab: &Lab) -> Cells {
    let text = lab.report().await;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text.as_bytes());
    let rows = reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect());
    rows.collect()
}

#[tokio::test]
async fn the_certain_fixes_free_as_many_licenses_as_were_promised() {
    for seed in 1..=3 {
        let site = Site::of(SandboxOptions {
            users: 600,
            seed,
            ..SandboxOptions::default()
        })
        .await;
        let before = site.licenses().await;
        // The identities are read from the cloud.
        let ran = site.lab.run(&["explain", "--json", "--show-users"]).await;
        let explanation: Value = serde_json::from_str(&ran.stdout).unwrap();
        let names = site.identities();
        let fixes = explanation["fixes"].as_array().unwrap().iter();
        for fix in fixes.filter(|fix| fix["frees"] == "certain") {
            let address = &names[fix["partner"].as_str().unwrap()];
            for user in fix["server_users"].as_array().unwrap() {
                let (_, id) = user.as_str().unwrap().rsplit_once(':').unwrap();
                site.correct(id, address);
            }
        }
        let promised = explanation["frees"]["certain"].as_u64().unwrap();
        assert!(promised > 20, "{promised}");
        assert_eq!(before - site.licenses().await, promised, "seed {seed}");
    }
}
