//! What is stored from an answer of the cloud, and what changed in it. Pure.
//!
//! A server that turned stale or failed is news once, and that it is fresh again is news once; in between the cloud may
//! say what cannot be understood, which is none.

use super::cloud_servers::{CloudServer, CloudServers, Freshness};
use crate::settings::{ReadAccess, Settings};
use crate::store::{CloudAccount, CloudRecord, RecordedServer};

/// So many servers are kept at most, those first that a person has to look at.
pub(super) const MOST_SERVERS: usize = 500;

/// What happened to a server since it was last reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turn<'a> {
    pub(super) to: Freshness,
    pub(super) server: &'a CloudServer,
}

/// What to keep of `listed`, and which servers turned since what was kept `before`.
pub(super) fn record<'a>(listed: &'a CloudServers, before: &[RecordedServer]) -> (Vec<RecordedServer>, Vec<Turn<'a>>) {
    let mut turns = Vec::new();
    let kept = listed.servers.iter().take(MOST_SERVERS).map(|server| {
        let known = before.iter().find(|known| known.server_id == server.server_id);
        let reported = known.and_then(|known| known.reported.as_deref());
        let now = match server.freshness {
            alarming if alarming.is_alarming() => Some(alarming.word()),
            Freshness::Fresh => None,
            _ => reported,
        };
        if now != reported {
            let to = server.freshness;
            turns.push(Turn { to, server });
        }
        RecordedServer {
            server_id: server.server_id.clone(),
            hostname: server.hostname.clone(),
            synced_at: server.synced_at,
            status: server.status.clone(),
            freshness: server.freshness.word().to_owned(),
            reported: now.map(str::to_owned),
            is_ours: server.ours_by.is_some(),
            built_in_sync: server.built_in_sync.as_ref().map(|sync| sync.is_on),
        }
    });
    let kept = kept.collect();
    (kept, turns)
}

/// The account that is watched.
pub(super) fn account(watch: &ReadAccess) -> CloudAccount {
    CloudAccount {
        api_origin: watch.api_url.origin().ascii_serialization(),
        enterprise: watch.enterprise.to_ascii_lowercase(),
    }
}

/// What was kept, if it is of the account that these settings watch.
pub(super) fn in_force(kept: Option<CloudRecord>, settings: &Settings) -> Option<CloudRecord> {
    let account = account(settings.watch().ok()?);
    kept.filter(|record| record.account == account)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn listed(freshness: Freshness) -> CloudServers {
        let server = CloudServer {
            server_id: "a".to_owned(),
            hostname: None,
            ours_by: None,
            freshness,
            synced_at: None,
            age_seconds: None,
            status: None,
            error: None,
            unreadable: Vec::new(),
            built_in_sync: None,
        };
        CloudServers {
            answered_at: DateTime::UNIX_EPOCH,
            servers: vec![server],
            unnamed: 0,
            statistics_error: None,
        }
    }

    /// Which of these answers, one after the other, are news.
    fn news(answers: &[Freshness]) -> Vec<bool> {
        let mut kept = Vec::new();
        let mut news = Vec::new();
        for freshness in answers {
            let listed = listed(*freshness);
            let (now, turns) = record(&listed, &kept);
            news.push(turns.iter().any(|turn| turn.to == *freshness));
            kept = now;
        }
        news
    }

    #[test]
    fn a_change_is_news_once_whatever_cannot_be_understood_in_between() {
        use Freshness::{Failed, Fresh, Never, Stale, Unknown};
        assert_eq!(
            news(&[Fresh, Stale, Stale, Fresh, Fresh]),
            [false, true, false, true, false]
        );
        assert_eq!(news(&[Stale, Unknown, Never, Stale]), [true, false, false, false]);
        assert_eq!(news(&[Stale, Unknown, Fresh, Unknown]), [true, false, true, false]);
        assert_eq!(news(&[Failed, Stale, Failed]), [true, true, true]);
        assert_eq!(news(&[Never, Unknown, Fresh]), [false; 3]);
    }

    #[test]
    fn a_server_that_is_no_longer_listed_is_forgotten() {
        let (kept, _) = record(&listed(Freshness::Stale), &[]);
        let none = CloudServers {
            servers: Vec::new(),
            ..listed(Freshness::Fresh)
        };
        assert_eq!(record(&none, &kept), (Vec::new(), Vec::new()));
    }

    #[test]
    fn a_long_list_is_kept_in_part() {
        let one = listed(Freshness::Stale).servers.remove(0);
        let long = CloudServers {
            servers: vec![one; MOST_SERVERS + 1],
            ..listed(Freshness::Fresh)
        };
        assert_eq!(record(&long, &[]).0.len(), MOST_SERVERS);
    }
}
