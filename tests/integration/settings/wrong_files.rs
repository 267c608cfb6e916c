//! Files that are wrong as a whole: syntax, keys, sections, what is missing and what contradicts.

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

     --> /etc/ghe-license-sync/config.toml:5:6
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
fn a_misspelled_key_gets_a_suggestion() {
    assert_snapshot!(refuse(r#"[connect]
# comment
enabld = true
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:3:1
      |
    3 | enabld = true
      | ^^^^^^ unknown key `enabld` in [connect]
      = help: did you mean `enabled`?
    ");
}

#[test]
fn an_underscore_in_a_key_gets_a_suggestion() {
    assert_snapshot!(refuse(r#"[connect]
client_id = "Iv23liExample"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | client_id = "Iv23liExample"
      | ^^^^^^^^^ unknown key `client_id` in [connect]
      = help: did you mean `client-id`?
    "#);
}

#[test]
fn a_misspelled_section_gets_a_suggestion() {
    assert_snapshot!(refuse(r#"[licence-sync]
enabled = true
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [licence-sync]
      |  ^^^^^^^^^^^^ unknown key `licence-sync` at the top level
      = help: did you mean `license-sync`?
    ");
}

#[test]
fn a_key_in_the_wrong_section_is_sent_to_the_right_one() {
    assert_snapshot!(refuse(r#"[server]
client-id = "Iv23liExample"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | client-id = "Iv23liExample"
      | ^^^^^^^^^ unknown key `client-id` in [server]
      = help: `client-id` belongs under [connect]
    "#);
}

#[test]
fn a_key_without_a_section_is_sent_to_its_sections() {
    assert_snapshot!(refuse(r#"enabled = true
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:1:1
      |
    1 | enabled = true
      | ^^^^^^^ unknown key `enabled` at the top level
      = help: `enabled` belongs under [connect] or [license-sync]
    ");
}

#[test]
fn a_key_of_later_versions_is_unknown() {
    assert_snapshot!(refuse(r#"[license-sync]
schedule = "weekly"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | schedule = "weekly"
      | ^^^^^^^^ unknown key `schedule` in [license-sync]
    "#);
}

#[test]
fn an_unknown_source_is_refused() {
    assert_snapshot!(refuse(r#"[server.source.scim]
count = 5
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:1:16
      |
    1 | [server.source.scim]
      |                ^^^^ unknown key `scim` in [server.source]
    ");
}

#[test]
fn two_sources_are_refused() {
    assert_snapshot!(refuse(r#"[server.source.report]
username = "license-bot"
[server.source.scim]
count = 5
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:1:9
      |
    1 | [server.source.report]
      |         ^^^^^^ there is not exactly one source
      = help: keep one section, like [server.source.report]
    ");
}

#[test]
fn a_source_that_is_not_a_table_is_refused() {
    assert_snapshot!(refuse(r#"[server]
source = "report"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:10
      |
    2 | source = "report"
      |          ^^^^^^^^ expected a section like [server.source.report], found a string
    "#);
}

#[test]
fn a_section_that_is_not_a_table_is_refused() {
    assert_snapshot!(refuse(r#"log = "debug"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:1:7
      |
    1 | log = "debug"
      |       ^^^^^^^ expected a table, found a string
    "#);
}

#[test]
fn a_section_given_as_a_list_is_refused() {
    assert_snapshot!(refuse(r#"[[connect]]
enabled = true
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:1:1
      |
    1 | [[connect]]
      | ^^^^^^^^^^^ expected a table, found an array
    ");
}

#[test]
fn a_missing_key_points_at_its_section() {
    assert_snapshot!(refuse(&OPEN.replace(r#"client-id = "Iv23liExample"
"#, r#""#)), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:2
      |
    2 | [connect]
      |  ^^^^^^^ `connect.client-id` is missing
      = help: write the client ID of the GitHub App of this connection
    ");
}

#[test]
fn all_that_is_missing_is_told_at_once() {
    assert_snapshot!(refuse(r#"[connect]
enabled = true
[license-sync]
enabled = true
"#), @r"
    config-invalid: 5 problems in the settings
     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [connect]
      |  ^^^^^^^ `connect.enterprise` or `connect.organization` is missing
      = help: name the cloud account as it stands in the address of its page: github.com/enterprises/NAME

     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [connect]
      |  ^^^^^^^ `connect.client-id` is missing
      = help: write the client ID of the GitHub App of this connection

     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [connect]
      |  ^^^^^^^ `connect.installation-id` is missing
      = help: write the number that ends the address of the App's installation page

     --> /etc/ghe-license-sync/config.toml
      = `server.url` is missing
      = help: write the address of the enterprise server, like `https://github.example.com`

     --> /etc/ghe-license-sync/config.toml
      = `server.source` is missing
      = help: say where the list of accounts comes from: add a section [server.source.report]
    ");
}

#[test]
fn a_missing_source_is_told() {
    assert_snapshot!(refuse(&OPEN.replace(r#"[server.source.report]
username = "license-bot"
"#, r#""#)), @r"
    config-invalid: 1 problem in the settings
      --> /etc/ghe-license-sync/config.toml:11:2
       |
    11 | [server]
       |  ^^^^^^ `server.source` is missing
       = help: say where the list of accounts comes from: add a section [server.source.report]
    ");
}

#[test]
fn a_missing_user_name_points_at_the_source() {
    assert_snapshot!(refuse(&OPEN.replace(r#"username = "license-bot""#, r#""#)), @r"
    config-invalid: 1 problem in the settings
      --> /etc/ghe-license-sync/config.toml:14:16
       |
    14 | [server.source.report]
       |                ^^^^^^ `server.source.report.username` is missing
       = help: write the name of the site administrator that the server token belongs to
    ");
}

#[test]
fn another_host_needs_both_urls() {
    assert_snapshot!(refuse(&OPEN.replace(r#"enabled = true
enterprise"#, r#"enabled = true
host = "git.example.com"
enterprise"#)), @r"
    config-invalid: 2 problems in the settings
     --> /etc/ghe-license-sync/config.toml:2:2
      |
    2 | [connect]
      |  ^^^^^^^ `connect.api-url` is missing
      = help: it follows from `host` for github.com and SUBDOMAIN.ghe.com only; set `api-url` and `uploads-url` for any other host

     --> /etc/ghe-license-sync/config.toml:2:2
      |
    2 | [connect]
      |  ^^^^^^^ `connect.uploads-url` is missing
      = help: it follows from `host` for github.com and SUBDOMAIN.ghe.com only; set `api-url` and `uploads-url` for any other host
    ");
}

#[test]
fn a_mistaken_switch_does_not_hide_what_is_missing() {
    assert_snapshot!(refuse(r#"[connect]
enabled = "yes"
[license-sync]
enabled = true
"#), @r#"
    config-invalid: 6 problems in the settings
     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [connect]
      |  ^^^^^^^ `connect.enterprise` or `connect.organization` is missing
      = help: name the cloud account as it stands in the address of its page: github.com/enterprises/NAME

     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [connect]
      |  ^^^^^^^ `connect.client-id` is missing
      = help: write the client ID of the GitHub App of this connection

     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [connect]
      |  ^^^^^^^ `connect.installation-id` is missing
      = help: write the number that ends the address of the App's installation page

     --> /etc/ghe-license-sync/config.toml:2:11
      |
    2 | enabled = "yes"
      |           ^^^^^ expected `true` or `false`, found a string
      = help: write the value without quotes

     --> /etc/ghe-license-sync/config.toml
      = `server.url` is missing
      = help: write the address of the enterprise server, like `https://github.example.com`

     --> /etc/ghe-license-sync/config.toml
      = `server.source` is missing
      = help: say where the list of accounts comes from: add a section [server.source.report]
    "#);
}

#[test]
fn enterprise_and_organization_contradict_each_other_even_behind_a_closed_gate() {
    assert_snapshot!(refuse(r#"[connect]
enterprise = "octo-corp"
organization = "octo-org"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:3:1
      |
    3 | organization = "octo-org"
      | ^^^^^^^^^^^^ both `enterprise` and `organization` are given
      = help: keep the one account that this server is connected to
    "#);
}

#[test]
fn an_upload_path_for_the_other_kind_of_account_is_refused() {
    assert_snapshot!(refuse(r#"[connect]
organization = "octo-org"
upload-path = "/enterprises/{enterprise}/license-usage"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:3:1
      |
    3 | upload-path = "/enterprises/{enterprise}/license-usage"
      | ^^^^^^^^^^^ `upload-path` asks for {enterprise}, but the account is an organization
      = help: use `{organization}`
    "#);
}

#[test]
fn proxy_details_without_a_proxy_are_refused() {
    assert_snapshot!(refuse(r#"[connect]
no-proxy = "example.com"
[server]
proxy-credentials-file = "/etc/proxy"
"#), @r#"
    config-invalid: 2 problems in the settings
     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | no-proxy = "example.com"
      | ^^^^^^^^ `no-proxy` is given, but no `proxy`
      = help: set `proxy` under [connect] as well, or leave `no-proxy` out

     --> /etc/ghe-license-sync/config.toml:4:1
      |
    4 | proxy-credentials-file = "/etc/proxy"
      | ^^^^^^^^^^^^^^^^^^^^^^ `proxy-credentials-file` is given, but no `proxy`
      = help: set `proxy` under [server] as well, or leave `proxy-credentials-file` out
    "#);
}

#[test]
fn five_mistakes_of_five_kinds_are_told_at_once() {
    assert_snapshot!(refuse(r#"[connect]
enabld = true
host = 5
installation-id = 0

[license-sync]
enabled = true
confirm-timeout = "10"

[server]
url = "http://github.example.com"
"#), @r#"
    config-invalid: 8 problems in the settings
     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [connect]
      |  ^^^^^^^ `connect.enterprise` or `connect.organization` is missing
      = help: name the cloud account as it stands in the address of its page: github.com/enterprises/NAME

     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [connect]
      |  ^^^^^^^ `connect.client-id` is missing
      = help: write the client ID of the GitHub App of this connection

     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | enabld = true
      | ^^^^^^ unknown key `enabld` in [connect]
      = help: did you mean `enabled`?

     --> /etc/ghe-license-sync/config.toml:3:8
      |
    3 | host = 5
      |        ^ expected a string, found an integer
      = help: put the value in quotes

     --> /etc/ghe-license-sync/config.toml:4:19
      |
    4 | installation-id = 0
      |                   ^ expected a whole number greater than 0 that fits into 63 bits

     --> /etc/ghe-license-sync/config.toml:8:19
      |
    8 | confirm-timeout = "10"
      |                   ^^^^ this is not a duration
      = help: write a number with its unit, like `90s`, `10m` or `2h`

      --> /etc/ghe-license-sync/config.toml:10:2
       |
    10 | [server]
       |  ^^^^^^ `server.source` is missing
       = help: say where the list of accounts comes from: add a section [server.source.report]

      --> /etc/ghe-license-sync/config.toml:11:7
       |
    11 | url = "http://github.example.com"
       |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^ this URL is not https
       = help: write `https://`; plain http is accepted for loopback addresses only
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
      = help: put the value in quotes

     --> /etc/ghe-license-sync/config.toml:5:7
      |
    5 | url = "ftp://github.example.com"
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^ this URL is neither http nor https
      = help: write it like `https://host/`

     --> /etc/ghe-license-sync/config.toml:6:1
      |
    6 | token_file = "/etc/token"
      | ^^^^^^^^^^ unknown key `token_file` in [server]
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
    3 |  enabled = "ja"
      |            ^^^^ expected `true` or `false`, found a string
      = help: write the value without quotes
    "#);
}

#[test]
fn a_list_is_not_taken_for_a_section() {
    assert_snapshot!(refuse("log = ['debug', 'json']\n"), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:1:7
      |
    1 | log = ['debug', 'json']
      |       ^^^^^^^^^^^^^^^^^ expected a table, found an array
    ");
}

#[test]
fn an_empty_source_is_refused() {
    assert_snapshot!(refuse("[server.source]\n"), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:1:9
      |
    1 | [server.source]
      |         ^^^^^^ there is not exactly one source
      = help: keep one section, like [server.source.report]
    ");
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
    config-invalid: 2 problems in the settings
     --> /etc/ghe-license-sync/config.toml:4:14
      |
    4 | enterprise = """octo-corp
      |              ^^^^^^^^^^^^ this is not a name
      = help: write it as it stands in the address of its page: letters, digits, `-`, `_` and `.`

      --> /etc/ghe-license-sync/config.toml:16:1
       |
    16 | 
       | ^ invalid multi-line basic string, expected `"`
    "#);
}
