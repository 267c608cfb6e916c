//! Runs an attack as a whole sync of the real binary, several times over, and judges it by what it cost and what it left.
//!
//! The kernel holds the process to its memory and its processor time: a process that needs more is killed, and has no exit code.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ghe_license_sync::store::{State, Store};
use rustix::process::{Pid, WaitId, WaitIdOptions, geteuid, waitid};
use tokio::net::UnixDatagram;

use super::attack::{Attack, Role, Strike, UNHARMED};
use super::peer::{self, Peer};
use crate::privacy::canaries::{files, found, good_server, to};
use crate::support::authority::Authority;
use crate::support::lab::Lab;
use crate::support::loopback::Loopback;

/// The memory for data of a process, in KiB.
const DATA: &str = "131072";

/// The processor time of a process, in seconds. The program is not optimized here.
const PROCESSOR: &str = "12";

/// The most bytes of one output.
const OUTPUT: usize = 64 * 1024;

/// More than a record in the journal has.
const RECORD: usize = 256 * 1024;

/// The most bytes of a state directory, and by how much it may grow from the first attempt to the last.
const STORE: u64 = 400 * 1024;
const GROWTH: u64 = 48 * 1024;

/// The attempt that has a journal, counted from 1.
const JOURNALED_ATTEMPT: usize = 1;

/// Becomes the program, within its limits.
const LIMITED: &str = r#"ulimit -d "$1" && ulimit -t "$2" && shift 3 && exec "$@""#;

/// The same with a journal of a test's own.
const JOURNALED: &str = r#"mount -t tmpfs none /run && mkdir -p /run/systemd/journal &&
    ln -s "$3" /run/systemd/journal/socket && ulimit -d "$1" && ulimit -t "$2" && shift 3 && exec "$@""#;

/// Where all attacks take place: good hosts for the other side.
pub(super) struct Field {
    lab: Lab,
    site: Loopback,
    authority: Authority,
}

/// What an attack came to.
pub(super) struct Outcome {
    pub(super) verdict: String,
    pub(super) took: Duration,
    pub(super) processor: Duration,
    pub(super) stored: u64,
    pub(super) mistakes: Vec<String>,
}

/// One attack under way.
struct Trial<'a> {
    field: &'a Field,
    peer: Peer,
    directory: PathBuf,
    flags: Vec<String>,
    /// What the attempt with a journal sent there.
    records: Vec<u8>,
    mistakes: Vec<String>,
}

/// A process that ended.
struct Ended {
    exit: Option<i32>,
    took: Duration,
    processor: Duration,
}

impl Field {
    pub(super) async fn new() -> Self {
        Self {
            lab: Lab::with_faults(&[]).await,
            site: good_server().await,
            authority: Authority::new(),
        }
    }

