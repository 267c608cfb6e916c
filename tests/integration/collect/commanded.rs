//! A program writes the report; whatever it does, it ends with the run.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use ghe_license_sync::collect::{CollectError, Collection, NoProgress, collect};
use ghe_license_sync::settings::{Environment, ReportCommand, Server, Source};
use ghe_license_sync::transport::Pace;
use insta::assert_snapshot;
use rustix::fs::{CWD, mkfifoat};
use tempfile::TempDir;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;
use url::Url;

use crate::support::enterprise::{settings, with_report};
use crate::support::loopback::Loopback;
use crate::support::render::render;

const REPORT: &str = "id,login,email,suspended?\n7,seven,seven@example.com,false\n8,eight,eight@example.com,true\n";

/// A directory with a report, and with a pipe that every process of the program holds open.
struct Site {
    directory: TempDir,
    server: Loopback,
    /// Ends when the last process has.
    last: JoinHandle<()>,
}

impl Site {
    async fn new() -> Self {
        let directory = TempDir::new().unwrap();
        fs::write(directory.path().join("all_users.csv"), REPORT).unwrap();
        let held = directory.path().join("held");
        mkfifoat(CWD, &held, 0o600.into()).unwrap();
        let last = spawn_blocking(move || drop(fs::read(held).unwrap()));
        let server = with_report(|request| panic!("{} was asked for", request.path())).await;
        Self {
            directory,
            server,
            last,
        }
    }

    fn settings(&self, script: &str, timeout: Duration) -> Server {
        let directory = self.directory.path().display();
        let script = format!("exec 9>{directory}/held; cd {directory}; {script}");
        Server {
            source: Source::Command(ReportCommand {
                program: PathBuf::from("/bin/sh"),
                arguments: vec!["-c".to_owned(), script],
                timeout,
            }),
            ..settings(&self.server)
        }
    }

    /// Collects from what a shell does, and waits until nothing of it is left.
    async fn collect(self, script: &str, limit: Duration) -> Result<Collection, CollectError> {
        let settings = self.settings(script, limit);
        let collected = collect(&settings, Pace::default(), &Environment::default(), &NoProgress).await;
        timeout(LONG, self.last).await.unwrap().unwrap();
        collected
    }

    async fn failure(script: &str, timeout: Duration) -> String {
        let site = Self::new().await;
        let (directory, url) = (site.directory.path().display().to_string(), site.server.url.clone());
        match site.collect(script, timeout).await {
            Ok(_) => panic!("the collection succeeded"),
            Err(error) => render(&error, &url).replace(&directory, "DIR"),
        }
    }
}

const LONG: Duration = Duration::from_secs(60);

async fn expect_the_people(script: &str) {
    let totals = Site::new().await.collect(script, LONG).await.unwrap().roster.totals();
    assert_eq!((totals.accounts, totals.consumed), (2, 1), "{script}");
}

#[tokio::test]
async fn what_a_program_writes_is_the_report() {
    expect_the_people("cat all_users.csv").await;
}

#[tokio::test]
async fn what_it_says_beside_the_report_is_drained_and_left_out() {
    expect_the_people("head -c 1000000 /dev/zero >&2; cat all_users.csv").await;
}

#[tokio::test]
async fn what_it_leaves_behind_ends_with_it() {
    expect_the_people("sleep 1000 & cat all_users.csv").await;
}

