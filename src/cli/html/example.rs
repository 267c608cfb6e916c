//! The page of a made-up account, always the same: its rendering in browsers is compared. With users, its names are
//! those of an attacker who wants to break the page.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::super::explain::{ExplainAnswer, Summary};
use super::super::report_answer::ReportAnswer;
use super::counted_licenses::CountedLicenses;
use super::page::{PageContent, page};
use crate::connect::{BuiltInSync, LicenseListing};
use crate::license::explain::{Discrepancy, DiscrepancyCause, Explanation, Grade, Unknown};
use crate::license::{ConsumedLicense, Counted, LicenseKind, Seats, ServerUser, growth};
use crate::sync::{CloudServer, CloudServers, Freshness, OursBy, Trend};

/// Markup, quotes and a character that turns the line around.
const HOSTILE: &str = "<script>alert('1')</script>\"><img src=https://198.51.100.7/ onerror=alert(1)>\u{202e}";

/// How many licenses are of the cloud and a server, of the cloud, of a server, and of neither.
const DEPLOYMENTS: [(bool, bool, u64); 4] = [
    (true, true, 1_012),
    (true, false, 241),
    (false, true, 137),
    (false, false, 14),
];

const SEATS: u64 = 1_500;

/// The page, with users or without.
pub(in crate::cli) fn example(shows_users: bool) -> String {
    let made_at = DateTime::from_timestamp(1_795_780_800, 0).unwrap_or_default();
    let mut count = CountedLicenses::new(false);
    for (is_cloud_user, is_server_user, licenses) in DEPLOYMENTS {
        (0..licenses).for_each(|number| count.add(&license(is_cloud_user, is_server_user, number)));
    }
    let mut named = CountedLicenses::new(shows_users);
    for (is_cloud_user, is_server_user, _) in DEPLOYMENTS {
        (0..3).for_each(|number| named.add(&license(is_cloud_user, is_server_user, number)));
    }
    let listing = LicenseListing {
        rows: count.totals.licenses,
        pages: 15,
        consumed: Some(count.totals.licenses),
        purchased: Some(SEATS),
        changed: false,
        repeated: 0,
        unreadable: BTreeMap::new(),
    };
    page(&PageContent {
        answer: ReportAnswer::of("octo-corp", "https://api.github.com/", listing, count.totals),
        several_servers: count.several_servers,
        explained: Some(explained()),
        trend: trend(made_at),
        servers: Ok(servers(
            made_at,
            if shows_users {
                HOSTILE
            } else {
                "github.emea.example.com"
            },
        )),
        users: named.rows,
        made_at,
    })
}

fn license(is_cloud_user: bool, is_server_user: bool, number: u64) -> ConsumedLicense {
    let is_hostile = number == 0;
    let address = || vec![format!("user-{number}@example.com")];
    let user = |host: &str| ServerUser {
        host: host.to_owned(),
        id: number,
    };
    let hosts = if number % 40 == 1 { 2 } else { 1 };
    let hosts = ["github.example.com", "github.emea.example.com"]
        .into_iter()
        .take(hosts);
    ConsumedLicense {
        login: is_cloud_user.then(|| {
            if is_hostile {
                HOSTILE.to_owned()
            } else {
                format!("user-{number}_octo")
            }
        }),
        is_cloud_user,
        is_server_user,
        server_users: if is_server_user {
            hosts.map(user).collect()
        } else {
            Vec::new()
        },
        server_addresses: if is_server_user { address() } else { Vec::new() },
        verified_addresses: if is_cloud_user && number % 20 != 3 {
            address()
        } else {
            Vec::new()
        },
        saml_name_id: None,
        kind: if number % 9 == 4 {
            LicenseKind::VisualStudio
        } else {
            LicenseKind::Enterprise
        },
        member_roles: Vec::new(),
        enterprise_roles: vec![
            if is_cloud_user || is_server_user {
                "Member"
            } else {
                "Pending invitation"
            }
            .to_owned(),
        ],
        pending_invitations: Vec::new(),
        visual_studio_address: None,
        visual_studio_status: None,
        accounts: 1 + u64::from(is_cloud_user && is_server_user),
    }
}

fn explained() -> ExplainAnswer {
    let found = [
        (
            DiscrepancyCause::NotSyncedSince,
            Grade::Certain,
            Some(Grade::Certain),
            18,
        ),
        (
            DiscrepancyCause::IdentityDiffers,
            Grade::Certain,
            Some(Grade::Certain),
            9,
        ),
        (DiscrepancyCause::StaleServer, Grade::Certain, Some(Grade::Certain), 14),
        (
            DiscrepancyCause::SecondaryAddress,
            Grade::Likely,
            Some(Grade::Likely),
            23,
        ),
        (DiscrepancyCause::VisualStudio, Grade::Likely, Some(Grade::Likely), 7),
        (DiscrepancyCause::PlusAddress, Grade::Possible, Some(Grade::Possible), 5),
        (DiscrepancyCause::OnlyHere, Grade::Possible, None, 61),
    ];
    let discrepancies = found.iter().flat_map(|(cause, grade, frees, count)| {
        (0..*count).map(|row| Discrepancy {
            cause: *cause,
            grade: *grade,
            row,
            account: None,
            partner: None,
            frees: *frees,
            clues: Vec::new(),
        })
    });
    let explanation = Explanation {
        discrepancies: discrepancies.collect(),
        unknowns: vec![Unknown::HiddenMembers(64)],
        licenses: 1_404,
        matched: 1_012,
        server_only: 137,
    };
    ExplainAnswer {
        is_known: true,
        summary: Summary::of(&explanation, "octo-corp", "github.example.com", Vec::new()),
        fixes: None,
        person: None,
    }
}

/// A year of weekly lists.
fn trend(now: DateTime<Utc>) -> Trend {
    let list = |week: u64| Counted {
        at: now - TimeDelta::weeks(i64::try_from(week).unwrap_or(0)),
        licenses: 1_149 - week * 29 / 10 - (week * week * 7) % 11,
        seats: Some(Seats::Limited(1_200)),
    };
    let lists: Vec<_> = (0..52).map(list).collect();
    Trend {
        growth: growth(&lists, now),
        lists,
    }
}

fn servers(at: DateTime<Utc>, first: &str) -> CloudServers {
    let server = |number: u8, hostname: &str, freshness, days: Option<i64>| CloudServer {
        server_id: format!("6f1c0a52-0000-4000-8000-00000000000{number}"),
        hostname: Some(hostname.to_owned()),
        ours_by: None,
        freshness,
        synced_at: days.map(|days| at - TimeDelta::days(days)),
        age_seconds: days.and_then(|days| u64::try_from(days * 86_400).ok()),
        status: None,
        error: None,
        unreadable: Vec::new(),
        built_in_sync: None,
    };
    let failed = CloudServer {
        error: Some("The license usage could not be processed".to_owned()),
        ..server(1, first, Freshness::Failed, Some(2))
    };
    let ours = CloudServer {
        ours_by: Some(OursBy::ServerId),
        built_in_sync: Some(BuiltInSync {
            is_on: false,
            as_of: at - TimeDelta::days(1),
        }),
        ..server(4, "github.example.com", Freshness::Fresh, Some(3))
    };
    CloudServers {
        answered_at: at,
        servers: vec![
            failed,
            server(2, "github.apac.example.com", Freshness::Stale, Some(41)),
            server(3, "github.lab.example.com", Freshness::Never, None),
            ours,
        ],
        unnamed: 0,
        statistics_error: None,
    }
}
