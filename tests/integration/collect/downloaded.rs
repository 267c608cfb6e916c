//! A report that was downloaded replaces the one that the server makes.

use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use ghe_license_sync::clock::{Clock as _, SystemClock};
use ghe_license_sync::collect::{CollectError, CollectProgress, Collection, NoProgress, collect};
use ghe_license_sync::license::{ServerFacts, Totals};
use ghe_license_sync::settings::{Environment, ReportFile, Server, Source};
use ghe_license_sync::transport::Pace;
use insta::assert_snapshot;
use tempfile::TempDir;

use crate::support::counter::Counter;
use crate::support::enterprise::{environment, settings, with_report};
use crate::support::loopback::Loopback;
use crate::support::render::render;

const REPORT: &str = "id,login,email,suspended?\n7,seven,seven@example.com,false\n8,eight,eight@example.com,true\n";

fn now() -> SystemTime {
    SystemClock.now().into()
}

/// A directory with a report.
struct Download {
    directory: TempDir,
    server: Loopback,
}

impl Download {
    async fn of(report: &str) -> Self {
        let directory = TempDir::new().unwrap();
        let server = with_report(|request| panic!("{} was asked for", request.path())).await;
        let download = Self { directory, server };
        fs::write(download.path(), report).unwrap();
        download
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("all_users.csv")
    }

    /// As if the file had been written so long ago.
    fn age(&self, age: Duration) {
        self.set(File::open(self.path()).unwrap().metadata().unwrap().modified().unwrap() - age);
    }

    /// As if it had been written then.
    fn set(&self, time: SystemTime) {
        let file = File::options().append(true).open(self.path()).unwrap();
        file.set_times(FileTimes::new().set_modified(time)).unwrap();
    }

    fn settings(&self) -> Server {
        Server {
            source: Source::File(ReportFile {
                path: self.path(),
                max_age: Duration::from_hours(24),
            }),
            ..settings(&self.server)
        }
    }

    async fn collect(&self) -> Result<Collection, CollectError> {
        collect(&self.settings(), Pace::default(), &environment(), &NoProgress).await
    }

    async fn failure(&self) -> String {
        let Err(error) = self.collect().await else {
            panic!("the collection succeeded")
        };
        let text = render(&error, &self.server.url);
        text.replace(&self.directory.path().display().to_string(), "DIR")
    }
}

fn counts(collection: &Collection) -> (u64, u64) {
    let Totals { accounts, consumed, .. } = collection.roster.totals();
    (accounts, consumed)
}

#[tokio::test]
async fn a_file_is_read_like_the_report_and_compared_with_what_the_server_counts() {
    let download = Download::of(REPORT).await;
    download.age(Duration::from_hours(2));
    let collection = download.collect().await.unwrap();
    assert_eq!(counts(&collection), (2, 1));
    assert_eq!(collection.facts.counts.users.unwrap().total, 100);
    assert_eq!(collection.report.unwrap().age_seconds / 60, 120);
}

#[tokio::test]
async fn without_a_server_token_the_server_is_not_asked() {
    let (download, everybody) = (Download::of(REPORT).await, Counter::listen().await);
    let server = Server {
        url: everybody.url.parse().unwrap(),
        ..download.settings()
    };
    let collection = collect(&server, Pace::default(), &Environment::default(), &NoProgress)
        .await
        .unwrap();
    assert_eq!(counts(&collection), (2, 1));
    assert_eq!(collection.facts, ServerFacts::default());
    assert_eq!(everybody.connections().await, 0);
}

