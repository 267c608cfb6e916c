//! Two servers of one account, each with an instance and a state directory of its own, and with the same people.

use serde_json::Value;

use super::site::{ACCOUNTS, SECOND_ID, Site, server_id};
use crate::support::lab::{Lab, Ran};

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran}"))
}

#[tokio::test]
async fn each_of_two_servers_is_confirmed_as_its_own_and_a_user_of_both_is_one_license() {
    for account in ACCOUNTS {
        let (site, server) = (Site::of(account).await, Lab::with_faults(&[]).await);
        let (first, second) = (site.lab.sandbox.config_file().to_owned(), site.second(&server));
        let mut licenses = Vec::new();
        for settings in [&first, &second, &first] {
            let sync = site.run(settings, &["sync"]).await;
            assert_eq!(sync.exit, Some(0), "{account}: {sync}");
            licenses.push(site.lab.sandbox.tally());
        }
        // An account without an address matches nobody, and is a user of each server.
        let unmatchable = site.lab.last_run().await.totals.unwrap().unmatchable;
        assert_eq!(licenses[0].licenses + unmatchable, licenses[1].licenses, "{account}");
        assert_eq!(2 * licenses[0].server_users, licenses[1].server_users, "{account}");
        assert_eq!(licenses[1], licenses[2], "{account}");
        assert_eq!(server.sandbox.uploads().len(), 0, "{account}");
        for (settings, id, host) in [
            (
                &first,
                server_id(&std::fs::read_to_string(&first).unwrap()),
                "127.0.0.1",
            ),
            (&second, SECOND_ID.to_owned(), "localhost"),
        ] {
            let status = json(&site.run(settings, &["status", "--json"]).await);
            assert_eq!(status["destination"]["server_id"], id.as_str(), "{account}: {host}");
            let history = json(&site.run(settings, &["history", "--json"]).await);
            let runs = history["runs"].as_array().unwrap();
            let confirmed = runs
                .iter()
                .all(|run| run["state"] == "confirmed" && run["hostname"] == host);
            assert!(confirmed && !runs.is_empty(), "{account}: {history}");
        }
    }
}

