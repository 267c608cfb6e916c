//! The daemon as a service manager sees it: a process, its signals, and what it says on the notification socket.

use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use tokio::net::UnixDatagram;

use super::lab::Lab;

/// Nothing here takes so long unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running daemon.
pub(crate) struct Service {
    child: Option<Child>,
    socket: UnixDatagram,
}

impl Drop for Service {
    /// A test that failed leaves no daemon behind.
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}

impl Service {
    /// Starts the real binary with the settings of `lab`.
    pub(crate) fn start(lab: &Lab) -> Self {
        Self::start_with(lab, &[])
    }

    /// The same with more environment.
    pub(crate) fn start_with(lab: &Lab, environment: &[(&str, &str)]) -> Self {
        let daemon = Command::new(env!("CARGO_BIN_EXE_ghe-license-sync"));
        Self::start_as(daemon, lab, environment)
    }

    /// The same by this command, which becomes the daemon.
    pub(crate) fn start_as(command: Command, lab: &Lab, environment: &[(&str, &str)]) -> Self {
        Self::start_in(lab.directory.path(), lab.sandbox.config_file(), command, environment)
    }

    /// The same with this settings file, and the socket in this directory.
    pub(crate) fn start_in(
        directory: &Path,
        settings: &Path,
        mut command: Command,
        environment: &[(&str, &str)],
    ) -> Self {
        let path = directory.join("notify");
        // The socket of a service that was started before.
        let _none = std::fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path).unwrap();
        let child = command
            .env_clear()
            .env("NOTIFY_SOCKET", &path)
            .envs(environment.iter().copied())
            .args(["--config".as_ref(), settings.as_os_str(), "run".as_ref()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            child: Some(child),
            socket,
        }
    }

    /// Waits until the daemon says something that holds `text`, and returns it.
    pub(crate) async fn says(&self, text: &str) -> String {
        self.says_any(&[text]).await
    }

    /// The same for the first that holds one of these.
    pub(crate) async fn says_any(&self, texts: &[&str]) -> String {
        self.says_within(PATIENCE, texts).await
    }

    /// The same for something that may take so long.
    pub(crate) async fn says_within(&self, patience: Duration, texts: &[&str]) -> String {
        let mut heard = Vec::new();
        let listening = async {
            loop {
                let mut buffer = vec![0; 4096];
                let size = self.socket.recv(&mut buffer).await.unwrap();
                let said = String::from_utf8_lossy(&buffer[..size]).into_owned();
                let found = texts.iter().any(|text| said.contains(text));
                heard.push(said);
                if found {
                    return;
                }
            }
        };
        match tokio::time::timeout(patience, listening).await {
            Ok(()) => heard.pop().unwrap(),
            Err(_) => panic!("waited for any of {texts:?} and heard {heard:#?}"),
        }
    }

    /// The ID of the process.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.id().to_string()])
            .status();
        assert!(status.unwrap().success(), "kill -{name}");
    }

    /// The most memory that the process had resident so far, in bytes.
    pub(crate) fn peak(&self) -> u64 {
        let path = format!("/proc/{}/status", self.id());
        let status = std::fs::read_to_string(path).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        peak.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }

    /// Waits for the end, and returns how it ended and the log.
    pub(crate) async fn end(mut self) -> (ExitStatus, String) {
        let child = self.child.take().unwrap();
        let waiting = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap());
        let output = tokio::time::timeout(PATIENCE, waiting).await.unwrap().unwrap();
        (output.status, String::from_utf8(output.stderr).unwrap())
    }
}
