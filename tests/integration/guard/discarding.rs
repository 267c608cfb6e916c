//! What drops a held document, what is left of it, and what drops nothing.

use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::State;
use insta::assert_snapshot;

use super::Site;
use super::approving::whoami;

#[tokio::test]
async fn a_discarded_document_is_deleted_and_never_sent() {
    let (site, digest) = Site::held().await;
    assert_snapshot!(site.by_user(&["discard", &digest]).await, @"
    exit 0, stdout:
    the held license usage is discarded
      refused TIME, 3 licenses, digest DIGEST, discarded by USER
      the next window makes a new list; `ghe-license-sync --config DIR/config.toml sync` makes one now
    ");
    let run = site.lab.last_run().await;
    assert_eq!(
        (run.state, run.reason.map(Reason::code)),
        (State::Refused, Some("discarded"))
    );
    assert_eq!(site.lab.store().await.piece(run.id, 0).await.unwrap(), None);
    assert_snapshot!(site.by_user(&["status"]).await, @"
    exit 0, stdout:
    gate            open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    health          healthy
    server ID       c3c8bfb3-ffe3-4828-9626-DIGEST, set in `server.id`
    last run        refused TIME, 3 licenses, digest DIGEST, discarded by USER
    counted         3 accounts seen, 3 licenses consumed; left out: none
                    the server itself counts 3 users who are not suspended; it reports 1 316 seats in use (1 313 more than the list)
    last confirmed  confirmed TIME, 3 000 licenses, digest DIGEST
    growth          not known yet: 1 day with a confirmed run in the last 26 weeks; it takes 4, over 3 weeks
    outbox          empty
    next window     TIME
    because         a person decided not to send it
    ");
    assert_snapshot!(site.by_user(&["history"]).await, @"
    exit 0, stdout:
    STARTED                 TRIGGER   STATE       LICENSES  REASON
    TIME manual    refused            3  discarded
      3 accounts seen, 3 licenses consumed; left out: none
      the server itself counts 3 users who are not suspended; it reports 1 316 seats in use (1 313 more than the list)
      digest DIGEST, SIZE, not sent
      TIME held mass-change: 2997 users came or went since the last confirmed list of 3000 (0 more, 2997 fewer), which is more than 20 percent of it
      TIME discarded by USER
      TIME refused discarded: a person decided not to send it
    TIME manual    confirmed      3 000
      3 000 accounts seen, 3 000 licenses consumed; left out: none
      the server itself counts 3 000 users who are not suspended; it reports 1 316 seats in use (1 684 fewer than the list)
      digest DIGEST, 25.02 KiB, 1 attempt, confirmed
    ");
    assert_eq!(site.uploads(), 1);
    // The server is fixed, and today's list goes out.
    site.change_to(1..3002);
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    assert_eq!(site.lab.sandbox.uploads()[1].users, 3001);
}

#[tokio::test]
async fn the_answer_in_json_says_who_discarded_it_and_the_metrics_are_no_longer_those_of_a_held_one() {
    let (site, digest) = Site::held().await;
    let metrics = site.lab.directory.path().join("metrics.prom");
    let textfile = format!("metrics.textfile={}", metrics.display());
    let ran = site.run(&["discard", &digest, "--json", "--set", &textfile]).await;
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let run = &answer["run"];
    assert_eq!(run["decision"]["action"], "discarded");
    assert_eq!(run["decision"]["by"], whoami());
    assert_eq!(run["decision"]["at"], run["updated_at"]);
    let metrics = std::fs::read_to_string(metrics).unwrap();
    let sample = |name: &str| {
        let line = metrics.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.rsplit(' ').next().unwrap_or_default().to_owned()
    };
    assert_eq!(sample("ghe_license_sync_held{"), "0");
    assert!(metrics.contains("reason=\"discarded\""), "{metrics}");
}

#[tokio::test]
async fn a_digest_that_is_not_held_discards_nothing() {
    let (site, digest) = Site::held().await;
    assert_snapshot!(site.told(&["discard", "0123456789abcdef"]).await, @"
    exit 64, stderr:
    error: no document was discarded: the one that is held is DIGEST
      help: look at it with `ghe-license-sync --config DIR/config.toml status`; if it must not be sent, run `ghe-license-sync --config DIR/config.toml discard DIGEST`
    ");
    assert_eq!(site.held_digest().await, digest);
    assert_eq!(site.run(&["discard", &digest[..11]]).await.exit, Some(64), "too short");
    assert_eq!(site.run(&["discard", &digest]).await.exit, Some(0));
    assert_snapshot!(site.told(&["discard", &digest]).await, @"
    exit 64, stderr:
    error: no document was discarded: this one is not held, it is refused: a person decided not to send it
      help: it was discarded and is deleted; `ghe-license-sync --config DIR/config.toml sync` makes a new one
    ");
    assert_snapshot!(site.told(&["approve", &digest]).await, @"
    exit 64, stderr:
    error: no document was approved: this one is not held, it is refused: a person decided not to send it
      help: it was discarded and is deleted; `ghe-license-sync --config DIR/config.toml sync` makes a new one
    ");
}

#[tokio::test]
async fn without_anything_held_nothing_is_discarded_and_no_store_is_made() {
    let site = Site::with(1..4).await;
    assert_snapshot!(site.told(&["discard", "0123456789ab"]).await, @"
    exit 64, stderr:
    error: no document was discarded: none is held
      help: `ghe-license-sync --config DIR/config.toml status` shows what is held, and `ghe-license-sync --config DIR/config.toml history` shows earlier documents
    ");
    assert!(!site.lab.directory.path().join("state").exists());
}

#[tokio::test]
async fn a_document_is_discarded_behind_a_closed_gate_as_well() {
    let (site, digest) = Site::held().await;
    let closed = ["discard", &digest, "--set", "connect.enabled=false"];
    assert_eq!(site.run(&closed).await.exit, Some(0));
    assert_eq!(site.lab.last_run().await.reason.map(Reason::code), Some("discarded"));
}
