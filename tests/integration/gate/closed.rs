//! A gate that is closed from the start: nobody is connected to and nothing is made.

use std::sync::Arc;

use ghe_license_sync::store::Trigger;
use ghe_license_sync::sync::{NoProgress, SyncError, preview, resume, run_once};
use insta::assert_snapshot;

use super::{Counter, Lab, Watched, in_place_of_the_cloud};
use crate::support::family::Family;

/// How each way to begin ends with these switches.
async fn refusals(connect: bool, license_sync: bool) -> String {
    let (lab, everybody) = (Lab::with_faults(&[]).await, Counter::listen().await);
    let mut overrides = in_place_of_the_cloud(&everybody).to_vec();
    overrides.push(format!("server.url={}", everybody.url));
    overrides.push(format!("connect.enabled={connect}"));
    overrides.push(format!("license-sync.enabled={license_sync}"));
    let overrides: Vec<_> = overrides.iter().map(String::as_str).collect();
    let context = lab.context_with(&overrides, Arc::new(NoProgress));
    let errors: [SyncError; 3] = [
        run_once(&context, &Trigger::Manual).await.unwrap_err(),
        resume(&context).await.unwrap_err(),
        preview(&context).await.unwrap_err(),
    ];
    assert_eq!(everybody.connections().await, 0);
    assert!(!lab.directory.path().join("state").exists());
    let site = Watched::over(lab).await;
    let texts = errors.map(|error| site.read(&error));
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    texts[0].clone()
}

#[tokio::test]
async fn behind_a_closed_gate_there_is_silence() {
    let mut family = Family::default();
    family.row("without connect there is silence", refusals(false, true).await);
    family.row("without license sync there is silence", refusals(true, false).await);
    let said = refusals(false, false).await;
    family.row("without both connect is named since it comes first", said);
    assert_snapshot!(family, @"
    without connect there is silence: [1] [2]
    without license sync there is silence: [1] cause: license sync is not enabled
      help: set `enabled = true` under [license-sync] to let this server report its license usage
      reason: license-sync-disabled, exit 3
    without both connect is named since it comes first: [1] [2]
    [1] error: no license usage was sent
    [2] cause: Connect is not enabled
        help: set `enabled = true` under [connect] once GitHub Connect is set up for this server
        reason: connect-disabled, exit 3
    ");
}
