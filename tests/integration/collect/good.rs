//! Reports and facts that are understood, in all the forms in which servers give them.

use std::io::Write;

use ghe_license_sync::collect::Collection;
use ghe_license_sync::license::{LicenseFacts, Seats, ServerCounts, ServerFacts, Totals, UserCounts};

use crate::support::enterprise::{collect_from, csv, with_answer, with_report};
use crate::support::loopback::{Loopback, Reply, Request, head};

/// Two who consume, of whom one is dormant, one who is suspended, one bot.
const REPORT: &str = "\
created_at,id,login,email,role,suspended?,last_logged_ip,repos,ssh_keys,org_memberships,dormant?,last_active,raw_login,2fa_enabled?
2020-01-01T00:00:00Z,9,nine,nine@example.com,user,false,192.0.2.1,1,0,2,false,2026-01-01,nine,true
2020-01-02T00:00:00Z,4,four,four@example.com,admin,false,,0,0,0,true,,four,false
2020-01-03T00:00:00Z,5,five,five@example.com,user,true,,0,0,0,true,,five,false
2020-01-04T00:00:00Z,6,hubot[bot],,bot,false,,0,0,0,false,,,false
";

const TOTALS: Totals = Totals {
    accounts: 4,
    consumed: 2,
    suspended: 1,
    organizations: 0,
    bots: 1,
    setup_users: 0,
    ghosts: 0,
    dormant: Some(1),
    unmatchable: 0,
    no_sign_in: None,
    shared_addresses: Some(0),
    repeated_rows: 0,
    products: None,
    products_refused: false,
};

fn people(collection: &Collection) -> Vec<(u64, String)> {
    collection
        .roster
        .consumers()
        .map(|(id, email)| (id.0, email.to_owned()))
        .collect()
}

/// Collects and expects exactly the people of [`REPORT`].
async fn expect_the_people(server: &Loopback) {
    let collection = collect_from(server).await.unwrap_or_else(|error| panic!("{error:?}"));
    // Not every report has the columns of the sign-ins.
    let totals = Totals {
        no_sign_in: None,
        ..collection.roster.totals()
    };
    assert_eq!(totals, TOTALS);
    assert_eq!(
        people(&collection),
        [(4, "four@example.com".to_owned()), (9, "nine@example.com".to_owned())]
    );
}

async fn expect_the_people_in(report: impl Into<Vec<u8>>) {
    let report = report.into();
    expect_the_people(&with_report(move |_| csv(&report)).await).await;
}

#[tokio::test]
async fn the_documented_columns_are_read() {
    expect_the_people_in(REPORT).await;
}

async fn collect_report(report: &'static [u8]) -> Collection {
    let collected = collect_from(&with_report(move |_| csv(report)).await).await;
    collected.unwrap_or_else(|error| panic!("{error:?}"))
}

#[tokio::test]
async fn an_address_is_trimmed_and_those_that_can_match_nobody_are_counted() {
    let collection = collect_report(
        b"id,login,email,suspended?\n1,a, a@example.com ,false\n2,b,,false\n3,c,c at example.com,false\n4,d,,true\n",
    )
    .await;
    let (nobody, other) = (String::new(), "c at example.com".to_owned());
    assert_eq!(
        people(&collection),
        [(1, "a@example.com".to_owned()), (2, nobody), (3, other)]
    );
    let totals = collection.roster.totals();
    assert_eq!((totals.consumed, totals.unmatchable), (3, 2));
}

#[tokio::test]
async fn what_nobodys_license_needs_may_be_anything_in_the_report() {
    let collection = collect_report(
        b"id,login,email,suspended?,dormant?\n1,a,a@example.com,false,\n2,b,\xff,true,\n3,c,c@example.com,false,true\n",
    )
    .await;
    let totals = collection.roster.totals();
    assert_eq!((totals.consumed, totals.suspended, totals.dormant), (2, 1, Some(1)));
}

#[tokio::test]
async fn a_report_without_the_column_does_not_say_how_many_are_dormant() {
    let collection = collect_report(b"id,login,email,suspended?\n1,a,a@example.com,false\n").await;
    assert_eq!(collection.roster.totals().dormant, None);
}

