//! The real binary as a process with which a test talks while it runs. It has no environment but what a test gives.

use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use super::lab::Ran;

/// A running process; it is killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
}

/// The binary, to be started without an environment.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ghe-license-sync"));
    command.env_clear().args(arguments).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.kill_on_drop(true);
    command
}

impl Process {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::of(command(arguments))
    }

    /// Starts a command whose outputs are pipes.
    pub(crate) fn of(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        Self {
            stdout: BufReader::new(child.stdout.take().unwrap()),
            stderr: BufReader::new(child.stderr.take().unwrap()),
            child,
        }
    }

    /// The next line on standard output, without its end.
    pub(crate) async fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).await.unwrap();
        line.trim_end().to_owned()
    }

    /// Reads standard error until a line holds `text`.
    pub(crate) async fn wait_for(&mut self, text: &str) {
        self.wait_for_any(&[text]).await;
    }

    /// Reads standard error until a line holds one of these.
    pub(crate) async fn wait_for_any(&mut self, texts: &[&str]) {
        let mut line = String::new();
        while !texts.iter().any(|text| line.contains(text)) {
            line.clear();
            let read = self.stderr.read_line(&mut line).await.unwrap();
            assert!(read > 0, "the process ended without saying any of {texts:?}");
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// The same for a process whose standard output nobody reads until it has ended.
    pub(crate) async fn end_unread(mut self) -> Ran {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        let status = self.child.wait().await.unwrap();
        self.stdout.read_to_string(&mut stdout).await.unwrap();
        self.stderr.read_to_string(&mut stderr).await.unwrap();
        Ran {
            exit: status.code(),
            stdout,
            stderr,
        }
    }

    /// Waits for the end; what was read already is not told again.
    pub(crate) async fn end(mut self) -> Ran {
        let (mut stdout, mut stderr) = (String::new(), String::new());
        let (read, heard, status) = tokio::join!(
            self.stdout.read_to_string(&mut stdout),
            self.stderr.read_to_string(&mut stderr),
            self.child.wait()
        );
        read.unwrap();
        heard.unwrap();
        Ran {
            exit: status.unwrap().code(),
            stdout,
            stderr,
        }
    }
}
