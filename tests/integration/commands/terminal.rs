//! The progress bar: drawn on a terminal and taken away again; nowhere else.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::thread;

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::support::lab::Lab;
use crate::support::process::command;

/// Both ends of a terminal of so many columns.
fn terminal(columns: u16) -> (OwnedFd, OwnedFd) {
    let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&near).unwrap();
    unlockpt(&near).unwrap();
    let name = ptsname(&near, Vec::new()).unwrap();
    let far = open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&near, size).unwrap();
    (near, far)
}

/// Everything that is written to a terminal until its last user is gone.
fn read_all(near: OwnedFd) -> io::Result<String> {
    let (mut near, mut drawn, mut piece) = (File::from(near), Vec::new(), [0; 4096]);
    // Linux tells the end by an error.
    while let Ok(size @ 1..) = near.read(&mut piece) {
        drawn.extend_from_slice(&piece[..size]);
    }
    String::from_utf8(drawn).map_err(io::Error::other)
}

/// What a sync draws when standard error is a terminal of this kind.
async fn drawn(kind: &str, arguments: &[&str]) -> (String, String) {
    let lab = Lab::with_faults(&["report:202*2", "location:pending*2"]).await;
    let (near, far) = terminal(100);
    let reading = thread::spawn(move || read_all(near));
    let mut command = command(&["--config", lab.sandbox.config_file().to_str().unwrap(), "sync"]);
    command.args(arguments).env("TERM", kind).stderr(Stdio::from(far));
    let child = command.spawn().unwrap();
    // It holds the far end of the terminal as well.
    drop(command);
    let output = child.wait_with_output().await.unwrap();
    assert_eq!(output.status.code(), Some(0));
    let drawn = reading.join().unwrap().unwrap();
    (drawn, String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn on_a_terminal_the_steps_are_drawn_and_taken_away_in_the_end() {
    let (drawn, answer) = drawn("xterm-256color", &[]).await;
    // Steps that last; others may be over before they are drawn.
    for step in ["generating the report", "waiting for the cloud"] {
        assert!(drawn.contains(step), "{step:?} in {drawn:?}");
    }
    let erase_line = "\u{1b}[2K";
    let end = &drawn[drawn.rfind(erase_line).unwrap() + erase_line.len()..];
    assert!(end.chars().all(char::is_control), "nothing is left over: {end:?}");
    assert!(answer.starts_with("the cloud confirmed"));
    assert!(!answer.contains('\u{1b}'));
}

#[tokio::test]
async fn a_terminal_that_cannot_move_its_cursor_is_left_alone() {
    assert_eq!(drawn("dumb", &[]).await.0, "");
}

#[tokio::test]
async fn the_log_on_a_terminal_is_not_drawn_over() {
    let (log, _) = drawn("xterm-256color", &["--verbose"]).await;
    assert!(log.contains("the cloud processed the license usage"));
    assert!(!log.contains('\u{1b}'), "{log:?}");
}

#[tokio::test]
async fn nothing_is_drawn_when_standard_error_is_a_pipe() {
    let lab = Lab::with_faults(&["report:202*2", "location:pending*2"]).await;
    assert_eq!(lab.run(&["sync"]).await.stderr, "");
}

#[tokio::test]
async fn a_help_text_is_as_wide_as_the_terminal() {
    for arguments in [
        &["--help"][..],
        &["report", "--help"],
        &["explain", "--help"],
        &["history", "--help"],
    ] {
        let (near, far) = terminal(80);
        let reading = thread::spawn(move || read_all(near));
        let mut command = command(arguments);
        command.stdout(Stdio::from(far));
        let child = command.spawn().unwrap();
        drop(command);
        assert!(child.wait_with_output().await.unwrap().status.success());
        let help = reading.join().unwrap().unwrap();
        let widest = help.lines().max_by_key(|line| line.chars().count()).unwrap();
        assert!((61..=80).contains(&widest.chars().count()), "{widest:?}");
    }
}
