//! How the program is led to each failpoint.

/// A failpoint and what leads to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) point: &'static str,
    /// In a word or two, when it is not the plain way.
    pub(super) way: &'static str,
    /// How often it is passed before it strikes.
    pub(super) passes: u32,
    pub(super) accounts: u32,
    /// What goes wrong at the two hosts until the process is gone.
    pub(super) faults: &'static [&'static str],
    /// Where an earlier process died.
    pub(super) earlier: Option<&'static str>,
    /// License sync is switched off until the process is gone.
    pub(super) gate_closed: bool,
    /// A run by hand does not come here, or leaves the window to another document.
    pub(super) daemon_only: bool,
    /// The daemon ends when this fails, so that it cannot continue.
    pub(super) vital: bool,
    /// What else runs at the same time decides how far the run is, so it is not told.
    pub(super) beside_the_run: bool,
    /// The head of the request may have arrived or not, and only then the cloud knows of it.
    pub(super) on_the_wire: bool,
}

pub(super) const PLAIN: Row = Row {
    point: "",
    way: "",
    passes: 0,
    accounts: 60,
    faults: &[],
    earlier: None,
    gate_closed: false,
    daemon_only: false,
    vital: false,
    beside_the_run: false,
    on_the_wire: false,
};

/// A way that starts with these faults.
const fn with(faults: &'static [&'static str]) -> Row {
    Row { faults, ..PLAIN }
}

/// A way that starts after a process that died.
const fn after(earlier: &'static str, way: &'static str) -> Row {
    Row {
        way,
        earlier: Some(earlier),
        ..PLAIN
    }
}

const SECOND_PIECE: Row = Row {
    way: "second piece",
    passes: 1,
    accounts: 24_000,
    ..PLAIN
};

const GATE_CLOSED: Row = Row {
    gate_closed: true,
    ..after("before-sending=return(abort)", "gate closed")
};

/// This failpoint on this way.
fn at(point: &'static str, way: Row) -> Vec<Row> {
    vec![Row { point, ..way }]
}

/// Both sides of something.
fn around(before: &'static str, after: &'static str, way: Row) -> Vec<Row> {
    [at(before, way), at(after, way)].concat()
}

/// Every failpoint at least once, in the order in which a run passes them.
pub(super) fn rows() -> Vec<Row> {
    let vital = Row { vital: true, ..PLAIN };
    let daemon_only = Row {
        daemon_only: true,
        ..PLAIN
    };
    let beside_the_run = Row {
        daemon_only: true,
        beside_the_run: true,
        ..vital
    };
    let on_the_wire = Row {
        on_the_wire: true,
        ..PLAIN
    };
    let second_piece_on_the_wire = Row {
        on_the_wire: true,
        ..SECOND_PIECE
    };
    let interrupted_upload = after("after-sending=return(abort)", "after a crash");
    let interrupted_collection = after("after-begin=return(abort)", "after a crash");
    let uncollected = Row {
        faults: &["meta:404*1"],
        ..daemon_only
    };
    let unprocessed = Row {
        faults: &["location:failure*1"],
        ..daemon_only
    };
    let nobody_to_ask = with(&["location:404*1"]);
    [
        at("worker", beside_the_run),
        around("before-migrate", "after-migrate", vital),
        around("before-installation", "after-installation", PLAIN),
        at("run", daemon_only),
        around("before-begin", "after-begin", PLAIN),
        around("before-collect", "after-collect", PLAIN),
        around("before-not-collected", "after-not-collected", uncollected),
        around("before-count", "after-count", PLAIN),
        around("before-piece", "after-piece", PLAIN),
        around("before-piece", "after-piece", SECOND_PIECE),
        around("before-freeze", "after-freeze", PLAIN),
        around("before-sending", "after-sending", PLAIN),
        at("before-upload", on_the_wire),
        at("before-upload", second_piece_on_the_wire),
        at("after-upload", PLAIN),
        around("before-not-authorized", "after-not-authorized", with(&["token:503*1"])),
        around("before-undelivered", "after-undelivered", with(&["upload:503*1"])),
        around("before-undelivered", "after-undelivered", interrupted_upload),
        around("before-rejected", "after-rejected", with(&["upload:422*1"])),
        around("before-accepted", "after-accepted", PLAIN),
        around("before-question", "after-question", PLAIN),
        around("before-postpone", "after-postpone", nobody_to_ask),
        around("before-failed", "after-failed", unprocessed),
        around("before-not-collected", "after-not-collected", interrupted_collection),
        around("before-refused", "after-refused", GATE_CLOSED),
        around("before-delete", "after-delete", PLAIN),
        around("before-confirmed", "after-confirmed", PLAIN),
    ]
    .concat()
}
