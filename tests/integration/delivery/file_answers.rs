//! What is said of a file that waits, or that was uploaded.

use ghe_license_sync::store::State;
use insta::assert_snapshot;

use super::by_file::{documents, path_of, upload, with_files};
use crate::commands::told;
use crate::support::past::window_is_over;

#[tokio::test]
async fn a_list_whose_upload_was_confirmed_in_this_window_is_not_written_again() {
    let (lab, directory) = with_files().await;
    let run = lab.sync(&[]).await.unwrap();
    upload(&lab, path_of(&run)).await;
    lab.run(&["status", "--cloud"]).await;
    assert_eq!(lab.last_run().await.state, State::Confirmed);
    let said = told(&lab, &["sync"]).await;
    assert_snapshot!(said.lines().take(4).collect::<Vec<_>>().join("\n"), @"
    exit 0
    --- stdout
    the license usage that waited, digest DIGEST, ended as confirmed
    today's list is the same and was not sent again
    ");
    assert_eq!(documents(&directory).len(), 1);
    window_is_over(&lab).await;
    let said = told(&lab, &["sync"]).await;
    assert!(said.contains("\nwrote the license usage to"), "{said}");
}
