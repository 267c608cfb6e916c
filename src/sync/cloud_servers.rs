//! How recent the cloud's list of each server is. Pure; ages are those of the cloud's clock.
//!
//! It judges the cloud's own statements and proves nothing: who reports under which ID is judged by `identity`.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::health::GRACE;
use crate::connect::{BuiltInSync, ListedServer, Listing, ServerStatistics};
use crate::schedule::Timetable;
use crate::timestamp;

/// The built-in sync reports once a week, and may be a day late.
const BUILT_IN_RHYTHM: TimeDelta = TimeDelta::days(7);

/// The clocks of the cloud's hosts may differ by this.
const CLOCKS_APART: TimeDelta = TimeDelta::minutes(5);

/// How recent the last sync of a server is. What a person has to look at comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Freshness {
    /// The cloud says that the last sync failed.
    Failed,
    /// The last sync is older than the rhythm of the server allows.
    Stale,
    /// The cloud's message about the last sync cannot be understood.
    Unknown,
    /// The cloud knows of no sync.
    Never,
    Fresh,
}

impl Freshness {
    /// Every word, in the order in which servers are listed.
    pub const ALL: [Self; 5] = [Self::Failed, Self::Stale, Self::Unknown, Self::Never, Self::Fresh];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Stale => "stale",
            Self::Unknown => "unknown",
            Self::Never => "never",
            Self::Fresh => "fresh",
        }
    }

    /// Whether the list of the server does not get to the cloud any more.
    pub fn is_alarming(self) -> bool {
        matches!(self, Self::Failed | Self::Stale)
    }
}

/// By what a server is recognized as the one that the settings name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum OursBy {
    ServerId,
    /// Its host name, listed under another ID than ours, or while ours is not known.
    Hostname,
}

/// One server of the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct CloudServer {
    pub server_id: String,
    pub hostname: Option<String>,
    /// By what it is recognized as the server of the settings.
    pub ours_by: Option<OursBy>,
    pub freshness: Freshness,
    #[serde(serialize_with = "timestamp::serialize")]
    pub synced_at: Option<DateTime<Utc>>,
    pub age_seconds: Option<u64>,
    /// The cloud's word for how the last sync ended.
    pub status: Option<String>,
    /// The cloud's message about the last sync, if any.
    pub error: Option<String>,
    /// What cannot be read of it.
    pub unreadable: Vec<String>,
    /// What the server reported about its built-in license sync, if the cloud shows that.
    pub built_in_sync: Option<BuiltInSync>,
}

/// The servers of the account, as the cloud lists them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct CloudServers {
    /// When the cloud said so, by its own clock.
    #[serde(serialize_with = "timestamp::serialize")]
    pub answered_at: DateTime<Utc>,
    /// Each ID once, what a person has to look at first.
    pub servers: Vec<CloudServer>,
    /// Entries that name no server.
    pub unnamed: usize,
    /// Why it is not known whether the built-in license sync is on anywhere.
    pub statistics_error: Option<String>,
}

/// The two answers of the cloud.
#[derive(Debug)]
pub struct CloudAnswers {
    pub(super) listing: Listing,
    /// Or why there are none.
    pub(super) statistics: Result<ServerStatistics, String>,
}

/// This server, as far as it is known.
#[derive(Debug, Default)]
pub(super) struct OwnServer {
    pub(super) id: Option<Uuid>,
    pub(super) hostname: Option<String>,
    /// The schedule by which it reports, while license sync is on.
    pub(super) timetable: Option<Timetable>,
}

impl CloudServers {
    /// Judges what the cloud lists; of several entries with one ID, that of the newest sync.
    pub(super) fn of(answers: &CloudAnswers, us: &OwnServer) -> Self {
        let CloudAnswers { listing, statistics } = answers;
        let mut newest = BTreeMap::<String, &ListedServer>::new();
        for server in &listing.servers {
            let known = newest.entry(server.key()).or_insert(server);
            if known.synced_at < server.synced_at {
                *known = server;
            }
        }
        let mut servers: Vec<_> = (newest.into_values())
            .map(|server| CloudServer {
                built_in_sync: statistics.as_ref().ok().and_then(|it| it.of(server)).cloned(),
                ..CloudServer::of(server, us, listing.at)
            })
            .collect();
        servers.sort_by_cached_key(|it| (it.freshness, it.hostname.clone(), it.server_id.clone()));
        Self {
            answered_at: listing.at,
            servers,
            unnamed: listing.unnamed,
            statistics_error: statistics.as_ref().err().cloned(),
        }
    }

    /// Whether a server is stale or failed.
    pub fn is_alarming(&self) -> bool {
        self.servers.iter().any(|server| server.freshness.is_alarming())
    }
}

impl CloudServer {
    fn of(server: &ListedServer, us: &OwnServer, at: DateTime<Utc>) -> Self {
        let ours = us.recognize(server);
        let age = server.synced_at.map(|synced_at| at - synced_at);
        Self {
            server_id: server.id.clone(),
            hostname: server.hostname.clone(),
            ours_by: ours,
            freshness: freshness(
                server,
                us.timetable.as_ref().filter(|_| ours == Some(OursBy::ServerId)),
                at,
            ),
            synced_at: server.synced_at,
            age_seconds: age.map(|age| age.num_seconds().try_into().unwrap_or_default()),
            status: server.status.clone(),
            error: server.said.clone(),
            unreadable: server.unreadable.iter().map(ToString::to_string).collect(),
            built_in_sync: None,
        }
    }
}

impl OwnServer {
    fn recognize(&self, server: &ListedServer) -> Option<OursBy> {
        if self.id.is_some_and(|id| server.is(id)) {
            return Some(OursBy::ServerId);
        }
        let (ours, theirs) = (self.hostname.as_deref()?, server.hostname.as_deref()?);
        ours.eq_ignore_ascii_case(theirs).then_some(OursBy::Hostname)
    }
}

/// Judges the last sync of a server `at` this time of the cloud: by the timetable, if it reports by one.
fn freshness(server: &ListedServer, timetable: Option<&Timetable>, at: DateTime<Utc>) -> Freshness {
    let is_success = |status: &String| status.eq_ignore_ascii_case("success");
    let succeeded = server.status.as_ref().is_some_and(is_success);
    let is_unread = server.unreadable.iter().any(|member| member.is_of_last_sync());
    let says_nothing = !is_unread && server.status.is_none() && server.said.is_none();
    let is_understood = !is_unread && succeeded;
    match server.synced_at {
        _ if server.failed || (server.said.is_some() && !succeeded) => Freshness::Failed,
        Some(synced_at) if synced_at > at + CLOCKS_APART => Freshness::Unknown,
        Some(synced_at) if good_until(synced_at, timetable) <= at => Freshness::Stale,
        None if says_nothing => Freshness::Never,
        _ if !is_understood => Freshness::Unknown,
        None => Freshness::Never,
        Some(_) => Freshness::Fresh,
    }
}

/// Until when a sync is recent: when the one that follows it is late by a day.
fn good_until(synced_at: DateTime<Utc>, timetable: Option<&Timetable>) -> DateTime<Utc> {
    let due = match timetable {
        Some(timetable) => timetable.run_time(timetable.following(timetable.window_at(synced_at))),
        None => synced_at + BUILT_IN_RHYTHM,
    };
    due + GRACE
}

#[cfg(test)]
mod tests;
