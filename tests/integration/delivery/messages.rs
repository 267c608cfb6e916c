//! What an operator reads for every kind of failure on the way to the cloud.

use insta::assert_snapshot;

use super::{Watched, without_read_token};

/// What a run with these faults tells.
async fn told(faults: &[&str]) -> String {
    let site = Watched::with_faults(faults).await;
    site.failing_sync(&["license-sync.confirm-timeout=1s"]).await
}

#[tokio::test]
async fn a_failing_cloud_is_told() {
    assert_snapshot!(told(&["upload:503@3600*1"]).await, @"");
}

#[tokio::test]
async fn a_rate_limit_is_told_with_the_time_of_the_next_attempt() {
    assert_snapshot!(told(&["upload:429@3600*1"]).await, @"");
}

#[tokio::test]
async fn refused_credentials_are_told() {
    assert_snapshot!(told(&["upload:401*always"]).await, @"");
}

#[tokio::test]
async fn a_missing_permission_is_told() {
    assert_snapshot!(told(&["upload:403*always"]).await, @"");
}

#[tokio::test]
async fn an_account_or_a_path_that_is_not_there_is_told() {
    assert_snapshot!(told(&["upload:404*always"]).await, @"");
}

#[tokio::test]
async fn a_proxy_in_the_way_is_told() {
    assert_snapshot!(told(&["upload:407*always"]).await, @"");
}

#[tokio::test]
async fn a_no_to_the_document_is_told() {
    assert_snapshot!(told(&["upload:422*1"]).await, @"");
}

#[tokio::test]
async fn a_document_that_is_too_large_is_told() {
    assert_snapshot!(told(&["upload:413*1"]).await, @"");
}

#[tokio::test]
async fn an_answer_of_something_else_is_told() {
    assert_snapshot!(told(&["upload:html*1"]).await, @"");
    assert_snapshot!(told(&["upload:302*1"]).await, @"");
}

#[tokio::test]
async fn a_failure_before_the_upload_names_its_step() {
    assert_snapshot!(told(&["token:html*1"]).await, @"");
    assert_snapshot!(told(&["token:429@3600*1"]).await, @"");
    assert_snapshot!(told(&["token:403*always"]).await, @"");
}

#[tokio::test]
async fn a_cloud_that_does_not_confirm_is_told() {
    assert_snapshot!(told(&["status:pending*always"]).await, @"");
}

#[tokio::test]
async fn a_cloud_that_cannot_be_asked_for_a_confirmation_is_told() {
    assert_snapshot!(told(&["status:503*always"]).await, @"");
    assert_snapshot!(told(&["status:404*always", "location:404*always"]).await, @"");
    assert_snapshot!(told(&["status:cut*always"]).await, @"");
}

#[tokio::test]
async fn an_answer_about_the_upload_that_is_none_is_told() {
    let site = Watched::with_faults(&["location:html*1"]).await;
    without_read_token(&site.lab);
    assert_snapshot!(site.failing_sync(&[]).await, @"");
}

#[tokio::test]
async fn a_cloud_that_could_not_process_the_document_is_told() {
    assert_snapshot!(told(&["status:failure*1"]).await, @"");
}