#[tokio::test]
async fn a_byte_order_mark_is_skipped() {
    expect_the_people_in(format!("\u{feff}{REPORT}")).await;
}

#[tokio::test]
async fn lines_may_end_with_crlf_and_the_last_with_nothing() {
    expect_the_people_in(REPORT.replace('\n', "\r\n")).await;
    expect_the_people_in(REPORT.trim_end()).await;
}

#[tokio::test]
async fn columns_may_come_in_any_order_with_others_between_them() {
    expect_the_people_in(
        "dormant?,email,plan,suspended?,login,x,id,role\n\
         FALSE,nine@example.com,,False,nine,,9,user\n\
         True,four@example.com,,false,four,,4,admin\n\
         true,five@example.com,,TRUE,five,,5,user\n\
         false,,,false,hubot[bot],,6,bot\n",
    )
    .await;
}

#[tokio::test]
async fn the_role_may_be_missing() {
    expect_the_people_in(
        "id,login,email,suspended?,dormant?\n\
         9,nine,nine@example.com,false,false\n\
         4,four,four@example.com,false,true\n\
         5,five,five@example.com,true,true\n\
         6,hubot[bot],,false,false\n",
    )
    .await;
}

#[tokio::test]
async fn json_in_a_quoted_cell_is_passed_over() {
    let json = r#""{""login"": ""nine, \u00e9"",
 ""note"": ""line 2""}""#;
    expect_the_people_in(REPORT.replace(",nine,true", &format!(",{json},true"))).await;
}

#[tokio::test]
async fn what_is_not_read_may_be_in_any_encoding() {
    let mut report = REPORT.as_bytes().to_vec();
    let at = REPORT.find("192.0.2.1").unwrap();
    report[at] = 0xff;
    expect_the_people_in(report).await;
}

#[tokio::test]
async fn a_compressed_transfer_is_unpacked() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(REPORT.as_bytes()).unwrap();
    let gzip = encoder.finish().unwrap();
    let server = with_report(move |_| Reply::answer(200, "Content-Encoding: gzip\r\n", &gzip)).await;
    expect_the_people(&server).await;
}

#[tokio::test]
async fn a_transfer_of_unknown_length_is_read_to_its_end() {
    expect_the_people(&with_report(|_| Reply::unmeasured("", REPORT.as_bytes())).await).await;
}

#[tokio::test]
async fn an_answer_that_comes_byte_by_byte_is_waited_for() {
    let server = with_report(|_| {
        let mut bytes = head(200, &format!("Content-Length: {}\r\n", REPORT.len()));
        bytes.extend_from_slice(REPORT.as_bytes());
        Reply::Pieces(bytes.chunks(1).map(<[u8]>::to_vec).collect())
    })
    .await;
    expect_the_people(&server).await;
}

#[tokio::test]
async fn the_facts_are_those_of_the_published_examples() {
    let collection = collect_from(&with_report(|_| csv(REPORT.as_bytes())).await)
        .await
        .ok()
        .unwrap();
    assert_eq!(
        collection.facts,
        ServerFacts {
            version: Some("3.19.0".to_owned()),
            license: LicenseFacts {
                kind: Some("standard".to_owned()),
                seats: Some(Seats::Limited(1400)),
                expires_at: Some("2016-02-06T18:41:52Z".parse().unwrap()),
            },
            counts: ServerCounts {
                users: Some(UserCounts {
                    total: 100,
                    suspended: 1,
                }),
                seats_used: Some(1316),
                seats: Some(Seats::Limited(1400)),
            },
        }
    );
}

/// The license facts that come of this answer.
async fn license(answer: &'static str) -> LicenseFacts {
    let server = with_answer("/api/v3/enterprise/settings/license", move || {
        Reply::answer(200, "", answer.as_bytes())
    })
    .await;
    collect_from(&server).await.ok().unwrap().facts.license
}

