//! What a fault is: where it happens, what happens and how often.

use std::time::Duration;

use axum::http::StatusCode;
use chrono::TimeDelta;

/// A fault, the place where it happens and how often. Written `POINT:KIND` or `POINT:KIND*TIMES`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InjectedFault {
    pub point: Point,
    pub kind: FaultKind,
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
pub enum FaultKind {
    /// This status, before the request has any effect; written `503`, or `429@120` with `Retry-After: 120`.
    Status {
        status: StatusCode,
        retry_after: Option<u64>,
    },
    /// The last upload is reported as pending (`status` and `location` only).
    Pending,
    /// The last upload is reported as failed (`status` and `location` only).
    Failure,
    /// Another host is listed as having reported under the server's ID just now (`status` only).
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

impl InjectedFault {
    /// Whether it is about the last upload in the list of servers.
    pub(super) fn shows_upload(&self) -> bool {
        self.point == Point::Status && matches!(self.kind, FaultKind::Pending | FaultKind::Failure)
    }
}