    /// Plays the attack so many times, each within this time.
    pub(super) async fn play(&self, attack: &Attack, attempts: usize, patience: Duration) -> Outcome {
        let mut trial = Trial::of(self, attack).await;
        let ways = [
            &["sync", "--verbose", "--set=log.level=trace"][..],
            &["sync", "--verbose", "--set=log.level=trace"],
            &["sync", "--verbose", "--json", "--set=log.format=json"],
        ];
        let (mut all, mut verdicts, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
        for (number, way) in (1..=attempts).zip(ways) {
            all.push(trial.run(way, number == JOURNALED_ATTEMPT).await);
            verdicts.push(trial.verdict().await);
            sizes.push(trial.stored());
        }
        for way in [&["status", "--json"], &["history", "--json"]] {
            trial.run(way, false).await;
        }
        trial.judge(attack, &verdicts, &sizes);
        let took = all.iter().map(|ended| ended.took).max().unwrap();
        if took > patience {
            trial.mistakes.push(format!("it took {took:?}"));
        }
        Outcome {
            verdict: verdicts.swap_remove(0),
            took,
            processor: all.iter().map(|ended| ended.processor).max().unwrap(),
            stored: sizes.iter().copied().max().unwrap(),
            mistakes: trial.mistakes,
        }
    }
}

impl<'a> Trial<'a> {
    async fn of(field: &'a Field, attack: &Attack) -> Self {
        let directory = field
            .lab
            .directory
            .path()
            .join(attack.name.replace([' ', '/', ','], "-"));
        fs::create_dir(&directory).unwrap();
        let peer = peer::start(attack, &field.authority).await;
        let url = &peer.url;
        let network = field.authority.network();
        let ca_file = network.ca_file.unwrap();
        let trusting = |section: &str| format!("--set={section}.ca-file={}", ca_file.display());
        let cloud = |url: &str| ["api", "uploads"].map(|name| format!("--set=connect.{name}-url={url}"));
        let mut flags = vec![
            format!("--set=state.directory={}", directory.join("state").display()),
            "--set=license-sync.confirm-timeout=1s".to_owned(),
        ];
        match attack.role {
            Role::Server => flags.extend([format!("--set=server.url={url}"), trusting("server")]),
            Role::Cloud => flags.extend(cloud(url.as_str())),
            Role::Uploads => flags.push(format!("--set=connect.uploads-url={url}")),
            Role::Proxy => {
                flags.extend(cloud("https://cloud.example.com/"));
                flags.push(format!("--set=connect.proxy={url}"));
            }
        }
        if attack.role != Role::Server {
            flags.extend([to(&field.site), trusting("connect")]);
        }
        Self {
            field,
            peer,
            directory,
            flags,
            records: Vec::new(),
            mistakes: Vec::new(),
        }
    }

    /// Runs a command and checks all its output, to a journal or not.
    async fn run(&mut self, arguments: &[&str], in_journal: bool) -> Ended {
        let (stdout, stderr) = (self.directory.join("stdout"), self.directory.join("stderr"));
        let journal = self.directory.join("journal");
        let mut command = self.command(if in_journal { JOURNALED } else { LIMITED }, &journal);
        let errors = File::create(&stderr).unwrap();
        if in_journal {
            let stream = errors.metadata().unwrap();
            command.env("JOURNAL_STREAM", format!("{}:{}", stream.dev(), stream.ino()));
        }
        command.args(arguments).args(&self.flags).stdin(Stdio::null());
        command.stdout(File::create(&stdout).unwrap()).stderr(errors);
        let socket = UnixDatagram::bind(&journal).unwrap();
        let mut records = Vec::new();
        let ended = tokio::select! {
            ended = end(command) => ended,
            () = keep(&socket, &mut records) => unreachable!("it listens for ever"),
        };
        records.extend(rest(socket));
        fs::remove_file(&journal).unwrap();
        self.inspect("stdout", &fs::read(&stdout).unwrap());
        self.inspect("stderr", &fs::read(&stderr).unwrap());
        self.inspect("the journal", &records);
        if in_journal {
            self.records = records;
        }
        let command = arguments[0];
        if ended.exit.is_none_or(|exit| [64, 70, 78].contains(&exit)) {
            let said = String::from_utf8_lossy(&fs::read(&stderr).unwrap()).into_owned();
            self.mistakes
                .push(format!("{command} ended with {:?}: {said}", ended.exit));
        }
        ended
    }

    fn command(&self, script: &str, journal: &Path) -> Command {
        let mut command = Command::new("unshare");
        command.arg("--mount");
        if !geteuid().is_root() {
            command.arg("--map-root-user");
        }
        command.args(["sh", "-c", script, "sh", DATA, PROCESSOR]).arg(journal);
        command.arg(env!("CARGO_BIN_EXE_ghe-license-sync"));
        command.arg("--config").arg(self.field.lab.sandbox.config_file());
        command.env_clear();
        command
    }

    fn inspect(&mut self, what: &str, bytes: &[u8]) {
        let canaries = found(&self.field.lab, bytes);
        if !canaries.is_empty() {
            let text = String::from_utf8_lossy(bytes).into_owned();
            self.mistakes.push(format!("{what} holds {canaries:?}: {text}"));
        }
        let steers = |character: char| character.is_control() && !"\n\t".contains(character) || character == '\u{202e}';
        if what != "the journal" && String::from_utf8_lossy(bytes).contains(steers) {
            self.mistakes.push(format!("{what} steers a terminal"));
        }
        if bytes.len() > OUTPUT {
            self.mistakes.push(format!("{what} has {} bytes", bytes.len()));
        }
    }

