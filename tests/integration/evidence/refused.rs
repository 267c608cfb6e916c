//! Parts that the token may not read, that are limited, or that do not come to their end.

use std::sync::atomic::{AtomicUsize, Ordering};

use ghe_license_sync::connect::{CloudEvidence, ConnectError, MayAsk};
use ghe_license_sync::license::ConsumedLicense;
use ghe_license_sync::license::consumed::LicenseKind;
use ghe_license_sync::settings::{AddressKey, Credential, Environment, Network, ReadAccess, Unwatchable};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{Outcome, read_while};
use crate::support::loopback::{Loopback, Reply};

/// Nobody may be named.
const CANARY: &str = "canary@example.com";

/// Answers the requests with these, one after the other, and then with a refusal of the scope.
async fn read_of(answers: Vec<Reply>, licenses: &[ConsumedLicense]) -> (Outcome, Vec<String>) {
    let (outcome, asked) = read_as_long_as(answers, (licenses, CloudEvidence::default()), &|| Ok(())).await;
    (outcome.unwrap(), asked)
}

/// The same besides what is known, as long as it may be asked for.
pub(super) async fn read_as_long_as(
    answers: Vec<Reply>,
    (licenses, known): (&[ConsumedLicense], CloudEvidence),
    may_ask: MayAsk<'_>,
) -> (Result<Outcome, ConnectError>, Vec<String>) {
    let answers = std::sync::Mutex::new(answers.into_iter());
    let server = Loopback::serve(move |_| {
        answers
            .lock()
            .unwrap()
            .next()
            .unwrap_or_else(|| refusal("INSUFFICIENT_SCOPES"))
    })
    .await;
    let watch = ReadAccess {
        api_url: server.url.clone(),
        api_url_key: AddressKey::ApiUrl,
        enterprise: "octo-corp".to_owned(),
        read_token: Credential {
            name: "connect-read-token",
            key: "connect.read-token-file",
            variable: "READ_TOKEN",
            hosts: String::new(),
            file: None,
            stored: None,
            stamp: None,
        },
        network: Network::default(),
    };
    let environment: Environment = [("READ_TOKEN", "ghp_0123456789abcdefREAD")].into_iter().collect();
    let known = ("ghes.example.com", licenses, known);
    let read = read_while(&watch, &environment, known, may_ask).await;
    let asked = server
        .requests()
        .iter()
        .map(|request| request.path().to_owned())
        .collect();
    let url = server.url.as_str();
    let read = read.map(|mut outcome| {
        for text in &mut outcome.withheld {
            assert!(!text.contains(CANARY), "{text}");
            *text = text.replace(url, "http://CLOUD/");
        }
        outcome
    });
    (read, asked)
}

pub(super) fn answer_with(headers: &str, body: &Value) -> Reply {
    let headers = format!("Content-Type: application/json\r\n{headers}");
    Reply::answer(200, &headers, body.to_string().as_bytes())
}

fn refusal(kind: &str) -> Reply {
    answer_with(
        "",
        &json!({"data": null, "errors": [{"type": kind, "message": format!("{CANARY} may not")}]}),
    )
}

pub(super) fn enterprise(members: &Value) -> Reply {
    answer_with("", &json!({"data": {"enterprise": members}}))
}

/// A page of a list.
pub(super) fn page(nodes: &Value, next: Option<&str>) -> Value {
    json!({"nodes": nodes, "pageInfo": {"endCursor": next, "hasNextPage": next.is_some()}})
}

pub(super) fn domains(names: &[&str], next: Option<&str>) -> Reply {
    let nodes: Vec<_> = names
        .iter()
        .map(|name| json!({"domain": name, "isVerified": true}))
        .collect();
    enterprise(&json!({"ownerInfo": {"domains": page(&json!(nodes), next)}}))
}

