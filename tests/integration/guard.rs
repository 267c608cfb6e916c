//! The guard through whole runs: what is held, what it looks like everywhere, and what lets it go.

mod approving;
mod by_file;
mod counting;
mod discarding;
#[cfg(feature = "failpoints")]
pub(crate) mod dying;
mod holding;
mod repeating;
mod reviewing;

use std::ops::Range;
use std::sync::{Arc, Mutex};

use super::support::enterprise::{csv, facts_with_stats};
use super::support::lab::{Lab, Ran};
use super::support::loopback::{Loopback, Reply};

/// Headers of a report that was made before it was asked for.
const KEPT: &str = "Content-Type: text/csv\r\nDate: Tue, 01 Jan 2030 12:00:00 GMT\r\n\
                    Last-Modified: Tue, 01 Jan 2030 10:00:00 GMT\r\n";

/// An enterprise server whose people change between runs, before the sandbox's cloud.
struct Site {
    lab: Lab,
    server: Loopback,
    staff: Arc<Mutex<Staff>>,
}

/// Who has an account.
#[derive(Clone)]
struct Staff {
    /// Numeric IDs of people who consume a license.
    people: Range<u64>,
    suspended: u64,
    /// Numeric IDs of people who are suspended, with the addresses that they had.
    left: Range<u64>,
    /// What the server counts itself, when it does not agree with the report.
    miscounted: Option<u64>,
    /// The server does not get to counting them.
    uncounted: bool,
    /// What follows the login in an address.
    domain: &'static str,
    /// The server gives out a report that it made two hours before.
    kept: bool,
}

impl Staff {
    fn of(people: Range<u64>) -> Self {
        Self {
            people,
            suspended: 0,
            left: 0..0,
            miscounted: None,
            uncounted: false,
            domain: "@example.com",
            kept: false,
        }
    }

    fn report(&self) -> String {
        let mut text = "id,login,email,suspended?,dormant?\n".to_owned();
        for id in self.people.clone() {
            text.push_str(&format!("{id},user{id},user{id}{},false,false\n", self.domain));
        }
        for id in self.left.clone() {
            text.push_str(&format!("{id},user{id},user{id}@example.com,true,false\n"));
        }
        for id in 1..=self.suspended {
            let id = 9_000_000 + id;
            text.push_str(&format!("{id},user{id},user{id}@example.com,true,false\n"));
        }
        text
    }

    fn stats(&self) -> String {
        let (people, left) = (self.people.clone().count() as u64, self.left.clone().count() as u64);
        let suspended = self.suspended + left;
        format!(
            r#"{{"total_users":{},"admin_users":1,"suspended_users":{}}}"#,
            self.miscounted.unwrap_or(people) + suspended,
            suspended
        )
    }
}

impl Site {
    async fn with(people: Range<u64>) -> Self {
        let staff = Arc::new(Mutex::new(Staff::of(people)));
        let now = Arc::clone(&staff);
        let server = Loopback::serve(move |request| {
            let staff = now.lock().unwrap().clone();
            if staff.uncounted && request.path().ends_with("/stats/users") {
                return Reply::answer(503, "", b"");
            }
            facts_with_stats(request, &staff.stats()).unwrap_or_else(|| match staff.kept {
                true => Reply::answer(200, KEPT, staff.report().as_bytes()),
                false => csv(staff.report().as_bytes()),
            })
        });
        let (lab, server) = (Lab::with_faults(&[]).await, server.await);
        lab.edit_settings(lab.sandbox.server_url().as_str(), server.url.as_str());
        Self { lab, server, staff }
    }

    /// A site whose list was confirmed before its people changed.
    async fn changed(before: Range<u64>, after: Range<u64>) -> Self {
        let site = Self::with(before).await;
        assert_eq!(site.run(&["sync"]).await.exit, Some(0));
        site.change_to(after);
        site
    }

    /// A site whose last list is held, with the digest of it.
    async fn held() -> (Self, String) {
        let site = Self::changed(1..3001, 1..4).await;
        assert_eq!(site.run(&["sync"]).await.exit, Some(4));
        let digest = site.held_digest().await;
        (site, digest)
    }

    fn change_to(&self, people: Range<u64>) {
        *self.staff.lock().unwrap() = Staff::of(people);
    }

    /// Runs the real binary against this server.
    async fn run(&self, arguments: &[&str]) -> Ran {
        self.lab.run(arguments).await
    }

    /// The real binary against this server, to be started.
    #[cfg(feature = "failpoints")]
    fn command(&self, arguments: &[&str]) -> tokio::process::Command {
        let config = self.lab.sandbox.config_file().to_string_lossy().into_owned();
        crate::support::process::command(&[&["--config", &config], arguments].concat())
    }

    /// Runs it and returns what a person reads, without what differs from run to run.
    async fn told(&self, arguments: &[&str]) -> String {
        self.plain(&self.run(arguments).await.to_string())
    }

    /// The same, without the name of the user whose process this is.
    async fn by_user(&self, arguments: &[&str]) -> String {
        self.told(arguments).await.replace(&approving::whoami(), "USER")
    }

    fn plain(&self, text: &str) -> String {
        let text = self.lab.plain(text).replace(self.server.url.as_str(), "http://SERVER/");
        let time = regex::Regex::new(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC").unwrap();
        let port = regex::Regex::new(r"127\.0\.0\.1:\d+").unwrap();
        let digest = regex::Regex::new(r"\b[0-9a-f]{12}\b").unwrap();
        let size = regex::Regex::new(r"\d+ B, (\d+ attempt|not sent)").unwrap();
        let text = size.replace_all(&text, "SIZE, $1");
        let text = time.replace_all(&text, "TIME");
        let text = port.replace_all(&text, "127.0.0.1:PORT");
        digest.replace_all(&text, "DIGEST").into_owned()
    }

    /// The digest of the held document as `status` shows it.
    async fn held_digest(&self) -> String {
        let held = self.lab.store().await.held().await.unwrap();
        held.expect("a document is held").frozen.unwrap().digest.short()
    }

    fn uploads(&self) -> usize {
        self.lab.sandbox.uploads().len()
    }
}
