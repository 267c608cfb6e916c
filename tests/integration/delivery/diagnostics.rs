//! The end of what a program wrote to standard error is for the terminal of a person, masked, and is kept nowhere.

use std::process::Stdio;

use insta::assert_snapshot;
use tempfile::TempDir;
use tokio::process::Command;

use crate::privacy::canaries::files;
use crate::support::lab::Lab;
use crate::support::process::Process;
use crate::support::service::Service;

const REPORT: &str = "[server.source.report]\nusername = \"license-bot\"";

/// What a program can name that fails, apart from the lab so that its files hold nothing of it.
const PROGRAM: &str = r#"
echo "connecting as canary-login" >&2
echo "no user canary-name@example.com, nor canary-name%40example.com" >&2
echo "Authorization: Bearer canary-secret" >&2
echo "token ghp_canarysecret000 expired; password=canary-secret" >&2
printf '\033]0;title\007refused\n' >&2
exit 3
"#;

/// A lab whose program fails, and what it reported by then.
async fn lab(programs: &TempDir) -> Lab {
    let program = programs.path().join("program");
    std::fs::write(&program, PROGRAM).unwrap();
    let lab = Lab::with_faults(&[]).await;
    let section = format!(
        "[server.source.command]\nrun = [\"/bin/sh\", \"{}\"]\n[metrics]\ntextfile = \"{}\"",
        program.display(),
        lab.directory.path().join("metrics.prom").display()
    );
    lab.edit_settings(REPORT, &section);
    lab
}

/// The command at a terminal; what stands there in the end.
async fn at_terminal(lab: &Lab, arguments: &str) -> String {
    let binary = env!("CARGO_BIN_EXE_ghe-license-sync");
    let config = lab.sandbox.config_file().display();
    let mut terminal = Command::new("script");
    terminal.args(["-qec", &format!("{binary} --config {config} {arguments}"), "/dev/null"]);
    terminal
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let ran = Process::of(terminal).end().await;
    assert_eq!(ran.exit, Some(65), "{ran}");
    ran.stdout.replace("\r\n", "\n")
}

#[tokio::test]
async fn a_person_at_a_terminal_sees_the_end_of_it_masked() {
    let programs = TempDir::new().unwrap();
    let lab = lab(&programs).await;
    let screen = at_terminal(&lab, "sync").await;
    let shown = &screen[screen.find("error: ").unwrap()..];
    assert_snapshot!(lab.plain(shown), @r"
    error: no license usage was sent
      because: /bin/sh gave no report
      because: it failed, exit status: 3
      help: run it in a shell as the user of this program, with `env -i` in front, since it gets no environment here; a sync on a terminal shows the end of its standard error, which is not kept, as it can name users
      reason: malformed-source
      end of its standard error, which can name users and is shown on this terminal alone:
        connecting as canary-login
        no user ***, nor ***
        Authorization: Bearer ***
        token *** expired; ***
        \u{1b}]0;title\u{7}refused
    ");
    let dry = at_terminal(&lab, "sync --dry-run").await;
    assert!(dry.contains("refused"), "{dry}");
    for hidden in ["canary-name", "canary-secret", "canarysecret", "\x1b]0;", "\x07"] {
        assert!(!screen.contains(hidden) && !dry.contains(hidden), "{hidden}: {screen}");
    }
    let scheduled = at_terminal(&lab, "sync --scheduled --verbose").await;
    assert!(!scheduled.contains("canary"), "{scheduled}");
}

#[tokio::test]
async fn it_is_in_no_store_no_journal_no_metrics_and_no_answer_that_can_be_kept() {
    let programs = TempDir::new().unwrap();
    let lab = lab(&programs).await;
    at_terminal(&lab, "sync").await;
    for arguments in [
        &["sync"][..],
        &["sync", "--json"],
        &["sync", "--verbose"],
        &["sync", "--dry-run"],
        &["history", "--json"],
    ] {
        let ran = lab.run(arguments).await;
        assert!(!ran.to_string().contains("canary"), "{arguments:?}: {ran}");
    }
    let service = Service::start(&lab);
    service.says("malformed-source").await;
    service.signal("TERM");
    let (_, log) = service.end().await;
    assert!(log.contains("exit status: 3") && !log.contains("canary"), "{log}");
    std::fs::remove_file(lab.directory.path().join("notify")).unwrap();
    let kept = String::from_utf8_lossy(&files(lab.directory.path())).into_owned();
    assert!(kept.contains("exit status: 3"), "the store says why");
    assert!(lab.directory.path().join("metrics.prom").exists());
    assert!(!kept.contains("canary"));
}
