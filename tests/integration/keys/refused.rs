//! A key that works, and that the cloud does not accept: told apart by what is to be fixed.

use std::sync::Arc;

use chrono::TimeDelta;
use ghe_license_sync::explain::Explain;
use ghe_license_sync::reason::Exit;
use ghe_license_sync::store::{State, Trigger};
use ghe_license_sync::sync::{Context, NoProgress, run_once};
use insta::assert_snapshot;

use super::{Lab, Watched, fixture, replace_key};
use crate::support::family::Family;
use crate::support::manual_clock::ManualClock;

const NOW: &str = "2026-11-02T03:00:00Z";

/// Runs with this context; what an operator reads. No upload is so much as begun, and the document stays frozen.
async fn told(site: &Watched, context: &Context) -> String {
    let error = run_once(context, &Trigger::Manual).await.unwrap_err();
    assert_eq!(error.exit(), Exit::Permission);
    assert_eq!(site.relay.sent(), []);
    let run = site.lab.last_run().await;
    assert_eq!(run.state, State::Frozen);
    let wait = run.next_attempt_at.unwrap() - run.updated_at;
    assert!((60..=120).contains(&wait.num_minutes()), "{wait}");
    site.read(&error)
}

async fn told_with(overrides: &[&str]) -> String {
    let site = Watched::with_faults(&[]).await;
    told(&site, &site.context(overrides, Arc::new(NoProgress))).await
}

#[tokio::test]
async fn what_the_cloud_does_not_accept_of_an_app_is_reported() {
    let mut family = Family::default();
    let site = Watched::with_faults(&[]).await;
    let right = replace_key(&site.lab, &fixture("rsa.pem"));
    let said = told(&site, &site.context(&[], Arc::new(NoProgress))).await;
    family.row("another App's key, and once it is fixed the document goes out", said);
    replace_key(&site.lab, &right);
    site.sync(&[]).await.unwrap();
    assert_eq!(site.relay.sent().len(), 1);
    let said = told_with(&["connect.client-id=Iv23liSomebodyElse"]).await;
    family.row("a wrong client id", said);
    family.row("a wrong installation", told_with(&["connect.installation-id=7"]).await);
    family.row("a clock that is ahead", told_when_off_by(15).await);
    family.row("a clock that is behind", told_when_off_by(-15).await);
    assert_snapshot!(family, @"
    another App's key, and once it is fixed the document goes out: [1] cause: the cloud refused the token of the App `Iv23lip1VaxzeT6Kgnnx`: The signature of the JSON web token does not fit the App's public key
      help: check that `connect.client-id` and the credential `connect-private-key` belong to the same App and that the key was not revoked [2]
    a wrong client id: [1] cause: the cloud does not know the App `Iv23liSomebodyElse`
      help: check `connect.client-id`; the App is gone once Connect was disabled [2]
    a wrong installation: [1] cause: the App `Iv23lip1VaxzeT6Kgnnx` has no installation 7
      help: check `connect.installation-id`; the App may have been uninstalled [2]
    a clock that is ahead: [1] cause: asking for an installation token was refused because this machine's clock is 15m ahead [3] [2]
    a clock that is behind: [1] cause: asking for an installation token was refused because this machine's clock is 15m behind [3] [2]
    [1] error: the license usage was not delivered; it stays frozen and is tried again from TIME on; `ghe-license-sync sync` tries at once
    [2] reason: credentials-refused, exit 77
    [3] help: set this machine's clock (`timedatectl set-ntp true`)
    ");
}

/// Our clock is off by so many minutes; what an operator reads.
async fn told_when_off_by(minutes: i64) -> String {
    let theirs = Arc::new(ManualClock::at(NOW));
    let site = Watched::over(Lab::with_clock(&[], theirs).await).await;
    let ours = ManualClock::at(NOW);
    ours.advance(TimeDelta::minutes(minutes));
    let context = Context {
        clock: Arc::new(ours),
        ..site.context(&[], Arc::new(NoProgress))
    };
    told(&site, &context).await
}

#[tokio::test]
async fn a_clock_that_is_a_month_ahead_is_reported_with_words_apart() {
    let told = told_when_off_by(30 * 24 * 60).await;
    assert!(told.contains("clock is 30 days ahead"), "{told}");
}

#[tokio::test]
async fn a_clock_that_is_a_little_off_does_no_harm() {
    for seconds in [-240, -30, 50] {
        let theirs = Arc::new(ManualClock::at(NOW));
        let site = Watched::over(Lab::with_clock(&[], theirs).await).await;
        let ours = ManualClock::at(NOW);
        ours.advance(TimeDelta::seconds(seconds));
        let context = Context {
            clock: Arc::new(ours),
            ..site.context(&[], Arc::new(NoProgress))
        };
        let run = run_once(&context, &Trigger::Manual).await.unwrap();
        assert_eq!(run.state, State::Confirmed, "{seconds}");
    }
}