#[tokio::test]
async fn a_license_may_be_unlimited_and_never_expire() {
    for answer in [
        r#"{"kind":"standard","seats":"unlimited","seats_available":"unlimited","expire_at":null}"#,
        r#"{"kind":"standard","seats":"unlimited","expire_at":""}"#,
        r#"{"kind":"standard","seats":"Unlimited"}"#,
    ] {
        let license = license(answer).await;
        assert_eq!(
            (license.seats, license.expires_at),
            (Some(Seats::Unlimited), None),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn an_expiry_date_of_an_unknown_form_does_not_stop_a_sync() {
    let license = license(r#"{"kind":"standard","seats":0,"expire_at":"in a year"}"#).await;
    assert_eq!((license.seats, license.expires_at), (Some(Seats::Limited(0)), None));
}

#[tokio::test]
async fn what_nobodys_license_needs_does_not_stop_a_sync() {
    for answer in [
        "{}",
        r#"{"kind":null,"seats":null,"expire_at":null,"seats_used":null}"#,
        r#"{"kind":"","seats":"","seats_used":""}"#,
        r#"{"kind":{},"seats":"many","expire_at":7,"seats_used":-1}"#,
        r#"{"seats_used":9223372036854775808}"#,
    ] {
        let nothing = LicenseFacts {
            kind: None,
            seats: None,
            expires_at: None,
        };
        assert_eq!(license(answer).await, nothing, "{answer}");
    }
}

/// The version that is found in the header or in the answer.
async fn version(headers: &'static str, answer: &'static str) -> Option<String> {
    let server = with_answer("/api/v3/meta", move || Reply::answer(200, headers, answer.as_bytes())).await;
    collect_from(&server).await.ok().unwrap().facts.version
}

#[tokio::test]
async fn a_version_that_the_answer_does_not_tell_is_reported_by_its_header() {
    const HEADER: &str = "X-GitHub-Enterprise-Version: 3.18.2\r\n";
    assert_eq!(version(HEADER, "{}").await.as_deref(), Some("3.18.2"));
    assert_eq!(
        version(HEADER, r#"{"installed_version":null}"#).await.as_deref(),
        Some("3.18.2")
    );
    assert_eq!(
        version(HEADER, r#"{"installed_version":"3.19.0"}"#).await.as_deref(),
        Some("3.19.0")
    );
    assert_eq!(version("", r#"{"installed_version":""}"#).await, None);
}

#[tokio::test]
async fn a_server_that_does_not_count_its_users_is_collected_from() {
    for status in [500, 502, 503, 504] {
        let server = with_answer("/api/v3/enterprise/stats/users", move || Reply::answer(status, "", b"")).await;
        let counts = collect_from(&server).await.ok().unwrap().facts.counts;
        assert_eq!((counts.users, counts.seats_used), (None, Some(1316)), "{status}");
    }
}

#[tokio::test]
async fn every_request_carries_the_credentials_and_headers_it_should() {
    let server = with_report(|_| csv(REPORT.as_bytes())).await;
    collect_from(&server).await.ok().unwrap();
    let requests = server.requests();
    let paths: Vec<_> = requests.iter().map(Request::path).collect();
    assert_eq!(
        paths,
        [
            "/api/v3/meta",
            "/api/v3/enterprise/settings/license",
            "/api/v3/enterprise/stats/users",
            "/stafftools/reports/all_users.csv"
        ]
    );
    for request in &requests[..3] {
        assert_eq!(
            request.header("authorization"),
            Some("Bearer ghp_0123456789abcdefTOKEN")
        );
        assert_eq!(request.header("accept"), Some("application/vnd.github+json"));
        assert_eq!(request.header("x-github-api-version"), Some("2022-11-28"));
    }
    assert_eq!(
        requests[3].header("authorization"),
        Some("Basic bGljZW5zZS1ib3Q6Z2hwXzAxMjM0NTY3ODlhYmNkZWZUT0tFTg==")
    );
    assert!(requests.iter().all(|request| {
        request.header("user-agent") == Some(concat!("ghe-license-sync/", env!("CARGO_PKG_VERSION")))
    }));
}
