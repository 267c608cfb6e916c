//! The way of delivery is changed between two steps: nothing that may have arrived goes the other way unseen.

use std::sync::Arc;

use ghe_license_sync::store::{Run, State, Trigger};
use ghe_license_sync::sync::{NoProgress, run_all};

use super::by_file::{documents, with_files_of, without_app};
use super::{Lab, Watched};
use crate::support::moment::{Moment, die_at};

async fn earlier(site: &Watched) -> Run {
    let context = site.context(&[], Arc::new(NoProgress));
    run_all(&context, &Trigger::Manual).await.earlier.unwrap()
}

#[tokio::test]
async fn an_upload_that_arrived_without_an_answer_is_confirmed_by_the_list_and_not_written_to_a_file() {
    let site = Watched::over(Lab::with_faults(&["upload:cut*1"]).await).await;
    die_at(&site, Moment::Retry).await;
    assert_eq!(site.lab.last_run().await.state, State::Frozen);
    let directory = with_files_of(&site.lab);
    let run = earlier(&site).await;
    assert_eq!((run.state, run.file.is_none()), (State::Confirmed, true), "{run:?}");
    assert!(run.baseline.listed_at.is_some(), "by the clock of the cloud");
    assert_eq!(documents(&directory), [] as [String; 0]);
    assert_eq!(site.lab.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn an_upload_that_did_not_arrive_is_written_to_a_file() {
    let site = Watched::over(Lab::with_faults(&["upload:reset*1"]).await).await;
    die_at(&site, Moment::Retry).await;
    let directory = with_files_of(&site.lab);
    let run = earlier(&site).await;
    assert_eq!(run.state, State::Written, "{run:?}");
    assert_eq!(documents(&directory).len(), 1);
}

#[tokio::test]
async fn what_the_cloud_accepted_is_confirmed_by_the_list_once_there_is_no_app() {
    let site = Watched::over(Lab::with_faults(&["location:pending*always"]).await).await;
    die_at(&site, Moment::Accepted).await;
    let directory = with_files_of(&site.lab);
    without_app(&site.lab);
    let run = earlier(&site).await;
    assert_eq!(run.state, State::Confirmed, "{run:?}");
    assert_eq!(documents(&directory).len(), 1, "that of the day");
    assert_eq!(site.lab.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn an_upload_that_arrived_without_an_answer_confirms_no_file_that_waits() {
    let site = Watched::over(Lab::with_faults(&["upload:cut*1"]).await).await;
    with_files_of(&site.lab);
    let waiting = site.sync(&[]).await.unwrap();
    site.lab.edit_settings("delivery = \"file\"", "delivery = \"connect\"");
    die_at(&site, Moment::Retry).await;
    let state = async || site.lab.store().await.run(waiting.id).await.unwrap().state;
    assert_eq!((site.lab.sandbox.uploads().len(), state().await), (1, State::Written));
    assert_eq!(earlier(&site).await.state, State::Confirmed);
    assert_eq!(state().await, State::Failed, "nobody uploaded it");
}
