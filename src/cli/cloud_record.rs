//! What `status` shows of the cloud without asking it: the last answer to the daemon, in a line or two with its age.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::words;
use crate::plain::{self, escaped};
use crate::store::CloudRecord;
use crate::sync::Freshness;

/// So many servers are named that a person has to look at.
const NAMED: usize = 3;

pub(super) fn lines(record: &CloudRecord, now: DateTime<Utc>) -> Vec<String> {
    let mut lines = vec![answer(record, now)];
    if let Some(failure) = &record.failure {
        lines.push(format!(
            "no answer at {} ({}): {}",
            words::time(record.asked_at),
            failure.reason.code(),
            escaped(&failure.detail)
        ));
    }
    lines
}

fn answer(record: &CloudRecord, now: DateTime<Utc>) -> String {
    let enterprise = &record.account.enterprise;
    let Some(at) = record.answered_at else {
        return format!("the cloud has not answered yet what it knows of the servers of {enterprise}");
    };
    let servers = words::counted(record.servers.len() as u64, "server", "servers");
    let counts = Freshness::ALL.into_iter().filter_map(|freshness| {
        let count = record
            .servers
            .iter()
            .filter(|server| server.freshness == freshness.word())
            .count();
        (count > 0).then(|| format!("{count} {}", freshness.word()))
    });
    let counts: Vec<_> = counts.collect();
    let colon = if counts.is_empty() { "" } else { ": " };
    format!(
        "{servers} of the enterprise {enterprise}, {} ago{colon}{}{}",
        age(at, now),
        counts.join(", "),
        alarming(record)
    )
}

/// How long ago that was, to the second; a clock that was set back makes it none.
fn age(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = (now - at).num_seconds().try_into().unwrap_or_default();
    plain::duration(Duration::from_secs(seconds))
}

/// The servers that a person has to look at, which come first in the record.
fn alarming(record: &CloudRecord) -> String {
    let is_alarming = |word: &str| {
        Freshness::ALL
            .into_iter()
            .any(|it| it.is_alarming() && it.word() == word)
    };
    let alarming: Vec<_> = (record.servers.iter())
        .filter(|server| is_alarming(&server.freshness))
        .collect();
    if alarming.is_empty() {
        return String::new();
    }
    let named = alarming.iter().take(NAMED).map(|server| {
        let name = server.hostname.as_ref().unwrap_or(&server.server_id);
        format!("{name} is {}", server.freshness)
    });
    let mut named: Vec<_> = named.collect();
    if alarming.len() > NAMED {
        named.push(format!("{} more", alarming.len() - NAMED));
    }
    format!("; {}", named.join(", "))
}
