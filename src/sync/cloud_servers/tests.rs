//! Servers of the account, judged at one time of the cloud.

use std::time::Duration;

use super::*;
use crate::schedule::{Rhythm, Schedule};

/// When the cloud answers.
const AT: &str = "2026-11-27T12:00:00Z";

const OURS: Uuid = Uuid::from_u128(7);

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A server whose last sync was a success this long before the answer.
fn server(id: &str, age: TimeDelta) -> ListedServer {
    ListedServer {
        id: id.to_owned(),
        hostname: Some(format!("{id}.example.com")),
        synced_at: Some(time(AT) - age),
        status: Some("success".to_owned()),
        failed: false,
        said: None,
        unreadable: Vec::new(),
    }
}

fn judged(servers: Vec<ListedServer>, us: &OwnServer) -> CloudServers {
    let listing = Listing {
        at: time(AT),
        servers,
        unnamed: 0,
    };
    let statistics = Ok(ServerStatistics::default());
    CloudServers::of(&CloudAnswers { listing, statistics }, us)
}

fn freshness_of(server: ListedServer) -> Freshness {
    judged(vec![server], &OwnServer::default()).servers[0].freshness
}

/// This server, which reports by this rhythm.
fn us(rhythm: Rhythm) -> OwnServer {
    let schedule = Schedule::new(rhythm, chrono_tz::UTC, Duration::ZERO, true).unwrap();
    OwnServer {
        id: Some(OURS),
        hostname: Some("ghes.example.com".to_owned()),
        timetable: Some(Timetable::new(schedule, time("2026-11-02T03:00:00Z"), OURS)),
    }
}

#[test]
fn a_sync_is_stale_after_a_week_and_a_day() {
    let second = TimeDelta::seconds(1);
    let limit = TimeDelta::days(8);
    assert_eq!(freshness_of(server("a", limit - second)), Freshness::Fresh);
    assert_eq!(freshness_of(server("a", limit)), Freshness::Stale);
}

#[test]
fn our_own_sync_is_judged_by_our_schedule_while_it_is_listed_under_our_id() {
    let ours = |age| ListedServer {
        hostname: Some("GHES.example.com".to_owned()),
        ..server(&OURS.to_string(), age)
    };
    let daily = us("0 3 * * *".parse().unwrap());
    for (age, freshness) in [
        (TimeDelta::hours(32), Freshness::Fresh),
        (TimeDelta::hours(58), Freshness::Stale),
    ] {
        let found = &judged(vec![ours(age)], &daily).servers[0];
        assert_eq!(
            (found.freshness, found.ours_by),
            (freshness, Some(OursBy::ServerId)),
            "{age}"
        );
    }
    // The built-in sync reports for the same host by its own rhythm.
    let built_in = ListedServer {
        hostname: Some("GHES.example.com".to_owned()),
        ..server("other", TimeDelta::days(3))
    };
    let found = &judged(vec![built_in], &daily).servers[0];
    assert_eq!(
        (found.freshness, found.ours_by),
        (Freshness::Fresh, Some(OursBy::Hostname))
    );
    let stranger = judged(vec![server("stranger", TimeDelta::days(3))], &daily);
    assert_eq!(stranger.servers[0].ours_by, None);
}

#[test]
fn a_failure_comes_before_the_age_and_words_with_a_success_are_no_failure() {
    let base = || server("a", TimeDelta::hours(1));
    let said = || Some("no license".to_owned());
    let failed = ListedServer {
        failed: true,
        synced_at: None,
        ..base()
    };
    assert_eq!(freshness_of(failed), Freshness::Failed);
    for status in [None, Some("error".to_owned())] {
        let with_words = ListedServer {
            said: said(),
            status,
            ..base()
        };
        assert_eq!(freshness_of(with_words), Freshness::Failed);
    }
    assert_eq!(freshness_of(ListedServer { said: said(), ..base() }), Freshness::Fresh);
}

#[test]
fn what_cannot_be_understood_passes_neither_for_fresh_nor_for_never() {
    let base = || server("a", TimeDelta::hours(1));
    let pending = ListedServer {
        status: Some("pending".to_owned()),
        ..base()
    };
    assert_eq!(freshness_of(pending.clone()), Freshness::Unknown);
    assert_eq!(
        freshness_of(ListedServer { status: None, ..base() }),
        Freshness::Unknown
    );
    let old = ListedServer {
        synced_at: Some(time("2026-11-02T03:00:00Z")),
        ..pending
    };
    assert_eq!(freshness_of(old), Freshness::Stale);
    let ahead = |by| ListedServer {
        synced_at: Some(time(AT) + by),
        ..base()
    };
    assert_eq!(freshness_of(ahead(TimeDelta::minutes(5))), Freshness::Fresh);
    assert_eq!(freshness_of(ahead(TimeDelta::minutes(6))), Freshness::Unknown);
    let never = ListedServer {
        synced_at: None,
        status: None,
        ..base()
    };
    assert_eq!(freshness_of(never), Freshness::Never);
}

#[test]
fn of_one_id_that_is_listed_twice_the_newest_sync_counts_however_it_is_written() {
    let (id, now) = ("AAAAAAAA-0000-4000-8000-000000000007", TimeDelta::hours(1));
    let newer = server(&id.to_lowercase(), now);
    for entries in [
        vec![server(id, TimeDelta::days(30)), newer.clone()],
        vec![newer.clone(), server(id, TimeDelta::days(30))],
    ] {
        let found = judged(entries, &OwnServer::default());
        assert_eq!(found.servers.len(), 1);
        assert_eq!(found.servers[0].freshness, Freshness::Fresh);
        assert!(!found.is_alarming());
    }
}

#[test]
fn what_a_person_has_to_look_at_comes_first() {
    let never = ListedServer {
        synced_at: None,
        status: None,
        ..server("d", TimeDelta::zero())
    };
    let failed = ListedServer {
        failed: true,
        ..server("c", TimeDelta::zero())
    };
    let found = judged(
        vec![
            server("b", TimeDelta::zero()),
            server("a", TimeDelta::zero()),
            never,
            server("e", TimeDelta::days(9)),
            failed,
        ],
        &OwnServer::default(),
    );
    let ids: Vec<_> = found.servers.iter().map(|server| &*server.server_id).collect();
    assert_eq!(ids, ["c", "e", "d", "a", "b"]);
    assert!(found.is_alarming());
    let mut sorted = Freshness::ALL;
    sorted.sort();
    assert_eq!(sorted, Freshness::ALL);
}
