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
        "{servers} of the enterprise {enterprise}, {}{colon}{}{}",
        when(at, now),
        counts.join(", "),
        alarming(record)
    )
}

/// How long ago that was, to the second. After the clock was set back that is not known.
fn when(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    match u64::try_from((now - at).num_seconds()) {
        Ok(seconds) => format!("{} ago", plain::duration(Duration::from_secs(seconds))),
        Err(_) => format!("answered at {}, which is ahead of this clock", words::time(at)),
    }
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

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn an_answer_that_is_ahead_of_the_clock_has_no_age() {
        let at: DateTime<Utc> = "2026-11-02T03:00:00Z".parse().unwrap();
        assert_eq!(when(at, at + TimeDelta::minutes(5)), "5m ago");
        assert_eq!(when(at, at), "0s ago");
        let ahead = "answered at 2026-11-02 03:00:00 UTC, which is ahead of this clock";
        assert_eq!(when(at, at - TimeDelta::hours(5)), ahead);
    }
}
