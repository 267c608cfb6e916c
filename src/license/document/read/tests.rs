//! What is read back, what is refused with which words, and that reading is the inverse of writing.

use std::collections::BTreeMap;

use chrono::DateTime;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::license::account::{Account, UserId};
use crate::license::document::defect::LONGEST_VALUE;
use crate::license::document::{Feature, ServerIdentity};
use crate::license::facts::{LicenseFacts, Seats};
use crate::license::roster::Roster;
use crate::license::roster::left_out::LeftOut;
use crate::reason::Reason;

const LIMIT: u64 = 1 << 20;

/// A whole document of two users.
const WHOLE: &str = r#"{"schema":"license-usage/v1","server":{"id":"00000000-0000-0000-0000-000000000007","hostname":"ghes.example.com","version":"3.19.0","http_only":false},"features":[{"name":"license-sync","enabled_at":"2026-01-05T03:04:05Z"}],"license":{"kind":"standard","seats":10,"expires_at":null},"users":[{"id":1,"emails":[{"address":"user1@example.com","primary":true}]},{"id":3,"emails":[]}],"totals":{"accounts":3,"consumed":2,"suspended":1,"organizations":0,"bots":0,"setup_users":0,"ghosts":0,"dormant":1},"collected_at":"2026-11-02T03:04:05Z"}"#;

fn read_text(text: &str) -> Reading {
    read(text.as_bytes(), LIMIT).unwrap()
}

fn defect_of(text: &str) -> String {
    let defect = read_text(text).document.err();
    defect.map_or_else(
        || "none".to_owned(),
        |defect| crate::explain::chain_of(&defect).join(": "),
    )
}

#[test]
fn a_document_is_read_with_all_that_it_says() {
    let reading = read_text(WHOLE);
    assert_eq!(reading.size, WHOLE.len() as u64);
    assert_eq!(reading.content, Digest(Sha256::digest(WHOLE).into()));
    let read = reading.document.unwrap();
    let users: Vec<_> = read.roster.consumers().map(|(id, email)| (id.0, email)).collect();
    assert_eq!(users, [(1, "user1@example.com"), (3, "")]);
    let totals = read.roster.totals();
    assert_eq!(
        (
            totals.accounts,
            totals.consumed,
            totals.suspended,
            totals.dormant,
            totals.unmatchable
        ),
        (3, 2, 1, Some(1), 1)
    );
    assert_eq!(totals.no_sign_in, None, "a document does not say it");
    assert_eq!(read.server.hostname, "ghes.example.com");
    assert_eq!(read.collected_at.to_rfc3339(), "2026-11-02T03:04:05+00:00");
}

