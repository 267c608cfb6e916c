//! Faults as one writes them (`upload:503*2`) and the queue from which answers take them.
//!
//! How a fault looks on the wire is told by [`interference`](super::interference).

use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use chrono::TimeDelta;

use super::fault_syntax::{FaultSyntax, parse};

/// A fault, the place where it happens and how often. Written `POINT:KIND` or `POINT:KIND*TIMES`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub point: Point,
    pub kind: Kind,
    pub times: Times,
}

/// Where a fault happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// The server's all-users report.
    Report,
    /// The server's version.
    Meta,
    /// The server's license.
    License,
    /// The server's counts of users.
    Stats,
    /// The cloud's installation tokens.
    Token,
    /// The cloud's upload.
    Upload,
    /// The cloud's status of all servers.
    Status,
    /// The cloud's answer about one upload, where `Location` leads.
    Location,
    /// The cloud's consumed licenses.
    Consumed,
}

impl Point {
    /// Every point with the word for it.
    pub const ALL: &[(&str, Point)] = &[
        ("report", Point::Report),
        ("meta", Point::Meta),
        ("license", Point::License),
        ("stats", Point::Stats),
        ("token", Point::Token),
        ("upload", Point::Upload),
        ("status", Point::Status),
        ("location", Point::Location),
        ("consumed", Point::Consumed),
    ];
}

/// What happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// This status, before the request has any effect; written `503`, or `429@120` with `Retry-After: 120`.
    Status {
        status: StatusCode,
        retry_after: Option<u64>,
    },
    /// The last upload is told to be pending (`status` and `location` only).
    Pending,
    /// The last upload is told to have failed (`status` and `location` only).
    Failure,
    /// Another host is told to have reported under the server's ID just now (`status` only).
    OtherHost,
    /// This server's host name is listed under another server ID as well (`status` only).
    OtherId,
    /// The request takes effect, and the answer stops in the middle.
    Cut,
    /// The connection is closed without an answer, before the request has any effect.
    Reset,
    /// The answer is late by this.
    Latency(Duration),
    /// 200 with a page for people, as a captive portal answers.
    Html,
    /// The host's clock is off by this, in its `Date` and in what it thinks of a token's times.
    Skew(TimeDelta),
}

/// How often a fault happens before things are well again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    Count(u32),
    Always,
}

impl FromStr for Fault {
    type Err = FaultSyntax;

    fn from_str(text: &str) -> Result<Self, FaultSyntax> {
        parse(text)
    }
}

/// The faults that are still to happen, in the order in which they were added.
#[derive(Default)]
pub(super) struct FaultQueue(Mutex<Vec<Fault>>);

impl FaultQueue {
    /// Appends a fault.
    pub(super) fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    /// Forgets all faults.
    pub(super) fn clear(&self) {
        self.lock().clear();
    }

    /// How many faults are still to happen.
    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    /// The fault that happens now at `point`, which is thereby used up once.
    pub(super) fn take(&self, point: Point) -> Option<Kind> {
        let mut faults = self.lock();
        let at = faults.iter().position(|fault| fault.point == point)?;
        let kind = faults[at].kind.clone();
        match &mut faults[at].times {
            Times::Always => {}
            Times::Count(left) if *left > 1 => *left -= 1,
            Times::Count(_) => drop(faults.remove(at)),
        }
        Some(kind)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_happens_as_often_as_it_says_and_only_at_its_point() {
        let queue = FaultQueue::default();
        queue.add("upload:503*2".parse().unwrap());
        queue.add("upload:cut".parse().unwrap());
        assert_eq!(queue.take(Point::Token), None);
        let unavailable = Some(Kind::Status {
            status: StatusCode::SERVICE_UNAVAILABLE,
            retry_after: None,
        });
        assert_eq!(queue.take(Point::Upload), unavailable);
        assert_eq!(queue.take(Point::Upload), unavailable);
        assert_eq!(queue.take(Point::Upload), Some(Kind::Cut));
        assert_eq!(queue.take(Point::Upload), None);
    }

    #[test]
    fn a_fault_for_ever_ends_when_faults_are_cleared() {
        let queue = FaultQueue::default();
        queue.add("meta:reset*always".parse().unwrap());
        for _ in 0..5 {
            assert_eq!(queue.take(Point::Meta), Some(Kind::Reset));
        }
        queue.clear();
        assert_eq!(queue.take(Point::Meta), None);
    }
}
