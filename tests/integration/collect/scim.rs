//! The users of SCIM and their accounts become one list, or a clear error.

mod directory;
mod failing;

use std::sync::Mutex;

use ghe_license_sync::collect::{Collection, NoProgress, collect, collect_people};
use ghe_license_sync::license::Totals;
use ghe_license_sync::settings::{Scim, Server, Source};
use ghe_license_sync::transport::Pace;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::enterprise::{environment, settings};
use crate::support::family::Family;
use crate::support::loopback::Loopback;
use crate::support::render::render;
use directory::{Directory, account, page_of, user};

fn of_scim(server: &Loopback) -> Server {
    let source = Source::Scim(Scim {
        enterprise: None,
        max_other_accounts: 3,
    });
    Server {
        source,
        // As the settings set it for this source.
        scim_enabled: true,
        ..settings(server)
    }
}

async fn collected(server: &Loopback) -> Collection {
    let collected = collect(&of_scim(server), Pace::default(), &environment(), &NoProgress).await;
    collected.unwrap_or_else(|error| panic!("{error:?}"))
}

async fn failure(server: &Loopback) -> String {
    match collect(&of_scim(server), Pace::default(), &environment(), &NoProgress).await {
        Ok(_) => panic!("the collection succeeded"),
        Err(error) => render(&error, &server.url),
    }
}

fn people(collection: &Collection) -> Vec<String> {
    let people = collection.roster.consumers();
    people.map(|(id, address)| format!("{id} {address}")).collect()
}

/// What was asked for, without the facts.
fn asked(server: &Loopback) -> Vec<String> {
    let requests = server.requests().into_iter();
    let paths = requests.map(|request| request.path().trim_start_matches("/api/v3/").to_owned());
    paths
        .filter(|path| !path.starts_with("meta") && !path.starts_with("enterprise/"))
        .collect()
}

#[tokio::test]
async fn users_have_the_ids_of_the_accounts_that_their_names_become() {
    let directory = Directory {
        users: vec![
            user(1, "Mona", true),
            user(2, "hub.ot@corp.example", true),
            user(3, "gone", false),
            json!({"id": "u4", "userName": "none", "active": "True", "extra": {"deep": []}}),
            user(5, "never-had-an-account", false),
        ],
        accounts: vec![
            account(3, "mona", "User"),
            account(5, "HUB-OT", "User"),
            account(7, "octo-org", "Organization"),
            account(8, "gone", "User"),
            account(9, "none", "User"),
            account(11, "dependabot[bot]", "Bot"),
            account(12, "ghost", "User"),
            account(13, "scim-admin", "User"),
        ],
        ..Directory::default()
    };
    let server = directory.serve().await;
    let collection = collected(&server).await;
    assert_eq!(people(&collection), ["3 1@example.com", "5 2@example.com", "9 "]);
    let totals = Totals {
        accounts: 8,
        consumed: 3,
        suspended: 1,
        organizations: 1,
        bots: 1,
        setup_users: 1,
        ghosts: 1,
        dormant: None,
        unmatchable: 1,
        no_sign_in: None,
        shared_addresses: Some(0),
        ..Totals::default()
    };
    assert_eq!(collection.roster.totals(), totals);
    assert_eq!(
        asked(&server),
        ["scim/v2/Users?startIndex=1&count=100", "users?per_page=100&since=0"]
    );
}

#[tokio::test]
async fn pages_follow_each_other_until_everybody_was_read() {
    let server = Directory::of(250).serve().await;
    let collection = collected(&server).await;
    assert_eq!(collection.roster.totals().consumed, 250);
    assert_eq!(
        asked(&server),
        [
            "scim/v2/Users?startIndex=1&count=100",
            "scim/v2/Users?startIndex=100&count=100",
            "scim/v2/Users?startIndex=199&count=100",
            "users?per_page=100&since=0",
            "users?per_page=100&since=1100",
            "users?per_page=100&since=1200",
        ]
    );
}

/// A list of 150 users whose second page is this, at first or always.
async fn changing(second: fn(&Directory) -> Value, is_always: bool) -> Loopback {
    let is_changed = Mutex::new(false);
    let directory = Directory::of(150);
    Directory::serve_with(move |request| {
        let is_second = request.path().contains("startIndex=100");
        let was_changed = is_second && std::mem::replace(&mut *is_changed.lock().unwrap(), true);
        match is_second && (is_always || !was_changed) {
            true => Some(directory::json_reply(200, "", &second(&directory))),
            false => directory.answer(request),
        }
    })
    .await
}

