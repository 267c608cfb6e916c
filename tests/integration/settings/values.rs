//! Switches, numbers, words and durations that are wrong.

use std::path::Path;

use ghe_license_sync::settings::{Source, keys};
use insta::assert_snapshot;

use super::{OPEN, Site, problems, problems_in};
use crate::support::family::Family;

#[test]
fn a_wrong_value_is_shown_with_what_is_expected() {
    let mut family = Family::default();
    for (name, table, lines) in [
        ("a text for a switch", "connect", r#"enabled = "true""#),
        ("a number for a text", "connect", "client-id = 123456"),
        ("zero", "connect", "installation-id = 0"),
        ("a negative ID", "connect", "installation-id = -5"),
        (
            "too large an ID",
            "connect",
            "installation-id = 99999999999999999999999",
        ),
        ("no level, no format", "log", "level = \"inof\"\nformat = \"xml\""),
        ("no unit", "license-sync", r#"confirm-timeout = "10""#),
        ("a number for a duration", "license-sync", "confirm-timeout = 600"),
        ("no time", "license-sync", r#"confirm-timeout = "0s""#),
        ("more than a day", "server.source.report", r#"timeout = "25h""#),
        (
            "a path for a name",
            "connect",
            r#"enterprise = "enterprises/octo-corp""#,
        ),
        ("an empty name", "connect", r#"enterprise = """#),
        ("no UUID", "server", r#"id = "1234""#),
        (
            "a file that is not collected",
            "metrics",
            r#"textfile = "/run/ghe-license-sync/metrics.txt""#,
        ),
        ("a relative path", "metrics", r#"textfile = "metrics.prom""#),
    ] {
        family.row(name, problems_in(table, lines));
    }
    assert_snapshot!(family, @r#"
    a text for a switch: 2:11 enabled = «"true"» expected `true` or `false`, found a string
      help: write the value without quotes
    a number for a text: 2:13 client-id = «123456» expected a string, found an integer [1]
    zero: 2:19 installation-id = «0» expected a whole number greater than 0 that fits into 63 bits
    a negative ID: 2:19 installation-id = «-5» expected a whole number greater than 0 that fits into 63 bits
    too large an ID: 2:19 installation-id = «99999999999999999999999» expected a whole number greater than 0 that fits into 63 bits
    no level, no format: 2:9 level = «"inof"» expected one of `error`, `warn`, `info`, `debug`, `trace`
      help: did you mean `info`?
      3:10 format = «"xml"» expected `text` or `json`
    no unit: 2:19 confirm-timeout = «"10"» this is not a duration [2]
    a number for a duration: 2:19 confirm-timeout = «600» expected a string, found an integer [1]
    no time: 2:19 confirm-timeout = «"0s"» a timeout must be longer than nothing [2]
    more than a day: 2:11 timeout = «"25h"» a timeout must not be longer than a day [2]
    a path for a name: 2:14 enterprise = «"enterprises/octo-corp"» this is not a name
      help: write it as in the URL of its page: letters, digits, `-`, `_` and `.`
    an empty name: 2:14 enterprise = «""» this is empty
      help: write the name, or leave the key out
    no UUID: 2:6 id = «"1234"» this is not a server ID
      help: write a UUID like `6ba7b810-9dad-41d1-80b4-00c04fd430c8`, or leave the key out to have one made
    a file that is not collected: 2:12 textfile = «"/run/ghe-license-sync/metrics.txt"» this file would not be collected
      help: let its name end in `.prom`, the only files that the textfile collector reads
    a relative path: 2:12 textfile = «"metrics.prom"» this is not an absolute path
      help: write the whole path, starting with `/`
    [1] help: put the value in quotes
    [2] help: write a number with its unit, like `90s`, `10m` or `2h`
    "#);
}

#[test]
fn an_age_is_longer_than_nothing_and_at_most_a_year() {
    let mut family = Family::default();
    for age in ["0s", "366d", "old"] {
        family.row(age, problems(&format!("[server.source.file]\nmax-age = \"{age}\"\n")));
    }
    assert_snapshot!(family, @r#"
    0s: 2:11 max-age = «"0s"» an age must be longer than nothing [1]
    366d: 2:11 max-age = «"366d"» an age must not be longer than 365 days [1]
    old: 2:11 max-age = «"old"» this is not a duration [1]
    [1] help: write a number with its unit, like `36h` or `7d`
    "#);
}

#[test]
fn a_command_is_a_program_by_its_whole_path_and_its_arguments() {
    let mut family = Family::default();
    for run in [
        r#""/usr/bin/cat FILE""#,
        r#"[]"#,
        r#"["cat", "FILE"]"#,
        r#"["/usr/bin/cat", 7]"#,
        r#"["/usr/bin/cat", "\n"]"#,
    ] {
        family.row(run, problems(&format!("[server.source.command]\nrun = {run}\n")));
    }
    assert_snapshot!(family, @r#"
    "/usr/bin/cat FILE": 2:7 run = «"/usr/bin/cat FILE"» expected a list of strings, found a string
      help: put each word in quotes, and all of them in brackets: `["/usr/bin/cat", "FILE"]`
    []: 2:7 run = «[]» this names no program [1]
    ["cat", "FILE"]: 2:7 run = «["cat", "FILE"]» the program is not named by an absolute path [1]
    ["/usr/bin/cat", 7]: 2:7 run = «["/usr/bin/cat", 7]» this is not a list of strings [1]
    ["/usr/bin/cat", "\n"]: 2:7 run = «["/usr/bin/cat", "\n"]» this command contains a control character [1]
    [1] help: write the whole path of the program, then each argument: `["/usr/bin/cat", "FILE"]`
    "#);
    let with = |run: &str| {
        let settings = OPEN.replace(
            "[server.source.report]\nusername = \"license-bot\"",
            "[server.source.command]",
        );
        Site::new(settings)
            .flags(&[&format!("server.source.command.run={run}")])
            .accept()
    };
    let settings = with(r#"["/usr/bin/cat", "FILE"]"#);
    let Source::Command(command) = &settings.gate.pass().unwrap().server.source else {
        panic!("another source")
    };
    assert_eq!(
        (command.program.as_path(), &command.arguments[..]),
        (Path::new("/usr/bin/cat"), &["FILE".to_owned()][..])
    );
}

#[test]
fn a_reminder_comes_after_an_hour_at_least_and_thirty_days_at_most() {
    let mut family = Family::default();
    for time in ["59m", "31days"] {
        family.row(time, problems(&format!("[license-sync]\nremind-after = \"{time}\"\n")));
    }
    assert_snapshot!(family, @r#"
    59m: 2:16 remind-after = «"59m"» the time to a reminder must not be shorter than an hour [1]
    31days: 2:16 remind-after = «"31days"» the time to a reminder must not be longer than 30 days [1]
    [1] help: write a number with its unit, like `12h` or `3days`
    "#);
}

#[test]
fn a_number_is_described_by_its_range() {
    let site = Site::new("[license-sync.guard]\nmax-change-percent = 1.5\nalways-allow-users = -1\n");
    assert_snapshot!(site.refuse(), @"
    config-invalid: 2 problems in the settings
     --> /etc/ghe-license-sync/config.toml:2:22
      |
    2 | max-change-percent = 1.5
      |                      ^^^ expected a whole number from 0 to 100, found a float

     --> /etc/ghe-license-sync/config.toml:3:22
      |
    3 | always-allow-users = -1
      |                      ^^ expected a whole number from 0 to 4294967295
    ");
    for (flag, range) in [
        ("max-change-percent=20%", "from 0 to 100"),
        ("max-change-percent=1.5", "from 0 to 100"),
        ("max-change-percent=101", "from 0 to 100"),
        ("always-allow-users=abc", "from 0 to 4294967295"),
        ("always-allow-users=5000000000", "from 0 to 4294967295"),
        ("always-allow-users=-1", "from 0 to 4294967295"),
    ] {
        let told = Site::new("").flags(&[&format!("license-sync.guard.{flag}")]).refuse();
        assert!(told.contains(&format!("a whole number {range}")), "{flag}: {told}");
    }
}

#[test]
fn no_wrong_value_of_any_key_is_answered_with_a_type_of_rust() {
    let types = regex::Regex::new(r"\b([iuf](8|16|32|64|128|size)|bool|str|String|Option|Vec|struct|enum)\b").unwrap();
    let values = [
        "true",
        "5",
        "-1",
        "1.5",
        "99999999999",
        "\"x y\"",
        "[1]",
        "{ a = 1 }",
        "2026-11-27",
    ];
    let mut refused = 0;
    for key in keys() {
        let (table, name) = key.rsplit_once('.').unwrap();
        for value in values {
            let file = Site::new(format!("[{table}]\n{name} = {value}\n"));
            let flag = Site::new("").flags(&[&format!("{key}={}", value.trim_matches('"'))]);
            for site in [file, flag] {
                let Err(error) = site.load() else { continue };
                let told = site.render(&error);
                assert!(!types.is_match(&told), "{key} = {value}: {told}");
                refused += 1;
            }
        }
    }
    assert!(refused > 300, "{refused}");
}

#[test]
fn with_scim_as_the_source_it_is_taken_as_enabled() {
    let with = |source: &str| {
        let settings = OPEN.replace("[server.source.report]\nusername = \"license-bot\"", source);
        let settings = Site::new(settings).accept();
        settings.gate.pass().unwrap().server.clone()
    };
    let server = with("[server.source.scim]");
    let Source::Scim(scim) = &server.source else {
        panic!("another source")
    };
    assert_eq!(
        (&scim.enterprise, scim.max_other_accounts, server.scim_enabled),
        (&None, 1000, true)
    );
    let server = with("[server.source.scim]\nenterprise = \"octo-corp\"\nmax-other-accounts = 0");
    let Source::Scim(scim) = &server.source else {
        panic!("another source")
    };
    assert_eq!(
        (scim.enterprise.as_deref(), scim.max_other_accounts),
        (Some("octo-corp"), 0)
    );
    assert!(!with("[server.source.file]\npath = \"/srv/all_users.csv\"").scim_enabled);
}
