//! A loss of power takes what was written and not forced to the disk. What waits for the disk is read off the system calls
//! of the real binary. Needs `strace`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use insta::assert_snapshot;
use regex::Regex;

use crate::support::lab::Lab;

/// What a loss of power would take from the state directory, followed call by call.
#[derive(Default)]
struct Disk {
    at_risk: BTreeSet<String>,
    /// What was forced to the disk, ever.
    forced: BTreeSet<String>,
    /// By thread, the file that it is forcing to the disk.
    under_way: BTreeMap<String, String>,
    /// The database got its name.
    renamed: bool,
    /// Each request as it leaves, and what was at risk then.
    requests: String,
}

impl Disk {
    /// Follows what `strace -f -y` wrote.
    fn follow(&mut self, trace: &str) {
        let call = Regex::new(r"^(\d+) +(\w+)\(\d+<[^>]*/(state(?:/state\.db(?:\.new|-wal|-journal)?)?)>").unwrap();
        // What another thread calls meanwhile may divide its line; that it succeeds is seen by what comes of it.
        let rename = Regex::new(
            r#"^\d+ +rename\(".*/(state/state\.db\.new)", ".*/state/state\.db"(?:\) += 0| <unfinished \.\.\.>)$"#,
        )
        .unwrap();
        let resumed = Regex::new(r"^(\d+) +<\.\.\. f(?:data)?sync resumed>\) += 0$").unwrap();
        let request = Regex::new(r#""((?:GET|POST) /[^ ?]*)"#).unwrap();
        for line in trace.lines() {
            if let Some(call) = call.captures(line) {
                let [thread, name, file] = [1, 2, 3].map(|group| call[group].to_owned());
                match name.as_str() {
                    "pwrite64" => drop(self.at_risk.insert(file)),
                    _ if line.ends_with("<unfinished ...>") => drop(self.under_way.insert(thread, file)),
                    _ if line.ends_with("= 0") => self.force(file),
                    _ => panic!("the disk takes everything: {line}"),
                }
            } else if let Some(file) = (resumed.captures(line)).and_then(|call| self.under_way.remove(&call[1])) {
                self.force(file);
            } else if let Some(rename) = rename.captures(line) {
                assert!(
                    self.forced.contains(&rename[1]) && !self.at_risk.contains(&rename[1]),
                    "{line}"
                );
                // The name is in the directory.
                self.at_risk.insert("state".to_owned());
                self.renamed = true;
            } else if let Some(request) = request.captures(line) {
                let request = &request[1];
                self.requests.push_str(&format!("{request} {:?}\n", self.at_risk));
            }
        }
    }

    fn force(&mut self, file: String) {
        self.at_risk.remove(&file);
        self.forced.insert(file);
    }
}

#[tokio::test]
async fn what_the_outbox_holds_is_on_the_disk_before_anybody_hears_of_it() {
    const CALLS: &str = "trace=pwrite64,fsync,fdatasync,rename,write,writev,sendto";
    let lab = Lab::with_faults(&[]).await;
    let trace = lab.directory.path().join("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-s", "80", "-e", CALLS, "-o"]).arg(&trace);
    command.arg(env!("CARGO_BIN_EXE_ghe-license-sync"));
    command.arg("--config").arg(lab.sandbox.config_file()).arg("sync");
    let ran = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let mut disk = Disk::default();
    disk.follow(&std::fs::read_to_string(trace).unwrap());
    assert_eq!(disk.at_risk, BTreeSet::new());
    assert!(disk.renamed);
    // The directory as well, so that the names of the files are there.
    for forced in ["state", "state/state.db", "state/state.db-wal"] {
        assert!(disk.forced.contains(forced), "{forced}");
    }
    assert_snapshot!(disk.requests, @"
    GET /api/v3/meta {}
    GET /api/v3/enterprise/settings/license {}
    GET /api/v3/enterprise/stats/users {}
    GET /stafftools/reports/all_users.csv {}
    GET /enterprises/octo-corp/license-sync-status {}
    POST /app/installations/6872025/access_tokens {}
    POST /enterprises/octo-corp/license-usage {}
    GET /enterprises/octo-corp/license-usage/usage-1 {}
    GET /enterprises/octo-corp/license-sync-status {}
    ");
}
