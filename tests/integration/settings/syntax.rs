//! Files that are not TOML: every broken line is reported, and the rest is still checked.

use insta::assert_snapshot;

use super::{OPEN, problems, problems_in, refuse};
use crate::support::family::Family;

#[test]
fn a_file_that_is_not_toml_is_shown_line_by_line() {
    let mut family = Family::default();
    family.row("a syntax error shows its line", problems_in("connect", "enabled = tru"));
    let said = problems("[connect\nenabled = true\n[server]\nurl = https://github.example.com\nid = \n");
    family.row("all syntax errors are shown", said);
    let said = problems(&OPEN.replace(r#"client-id = "Iv23liExample""#, r#"client-id = "Iv23liExample"#));
    family.row("an open quote", said);
    let said = problems_in("connect", "enabled = false\nenabled = true");
    family.row("a key given twice", said);
    let said = problems("[log]\nlevel: debug\n[state]\ndirectory = '/var\n[connect]\nhost = github.com\n");
    family.row("lines after a broken one are read", said);
    let said = problems(&OPEN.replace("\"octo-corp\"", "\"\"\"octo-corp"));
    family.row("an open text of several lines", said);
    assert_snapshot!(family, @r#"
    a syntax error shows its line: 2:11 enabled = «tru» invalid boolean, expected `true`
    all syntax errors are shown: 1:9 [connect«» unclosed table, expected `]`
      4:7 url = «https://github.example.com» string values must be quoted, expected literal string
      5:5 id =«» string values must be quoted, expected literal string
    an open quote: 5:27 client-id = "Iv23liExample«» invalid basic string, expected `"`
    a key given twice: 3:1 «enabled» = true duplicate key
    lines after a broken one are read: 2:8 level: «d»ebug key with no value, expected `=`
      4:18 directory = '/var«» invalid literal string, expected `'`
      6:8 host = «github.com» string values must be quoted, expected literal string
    an open text of several lines: 4:14 enterprise = «"""»octo-corp invalid multi-line basic string, expected `"`
    "#);
}

#[test]
fn a_syntax_error_does_not_hide_other_mistakes() {
    assert_snapshot!(refuse(r#"[connect]
enabled = tru
host = 5
[server]
url = "ftp://github.example.com"
token_file = "/etc/token"
"#), @r#"
    config-invalid: 4 problems in the settings
     --> /etc/ghe-license-sync/config.toml:2:11
      |
    2 | enabled = tru
      |           ^^^ invalid boolean, expected `true`

     --> /etc/ghe-license-sync/config.toml:3:8
      |
    3 | host = 5
      |        ^ expected a string, found an integer
      |
      = help: put the value in quotes

     --> /etc/ghe-license-sync/config.toml:5:7
      |
    5 | url = "ftp://github.example.com"
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^ this URL is neither http nor https
      |
      = help: write it like `https://host/`

     --> /etc/ghe-license-sync/config.toml:6:1
      |
    6 | token_file = "/etc/token"
      | ^^^^^^^^^^ unknown key `token_file` in [server]
      |
      = help: did you mean `token-file`?
    "#);
}

#[test]
fn characters_and_not_bytes_are_counted() {
    assert_snapshot!(refuse("[connect]\r\n\"grüße\" = 1\r\n\tenabled = \"ja\"\r\n"), @r#"
    config-invalid: 2 problems in the settings
     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | "grüße" = 1
      | ^^^^^^^ unknown key `grüße` in [connect]

     --> /etc/ghe-license-sync/config.toml:3:12
      |
    3 |     enabled = "ja"
      |               ^^^^ expected `true` or `false`, found a string
      |
      = help: write the value without quotes
    "#);
}

#[test]
fn the_mark_is_below_what_takes_two_columns_a_character() {
    assert_snapshot!(refuse("[connect]\nhost = \"漢字\" # x\n"), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:8
      |
    2 | host = "漢字" # x
      |        ^^^^^^ this is not a host name
      |
      = help: write the name alone, like `github.com` or `octocorp.ghe.com`: no scheme, port or path
    "#);
}
