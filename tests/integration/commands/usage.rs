//! The command line itself: help, version, and what is said to a slip of the hand.

use crate::support::family::Family;
use crate::support::lab::binary;

/// What the binary says, without blank lines.
async fn told(words: &[&str]) -> String {
    let ran = binary(words).await.to_string();
    let lines = ran.lines().filter(|line| !line.trim().is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn the_help_tells_commands_and_exit_codes() {
    insta::assert_snapshot!(binary(&["--help"]).await, @"
    exit 0, stdout:
    Reports to a GitHub Enterprise Cloud account who consumes a license on a GitHub Enterprise Server, and verifies that the cloud processed it

    Usage: ghe-license-sync [OPTIONS] <COMMAND>

    Commands:
      run      Runs the daemon in the foreground: it syncs by the schedule, each week by default
      sync     Runs one sync now: collect, freeze, send, confirm
      upload   Sends a document from a file, and waits for the confirmation as a sync does
      review   Shows how today's list differs from the last confirmed one, while a list is held for review
      approve  Releases the document that is held for review, once
      discard  Deletes the document that is held for review; it is never sent
      status   Shows the gate, the last runs, the outbox and the health
      export   Writes the document that a sync would send to a file or to standard output, and sends nothing
      check    Checks settings, credentials and trust roots, and shows what is in force
      history  Lists past runs, the newest first
      report   Reports the licenses that the cloud counts as consumed; needs only Connect enabled, and sends nothing
      explain  Explains why users are counted twice, how certain that is, and how many licenses a fix frees
      demo     Runs a whole sync with a made-up enterprise server and cloud account on loopback
      sandbox  Starts a made-up enterprise server and cloud account on loopback, and writes settings for them
      help     Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version

    For every command:
          --config <FILE>    The settings file [env: GHE_LICENSE_SYNC_CONFIG=] [default: /etc/ghe-license-sync/config.toml]
          --instance <NAME>  One of several servers: /etc/ghe-license-sync/NAME.toml, and a state directory of its own
          --set <KEY=VALUE>  Sets one key over file and environment, like `--set log.level=debug`
      -v, --verbose          Writes the log to standard error as well
          --json             Answers in JSON

    Begin with `check --offline`: it checks the settings and the credentials, and opens no connection.

    An error first says what was not done. `because` is the cause, `help` is what to do, and `reason` is a code for
    scripts, the same in status, history and log.

    Exit codes:
       0  done; for `sync` and `upload`: confirmed by the cloud, or written to a file that a person uploads
       3  the gate is closed (Connect or license sync is off); nothing was sent
       4  held: a list waits for a person to approve or discard it
       5  `status` only: stale or failing; with `--cloud`, when any server of the account is stale or failed
      64  the command line is wrong
      65  the data is wrong
      69  something that is needed is not available
      70  a defect of this program
      74  a file could not be read or written; if it was only the answer, standard error says what was done
      75  frozen, but not delivered or confirmed yet, for a cause that passes; the next run continues
      77  credentials or permissions are missing or were refused
      78  the settings are wrong
    ");
    let without_a_command = binary(&[]).await;
    assert_eq!(without_a_command.exit, Some(64));
    assert_eq!(without_a_command.stdout, "");
    assert_eq!(without_a_command.stderr, binary(&["--help"]).await.stdout);
}

#[tokio::test]
async fn every_command_has_its_help() {
    let mut family = Family::default();
    for command in ["sync", "status", "check", "history", "demo", "report", "sandbox"] {
        family.row(command, told(&[command, "--help"]).await);
    }
    insta::assert_snapshot!(family, @"
    sync: [1] Runs one sync now: collect, freeze, send, confirm
      Usage: ghe-license-sync sync [OPTIONS] [2]
            --dry-run    Shows the counts of what would be sent; freezes and sends nothing
            --scheduled  Does only what is due, by the schedule and the waits in the store; for a timer [3] [4]
    status: [1] Shows the gate, the last runs, the outbox and the health
      Usage: ghe-license-sync status [OPTIONS] [2]
            --cloud    Shows the last sync of each server of the account, as the cloud lists it; needs only Connect enabled, and sends nothing [5] [4]
    check: [1] Checks settings, credentials and trust roots, and shows what is in force
      Usage: ghe-license-sync check [OPTIONS] --offline [2]
            --offline  Opens no connection [5] [4]
    history: [1] Lists past runs, the newest first
      Usage: ghe-license-sync history [OPTIONS] [2]
            --limit <N>        How many runs at most [default: 20]
            --format <FORMAT>  As a table for people, as CSV with the counts for a spreadsheet, or like `--json` [default: table] [possible values: table, csv, json] [6] [4]
    demo: [1] Runs a whole sync with a made-up enterprise server and cloud account on loopback
      Usage: ghe-license-sync demo [OPTIONS] [2]
            --users <N>  How many accounts the enterprise server has [default: 1000]
            --seed <S>   Another seed makes other users [default: 1] [3] [4]
    report: [1] Reports the licenses that the cloud counts as consumed; needs only Connect enabled, and sends nothing
      Usage: ghe-license-sync report [OPTIONS] [2]
            --format <FORMAT>  How the report is written, a table by default; `--json` is the same as `--format json`, and `html` is a page with charts [possible values: table, csv, json, html]
            --show-users       Lists every license with login and addresses, in CSV, JSON and HTML
            --output <FILE>    Writes the report to a new file, which its owner alone can read; `-` is standard output
            --force            Replaces a file that is there [6]
      With `--format html`:
            --explain        Reads the server's list as well, and shows why users are counted twice and what fixing it frees, as `explain` does
            --report <FILE>  The same with the server's list from an all-users report that was downloaded; it does not connect to the server
            --host <NAME>    The server's host name in the cloud's list, if it is not that of `server.url` [4]
    sandbox: [1] Starts a made-up enterprise server and cloud account on loopback, and writes settings for them
      Usage: ghe-license-sync sandbox [OPTIONS] --directory <DIR> [2]
            --directory <DIR>  Where to write config.toml and credentials
            --users <N>        How many accounts the enterprise server has [default: 1000]
            --seed <S>         Another seed makes other users [default: 1]
            --fault <SPEC>     Something that goes wrong, like `upload:503*2`, `report:202*3` or `status:pending*2`; can be repeated
            --schema <SCHEMA>  Names and types of the list of consumed licenses: those of recorded answers, or those that GitHub published [default: recorded] [possible values: recorded, published] [6] [4]
    [1] exit 0, stdout:
    [2] Options:
    [3]   -h, --help       Print help
          -V, --version    Print version
    [4] For every command:
              --config <FILE>    The settings file [env: GHE_LICENSE_SYNC_CONFIG=] [default: /etc/ghe-license-sync/config.toml]
              --instance <NAME>  One of several servers: /etc/ghe-license-sync/NAME.toml, and a state directory of its own
              --set <KEY=VALUE>  Sets one key over file and environment, like `--set log.level=debug`
          -v, --verbose          Writes the log to standard error as well
              --json             Answers in JSON
    [5]   -h, --help     Print help
          -V, --version  Print version
    [6]   -h, --help             Print help
          -V, --version          Print version
    ");
}

#[tokio::test]
async fn the_version_is_that_of_the_package() {
    for arguments in [&["--version"][..], &["sync", "--version"]] {
        let ran = binary(arguments).await;
        assert_eq!(ran.exit, Some(0));
        assert!(
            ran.stdout.ends_with(concat!(" ", env!("CARGO_PKG_VERSION"), "\n")),
            "{ran}"
        );
    }
}

#[tokio::test]
async fn a_wrong_command_line_is_reported_with_what_was_probably_meant() {
    let mut family = Family::default();
    for line in [
        "snyc",
        "sync --dryrun",
        "sync --dry-run now",
        "check",
        "history --limit 0",
        "sandbox",
    ] {
        let words: Vec<_> = line.split(' ').collect();
        family.row(line, told(&words).await);
    }
    insta::assert_snapshot!(family, @"
    snyc: [1] error: unrecognized subcommand 'snyc'
        tip: a similar subcommand exists: 'sync'
      Usage: ghe-license-sync [OPTIONS] <COMMAND> [2]
    sync --dryrun: [1] error: unexpected argument '--dryrun' found
        tip: a similar argument exists: '--dry-run'
      Usage: ghe-license-sync sync --dry-run [2]
    sync --dry-run now: [1] error: unexpected argument 'now' found
      Usage: ghe-license-sync sync [OPTIONS] [2]
    check: [1] [3]   --offline
      Usage: ghe-license-sync check --offline [2]
    history --limit 0: [1] error: invalid value '0' for '--limit <N>': 0 is not in 1..=4294967295 [2]
    sandbox: [1] [3]   --directory <DIR>
      Usage: ghe-license-sync sandbox --directory <DIR> [2]
    [1] exit 64, stderr:
    [2] For more information, try '--help'.
    [3] error: the following required arguments were not provided:
    ");
}

#[tokio::test]
async fn a_wrong_command_line_is_an_answer_in_json_where_json_is_asked_for() {
    insta::assert_snapshot!(binary(&["sync", "--dryrun", "--json"]).await, @r#"
    exit 64, stdout:
    {
      "schema": "ghe-license-sync/error/1",
      "error": "unexpected argument '--dryrun' found",
      "because": [],
      "details": "Usage: ghe-license-sync sync --dry-run\nFor more information, try '--help'.",
      "help": "a similar argument exists: '--dry-run'",
      "reason": null,
      "exit_code": 64
    }
    --- stderr
    error: unexpected argument '--dryrun' found

      tip: a similar argument exists: '--dry-run'

    Usage: ghe-license-sync sync --dry-run

    For more information, try '--help'.
    "#);
    for arguments in [
        &["--json"][..],
        &["--json", "snyc"],
        &["status", "--json=yes"],
        &["--json", "--set", "a=b", "status", "--set", "c=d"],
    ] {
        let ran = binary(arguments).await;
        let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!((ran.exit, &answer["exit_code"]), (Some(64), &64.into()), "{ran}");
        let error = answer["error"].as_str().unwrap();
        assert!(ran.stderr.starts_with(&format!("error: {error}\n")), "{ran}");
    }
    let help = binary(&["--json", "--help"]).await;
    assert_eq!((help.exit, help.stdout.starts_with('{')), (Some(0), false), "{help}");
}

#[tokio::test]
async fn no_set_is_lost_because_of_where_it_stands() {
    let ran = binary(&[
        "--set",
        "log.level=debug",
        "check",
        "--offline",
        "--set=log.format=json",
    ])
    .await;
    insta::assert_snapshot!(ran, @"
    exit 64, stderr:
    error: `--set` stands before and after the command; write all of them after it

    Usage: ghe-license-sync [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}