#[tokio::test]
async fn a_file_that_is_too_old_is_refused() {
    let download = Download::of(REPORT).await;
    download.age(Duration::from_hours(26));
    assert_snapshot!(download.failure().await, @"
    error: the report in DIR/all_users.csv is 1 day 2h old, and may be 1 day old at most
    help: download the all-users report again; if it is meant to be that old, raise `server.source.file.max-age`
    reason: malformed-source, exit 65
    ");
}

#[tokio::test]
async fn a_limit_that_is_no_whole_minute_counts_to_the_second() {
    let download = Download::of(REPORT).await;
    download.age(Duration::from_secs(110));
    let path = download.path();
    let with_limit = |seconds| Server {
        source: Source::File(ReportFile {
            path: path.clone(),
            max_age: Duration::from_secs(seconds),
        }),
        ..settings(&download.server)
    };
    let environment = environment();
    let read = async |limit| collect(&with_limit(limit), Pace::default(), &environment, &NoProgress).await;
    let Err(CollectError::TooOld { age, limit, .. }) = read(90).await else {
        panic!("it was taken")
    };
    assert!(age.starts_with("1m 5") || age.starts_with("2m"), "{age}");
    assert_eq!(limit, "1m 30s");
    assert!(read(3600).await.is_ok());
}

#[tokio::test]
async fn a_file_of_the_future_is_refused_unless_clocks_may_differ_by_that() {
    let download = Download::of(REPORT).await;
    download.set(now() + Duration::from_mins(4));
    assert_eq!(counts(&download.collect().await.unwrap()), (2, 1));
    download.set(now() + Duration::from_hours(72));
    assert_snapshot!(download.failure().await, @"
    error: the time of the report in DIR/all_users.csv has not come yet, so its age is not known
    help: set the clock of the machine that writes the file, then download the all-users report again
    reason: malformed-source, exit 65
    ");
}

#[tokio::test]
async fn what_is_no_file_or_no_report_is_refused_without_a_word_of_it() {
    let download = Download::of("id,login,email,suspended?\n7,mona,mona@example.com,perhaps\n").await;
    let defective = download.failure().await;
    fs::remove_file(download.path()).unwrap();
    let missing = download.failure().await;
    rustix::fs::mkfifoat(rustix::fs::CWD, download.path(), 0o600.into()).unwrap();
    let pipe = download.failure().await;
    assert_snapshot!([defective, missing, pipe].join("\n"), @r#"
    error: the report in DIR/all_users.csv cannot be used
    cause: row 2, column "suspended?": expected true or false, found a text of 7 characters
    help: nothing is guessed, so all of it is refused; look there, or download the report again
    reason: malformed-source, exit 65

    error: the report in DIR/all_users.csv could not be read
    cause: No such file or directory (os error 2)
    help: put the all-users report there, as a file that the user of this program can read, or correct `server.source.file.path`
    reason: malformed-source, exit 74

    error: the report in DIR/all_users.csv could not be read
    cause: it is not a regular file
    help: put the all-users report there, as a file that the user of this program can read, or correct `server.source.file.path`
    reason: malformed-source, exit 74
    "#);
}

/// Writes to the file when a part of it was read.
struct Writer<'a>(&'a Path, Mutex<bool>);

impl CollectProgress for Writer<'_> {
    fn started(&self, _expected_accounts: Option<u64>) {}
    fn waiting(&self, _waited: Duration, _again_in: Duration) {}
    fn done(&self, _totals: Totals) {}

    fn read(&self, _accounts: u64, _bytes: u64) {
        if !std::mem::replace(&mut *self.1.lock().unwrap(), true) {
            fs::write(self.0, REPORT).unwrap();
        }
    }
}

#[tokio::test]
async fn a_file_that_is_written_to_while_it_is_read_is_no_report() {
    let rows: String = (1..5000)
        .map(|id| format!("{id},u{id},u{id}@example.com,false\n"))
        .collect();
    let download = Download::of(&format!("id,login,email,suspended?\n{rows}")).await;
    download.age(Duration::from_secs(60));
    let path = download.path();
    let writer = Writer(&path, Mutex::default());
    let read = collect(&download.settings(), Pace::default(), &environment(), &writer).await;
    let Err(CollectError::Changed { path: changed, .. }) = read else {
        panic!("it was taken")
    };
    assert_eq!(changed, path);
    assert_eq!(counts(&download.collect().await.unwrap()), (2, 1), "it is whole now");
}
