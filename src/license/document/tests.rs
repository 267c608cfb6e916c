//! What a document holds, and what its digest covers.

use super::super::account::Account;
use super::super::facts::Seats;
use super::super::products::ProductUsers;
use super::*;

#[test]
fn a_digest_is_written_as_64_hex_digits_and_read_from_nothing_else() {
    let digest = Digest([0xa5; 32]);
    let hex = "a5".repeat(32);
    assert_eq!(digest.to_string(), hex);
    assert_eq!(format!("{digest:?}"), format!("Digest({hex})"));
    assert_eq!(digest.short(), "a5a5a5a5a5a5");
    assert_eq!(hex.parse::<Digest>().ok(), Some(digest));
    for wrong in [
        &hex[1..],
        &format!("{hex}a5"),
        &"é".repeat(32),
        &"+5".repeat(32),
        &"zz".repeat(32),
    ] {
        assert!(wrong.parse::<Digest>().is_err(), "{wrong}");
    }
}

fn roster(ids: &[u64]) -> Roster {
    let mut roster = Roster::default();
    for (row, id) in (2..).zip(ids) {
        let email = if *id == 3 {
            String::new()
        } else {
            format!("user{id}@example.com")
        };
        let account = Account {
            id: UserId(*id),
            login: "canary",
            email: &email,
            role: "user",
            suspended: false,
            dormant: Some(false),
            no_sign_in: None,
        };
        roster.add(&account, row).unwrap();
    }
    roster.finish().map_err(|duplicate| duplicate.to_string()).unwrap()
}

fn with_document<T>(ids: &[u64], collected_at: &str, use_it: impl FnOnce(&Document<'_>) -> T) -> T {
    let license = LicenseFacts {
        kind: Some("standard".into()),
        seats: Some(Seats::Limited(10)),
        expires_at: None,
    };
    let features = vec![Feature {
        name: "license-sync".into(),
        enabled_at: "2026-01-05T03:04:05.678Z".parse().unwrap(),
    }];
    use_it(&Document {
        server: server(),
        features,
        license: &license,
        collected_at: collected_at.parse().unwrap(),
        roster: &roster(ids),
    })
}

#[test]
fn the_document_holds_exactly_the_fields_of_version_1() {
    let mut json = Vec::new();
    with_document(&[3, 1], "2026-11-02T03:04:05.9Z", |document| {
        document.write_to(&mut json)
    })
    .unwrap();
    insta::assert_snapshot!(String::from_utf8(json).unwrap(), @r#"{"schema":"license-usage/v1","server":{"id":"00000000-0000-0000-0000-000000000007","hostname":"ghes.example.com","version":"3.19.0","http_only":false},"features":[{"name":"license-sync","enabled_at":"2026-01-05T03:04:05Z"}],"license":{"kind":"standard","seats":10,"expires_at":null},"users":[{"id":1,"emails":[{"address":"user1@example.com","primary":true}]},{"id":3,"emails":[]}],"totals":{"accounts":2,"consumed":2,"suspended":0,"organizations":0,"bots":0,"setup_users":0,"ghosts":0,"dormant":0},"collected_at":"2026-11-02T03:04:05Z"}"#);
}

/// The users of a document on which the server lists some for products.
fn with_products(listed: &[(Product, &str)]) -> (String, Digest) {
    let mut users = ProductUsers::default();
    users.list(Product::CodeSecurity);
    users.list(Product::SecretProtection);
    for (product, login) in listed {
        users.add(*product, login);
    }
    let mut roster = Roster::default().with_products(Some(users));
    for (row, login) in (2..).zip(["mona", "hubot"]) {
        let account = Account {
            id: UserId(row),
            login,
            email: "",
            role: "user",
            suspended: false,
            dormant: Some(false),
            no_sign_in: None,
        };
        roster.add(&account, u32::try_from(row).unwrap()).unwrap();
    }
    let document = Document {
        server: server(),
        features: Vec::new(),
        license: &LicenseFacts::default(),
        collected_at: DateTime::UNIX_EPOCH,
        roster: &roster.finish().map_err(|duplicate| duplicate.to_string()).unwrap(),
    };
    let mut json = Vec::new();
    document.write_to(&mut json).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    (
        format!("{} {}", json["users"], json["totals"]["products"]),
        document.digest(),
    )
}

#[test]
fn products_are_listed_for_each_user_where_they_were_collected_and_the_digest_covers_them() {
    let both = [(Product::SecretProtection, "mona"), (Product::CodeSecurity, "Mona")];
    let (json, digest) = with_products(&both);
    insta::assert_snapshot!(json, @r#"[{"emails":[],"id":2,"products":["code-security","secret-protection"]},{"emails":[],"id":3,"products":[]}] {"code_security":1,"secret_protection":1}"#);
    assert!(!json.contains("mona"));
    let (other, changed) = with_products(&both[..1]);
    insta::assert_snapshot!(other, @r#"[{"emails":[],"id":2,"products":["secret-protection"]},{"emails":[],"id":3,"products":[]}] {"code_security":0,"secret_protection":1}"#);
    assert_ne!(changed, digest);
}

fn server() -> ServerIdentity {
    ServerIdentity {
        id: Uuid::from_u128(7),
        hostname: "ghes.example.com".into(),
        version: Some("3.19.0".into()),
        http_only: false,
    }
}

fn digest(ids: &[u64], collected_at: &str) -> Digest {
    let mut digest = None;
    with_document(ids, collected_at, |document| digest = Some(document.digest()));
    digest.unwrap()
}

#[test]
fn the_digest_ignores_the_time_and_the_order_of_rows_but_no_person() {
    let first = digest(&[1, 2, 3], "2026-11-02T03:04:05Z");
    assert_eq!(digest(&[3, 1, 2], "2026-11-09T03:04:05Z"), first);
    assert_ne!(digest(&[1, 2], "2026-11-02T03:04:05Z"), first);
    assert_eq!(first.to_string().parse::<Digest>().ok(), Some(first));
}

#[test]
fn the_end_of_a_document_says_when_it_was_collected() {
    let mut json = Vec::new();
    with_document(&[1], "2026-11-02T03:04:05Z", |document| document.write_to(&mut json)).unwrap();
    let end = &json[json.len() - 64..];
    assert_eq!(collected_at(end), "2026-11-02T03:04:05Z".parse().ok());
    assert_eq!(collected_at(&end[..63]), None);
    assert_eq!(collected_at(b"{\"users\":\"YWJj\"}"), None);
}

#[test]
fn the_digest_is_that_of_the_written_bytes_with_collected_at_cut_out() {
    let mut json = Vec::new();
    let digest = with_document(&[1], "2026-11-02T03:04:05Z", |document| {
        document.write_to(&mut json).unwrap();
        document.digest()
    });
    let cut = String::from_utf8(json)
        .unwrap()
        .replace(r#","collected_at":"2026-11-02T03:04:05Z""#, "");
    assert_eq!(Digest(Sha256::digest(cut).into()), digest);
}
