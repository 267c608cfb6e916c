//! Files that are not TOML: every broken line is reported, and the rest is still checked.

use insta::assert_snapshot;

use super::{OPEN, refuse};

#[test]
fn a_syntax_error_shows_its_line() {
    assert_snapshot!(refuse(r#"[connect]
enabled = tru
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:11
      |
    2 | enabled = tru
      |           ^^^ invalid boolean, expected `true`
    ");
}

#[test]
fn all_syntax_errors_are_shown() {
    assert_snapshot!(refuse(r#"[connect
enabled = true
[server]
url = https://github.example.com
id = 
"#), @r"
    config-invalid: 3 problems in the settings
     --> /etc/ghe-license-sync/config.toml:1:9
      |
    1 | [connect
      |         ^ unclosed table, expected `]`

     --> /etc/ghe-license-sync/config.toml:4:7
      |
    4 | url = https://github.example.com
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^ string values must be quoted, expected literal string

     --> /etc/ghe-license-sync/config.toml:5:5
      |
    5 | id =
      |     ^ string values must be quoted, expected literal string
    ");
}

#[test]
fn an_open_quote_does_not_make_later_keys_missing() {
    assert_snapshot!(refuse(&OPEN.replace(r#"client-id = "Iv23liExample""#, r#"client-id = "Iv23liExample"#)), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:5:27
      |
    5 | client-id = "Iv23liExample
      |                           ^ invalid basic string, expected `"`
    "#);
}

#[test]
fn a_key_given_twice_is_refused() {
    assert_snapshot!(refuse(r#"[connect]
enabled = false
enabled = true
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:3:1
      |
    3 | enabled = true
      | ^^^^^^^ duplicate key
    ");
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

#[test]
fn lines_after_a_broken_one_are_read() {
    assert_snapshot!(refuse("[log]\nlevel: debug\n[state]\ndirectory = '/var\n[connect]\nhost = github.com\n"), @r"
    config-invalid: 3 problems in the settings
     --> /etc/ghe-license-sync/config.toml:2:8
      |
    2 | level: debug
      |        ^ key with no value, expected `=`

     --> /etc/ghe-license-sync/config.toml:4:18
      |
    4 | directory = '/var
      |                  ^ invalid literal string, expected `'`

     --> /etc/ghe-license-sync/config.toml:6:8
      |
    6 | host = github.com
      |        ^^^^^^^^^^ string values must be quoted, expected literal string
    ");
}

#[test]
fn an_open_text_of_several_lines_does_not_make_what_it_swallows_missing() {
    assert_snapshot!(refuse(&OPEN.replace("\"octo-corp\"", "\"\"\"octo-corp")), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:4:14
      |
    4 | enterprise = """octo-corp
      |              ^^^ invalid multi-line basic string, expected `"`
    "#);
}