#[test]
fn a_document_may_leave_out_how_many_are_dormant() {
    let read = read_text(&WHOLE.replace(r#","dormant":1"#, "")).document.unwrap();
    assert_eq!(read.roster.totals().dormant, None);
}

#[test]
fn products_are_read_back_and_are_what_the_users_list() {
    let with = |first: &str, second: &str, totals: &str| {
        let whole = WHOLE.replace(r#""primary":true}]}"#, &format!(r#""primary":true}}]{first}}}"#));
        let whole = whole.replace(r#""emails":[]}"#, &format!(r#""emails":[]{second}}}"#));
        whole.replace(r#""dormant":1}"#, &format!(r#""dormant":1{totals}}}"#))
    };
    let both = r#","products":["advanced-security","secret-protection"]"#;
    let (none, one) = (r#","products":[]"#, r#","products":["secret-protection"]"#);
    let totals = r#","products":{"advanced_security":1,"secret_protection":2}"#;
    let read = read_text(&with(both, one, totals)).document.unwrap();
    let products = read.roster.totals().products.unwrap();
    assert_eq!(
        (products.advanced_security, products.secret_protection),
        (Some(1), Some(2))
    );
    assert!(read.roster.users().all(|user| user.products.iter().count() > 0));
    let unsorted = r#","products":["secret-protection","advanced-security"]"#;
    let told = [
        with(both, none, totals),
        with(both, one, ""),
        with(both, "", r#","products":{"advanced_security":1,"secret_protection":1}"#),
        with(unsorted, one, totals),
        with(r#","products":["canary"]"#, one, totals),
        with(both, one, r#","products":{"canary":1}"#),
    ]
    .map(|document| defect_of(&document));
    insta::assert_snapshot!(told.join("\n"), @"
    its totals do not add up: `products` are not the numbers of users who list them
    its totals do not add up: `products` are not the numbers of users who list them
    it has the members of license-usage/v1 and is not written as this program writes them
    it has the members of license-usage/v1 and is not written as this program writes them
    a value is not of the type that license-usage/v1 has there, at byte 378 of line 1
    license-usage/v1 has no member `canary` there, at byte 604 of line 1
    ");
}

/// What is changed in the document, the part of it, and what stands there then.
const CHANGED: &[(&str, &str, &str)] = &[
    ("empty", WHOLE, ""),
    ("half", r#","totals""#, "\u{0}"),
    ("not JSON", r#""users":"#, r#""users"="#),
    ("followed by another", r#"02T03:04:05Z"}"#, r#"02T03:04:05Z"}{}"#),
    ("another schema", "usage/v1", "usage/v2"),
    ("a member too many", r#""emails":[]"#, r#""login":"canary","emails":[]"#),
    (
        "a member that names somebody",
        r#""emails":[]"#,
        r#""canary@example.com":1,"emails":[]"#,
    ),
    ("a member too few", r#""hostname":"ghes.example.com","#, ""),
    ("a required null left out", r#","expires_at":null"#, ""),
    (
        "a member twice",
        r#""http_only":false"#,
        r#""http_only":false,"http_only":false"#,
    ),
    (
        "a value of another type",
        r#""primary":true"#,
        r#""primary":"canary@example.com""#,
    ),
    ("a number as text", r#""seats":10"#, r#""seats":"canary""#),
    ("a user twice", r#"{"id":3"#, r#"{"id":1"#),
    ("an ID of 0", r#"{"id":1"#, r#"{"id":0"#),
    (
        "two addresses",
        r#"[{"address""#,
        r#"[{"address":"a@example.com","primary":false},{"address""#,
    ),
    ("an empty address", "user1@example.com", ""),
    ("another number of users", r#""consumed":2"#, r#""consumed":1"#),
    ("counts that do not add up", r#""accounts":3"#, r#""accounts":4"#),
    (
        "counts beyond all counting",
        r#""bots":0"#,
        r#""bots":18446744073709551615"#,
    ),
    ("more dormant than consumed", r#""dormant":1"#, r#""dormant":3"#),
    ("a line end behind", r#"02T03:04:05Z"}"#, "02T03:04:05Z\"}\n"),
    ("white space", r#""users":"#, r#""users": "#),
    (
        "another order",
        r#""kind":"standard","seats":10"#,
        r#""seats":10,"kind":"standard""#,
    ),
    ("a number in quotes", r#""seats":10"#, r#""seats":"10""#),
    (
        "a time in another zone",
        "2026-11-02T03:04:05Z",
        "2026-11-02T04:04:05+01:00",
    ),
];

#[test]
fn every_change_to_a_document_has_a_defect_of_its_own_that_quotes_no_value() {
    let mut table = String::new();
    for (what, from, to) in CHANGED {
        assert!(WHOLE.contains(from), "{what}");
        let text = match *to {
            "\u{0}" => WHOLE.split(from).next().unwrap().to_owned(),
            to => WHOLE.replacen(from, to, 1),
        };
        let defect = defect_of(&text);
        assert!(!defect.contains("canary") && !defect.contains('@'), "{defect}");
        table += &format!("{what}: {defect}\n");
    }
    insta::assert_snapshot!(table);
}

#[test]
fn what_takes_too_much_ends_the_reading() {
    let at_limit = read(WHOLE.as_bytes(), WHOLE.len() as u64).unwrap();
    assert!(at_limit.document.is_ok());
    let beyond = read(WHOLE.as_bytes(), WHOLE.len() as u64 - 1).unwrap();
    let limit = WHOLE.len() as u64 - 1;
    assert_eq!(beyond.document.err(), Some(DocumentDefect::TooLarge { limit }));
    assert_eq!(DocumentDefect::TooLarge { limit }.reason(), Reason::PayloadTooLarge);
    let value = |value: &str| WHOLE.replacen("ghes.example.com", value, 1);
    for long in [
        "x".repeat(2 * LONGEST_VALUE),
        r#"\""#.repeat(LONGEST_VALUE),
        r"\\".repeat(LONGEST_VALUE),
    ] {
        let text = value(&long);
        let reading = read_text(&text);
        assert_eq!(reading.document.err(), Some(DocumentDefect::LongValue));
        assert_eq!(
            reading.content,
            Digest(Sha256::digest(&text).into()),
            "all of it belongs to the checksum"
        );
    }
    assert!(read_text(&value(&r#"\""#.repeat(200))).document.is_ok());
    let features = format!(
        "[{}]",
        vec![r#"{"name":"x","enabled_at":"2026-01-05T03:04:05Z"}"#; 17].join(",")
    );
    let many = WHOLE.replacen(
        r#"[{"name":"license-sync","enabled_at":"2026-01-05T03:04:05Z"}]"#,
        &features,
        1,
    );
    insta::assert_snapshot!(defect_of(&many), @"it has more than 16 features, at byte 996 of line 1");
}

#[test]
fn a_reader_that_fails_is_no_defect_of_the_document() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    assert_eq!(
        read(Broken, LIMIT).err().map(|error| error.kind()),
        Some(io::ErrorKind::ConnectionReset)
    );
    let half = io::Cursor::new(&WHOLE[..100]).chain(Broken);
    assert_eq!(
        read(half, LIMIT).err().map(|error| error.kind()),
        Some(io::ErrorKind::ConnectionReset)
    );
}

fn roster(users: &BTreeMap<u64, String>, left_out: [u16; 5], dormant: Index) -> Roster {
    let mut roster = Roster::default();
    for (id, email) in users {
        let account = Account {
            id: UserId(*id),
            login: "x",
            email,
            role: "user",
            suspended: false,
            dormant: Some(false),
            no_sign_in: None,
        };
        roster.add(&account, 2).unwrap();
    }
    let [suspended, organizations, bots, setup_users, ghosts] = left_out.map(u64::from);
    let left_out = LeftOut {
        suspended,
        organizations,
        bots,
        setup_users,
        ghosts,
        dormant: Some(dormant.index(users.len() + 1) as u64),
        products: None,
    };
    roster.with_left_out(left_out).unwrap()
}

proptest! {
    #[test]
    fn what_was_written_is_read_back_with_the_same_digest(
        users in prop::collection::btree_map(1..u64::from(u32::MAX), "\\PC{0,40}", 0..40),
        left_out: [u16; 5],
        dormant: Index,
        version in prop::option::of("\\PC{0,20}"),
        kind in prop::option::of("[ -~]{1,64}"),
        seats in prop::option::of(prop_oneof![Just(Seats::Unlimited), any::<u64>().prop_map(Seats::Limited)]),
        http_only: bool,
        expires in prop::option::of(0..4_000_000_000_i64),
        second in 0..4_000_000_000_i64,
    ) {
        let roster = roster(&users, left_out, dormant);
        let at = |second| DateTime::from_timestamp(second, 0);
        let license = LicenseFacts { kind, seats, expires_at: expires.and_then(at) };
        let server = ServerIdentity { id: uuid::Uuid::from_u128(7), hostname: "ghes.example.com".into(), version, http_only };
        let features = vec![Feature { name: "license-sync".into(), enabled_at: at(second / 2).unwrap() }];
        let document = Document { server, features, license: &license, collected_at: at(second).unwrap(), roster: &roster };
        let mut bytes = Vec::new();
        document.write_to(&mut bytes).unwrap();
        let found = read(&*bytes, LIMIT).unwrap().document;
        let found = found.map_err(|defect| TestCaseError::fail(defect.to_string()))?;
        prop_assert_eq!(found.document().digest(), document.digest());
        prop_assert_eq!(found.roster.totals(), roster.totals());
        prop_assert!(found.roster.consumers().eq(roster.consumers()));
    }
}