const CHANGES: [fn(&Directory) -> Value; 6] = [
    |directory| page_of(&directory.users[99..], 151),
    // A user of the first page left and another one came, at the end or at the beginning.
    |directory| page_of(&[&directory.users[100..], &[user(151, "user-151", true)]].concat(), 150),
    |directory| page_of(&directory.users[98..149], 150),
    // The row between the pages is another user's.
    |directory| page_of(&[&[user(151, "user-151", true)], &directory.users[100..]].concat(), 150),
    |directory| {
        let mut page = page_of(&directory.users[99..149], 150);
        page["itemsPerPage"] = json!(100);
        page
    },
    |_| page_of(&[], 150),
];

#[tokio::test]
async fn a_list_that_changes_while_it_is_read_is_read_again() {
    for second in CHANGES {
        let server = changing(second, false).await;
        assert_eq!(collected(&server).await.roster.totals().consumed, 150);
        let of_scim = asked(&server).iter().filter(|path| path.starts_with("scim/")).count();
        assert_eq!(of_scim, 4);
    }
}

#[tokio::test]
async fn a_list_that_never_stands_still_is_an_error() {
    let mut errors = Vec::new();
    for second in CHANGES {
        let server = changing(second, true).await;
        errors.push(failure(&server).await);
        assert_eq!(asked(&server).len(), 6);
    }
    errors.dedup();
    assert_eq!(errors.len(), 1);
    assert_snapshot!(errors[0], @r"
    error: the list of http://HOST/api/v3/scim/v2/Users changed each of the 3 times that it was read
    help: the identity provider may be at work, so it is tried again; if this stays, look at its provisioning log
    reason: malformed-source, exit 65
    ");
}

#[tokio::test]
async fn a_list_that_would_take_requests_without_end_is_refused_at_its_first_page() {
    let directory = Directory::of(2);
    let server = Directory::serve_with(move |request| match request.path().contains("/v2/Users") {
        true => Some(directory::json_reply(200, "", &page_of(&directory.users, 80_001))),
        false => directory.answer(request),
    })
    .await;
    assert_snapshot!(failure(&server).await, @"
    error: the SCIM users and the accounts of the server cannot be made one list
    cause: the list of SCIM users takes more than 100 requests
    help: check `server.url`, and whether something in between changes its answers
    reason: malformed-source, exit 65
    ");
    assert_eq!(
        asked(&server).iter().filter(|path| path.starts_with("scim/")).count(),
        1
    );
}

#[tokio::test]
async fn where_the_list_is_not_found_the_enterprise_is_tried_if_it_is_named() {
    let directory = Directory::of(2);
    let server = Directory::serve_with(move |request| match request.path().contains("/v2/Users") {
        true => Some(directory::json_reply(404, "", &json!({"message": "Not Found"}))),
        false => directory.answer(request),
    })
    .await;
    assert_snapshot!(failure(&server).await, @"
    error: GET http://HOST/api/v3/scim/v2/Users was answered with 404: there is no such page, or the token may not see it
    help: enable SCIM on the server, and give the server token the scope `scim:enterprise`, as that of an enterprise owner; if this server has its enterprise in the address, `server.source.scim.enterprise` has to be the slug of the enterprise on this server
    reason: permission-missing, exit 77
    ");
    let settings = Server {
        source: Source::Scim(Scim {
            enterprise: Some("octo-corp".to_owned()),
            max_other_accounts: 0,
        }),
        ..settings(&server)
    };
    let collection = collect(&settings, Pace::default(), &environment(), &NoProgress)
        .await
        .unwrap();
    assert_eq!(collection.roster.totals().consumed, 2);
    assert_eq!(
        asked(&server)[1..3],
        [
            "scim/v2/Users?startIndex=1&count=100",
            "scim/v2/enterprises/octo-corp/Users?startIndex=1&count=100"
        ]
    );
}

#[tokio::test]
async fn users_and_accounts_that_do_not_fit_are_counted_and_not_named() {
    let mut family = Family::default();
    let one = || vec![account(1, "mona", "User")];
    let error = async |users: Vec<Value>, accounts: Vec<Value>| {
        let directory = Directory {
            users,
            accounts,
            ..Directory::default()
        };
        failure(&directory.serve().await).await
    };
    let unjoined = vec![user(1, "mona", true), user(2, "hubot", true), user(3, "gone", false)];
    family.row("a user without an account", error(unjoined, one()).await);
    let ambiguous = vec![user(1, "mona@a.example", true), user(2, "mona@b.example", false)];
    family.row("two users of an account", error(ambiguous, one()).await);
    let unreadable = vec![user(1, "mona", true), json!({"id": 2, "userName": "hubot"}), json!(7)];
    family.row("what cannot be read", error(unreadable, one()).await);
    family.row("no users", error(Vec::new(), one()).await);
    family.row("no accounts", error(vec![user(1, "mona", true)], Vec::new()).await);
    let down = vec![account(2, "mona", "User"), account(1, "hubot", "Bot")];
    family.row("accounts out of order", error(vec![user(1, "mona", true)], down).await);
    assert_snapshot!(family, @"
    a user without an account: [1] cause: 1 active SCIM user without an account [2] [3]
    two users of an account: [1] cause: 1 account with several SCIM users, or with that of another account [2] [3]
    what cannot be read: [1] cause: 2 of the SCIM users have no `userName` or no `active` that can be read
      help: compare `ghe-scim-identities-csv` on the server with the identity provider, and provision those users again [3]
    no users: [1] cause: SCIM lists no user
      help: check that the identity provider provisions users to this server; without SCIM, use [server.source.report] [4]
    no accounts: [1] cause: the server lists no account
      help: check `server.url` and what the server token may list [4]
    accounts out of order: [1] cause: the accounts do not come by ascending ID
      help: check `server.url`, and whether something in between changes its answers [3]
    [1] error: the SCIM users and the accounts of the server cannot be made one list
    [2] help: nobody is guessed; compare `ghe-scim-identities-csv` on the server with the identity provider: a `userName` has to become the login of one account. If the provider is at work now, it will fit later
    [3] reason: malformed-source, exit 65
    [4] reason: empty-collection, exit 65
    ");
}

#[tokio::test]
async fn users_whom_scim_does_not_list_are_on_the_list_unless_they_are_suspended() {
    let directory = Directory {
        users: vec![user(1, "mona", true)],
        accounts: ["mona", "local", "suspended", "gone"]
            .into_iter()
            .zip(1..)
            .map(|(login, id)| account(id, login, "User"))
            .collect(),
        alone: vec![
            ("local", json!({"login": "local"})),
            (
                "suspended",
                json!({"login": "suspended", "suspended_at": "2026-01-01T00:00:00Z"}),
            ),
        ],
    };
    let server = directory.serve().await;
    let collection = collected(&server).await;
    assert_eq!(people(&collection), ["1 1@example.com", "2 "]);
    assert_eq!(collection.roster.totals().suspended, 2);
    assert_eq!(asked(&server)[2..], ["users/local", "users/suspended", "users/gone"]);
}

#[tokio::test]
async fn more_users_whom_scim_does_not_list_than_allowed_are_an_error() {
    let directory = Directory {
        users: vec![user(1, "mona", true)],
        accounts: (1..9).map(|id| account(id, &format!("local-{id}"), "User")).collect(),
        ..Directory::default()
    };
    let server = directory.serve().await;
    assert_snapshot!(failure(&server).await, @"
    error: the SCIM users and the accounts of the server cannot be made one list
    cause: more than 3 accounts of users are not listed by SCIM
    help: each of them is asked for on its own; if they are meant to be there, raise `server.source.scim.max-other-accounts`, or use [server.source.report]
    reason: malformed-source, exit 65
    ");
    assert_eq!(asked(&server).len(), 5);
}

#[tokio::test]
async fn an_owner_who_is_no_site_administrator_sends_a_list_without_the_servers_counts() {
    let directory = Directory::of(2);
    let server = Directory::serve_with(move |request| match request.path().contains("/enterprise/") {
        true => Some(directory::json_reply(403, "", &json!({"message": "Must be an admin"}))),
        false => directory.answer(request),
    })
    .await;
    let collection = collected(&server).await;
    assert_eq!(collection.roster.totals().consumed, 2);
    assert_eq!(
        (collection.facts.counts.users, collection.facts.license.seats),
        (None, None)
    );
    assert_eq!(collection.facts.version.as_deref(), Some("3.19.0"));
}

#[tokio::test]
async fn the_people_of_a_comparison_are_those_of_the_list() {
    let server = Directory::of(2).serve().await;
    let read = collect_people(&of_scim(&server), Pace::default(), &environment(), &NoProgress).await;
    let (people, age) = read.unwrap();
    let logins: Vec<_> = people
        .accounts
        .iter()
        .map(|account| (&*account.login, &*account.address))
        .collect();
    assert_eq!(logins, [("user-1", "1@example.com"), ("user-2", "2@example.com")]);
    assert_eq!((people.accounts[0].never_signed_in, age), (None, None));
}
