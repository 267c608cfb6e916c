//! Who may write a file that is the source, or the program that writes it. Without root the tests own every file that they
//! make, so modes alone are tried.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ghe_license_sync::collect::{NoProgress, Subject, collect, collect_license_file, file_age};
use ghe_license_sync::settings::{LicenseFile, ReportCommand, ReportFile, Server, Source};
use ghe_license_sync::transport::Pace;
use insta::assert_snapshot;
use tempfile::TempDir;

use crate::support::enterprise::{environment, settings, with_report};
use crate::support::loopback::Loopback;
use crate::support::render::render;

const LONG: Duration = Duration::from_hours(1);

/// An account that may own nothing that decides.
const EVE: u32 = 4321;

/// A directory with a report and a program that writes it.
struct Site {
    directory: TempDir,
    server: Loopback,
}

impl Site {
    async fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let server = with_report(|request| panic!("{} was asked for", request.path())).await;
        let site = Self { directory, server };
        fs::create_dir(site.place()).unwrap();
        set_mode(&site.place(), 0o755);
        fs::write(
            site.report(),
            "id,login,email,suspended?\n7,seven,seven@example.com,false\n",
        )
        .unwrap();
        let script = format!("#!/bin/sh\ncat {}\n", site.report().display());
        fs::write(site.program(), script).unwrap();
        set_mode(&site.report(), 0o644);
        set_mode(&site.program(), 0o755);
        site
    }

    /// Not itself in a directory in which everybody can make entries.
    fn place(&self) -> PathBuf {
        self.directory.path().join("place")
    }

    fn report(&self) -> PathBuf {
        self.place().join("all_users.csv")
    }

    fn program(&self) -> PathBuf {
        self.place().join("fetch")
    }

    fn file(&self) -> ReportFile {
        let path = self.report();
        ReportFile { path, max_age: LONG }
    }

    fn command(&self) -> ReportCommand {
        ReportCommand {
            program: self.program(),
            arguments: Vec::new(),
            timeout: LONG,
        }
    }

    /// Whether the list is collected from this source; an error otherwise.
    async fn collect(&self, source: Source) -> Result<(), String> {
        let settings = Server {
            source,
            ..settings(&self.server)
        };
        let collected = collect(&settings, Pace::default(), &environment(), &NoProgress).await;
        collected.map(|_| ()).map_err(|error| {
            let text = render(&error, &self.server.url);
            text.replace(&*self.place().to_string_lossy(), "DIR")
        })
    }

    /// Whether the report and the program are used.
    async fn uses(&self) -> (bool, bool) {
        let report = self.collect(Source::File(self.file())).await.is_ok();
        (report, self.collect(Source::Command(self.command())).await.is_ok())
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[tokio::test]
async fn a_report_that_other_users_can_write_is_refused() {
    let site = Site::new().await;
    for mode in [0o666, 0o664, 0o646, 0o602] {
        set_mode(&site.report(), mode);
        let refused = site.collect(Source::File(site.file())).await.unwrap_err();
        assert!(refused.contains(&format!("mode {mode:04o}")), "{refused}");
        assert!(file_age(&site.file(), Subject::Report).is_err());
        let source = LicenseFile::File(site.file());
        let (server, environment) = (settings(&site.server), environment());
        let sink = Vec::new();
        let usage = collect_license_file(&server, &source, Pace::default(), &environment, &NoProgress, sink);
        let error = usage.await.err().unwrap();
        assert!(render(&error, &site.server.url).contains("is writable by other users"));
    }
    assert_snapshot!(site.collect(Source::File(site.file())).await.unwrap_err(), @"
    error: the report is not read, as other users can decide what is in it
    cause: the file DIR/all_users.csv is writable by other users (mode 0602)
    help: check what is in it, then run `chmod go-w DIR/all_users.csv`
    reason: config-invalid, exit 78
    ");
    for mode in [0o644, 0o600, 0o440] {
        set_mode(&site.report(), mode);
        assert_eq!(site.uses().await, (true, true), "{mode:o}");
    }
}

#[tokio::test]
async fn a_program_that_other_users_can_write_is_not_started() {
    let site = Site::new().await;
    for mode in [0o777, 0o775, 0o757] {
        set_mode(&site.program(), mode);
        let refused = site.collect(Source::Command(site.command())).await.unwrap_err();
        assert!(refused.contains(&format!("mode {mode:04o}")), "{refused}");
    }
    assert_snapshot!(site.collect(Source::Command(site.command())).await.unwrap_err(), @"
    error: DIR/fetch gave no report
    cause: it could not be started
    cause: other users can decide what it does
    cause: the file DIR/fetch is writable by other users (mode 0757)
    help: check what is in it, then run `chmod go-w DIR/fetch`
    reason: config-invalid, exit 78
    ");
    for mode in [0o755, 0o700, 0o500] {
        set_mode(&site.program(), mode);
        assert_eq!(site.uses().await, (true, true), "{mode:o}");
    }
}

#[tokio::test]
async fn a_source_in_a_directory_of_which_others_can_replace_files_is_refused() {
    let site = Site::new().await;
    // In a sticky directory only the owner of a file replaces it.
    for (mode, used) in [(0o777, false), (0o775, false), (0o1777, true), (0o755, true)] {
        set_mode(&site.place(), mode);
        assert_eq!(site.uses().await, (used, used), "{mode:o}");
    }
}

/// An account of its own may put the report there. The owner of the program decides what the service does.
#[tokio::test]
async fn another_user_may_own_the_report_and_not_the_program() {
    let site = Site::new().await;
    if site.directory.path().metadata().unwrap().uid() != 0 {
        return;
    }
    for path in [site.report(), site.program()] {
        chown(path, Some(EVE), None).unwrap();
    }
    assert_eq!(site.uses().await, (true, false));
    chown(site.place(), Some(EVE), None).unwrap();
    assert_eq!(site.uses().await, (true, false));
    // Where everybody can make the file, its owner is anybody.
    chown(site.place(), Some(0), None).unwrap();
    set_mode(&site.place(), 0o1777);
    assert_eq!(site.uses().await, (false, false));
    // A directory of somebody else than its owner.
    set_mode(&site.place(), 0o755);
    chown(site.place(), Some(EVE + 1), None).unwrap();
    assert_eq!(site.uses().await, (false, false));
}
