//! Every failpoint and every way to die or to fail there: what happens to it.

use std::sync::Arc;

use chrono::TimeDelta;
use futures_util::{StreamExt, stream};
use ghe_license_sync::clock::{Clock, SystemClock};
use ghe_license_sync::sandbox::UploadRecord;
use ghe_license_sync::store::{Run, State, Trigger};

use super::death::{Death, abort, die, fail};
use super::page;
use super::remains::{Remains, body_digest};
use super::rows::{Row, rows};
use crate::support::lab::Lab;
use crate::support::service::Service;
use crate::support::set_clock::SetClock;

/// So many daemons are made to die at the same time.
const AT_ONCE: usize = 6;

/// Longer than any pause after a fault and shorter than a window.
const A_DAY: TimeDelta = TimeDelta::days(1);

const ON: &str = "[license-sync]\nenabled = true";
const OFF: &str = "[license-sync]\nenabled = false";

/// The result of one row with one crash.
pub(super) struct Cell {
    /// The state in which the run was left; none when there was no run.
    pub(super) left: Option<State>,
    /// The state in which it ended.
    pub(super) end: State,
    /// Requests that brought the document to the cloud.
    pub(super) attempts: Option<u64>,
    /// Documents that the cloud took.
    pub(super) taken: usize,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_anywhere_leaves_one_document_to_be_confirmed() {
    let rows = rows();
    let playing = stream::iter(rows.clone()).map(|row| tokio::spawn(async move { play(&row).await }));
    let played: Vec<_> = playing.buffered(AT_ONCE).collect().await;
    // Each has said what is wrong with it.
    let played: Result<Vec<_>, _> = played.into_iter().collect();
    page::check(&rows, &played.expect("every row holds"));
}

/// A row in all ways: those of a daemon that dies, that of one that continues, that of a sync by hand.
async fn play(row: &Row) -> Vec<Option<Cell>> {
    let mut cells = Vec::new();
    for death in Death::DAEMON {
        cells.push(Some(die_and_restart(row, death).await));
    }
    cells.push(if row.vital {
        None
    } else {
        Some(fail_and_proceed(row).await)
    });
    cells.push(if row.daemon_only {
        None
    } else {
        Some(die_and_restart(row, Death::KillSync).await)
    });
    cells
}

async fn die_and_restart(row: &Row, death: Death) -> Cell {
    let name = format!("{} ({}), {death:?}", row.point, row.way);
    let lab = prepare(row, Arc::new(SystemClock)).await;
    die(&lab, row, death).await;
    let left = Remains::of(&lab).await.run;
    repair(&lab, row).await;
    restart(&lab, &name).await;
    conclude(&lab, &name, left).await
}

/// No other process and no person: the one in which the step failed continues when its time has come.
async fn fail_and_proceed(row: &Row) -> Cell {
    let name = format!("{} ({}), continuing", row.point, row.way);
    let clock = SetClock::new();
    let lab = prepare(row, clock.clock()).await;
    let service = fail(&lab, row, &clock).await;
    // The daemon is alive, so its files are not to be copied.
    let left = lab.store().await.runs(1).await.unwrap().pop();
    repair(&lab, row).await;
    clock.set(A_DAY);
    // What is found interrupted only now waits once more, unless a person ends that.
    let interrupted = left.as_ref().is_some_and(|left| left.state == State::Collecting);
    if row.gate_closed || interrupted {
        service.signal("HUP");
    }
    let last_word = left.as_ref().filter(|left| is_last_word(left));
    let end = last_word.map_or(State::Confirmed, |left| left.state);
    service.says(&format!("; last run {end}")).await;
    service.signal("TERM");
    let (status, log) = service.end().await;
    assert!(status.success() && !log.contains("panicked"), "{name}: {log}");
    assert!(
        log.contains(&format!("failpoint {}: error", row.point)),
        "{name}: {log}"
    );
    conclude(&lab, &name, left).await
}

/// All that leads to the failpoint.
async fn prepare(row: &Row, clock: Arc<dyn Clock>) -> Lab {
    let lab = Lab::of(row.accounts, row.faults, clock).await;
    if let Some(earlier) = row.earlier {
        abort(&lab, earlier).await;
    }
    if row.gate_closed {
        lab.edit_settings(ON, OFF);
    }
    lab
}

/// All is well from now on.
async fn repair(lab: &Lab, row: &Row) {
    if row.gate_closed {
        lab.edit_settings(OFF, ON);
    }
    lab.clear_faults().await;
}

/// Checks how it ended, `left` being the run as it was before.
async fn conclude(lab: &Lab, name: &str, left: Option<Run>) -> Cell {
    let ended = Remains::of(lab).await;
    assert_eq!(ended.pieces, 0, "{name}: a payload is left");
    let (run, uploads) = (ended.run.unwrap(), lab.sandbox.uploads());
    judge(name, left.as_ref(), &run, &uploads);
    if let Some(upload) = uploads.first() {
        assert!((1..=2).contains(&upload.attempts), "{name}: {upload:?}");
        let frozen = run.frozen.as_ref().unwrap();
        assert_eq!(frozen.content_digest, body_digest(lab, upload), "{name}");
    }
    Cell {
        left: left.map(|run| run.state),
        end: run.state,
        attempts: uploads.first().map(|upload| upload.attempts),
        taken: uploads.len(),
    }
}

/// The daemon, until it has nothing to do any more; it has nothing to complain about. A person ends the wait that an
/// interruption left.
pub(super) async fn restart(lab: &Lab, name: &str) {
    let service = Service::start(lab);
    service.says("READY=1").await;
    service.signal("HUP");
    service.says("RELOADING=1").await;
    service.says("; last run ").await;
    service.signal("TERM");
    let (status, log) = service.end().await;
    assert!(status.success(), "{name}: {status}\n{log}");
    assert!(!log.contains("ERROR") && !log.contains("panicked"), "{name}: {log}");
}

/// The run that ended is the one whose document was frozen when the process died, if there was one, and the cloud took
/// one document in this window. What the cloud has said no to stays as it is.
fn judge(name: &str, left: Option<&Run>, run: &Run, uploads: &[UploadRecord]) {
    let taken = uploads
        .iter()
        .filter(|it| Some(&it.idempotency_key) == run.frozen.as_ref().map(|it| &it.idempotency_key));
    let taken = taken.count();
    assert_eq!(taken, uploads.len(), "{name}: {uploads:?}");
    if let Some(left) = left.filter(|left| is_last_word(left)) {
        assert_eq!((left, taken), (run, usize::from(left.receipt.is_some())), "{name}");
        return;
    }
    assert_eq!((run.state, taken), (State::Confirmed, 1), "{name}: {run:?}");
    let discarded = |left: &Run| matches!(left.state, State::Refused | State::Rejected);
    let frozen = left.filter(|left| left.frozen.is_some() && !discarded(left));
    if let Some(left) = frozen {
        assert_eq!((left.id, &left.frozen), (run.id, &run.frozen), "{name}");
    }
}

/// Whether the cloud has said its last word in this window, and it was a no. A run by hand takes no window away.
fn is_last_word(run: &Run) -> bool {
    let refused = run.state == State::Rejected || run.state == State::Failed && run.receipt.is_some();
    refused && run.trigger != Trigger::Manual
}
