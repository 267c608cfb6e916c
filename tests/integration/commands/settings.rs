//! Wrong settings, as every command tells them.

use super::told;
use crate::support::lab::{Lab, binary};

#[tokio::test]
async fn wrong_settings_are_reported_all_at_once_and_nothing_is_done() {
    let lab = Lab::with_faults(&[]).await;
    lab.edit_settings("host = \"github.com\"", "hots = \"github.com\"");
    lab.edit_settings("[license-sync]\nenabled = true", "[license-sync]\nenabled = \"yes\"");
    let wrong = ["--set", "license-sync.confirm-timeout=soon"];
    for command in [
        &["sync"][..],
        &["sync", "--dry-run"],
        &["status"],
        &["history"],
        &["check", "--offline"],
    ] {
        let told = told(&lab, &[command, &wrong].concat()).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(told, @r#"
            exit 78, stderr:
            error: nothing was done: 3 problems in the settings
             --> DIR/config.toml:4:1
              |
            4 | hots = "github.com"
              | ^^^^ unknown key `hots` in [connect]
              |
              = help: did you mean `host`?

              --> DIR/config.toml:14:11
               |
            14 | enabled = "yes"
               |           ^^^^^ expected `true` or `false`, found a string
               |
               = help: write the value without quotes

             --> flag --set license-sync.confirm-timeout
              = this is not a duration
              = help: write a number with its unit, like `90s`, `10m` or `2h`
              reason: config-invalid
            "#);
        }
    }
    assert!(!lab.directory.path().join("state").exists());
}

#[tokio::test]
async fn one_wrong_setting_in_json() {
    let lab = Lab::with_faults(&[]).await;
    insta::assert_snapshot!(told(&lab, &["sync", "--json", "--set", "connect.enabled=maybe"]).await, @r#"
    exit 78, stdout:
    {
      "schema": "ghe-license-sync/error/1", "error": "nothing was done: 1 problem in the settings",
      "because": [], "details": " --> flag --set connect.enabled\n  = expected `true` or `false`", "help": null,
      "reason": "config-invalid", "exit_code": 78
    }
    --- stderr
    error: nothing was done: 1 problem in the settings
     --> flag --set connect.enabled
      = expected `true` or `false`
      reason: config-invalid
    "#);
}

#[tokio::test]
async fn a_missing_file_is_reported_with_where_settings_are_read_from() {
    insta::assert_snapshot!(binary(&["--config", "/nonexistent/config.toml", "sync"]).await, @"
    exit 78, stderr:
    error: nothing was done: there is no settings file /nonexistent/config.toml
      help: the settings are read from the file named by `--config` or `--instance`, else by GHE_LICENSE_SYNC_CONFIG, else from /etc/ghe-license-sync/config.toml
      reason: config-invalid
    ");
}

#[tokio::test]
async fn a_source_in_the_file_and_another_by_a_flag_are_both_named() {
    let lab = Lab::with_faults(&[]).await;
    let flag = ["--set", "server.source.file.path=/srv/all_users.csv"];
    insta::assert_snapshot!(told(&lab, &[&["check", "--offline"][..], &flag].concat()).await, @"
    exit 78, stderr:
    error: nothing was done: 1 problem in the settings
     --> flag --set server.source.file.path
      = the source `file` is given, and so is `report`
      = help: leave one of them in the settings file, and name no other by a flag or a variable
      reason: config-invalid
    ");
}
