//! Products through whole runs: what is sent, what is shown, and what a server that does not say leads to.

use std::fs::File;

use flate2::read::GzDecoder;
use ghe_license_sync::settings::{Environment, Network};
use ghe_license_sync::transport::{Peer, Redirects, build, read_capped};
use insta::assert_snapshot;
use serde_json::Value;

use crate::support::lab::Lab;
use crate::support::placeholder::placeholders;

const WANTED: &str = "--set=server.enterprise=octo-corp";

/// The document of the newest upload.
fn document(lab: &Lab) -> Value {
    let id = lab.sandbox.uploads().pop().unwrap().id;
    let path = lab.directory.path().join(format!("uploads/{id}.json.gz"));
    serde_json::from_reader(GzDecoder::new(File::open(path).unwrap())).unwrap()
}

async fn json(lab: &Lab, arguments: &[&str]) -> Value {
    let ran = lab.run(&[arguments, &["--json"]].concat()).await;
    serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran}"))
}

fn warnings(stderr: &str) -> Vec<&str> {
    let of_products = |line: &&str| line.contains("says nothing about products") || line.contains("no longer says");
    stderr.lines().filter(of_products).collect()
}

#[tokio::test]
async fn users_carry_their_products_and_every_answer_counts_them() {
    let lab = Lab::with_faults(&[]).await;
    let ran = lab.run(&[WANTED, "sync", "--verbose"]).await;
    assert_snapshot!(placeholders(&lab.plain(&ran.stdout)), @"
    the cloud confirmed the license usage
      60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
      6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
      the server itself counts 56 users who are not suspended; it reports 54 seats in use
      products: Advanced Security 12, Code Security 8, Secret Protection 12; 1 login of accounts that consume no license; 1 login of no account
      digest DIGEST, SIZE, 1 attempt, confirmed
    ");
    let frozen = ran
        .stderr
        .lines()
        .find(|line| line.contains("froze the license usage"))
        .unwrap();
    assert_snapshot!(frozen.split_once("users; ").unwrap().1.split(" run_id").next().unwrap(), @"there is no earlier list to compare it with; 12 use Advanced Security; 8 use Code Security; 12 use Secret Protection");
    let document = document(&lab);
    let users = document["users"].as_array().unwrap();
    let of = |product: &str| {
        let has = |user: &&Value| user["products"].as_array().unwrap().contains(&product.into());
        users.iter().filter(has).count()
    };
    let totals = &document["totals"]["products"];
    assert_eq!(totals["advanced_security"], of("advanced-security"));
    assert_eq!(totals["code_security"], of("code-security"));
    assert_eq!(totals["secret_protection"], of("secret-protection"));
    assert!(users.iter().any(|user| user["products"] == serde_json::json!([])));
    let told = json(&lab, &["status"]).await["last_confirmed"]["totals"]["products"].clone();
    assert_eq!(json(&lab, &["history"]).await["runs"][0]["totals"]["products"], told);
    assert_snapshot!(told, @r#"{"advanced_security":12,"code_security":8,"secret_protection":12,"unknown":1,"without_license":1}"#);
    let history = lab.run(&["history"]).await.stdout;
    assert!(history.contains("products: Advanced Security "), "{history}");
}

#[tokio::test]
async fn the_cloud_lists_the_accounts_that_use_a_product() {
    let lab = Lab::with_faults(&[]).await;
    assert_eq!(lab.run(&[WANTED, "sync"]).await.exit, Some(0));
    let document = document(&lab);
    let token = std::fs::read_to_string(lab.directory.path().join("credentials/connect-read-token")).unwrap();
    let mut url = lab
        .sandbox
        .cloud_url()
        .join("enterprises/octo-corp/consumed-licenses")
        .unwrap();
    let client = build(&url, &Network::default(), Redirects::Never, &Environment::default()).unwrap();
    let mut listed = 0;
    for page in 1..=3 {
        url.set_query(Some(&format!("per_page=100&page={page}")));
        let answer = client.get(url.clone()).bearer_auth(&token).send().await.unwrap();
        let answer = read_capped(answer, Peer::Cloud, "GET", 1 << 20).await.unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        let ids = |row: &Value| {
            row["enterprise_server_code_security_user_ids"]
                .as_array()
                .map_or(0, Vec::len)
        };
        listed += answer["users"].as_array().unwrap().iter().map(ids).sum::<usize>();
    }
    assert_eq!(document["totals"]["products"]["code_security"], listed);
}

#[tokio::test]
async fn a_change_of_products_alone_is_shown_and_holds_nothing() {
    let lab = Lab::with_faults(&[]).await;
    assert_eq!(lab.run(&[WANTED, "sync"]).await.exit, Some(0));
    let first = document(&lab);
    // The two lists are refused, so only one product is known.
    lab.sandbox.add_fault("products:latency=1ms".parse().unwrap());
    lab.sandbox.add_fault("products:latency=1ms".parse().unwrap());
    lab.sandbox.add_fault("products:latency=1ms".parse().unwrap());
    lab.sandbox.add_fault("products:422*1".parse().unwrap());
    lab.sandbox.add_fault("products:404*1".parse().unwrap());
    let strict = "--set=license-sync.guard.max-change-percent=0";
    let floor = "--set=license-sync.guard.always-allow-users=0";
    let ran = lab.run(&[WANTED, strict, floor, "sync", "--verbose"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let second = document(&lab);
    assert_eq!(second["totals"]["products"].as_object().unwrap().len(), 1);
    assert_eq!(second["totals"]["consumed"], first["totals"]["consumed"]);
    let change = lab.last_run().await.change.unwrap();
    assert_eq!((change.added, change.removed), (0, 0));
    let [warning] = warnings(&ran.stderr)[..] else {
        panic!("{ran}")
    };
    let warning = placeholders(&lab.plain(warning));
    assert_snapshot!(warning.split_once("WARN").unwrap().1, @" ghe_license_sync::sync::unlisted_products: the list no longer says who uses Code Security and Secret Protection, as the last confirmed one does: GET http://SERVER/api/v3/enterprises/octo-corp/settings/billing/advanced-security was answered with 422; the server answers the other lists, so look whether the enterprise still has this product; if it has not, nothing needs to be done run_id=ID state=collecting");
}

#[tokio::test]
async fn a_product_that_the_list_before_did_not_have_either_is_no_reason_to_warn() {
    let lab = Lab::with_faults(&[]).await;
    for _ in 0..2 {
        lab.sandbox.add_fault("products:latency=1ms*3".parse().unwrap());
        lab.sandbox.add_fault("products:422*2".parse().unwrap());
        let ran = lab.run(&[WANTED, "sync", "--verbose"]).await;
        assert_eq!(ran.exit, Some(0), "{ran}");
        assert_eq!(warnings(&ran.stderr), [""; 0]);
    }
    let listed = document(&lab)["totals"]["products"].clone();
    assert_eq!(listed.as_object().unwrap().len(), 1, "{listed}");
}

#[tokio::test]
async fn where_the_server_refuses_products_the_run_continues_and_warns_once() {
    let lab = Lab::with_faults(&["products:404*always"]).await;
    let ran = lab.run(&[WANTED, "sync", "--verbose"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let [warning] = warnings(&ran.stderr)[..] else {
        panic!("{ran}")
    };
    let warning = placeholders(&lab.plain(warning));
    assert_snapshot!(warning.split_once("WARN").unwrap().1, @" ghe_license_sync::sync::unlisted_products: the list says nothing about products: GET http://SERVER/api/v3/enterprises/octo-corp/settings/billing/advanced-security was answered with 404: `server.enterprise` names no enterprise of this server, or the token may not see it; set `server.enterprise` to the slug that the enterprise has on this server, and make the account of the server token an owner or a billing manager of it; to do without products, leave the key out run_id=ID state=collecting");
    assert!(
        ran.stdout.contains("  products were not collected: the server refused"),
        "{ran}"
    );
    let first = document(&lab);
    assert!(first["users"][0].get("products").is_none() && first["totals"].get("products").is_none());
    let again = lab.run(&[WANTED, "sync", "--verbose"]).await;
    let [said] = warnings(&again.stderr)[..] else {
        panic!("{again}")
    };
    assert!(said.contains(" INFO ") && said.contains("as before"), "{said}");
    lab.clear_faults().await;
    assert_eq!(warnings(&lab.run(&[WANTED, "sync", "--verbose"]).await.stderr), [""; 0]);
    lab.sandbox.add_fault("products:403*always".parse().unwrap());
    let refused = lab.run(&[WANTED, "sync", "--verbose"]).await;
    assert!(warnings(&refused.stderr)[0].contains(" WARN "), "{refused}");
}

#[tokio::test]
async fn a_fault_that_may_pass_sends_nothing_and_the_next_run_sends_products() {
    for fault in [
        "products:503",
        "products:429",
        "products:reset",
        "products:cut",
        "products:html",
    ] {
        let lab = Lab::with_faults(&[fault]).await;
        let ran = lab.run(&[WANTED, "sync"]).await;
        assert_ne!(ran.exit, Some(0), "{ran}");
        assert_eq!(lab.sandbox.uploads().len(), 0, "{fault}");
        assert_eq!(lab.run(&[WANTED, "sync"]).await.exit, Some(0));
        assert!(document(&lab)["totals"]["products"].is_object(), "{fault}");
    }
}

#[tokio::test]
async fn products_beside_a_file_need_a_token() {
    let lab = Lab::with_faults(&[]).await;
    let path = lab.directory.path().join("all_users.csv");
    std::fs::write(&path, lab.report().await).unwrap();
    let section = format!("[server.source.file]\npath = \"{}\"", path.display());
    lab.edit_settings("[server.source.report]\nusername = \"license-bot\"", &section);
    lab.edit_settings("\ntoken-file = \"", "\n# token-file = \"");
    let ran = lab.run(&[WANTED, "sync"]).await;
    assert!(ran.stderr.contains("reason: credentials-missing"), "{ran}");
    let check = lab.run(&[WANTED, "check", "--offline"]).await;
    assert!(check.stdout.contains("BAD   server-token: "), "{check}");
}
