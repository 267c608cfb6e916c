//! Reads what a program writes to its standard output, like an all-users report. The program is ended with the run.
//!
//! The program is the head of a process group, which is killed when the program has ended or the run has: what it started
//! there goes with it. What leaves the group lives on, and is not waited for. It gets nothing of the environment. The end
//! of what it writes to standard error is for the progress alone, and in no error, since it can name users.

use std::io;
use std::pin::pin;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt;
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::select;
use tokio::time::{Instant, sleep, timeout};

use super::command_error::CommandError;
use super::error::CollectError;
use super::progress::CollectProgress;
use super::report::WholeReport;
use super::rows::Decoder;
use super::start_error::{self, StartError};
use super::subject::Subject;
use super::tail::Tail;
use crate::plain;
use crate::settings::ReportCommand;

/// What is read at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// How long a program may take to end after it was asked to, and what it started elsewhere may hold its output open after it.
const GRACE: Duration = Duration::from_secs(2);

/// Reads the report.
pub(super) async fn read(
    settings: &ReportCommand,
    mut decoder: Decoder,
    progress: &dyn CollectProgress,
) -> Result<WholeReport, CollectError> {
    let take = |piece: &[u8], bytes| {
        decoder.push(piece).map_err(|source| defective(settings, source))?;
        progress.read(decoder.accounts(), bytes);
        Ok(())
    };
    let tail = pass_on(settings, Subject::Report, progress, take).await?;
    let (roster, people) = decoder.finish_with_people().map_err(|source| {
        progress.diagnostics(tail.lines());
        defective(settings, source)
    })?;
    let age = None;
    Ok(WholeReport { roster, people, age })
}

/// Runs the program, and hands what it writes to `take` in pieces, each with the number of bytes up to its end. Returns the end
/// of its standard error, which is for a failure that is found later.
pub(super) async fn pass_on(
    settings: &ReportCommand,
    subject: Subject,
    progress: &dyn CollectProgress,
    take: impl FnMut(&[u8], u64) -> Result<(), CollectError>,
) -> Result<Tail, CollectError> {
    let failed = |source| failed(settings, subject, source);
    progress.asking(settings.timeout + GRACE);
    let mut running = Running::start(settings).map_err(failed)?;
    let passed = running.pass_on_in_time(settings, subject, take).await;
    let tail = std::mem::take(&mut running.tail);
    match passed {
        Ok(()) => Ok(tail),
        Err(error) => {
            progress.diagnostics(tail.lines());
            Err(error)
        }
    }
}

fn failed(settings: &ReportCommand, subject: Subject, source: CommandError) -> CollectError {
    let program = settings.program.clone();
    CollectError::Command {
        subject,
        program,
        source,
    }
}

fn defective(settings: &ReportCommand, source: super::Defect) -> CollectError {
    let program = settings.program.clone();
    CollectError::Output { program, source }
}

/// A program that was started.
struct Running {
    child: Child,
    stdout: ChildStdout,
    stderr: ChildStderr,
    group: Group,
    tail: Tail,
}

impl Running {
    fn start(settings: &ReportCommand) -> Result<Self, CommandError> {
        start_error::make_sure_of_writers(&settings.program).map_err(CommandError::Start)?;
        let mut child = Command::new(&settings.program)
            .args(&settings.arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| CommandError::Start(StartError::of(&settings.program, error)))?;
        let id = child.id().and_then(|id| Pid::from_raw(id.cast_signed()));
        let parts = (id, child.stdout.take(), child.stderr.take());
        let (Some(id), Some(stdout), Some(stderr)) = parts else {
            let error = io::Error::other("it ended before it was started");
            return Err(CommandError::Start(StartError::Other(error)));
        };
        Ok(Self {
            child,
            stdout,
            stderr,
            group: Group(Some(id)),
            tail: Tail::default(),
        })
    }

    /// Passes on what it writes, if it ends in time and well.
    async fn pass_on_in_time(
        &mut self,
        settings: &ReportCommand,
        subject: Subject,
        take: impl FnMut(&[u8], u64) -> Result<(), CollectError>,
    ) -> Result<(), CollectError> {
        let failed = |source| failed(settings, subject, source);
        let reading = self.pass_on(settings, subject, take);
        let status = match timeout(settings.timeout, reading).await {
            Ok(ended) => ended?,
            Err(_) => {
                self.end().await;
                let limit = plain::duration(settings.timeout);
                return Err(failed(CommandError::Slow { limit }));
            }
        };
        match status.success() {
            true => Ok(()),
            false => Err(failed(CommandError::Failed {
                status: status.to_string(),
            })),
        }
    }

    /// Passes on what it writes until it has ended; how it ended. What it says on standard error is read, so that it continues.
    async fn pass_on(
        &mut self,
        settings: &ReportCommand,
        subject: Subject,
        mut take: impl FnMut(&[u8], u64) -> Result<(), CollectError>,
    ) -> Result<ExitStatus, CollectError> {
        let failed = |source| failed(settings, subject, source);
        let unread = |source| failed(CommandError::Read(source));
        let (mut piece, mut words) = (vec![0; PIECE], [0; 1024]);
        let (mut bytes, mut is_writing, mut is_talking, mut status) = (0, true, true, None);
        let mut last = pin!(sleep(Duration::MAX));
        while is_writing || is_talking || status.is_none() {
            select! {
                () = &mut last => break,
                read = self.stdout.read(&mut piece), if is_writing => {
                    let read = read.map_err(unread)?;
                    is_writing = read > 0;
                    bytes += read as u64;
                    if bytes > subject.cap() {
                        return Err(failed(CommandError::TooLarge { limit: subject.cap() }));
                    }
                    take(&piece[..read], bytes)?;
                }
                read = self.stderr.read(&mut words), if is_talking => {
                    let read = read.map_err(unread)?;
                    is_talking = read > 0;
                    self.tail.push(&words[..read]);
                }
                ended = self.child.wait(), if status.is_none() => {
                    status = Some(ended.map_err(unread)?);
                    last.as_mut().reset(Instant::now() + GRACE);
                    // What it left behind could hold its output open.
                    self.group.kill();
                }
            }
        }
        status.ok_or_else(|| unread(io::ErrorKind::UnexpectedEof.into()))
    }

    /// Asks it to end, and sees to it that it does.
    async fn end(&mut self) {
        self.group.signal(Signal::TERM);
        let _late = timeout(GRACE, self.child.wait()).await;
    }
}

/// A process group that ends with this.
struct Group(Option<Pid>);

impl Group {
    /// It may be gone by itself.
    fn signal(&self, signal: Signal) {
        let _gone = self.0.map(|id| kill_process_group(id, signal));
    }

    fn kill(&mut self) {
        self.signal(Signal::KILL);
        // The number can be that of another group from now on.
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