fn identities(logins: &[&str]) -> Value {
    let node =
        |login: &&str| json!({"user": {"login": login}, "samlIdentity": {"nameId": login}, "scimIdentity": null});
    let nodes: Vec<_> = logins.iter().map(node).collect();
    json!({"externalIdentities": page(&json!(nodes), None)})
}

pub(super) fn servers(hosts: &[&str]) -> Reply {
    let node = |host: &&str| json!({"id": format!("ID-{host}"), "hostName": host, "isConnected": true});
    let nodes: Vec<_> = hosts.iter().map(node).collect();
    enterprise(&json!({"ownerInfo": {"enterpriseServerInstallations": page(&json!(nodes), None)}}))
}

fn managed(login: &str) -> ConsumedLicense {
    ConsumedLicense {
        login: Some(login.to_owned()),
        is_cloud_user: true,
        is_server_user: false,
        server_users: Vec::new(),
        server_addresses: Vec::new(),
        verified_addresses: Vec::new(),
        saml_name_id: None,
        kind: LicenseKind::Enterprise,
        member_roles: Vec::new(),
        enterprise_roles: Vec::new(),
        pending_invitations: Vec::new(),
        visual_studio_address: None,
        visual_studio_status: None,
        accounts: 1,
    }
}

#[tokio::test]
async fn what_the_token_may_not_read_is_said_once_with_the_scope_it_takes() {
    let (outcome, asked) = read_of(Vec::new(), &[]).await;
    assert_eq!(asked, ["/graphql"; 4], "no managed user, so nothing else");
    assert_snapshot!(outcome.withheld.join("\n"), @"
    the verified domains of the enterprise were not read: `connect-read-token` may not; it takes the scope `admin:enterprise`, which may also change the enterprise
    the servers that report to the enterprise, and the addresses that this one uploaded were not read: `connect-read-token` may not; it takes the scope `read:enterprise`
    the SAML and SCIM identities of the enterprise were not read: `connect-read-token` may not; it takes the scope `read:enterprise`
    the SAML and SCIM identities of its organizations (all or some) were not read: `connect-read-token` may not; it takes the scope `read:org`, of an owner of each organization
    ");
    let evidence = outcome.evidence;
    assert!(evidence.identities.is_none() && evidence.verified_domains.is_none());
    assert!(evidence.servers.is_none() && evidence.secondary.is_none());
}

#[tokio::test]
async fn an_answer_without_what_owners_see_is_a_refusal() {
    let hidden = || enterprise(&json!({"ownerInfo": null}));
    let gone = || enterprise(&Value::Null);
    let (outcome, _) = read_of(vec![hidden(), gone(), hidden()], &[]).await;
    assert_eq!(outcome.withheld.len(), 4);
    assert!(
        outcome.withheld.iter().all(|text| text.contains("it takes the scope")),
        "{:?}",
        outcome.withheld
    );
}

#[tokio::test]
async fn managed_users_are_asked_for_where_there_are_any_and_left_out_where_that_is_refused() {
    let mut said = Vec::new();
    for status in [403, 404] {
        let provider = enterprise(&json!({"ownerInfo": {"samlIdentityProvider": identities(&["mona_octo"])}}));
        let refused = Reply::answer(status, "", b"{}");
        let answers = vec![refusal("FORBIDDEN"), refusal("FORBIDDEN"), provider, refused];
        let (outcome, asked) = read_of(answers, &[managed("mona_octo")]).await;
        assert_eq!(asked[3], "/scim/v2/enterprises/octo-corp/Users?startIndex=1&count=100");
        said.push(outcome.withheld[2].clone());
        assert_eq!(outcome.evidence.identities.unwrap().len(), 1);
    }
    assert_eq!(said[0], said[1]);
    assert_snapshot!(said[0], @"the managed users of the enterprise were not read: `connect-read-token` may not; it takes the scope `scim:enterprise`, of an enterprise with managed users");
}

#[tokio::test]
async fn managed_users_are_not_asked_for_where_no_identity_was_read_that_they_could_be_joined_with() {
    let (outcome, asked) = read_of(Vec::new(), &[managed("mona_octo")]).await;
    assert_eq!((outcome.withheld.len(), asked), (4, vec!["/graphql".to_owned(); 4]));
    let provider = enterprise(&json!({"ownerInfo": {"samlIdentityProvider": identities(&[])}}));
    let answers = vec![domains(&[], None), servers(&[]), provider];
    let (outcome, asked) = read_of(answers, &[managed("mona_octo")]).await;
    assert_eq!((outcome.withheld.len(), asked), (0, vec!["/graphql".to_owned(); 3]));
}

#[tokio::test]
async fn managed_users_are_joined_with_their_logins_page_by_page() {
    let mut answers: Vec<_> = (0..2).map(|_| refusal("FORBIDDEN")).collect();
    let identities = identities(&["mona_octo", "hubot_octo"]);
    answers.push(enterprise(&json!({"ownerInfo": {"samlIdentityProvider": identities}})));
    for name in ["mona_octo", "hubot_octo", "nobody"] {
        let user = json!({"userName": name.to_uppercase(), "emails": [{"value": format!("{name}@corp.example")}]});
        answers.push(answer_with("", &json!({"totalResults": 3, "Resources": [user]})));
    }
    let (outcome, asked) = read_of(answers, &[managed("mona_octo"), managed("hubot_octo")]).await;
    assert_eq!(asked[5], "/scim/v2/enterprises/octo-corp/Users?startIndex=3&count=100");
    let identities = outcome.evidence.identities.unwrap();
    let read: Vec<_> = identities
        .iter()
        .map(|it| (it.user.as_str(), it.attributes.join(" ")))
        .collect();
    assert_eq!(
        read,
        [
            ("mona_octo", "mona_octo MONA_OCTO mona_octo@corp.example".to_owned()),
            ("hubot_octo", "hubot_octo HUBOT_OCTO hubot_octo@corp.example".to_owned())
        ]
    );
}

#[tokio::test]
async fn managed_users_of_whom_each_page_has_a_few_of_many_millions_are_left_out() {
    let provider = enterprise(&json!({"ownerInfo": {"samlIdentityProvider": identities(&["mona_octo"])}}));
    let users = json!({"totalResults": 90_000_000, "Resources": [{"userName": "mona_octo"}, {"userName": "hubot"}]});
    let answers = vec![domains(&[], None), servers(&[]), provider, answer_with("", &users)];
    let (outcome, asked) = read_of(answers, &[managed("mona_octo")]).await;
    assert_eq!(asked.len(), 4, "one page of the users");
    assert_snapshot!(outcome.withheld.join("\n"), @"the managed users of the enterprise were not read: reading the managed users did not come to an end after 1 page");
}

#[tokio::test]
async fn a_limit_is_waited_for_also_where_it_comes_with_the_status_200() {
    let limits = [
        || refusal("RATE_LIMITED"),
        || {
            answer_with(
                "X-RateLimit-Remaining: 0\r\n",
                &json!({"errors": [{"message": "secondary limit"}]}),
            )
        },
        || Reply::answer(403, "Retry-After: 0\r\n", b"{}"),
    ];
    for limit in limits {
        let answers = vec![
            limit(),
            domains(&["a.example"], Some("1")),
            limit(),
            limit(),
            domains(&["b.example"], None),
        ];
        let (outcome, _) = read_of(answers, &[]).await;
        assert_eq!(outcome.evidence.verified_domains.unwrap(), ["a.example", "b.example"]);
        let waits = outcome.steps.iter().filter(|step| *step == "rate-limited: 0ns");
        assert_eq!(waits.count(), 3, "{:?}", outcome.steps);
    }
}

#[tokio::test]
async fn the_last_request_of_a_limit_is_an_answer_like_any_other() {
    let answer = json!({"data": {"enterprise": {"ownerInfo": {"domains": page(&json!([]), None)}}}});
    let (outcome, _) = read_of(vec![answer_with("X-RateLimit-Remaining: 0\r\n", &answer)], &[]).await;
    assert_eq!(outcome.evidence.verified_domains.unwrap(), [""; 0], "there are none");
}

#[tokio::test]
async fn connect_that_is_turned_off_during_a_wait_ends_the_reading() {
    let limit = || Reply::answer(429, "Retry-After: 0\r\n", b"{}");
    let provider = || enterprise(&json!({"ownerInfo": {"samlIdentityProvider": identities(&["mona_octo"])}}));
    // At a query, and at the managed users.
    let before = || vec![refusal("FORBIDDEN"), refusal("FORBIDDEN"), provider()];
    for (answers, most) in [(vec![limit()], 1), ([before(), vec![limit()]].concat_replies(), 4)] {
        let asked = AtomicUsize::new(0);
        let off = || match asked.fetch_add(1, Ordering::SeqCst) < most {
            true => Ok(()),
            false => Err(Unwatchable::NoAccount),
        };
        let licenses = [managed("mona_octo")];
        let (read, requests) = read_as_long_as(answers, (&licenses, CloudEvidence::default()), &off).await;
        assert!(matches!(read, Err(ConnectError::Unwatchable(Unwatchable::NoAccount))));
        assert_eq!(requests.len(), most);
    }
}

#[tokio::test]
async fn nothing_is_concluded_from_half_of_a_list() {
    let ends: [fn() -> Reply; 4] = [
        || refusal("FORBIDDEN"),
        || domains(&["b.example"], Some("1")),
        || enterprise(&json!({"ownerInfo": {"domains": {"nodes": [], "pageInfo": {"hasNextPage": true}}}})),
        || Reply::answer(200, "", b"<html>"),
    ];
    let mut said = Vec::new();
    for end in ends {
        let (outcome, _) = read_of(vec![domains(&["a.example"], Some("1")), end()], &[]).await;
        assert!(outcome.evidence.verified_domains.is_none());
        said.push(outcome.withheld[0].clone());
    }
    assert_snapshot!(said.join("\n"), @"
    the verified domains of the enterprise were not read: `connect-read-token` may not; it takes the scope `admin:enterprise`, which may also change the enterprise
    the verified domains of the enterprise were not read: reading the verified domains did not come to an end after 2 pages
    the verified domains of the enterprise were not read: `connect-read-token` may not; it takes the scope `admin:enterprise`, which may also change the enterprise
    the verified domains of the enterprise were not read: the answer to reading the verified domains cannot be understood: it is not JSON (line 1, column 1)
    ");
}

#[tokio::test]
async fn a_failure_leaves_out_one_part_and_no_other() {
    let failure = || Reply::answer(502, "X-GitHub-Request-Id: 0A1B:2C\r\n", b"");
    let untyped = || {
        answer_with(
            "",
            &json!({"data": null, "errors": [{"message": format!("{CANARY} timed out")}]}),
        )
    };
    let provider = || enterprise(&json!({"ownerInfo": {"samlIdentityProvider": identities(&["mona"])}}));
    let (outcome, _) = read_of(vec![failure(), untyped(), provider()], &[]).await;
    assert_snapshot!(outcome.withheld.join("\n"), @"
    the verified domains of the enterprise were not read: reading the verified domains was answered with status 502 (POST http://CLOUD/graphql, request 0A1B:2C)
    the servers that report to the enterprise, and the addresses that this one uploaded were not read: reading the connected servers failed: the cloud did not carry out the query
    ");
    assert_eq!(outcome.evidence.identities.unwrap()[0].user, "mona");
}

#[tokio::test]
async fn organizations_are_read_where_the_enterprise_has_no_identity_provider() {
    let organizations = |nodes: &Value, errors: &Value| {
        answer_with(
            "",
            &json!({"data": {"enterprise": {"organizations": page(nodes, None)}}, "errors": errors}),
        )
    };
    let without = || enterprise(&json!({"ownerInfo": {"samlIdentityProvider": null}}));
    let of_one = || {
        answer_with(
            "",
            &json!({"data": {"organization": {"samlIdentityProvider": identities(&["mona"])}}}),
        )
    };
    let nodes = json!([
        {"login": "one", "samlIdentityProvider": {"id": "1"}},
        {"login": "two", "samlIdentityProvider": null},
    ]);
    let before = || vec![domains(&[], None), servers(&[]), without()];
    let read_with = async |errors: Value| {
        let answers = [before(), vec![organizations(&nodes, &errors), of_one()]].concat_replies();
        read_of(answers, &[]).await
    };
    let (outcome, asked) = read_with(json!([])).await;
    assert_eq!((outcome.withheld.len(), asked.len()), (0, 5), "{:?}", outcome.withheld);
    assert_eq!(outcome.evidence.identities.unwrap()[0].user, "mona");
    // One that the token may not look into hides no other.
    let path = json!(["enterprise", "organizations", "nodes", 1, "samlIdentityProvider"]);
    let (outcome, _) = read_with(json!([{"type": "FORBIDDEN", "path": path, "message": CANARY}])).await;
    assert_snapshot!(outcome.withheld.join("\n"), @"the SAML and SCIM identities of its organizations (all or some) were not read: `connect-read-token` may not; it takes the scope `read:org`, of an owner of each organization");
    assert_eq!(outcome.evidence.identities.unwrap()[0].user, "mona");
    // Where nobody has an identity provider, that is known.
    let none = organizations(&json!([nodes[1]]), &json!([]));
    let (outcome, _) = read_of([before(), vec![none]].concat_replies(), &[]).await;
    assert_eq!(outcome.evidence.identities.unwrap().len(), 0);
}

/// Replies cannot be cloned.
trait Concatenated {
    fn concat_replies(self) -> Vec<Reply>;
}

impl Concatenated for [Vec<Reply>; 2] {
    fn concat_replies(self) -> Vec<Reply> {
        self.into_iter().flatten().collect()
    }
}

#[tokio::test]
async fn servers_are_no_evidence_where_ours_is_not_among_them() {
    let (outcome, asked) = read_of(vec![domains(&[], None), servers(&["other.example.com"])], &[]).await;
    assert!(outcome.evidence.servers.is_none());
    let answers = vec![domains(&[], None), servers(&["other.example.com", "GHES.example.com"])];
    let (outcome, more) = read_of(answers, &[]).await;
    assert_eq!(outcome.evidence.servers.unwrap().len(), 2);
    assert_eq!(more.len(), asked.len() + 1, "and our accounts");
}

#[tokio::test]
async fn addresses_are_left_out_where_an_account_has_more_than_a_page_of_them() {
    let account = |more: bool| {
        json!({"remoteUserId": 7, "emails": {
            "nodes": [{"email": CANARY, "isPrimary": false}], "pageInfo": {"hasNextPage": more},
        }})
    };
    let read = async |more: bool| {
        let accounts = page(&json!([account(more)]), None);
        let accounts = answer_with("", &json!({"data": {"node": {"userAccounts": accounts}}}));
        let answers = vec![domains(&[], None), servers(&["ghes.example.com"]), accounts];
        read_of(answers, &[]).await.0
    };
    assert_eq!(read(false).await.evidence.secondary.unwrap()[&7], [CANARY]);
    let outcome = read(true).await;
    assert!(outcome.evidence.secondary.is_none() && outcome.evidence.servers.is_some());
    assert_snapshot!(outcome.withheld[0], @"the addresses that this server uploaded were not read: reading the uploaded addresses did not come to an end after 1 page");
}
