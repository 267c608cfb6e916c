//! The commands that messages advise, run by a shell as they are printed.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use regex::Regex;

use crate::support::lab::{Lab, Ran};

/// A usage error, and settings that cannot be read: what a command says that was printed wrong.
const NOT_UNDERSTOOD: [i32; 2] = [64, 78];

/// The commands of this program in backquotes.
pub(crate) fn advised(text: &str) -> BTreeSet<String> {
    let command = Regex::new("`((?:env [^`]+ )?ghe-license-sync [^`]+)`").unwrap();
    command.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

/// What a shell makes of it that finds the program on its path.
pub(crate) async fn in_a_shell(line: &str) -> Ran {
    let program = Path::new(env!("CARGO_BIN_EXE_ghe-license-sync"));
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    let mut shell = Command::new("/bin/sh");
    shell.env_clear().env("PATH", path).args(["-c", line]);
    Ran::of(shell).await
}

/// Everything that a person reads who looks for the cause.
async fn everything_said(lab: &Lab, sync: &Ran) -> String {
    let mut text = sync.to_string();
    for looking in [&["status"][..], &["history"], &["check"], &["check", "--offline"]] {
        text.push_str(&lab.run(looking).await.to_string());
    }
    text
}

#[tokio::test]
async fn every_command_that_a_failed_run_advises_works_as_printed() {
    // Waiting for an answer to a fault, waiting for the time that the cloud names, and failed for good.
    for fault in ["token:404", "upload:503@3600", "location:failure"] {
        let lab = Lab::with_faults(&[&format!("{fault}*always")]).await;
        let sync = lab.run(&["sync"]).await;
        assert_ne!(sync.exit, Some(0), "{fault}: {sync}");
        let lines = advised(&everything_said(&lab, &sync).await);
        assert!(!lines.is_empty(), "{fault} advises something");
        for line in lines {
            let ran = in_a_shell(&line).await;
            let exit = ran.exit.unwrap();
            assert!(!NOT_UNDERSTOOD.contains(&exit), "{fault}: {line}: {ran}");
        }
    }
}

/// Another store would not have the document, or have another one.
#[tokio::test]
async fn an_advised_command_works_on_the_store_that_a_flag_or_a_variable_names() {
    let lab = Lab::with_faults(&["token:404*always"]).await;
    let config = lab.sandbox.config_file().display();
    let state = lab.directory.path().join("it's another");
    let quoted = format!("'{}'", state.display().to_string().replace('\'', r"'\''"));
    let by_flag = format!("ghe-license-sync --config {config} --set state.directory={quoted} sync");
    let by_variable = format!("GHE_LICENSE_SYNC__STATE__DIRECTORY={quoted} ghe-license-sync --config {config} sync");
    for line in [by_flag, by_variable] {
        let ran = in_a_shell(&line).await;
        assert_eq!(ran.exit, Some(77), "{ran}");
        let sync = advised(&ran.to_string())
            .into_iter()
            .find(|line| line.ends_with(" sync"));
        assert!(sync.unwrap().contains("it'"), "{ran}");
    }
    let sync = format!("ghe-license-sync --config {config} --set state.directory={quoted} status");
    let sync = advised(&in_a_shell(&sync).await.to_string())
        .into_iter()
        .find(|line| line.ends_with(" sync"))
        .unwrap();
    lab.clear_faults().await;
    let ran = in_a_shell(&sync).await;
    assert_eq!(ran.exit, Some(0), "{sync}: {ran}");
    assert!(
        !lab.directory.path().join("state").exists(),
        "nothing was done elsewhere"
    );
}
