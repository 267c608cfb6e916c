//! A report on standard output: whole, or nothing of it; and it can be stopped while it is printed.

use rustix::process::Signal;
use serde_json::{Value, json};

use super::at;
use crate::support::lab::Lab;
use crate::support::loopback::{Loopback, Reply};
use crate::support::process::Process;

const SECOND: &str = "/enterprises/octo-corp/consumed-licenses?page=2";

#[tokio::test]
async fn a_report_that_fails_in_the_middle_of_the_list_prints_nothing_of_it() {
    let lab = Lab::with_faults(&[]).await;
    let cloud = Loopback::serve(|request| match request.path() {
        SECOND => Reply::answer(404, "", b"{}"),
        _ => Reply::answer(
            200,
            &format!("Link: <{SECOND}>; rel=\"next\"\r\n"),
            br#"{"total_seats_consumed":2,"users":[{"github_com_login":"mona"}]}"#,
        ),
    })
    .await;
    for format in ["table", "csv", "json"] {
        let mut arguments = vec!["report", "--format", format];
        arguments.extend((format != "table").then_some("--show-users"));
        let url = at(&cloud);
        arguments.push(&url);
        let ran = lab.run(&arguments).await;
        assert_eq!(ran.exit, Some(77), "{ran}");
        assert!(!ran.to_string().contains("mona"), "{ran}");
        if format == "json" {
            let error: Value = serde_json::from_str(&ran.stdout).unwrap();
            assert_eq!(error["reason"], "permission-missing");
        } else {
            assert_eq!(ran.stdout, "");
        }
    }
}

#[tokio::test]
async fn a_report_that_nobody_reads_can_be_stopped_and_says_that_it_is_not_whole() {
    let lab = Lab::with_faults(&[]).await;
    let users: Vec<_> = (0..2000)
        .map(|number| json!({ "github_com_login": format!("user-{number}"), "github_com_saml_name_id": "x".repeat(100) }))
        .collect();
    let cloud = super::cloud(json!({ "total_seats_consumed": 2000, "users": users })).await;
    let (config, url) = (lab.sandbox.config_file().to_str().unwrap(), at(&cloud));
    for format in ["csv", "json"] {
        let arguments = ["--config", config, &url, "report", "--show-users", "--format", format];
        let mut process = Process::start(&arguments);
        process.line().await;
        process.signal(Signal::INT);
        let ran = process.end_unread().await;
        assert_eq!(ran.exit, Some(69));
        assert!(
            ran.stdout.len() < 200_000 && !ran.stdout.contains("cancelled"),
            "{}",
            ran.stdout.len()
        );
        insta::allow_duplicates! {
            insta::assert_snapshot!(ran.stderr, @"
            error: a person or a signal ended it while the report was printed; what was printed is not whole
              reason: cancelled
            ");
        }
    }
}
