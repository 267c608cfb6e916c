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
    /// The server's users of products.
    Products,
    /// The users whom SCIM provisioned on the server.
    Provisioned,
    /// The list of the server's accounts.
    Accounts,
    /// One account of the server.
    Account,
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
    /// The cloud's queries. What is forbidden, not found or limited says so with the status 200 there.
    Graphql,
    /// The cloud's managed users.
    Scim,
}

impl Point {
    /// Every point with the word for it.
    pub const ALL: &[(&str, Point)] = &[
        ("report", Point::Report),
        ("meta", Point::Meta),
        ("license", Point::License),
        ("stats", Point::Stats),
        ("products", Point::Products),
        ("provisioned", Point::Provisioned),
        ("accounts", Point::Accounts),
        ("account", Point::Account),
        ("token", Point::Token),
        ("upload", Point::Upload),
        ("status", Point::Status),
        ("location", Point::Location),
        ("consumed", Point::Consumed),
        ("graphql", Point::Graphql),
        ("scim", Point::Scim),
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
    /// The host announces that the API version ends after this time.
    Sunset(Duration),
    /// The answer is a cached one of this age, by its `Last-Modified`.
    Cached(Duration),
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

impl Fault {
    /// Whether it is about what the list of servers says of the last upload.
    fn tells_of_upload(&self) -> bool {
        self.point == Point::Status && matches!(self.kind, Kind::Pending | Kind::Failure)
    }
}

/// The faults that are still to happen, in the order in which they were added.
#[derive(Default)]
pub(super) struct FaultQueue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    /// Each with the number of uploads that were accepted before it was added.
    faults: Vec<(Fault, u64)>,
    uploads: u64,
}

impl FaultQueue {
    /// Appends a fault.
    pub(super) fn add(&self, fault: Fault) {
        let mut waiting = self.lock();
        let uploads = waiting.uploads;
        waiting.faults.push((fault, uploads));
    }

    /// Forgets all faults.
    pub(super) fn clear(&self) {
        self.lock().faults.clear();
    }

    /// How many faults are still to happen.
    pub(super) fn len(&self) -> usize {
        self.lock().faults.len()
    }

    /// Takes note that an upload was accepted.
    pub(super) fn note_upload(&self) {
        self.lock().uploads += 1;
    }

    /// The fault that happens now at `point`, which is thereby used up once. What is said of the last upload waits for one
    /// that comes after the fault: before it, the list is read to find out who reports.
    pub(super) fn take(&self, point: Point) -> Option<Kind> {
        let mut waiting = self.lock();
        let at = waiting.faults.iter().position(|(fault, _)| fault.point == point)?;
        let (fault, added_after) = &waiting.faults[at];
        if fault.tells_of_upload() && waiting.uploads == *added_after {
            return None;
        }
        let kind = fault.kind.clone();
        match &mut waiting.faults[at].0.times {
            Times::Always => {}
            Times::Count(left) if *left > 1 => *left -= 1,
            Times::Count(_) => drop(waiting.faults.remove(at)),
        }
        Some(kind)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
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
    fn what_is_said_of_an_upload_waits_for_one_that_comes_after_the_fault() {
        let queue = FaultQueue::default();
        queue.note_upload();
        queue.add("status:failure".parse().unwrap());
        assert_eq!(queue.take(Point::Status), None);
        queue.note_upload();
        assert_eq!(queue.take(Point::Status), Some(Kind::Failure));
        queue.add("status:503".parse().unwrap());
        assert!(queue.take(Point::Status).is_some(), "that is about no upload");
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