    async fn verdict(&self) -> String {
        let store = Store::open(&self.directory.join("state")).await.unwrap();
        let run = store.runs(1).await.unwrap().remove(0);
        store.close().await;
        match run.reason {
            None if run.state == State::Confirmed => UNHARMED.to_owned(),
            reason => reason.map_or(run.state.word(), |reason| reason.code()).to_owned(),
        }
    }

    /// The bytes of all files of the state directory.
    fn stored(&self) -> u64 {
        files(&self.directory.join("state")).len() as u64
    }

    fn judge(&mut self, attack: &Attack, verdicts: &[String], sizes: &[u64]) {
        if verdicts.iter().any(|verdict| *verdict != verdicts[0]) {
            self.mistakes.push(format!("the attempts ended as {verdicts:?}"));
        }
        if let Some(verdict) = verdicts.get(JOURNALED_ATTEMPT - 1) {
            let (name, value) = match verdict.as_str() {
                UNHARMED => ("STATE", State::Confirmed.word()),
                reason => ("REASON", reason),
            };
            let length = (value.len() as u64).to_le_bytes();
            let field = [name.as_bytes(), b"\n", &length, value.as_bytes(), b"\n"].concat();
            if !self.records.windows(field.len()).any(|bytes| bytes == field) {
                let records = String::from_utf8_lossy(&self.records).into_owned();
                self.mistakes
                    .push(format!("no record in the journal has {name}={value}: {records}"));
            }
        }
        // Nobody asks a host whose handshake failed.
        let is_asked = verdicts[0] == UNHARMED || !matches!(attack.strike, Strike::Handshake(_));
        if is_asked && self.peer.strikes() == 0 {
            self.mistakes.push("nothing asked for it".to_owned());
        }
        if sizes.iter().any(|size| *size > STORE || *size > sizes[0] + GROWTH) {
            self.mistakes.push(format!("the state directory grew like {sizes:?}"));
        }
        let kept = files(&self.directory.join("state"));
        let canaries = found(&self.field.lab, &kept);
        if !canaries.is_empty() {
            self.mistakes.push(format!("the state directory holds {canaries:?}"));
        }
    }
}

/// Waits for the end of a process, and asks what it cost before it is gone.
async fn end(mut command: Command) -> Ended {
    let wait = move || {
        let (start, mut child) = (Instant::now(), command.spawn().unwrap());
        let id = Pid::from_child(&child);
        waitid(WaitId::Pid(id), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).unwrap();
        let took = start.elapsed();
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        // User and system time, in hundredths of a second.
        let ticks = fields
            .split(' ')
            .skip(11)
            .take(2)
            .map(|field| field.parse::<u64>().unwrap());
        Ended {
            exit: child.wait().unwrap().code(),
            took,
            processor: Duration::from_millis(10 * ticks.sum::<u64>()),
        }
    };
    tokio::task::spawn_blocking(wait).await.unwrap()
}

/// What was sent to the journal by a process that ended, and was not read yet. The runtime reads a socket
/// only after an event of the kernel, which for a record sent just before the end comes too late.
fn rest(socket: UnixDatagram) -> Vec<u8> {
    let socket = socket.into_std().unwrap();
    let (mut records, mut record) = (Vec::new(), vec![0; RECORD]);
    loop {
        match socket.recv(&mut record) {
            Ok(size) => records.extend_from_slice(&record[..size]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return records,
            Err(error) => panic!("the journal's socket cannot be read: {error}"),
        }
    }
}

/// Keeps what is sent to the journal.
async fn keep(socket: &UnixDatagram, records: &mut Vec<u8>) {
    loop {
        records.reserve(RECORD);
        socket.recv_buf(records).await.unwrap();
    }
}