#[tokio::test]
async fn both_servers_of_an_enterprise_are_shown_to_each_of_them() {
    let (site, server) = (Site::of(ACCOUNTS[1]).await, Lab::with_faults(&[]).await);
    let (first, second) = (site.lab.sandbox.config_file().to_owned(), site.second(&server));
    let mut said = String::new();
    for settings in [&first, &second] {
        assert_eq!(site.run(settings, &["sync"]).await.exit, Some(0));
    }
    for settings in [&first, &second] {
        let status = json(&site.run(settings, &["status", "--cloud", "--json"]).await);
        for server in status["cloud"]["servers"].as_array().unwrap() {
            said.push_str(&format!(
                "{} {} {}; ours by {}\n",
                server["hostname"], server["server_id"], server["freshness"], server["ours_by"]
            ));
        }
        let report = json(
            &site
                .run(settings, &["report", "--format", "json", "--show-users"])
                .await,
        );
        let rows = report["licenses"].as_array().unwrap();
        let of_both = |row: &&Value| {
            let users = row["server_users"].as_array().unwrap();
            let is_at = |host: &str| users.iter().any(|user| user.as_str().unwrap().starts_with(host));
            is_at("127.0.0.1:") && is_at("localhost:")
        };
        let both = rows.iter().filter(of_both).count();
        let consumed = &report["seats"]["consumed"];
        said.push_str(&format!(
            "report: {consumed} licenses, {both} of users of both servers\n"
        ));
        let explain = site.run(settings, &["explain"]).await;
        assert_eq!(explain.exit, Some(0), "{explain}");
        said.push_str(explain.stdout.split("\n\nCAUSE").next().unwrap());
        said.push('\n');
    }
    insta::assert_snapshot!(site.plain(&said), @r#"
    "127.0.0.1" "FIRST-ID" "fresh"; ours by "server-id"
    "localhost" "SECOND-ID" "fresh"; ours by null
    report: 64 licenses, 53 of users of both servers
    licenses of 127.0.0.1 in the enterprise octo-corp

    in the cloud's list                            64
      of users here, known to the cloud            40
      of users here, not known to it               14
    read besides: 2 verified domains, 2 reporting servers, 54 uploaded accounts, 35 identities
    "127.0.0.1" "FIRST-ID" "fresh"; ours by null
    "localhost" "SECOND-ID" "fresh"; ours by "server-id"
    report: 64 licenses, 53 of users of both servers
    licenses of localhost in the enterprise octo-corp

    in the cloud's list                            64
      of users here, known to the cloud            40
      of users here, not known to it               14
    read besides: 2 verified domains, 2 reporting servers, 54 uploaded accounts, 35 identities
    "#);
}

#[tokio::test]
async fn servers_that_are_mixed_up_are_refused_and_nothing_of_them_is_sent() {
    let (site, server) = (Site::of(ACCOUNTS[0]).await, Lab::with_faults(&[]).await);
    let (first, second) = (site.lab.sandbox.config_file().to_owned(), site.second(&server));
    assert_eq!(site.run(&first, &["sync"]).await.exit, Some(0));
    let ours = std::fs::read_to_string(&second).unwrap();
    let state = |name: &str| format!("{}/{name}\"", server.directory.path().display());
    let same_id = server_id(&std::fs::read_to_string(&first).unwrap());
    let first_state = format!("{}/state\"", site.lab.directory.path().display());
    let mixed_up = [
        (
            "the ID of the other",
            ours.replace(SECOND_ID, &same_id)
                .replace(&state("state"), &state("same-id")),
        ),
        (
            "the host name of the other, and no ID",
            ours.replace("localhost", "127.0.0.1")
                .replace("\nid = ", "\n#id = ")
                .replace(&state("state"), &state("same-name")),
        ),
        (
            "the state directory of the other",
            ours.replace(&state("state"), &first_state),
        ),
    ];
    let mut said = String::new();
    for (what, text) in mixed_up {
        let file = server.directory.path().join("mixed-up.toml");
        std::fs::write(&file, text).unwrap();
        let sync = site.run(&file, &["sync"]).await;
        let stderr = site
            .plain(&sync.stderr)
            .replace(&server.directory.path().display().to_string(), "DIR-2");
        said.push_str(&format!("{what}: exit {}\n{stderr}\n", sync.exit.unwrap()));
    }
    insta::assert_snapshot!(said, @"
    the ID of the other: exit 78
    error: no license usage was sent, because another host, 127.0.0.1, reported under the ID of this server
      help: if this machine is a copy of another, stop the service on one of the two, move `state.db*` in its state directory away and set a `server.id` of its own there; if the server was renamed and its state directory was lost, restore that directory from a backup
      reason: identity-conflict

    the host name of the other, and no ID: exit 78
    error: no license usage was sent, because the cloud lists this server, 127.0.0.1, under another ID, FIRST-ID
      help: set `server.id`: to `FIRST-ID` if the cloud knows this server by that ID, for example from the built-in sync, so that its users are counted once; to `a1b1ff22-3a83-5406-b1e7-1314633c7afb` to report under this ID all the same
      reason: identity-conflict

    the state directory of the other: exit 78
    error: no license usage was sent
      because: the store DIR/state/state.db belongs to the server ID FIRST-ID, but the settings are for SECOND-ID
      help: for one of several servers on this machine use `--instance NAME`, which has a state directory of its own; for the same server set `server.id` to FIRST-ID; if its ID really has to change, stop the service and move DIR/state/state.db* away: the history starts anew, and the cloud sees a new server
      reason: config-invalid
    ");
    assert_eq!(site.lab.sandbox.uploads().len(), 1);
    let sync = site.run(&second, &["sync"]).await;
    assert_eq!(sync.exit, Some(0), "{sync}");
    assert_eq!(site.lab.sandbox.uploads().len(), 2);
}