#[tokio::test]
async fn what_leaves_its_process_group_is_not_waited_for() {
    let site = Site::new().await;
    let [out, ends] = ["out", "ends"].map(|name| site.directory.path().join(name));
    for pipe in [&out, &ends] {
        mkfifoat(CWD, pipe, 0o600.into()).unwrap();
    }
    // It is out of the group before the program ends, and holds the output open after the limit if it is waited for.
    let script = "setsid sh -c 'echo > out; read -r ends < ends' & read -r out < out; cat all_users.csv";
    let settings = site.settings(script, Duration::from_secs(20));
    let environment = Environment::default();
    let collected = collect(&settings, Pace::default(), &environment, &NoProgress)
        .await
        .unwrap();
    assert_eq!(collected.roster.totals().accounts, 2);
    spawn_blocking(move || fs::write(ends, "\n").unwrap()).await.unwrap();
    timeout(LONG, site.last).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_program_that_does_not_end_is_ended_and_if_need_be_killed() {
    // Long enough for a shell to have started, however busy the machine is.
    let limit = Duration::from_secs(3);
    let hangs = Site::failure("cat all_users.csv; sleep 1000", limit).await;
    let kept = TempDir::new().unwrap();
    let heard = kept.path().join("heard");
    // It lives on after SIGTERM, and is gone in the end all the same.
    let ignores = format!("trap 'echo > {}' TERM; while :; do sleep 0.1; done", heard.display());
    assert_eq!(hangs, Site::failure(&ignores, limit).await);
    assert!(heard.exists());
    assert_snapshot!(hangs, @"
    error: /bin/sh gave no report
    cause: it did not end within 3s, and was ended
    help: run it in a shell; if it is only slow, raise `server.source.command.timeout`
    reason: malformed-source, exit 65
    ");
}

#[tokio::test]
async fn what_is_no_report_ends_the_program() {
    let floods = Site::failure("yes mona@example.com", LONG).await;
    let half = Site::failure("printf 'id,login,email,suspended?\\n7,mona,mo'", LONG).await;
    let nothing = Site::failure("", LONG).await;
    assert_snapshot!([floods, half, nothing].join("\n"), @r#"
    error: what /bin/sh writes cannot be used
    cause: row 1 is not a header: the columns "id", "login", "email", "suspended?" are expected
    help: nothing is guessed, so all of it is refused; run the program in a shell and look there
    reason: malformed-source, exit 65

    error: what /bin/sh writes cannot be used
    cause: row 2: has 3 cells, the header has 4
    help: nothing is guessed, so all of it is refused; run the program in a shell and look there
    reason: malformed-source, exit 65

    error: what /bin/sh writes cannot be used
    cause: it is empty, there is not even a header
    help: nothing is guessed, so all of it is refused; run the program in a shell and look there
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn of_a_program_that_fails_nothing_is_kept_that_can_name_people() {
    let fails = Site::failure("cat all_users.csv; echo '7: mona, mona@example.com' >&2; exit 3", LONG).await;
    let killed = Site::failure("kill -9 $$", LONG).await;
    assert_snapshot!([fails, killed].join("\n"), @"
    error: /bin/sh gave no report
    cause: it failed, exit status: 3
    help: run it in a shell as the user of this program, with `env -i` in front, since it gets no environment here; a sync on a terminal shows the end of its standard error, which is not kept, as it can name users
    reason: malformed-source, exit 65

    error: /bin/sh gave no report
    cause: it failed, signal: 9 (SIGKILL)
    help: run it in a shell as the user of this program, with `env -i` in front, since it gets no environment here; a sync on a terminal shows the end of its standard error, which is not kept, as it can name users
    reason: malformed-source, exit 65
    ");
}

#[tokio::test]
async fn nothing_of_the_environment_is_passed_on() {
    let server = with_report(|request| panic!("{} was asked for", request.path())).await;
    let env = Server {
        source: Source::Command(ReportCommand {
            program: PathBuf::from("/usr/bin/env"),
            arguments: Vec::new(),
            timeout: LONG,
        }),
        ..settings(&server)
    };
    assert_snapshot!(failure(&env, &server.url).await, @"
    error: what /usr/bin/env writes cannot be used
    cause: it is empty, there is not even a header
    help: nothing is guessed, so all of it is refused; run the program in a shell and look there
    reason: malformed-source, exit 65
    ");
}

#[tokio::test]
async fn a_program_that_does_not_start_is_reported_with_its_own_cause_and_help() {
    let server = with_report(|request| panic!("{} was asked for", request.path())).await;
    let directory = TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name);
    let files = [
        ("carriage-return", "#!/bin/sh\r\ncat\r\n", 0o755),
        ("interpreter", "#!/nowhere/python3\n", 0o755),
        ("format", "cat /nowhere/all_users.csv\n", 0o755),
        ("mode", "#!/bin/sh\n", 0o644),
    ];
    for (name, content, mode) in files {
        fs::write(path(name), content).unwrap();
        fs::set_permissions(path(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let mut said = String::new();
    for program in ["carriage-return", "interpreter", "format", "mode", "", "missing"].map(path) {
        let source = Source::Command(ReportCommand {
            program,
            arguments: Vec::new(),
            timeout: LONG,
        });
        let settings = Server {
            source,
            ..settings(&server)
        };
        said += &failure(&settings, &server.url).await;
    }
    assert_snapshot!(said.replace(&*directory.path().to_string_lossy(), "DIR"));
}

async fn failure(settings: &Server, url: &Url) -> String {
    let Err(error) = collect(settings, Pace::default(), &Environment::default(), &NoProgress).await else {
        panic!("the collection succeeded")
    };
    render(&error, url)
}

#[tokio::test]
async fn a_run_that_is_cancelled_ends_the_program() {
    let site = Site::new().await;
    let started = site.directory.path().join("started");
    mkfifoat(CWD, &started, 0o600.into()).unwrap();
    let settings = site.settings("echo > started; sleep 1000", LONG);
    let environment = Environment::default();
    let collecting = collect(&settings, Pace::default(), &environment, &NoProgress);
    tokio::select! {
        _ = collecting => panic!("it continued"),
        read = spawn_blocking(move || fs::read(started)) => assert_eq!(read.unwrap().unwrap(), b"\n"),
    }
    timeout(LONG, site.last).await.unwrap().unwrap();
}
