//! Settings that are wrong as a whole: what is missing and what contradicts.

use insta::assert_snapshot;

use super::{OPEN, refuse};

#[test]
fn a_missing_key_points_at_its_section() {
    assert_snapshot!(refuse(&OPEN.replace(r#"client-id = "Iv23liExample"
"#, r#""#)), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:2
      |
    2 | [connect]
      |  ^^^^^^^ `connect.client-id` is missing
      |
      = help: write the client ID of the GitHub App of this connection
    ");
}

#[test]
fn all_that_is_missing_is_reported_at_once() {
    assert_snapshot!(refuse(r#"[connect]
enabled = true
[license-sync]
enabled = true
"#), @"
    config-invalid: 5 problems in the settings
     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [connect]
      |  ^^^^^^^ `connect.enterprise` or `connect.organization` is missing
      |
      = help: name the cloud account as in the URL of its page: github.com/enterprises/NAME

     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [connect]
      |  ^^^^^^^ `connect.client-id` is missing
      |
      = help: write the client ID of the GitHub App of this connection

     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [connect]
      |  ^^^^^^^ `connect.installation-id` is missing
      |
      = help: write the number that ends the address of the App's installation page

     --> /etc/ghe-license-sync/config.toml
      = `server.url` is missing
      = help: write the address of the enterprise server, like `https://github.example.com`

     --> /etc/ghe-license-sync/config.toml
      = `server.source` is missing
      = help: say where the list of accounts comes from: add a section [server.source.report], [server.source.scim], [server.source.file], [server.source.command] or [server.source.license-file]
    ");
}

#[test]
fn a_missing_source_is_reported() {
    assert_snapshot!(refuse(&OPEN.replace(r#"[server.source.report]
username = "license-bot"
"#, r#""#)), @"
    config-invalid: 1 problem in the settings
      --> /etc/ghe-license-sync/config.toml:11:2
       |
    11 | [server]
       |  ^^^^^^ `server.source` is missing
       |
       = help: say where the list of accounts comes from: add a section [server.source.report], [server.source.scim], [server.source.file], [server.source.command] or [server.source.license-file]
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
       |
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
      |
      = help: it follows from `host` for github.com and SUBDOMAIN.ghe.com only; set `api-url` and `uploads-url` for any other host

     --> /etc/ghe-license-sync/config.toml:2:2
      |
    2 | [connect]
      |  ^^^^^^^ `connect.uploads-url` is missing
      |
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
      |
      = help: name the cloud account as in the URL of its page: github.com/enterprises/NAME

     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [connect]
      |  ^^^^^^^ `connect.client-id` is missing
      |
      = help: write the client ID of the GitHub App of this connection

     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [connect]
      |  ^^^^^^^ `connect.installation-id` is missing
      |
      = help: write the number that ends the address of the App's installation page

     --> /etc/ghe-license-sync/config.toml:2:11
      |
    2 | enabled = "yes"
      |           ^^^^^ expected `true` or `false`, found a string
      |
      = help: write the value without quotes

     --> /etc/ghe-license-sync/config.toml
      = `server.url` is missing
      = help: write the address of the enterprise server, like `https://github.example.com`

     --> /etc/ghe-license-sync/config.toml
      = `server.source` is missing
      = help: say where the list of accounts comes from: add a section [server.source.report], [server.source.scim], [server.source.file], [server.source.command] or [server.source.license-file]
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
      |
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
      |
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
      |
      = help: set `proxy` under [connect] as well, or leave `no-proxy` out

     --> /etc/ghe-license-sync/config.toml:4:1
      |
    4 | proxy-credentials-file = "/etc/proxy"
      | ^^^^^^^^^^^^^^^^^^^^^^ `proxy-credentials-file` is given, but no `proxy`
      |
      = help: set `proxy` under [server] as well, or leave `proxy-credentials-file` out
    "#);
}

#[test]
fn five_mistakes_of_five_kinds_are_reported_at_once() {
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
      |
      = help: name the cloud account as in the URL of its page: github.com/enterprises/NAME

     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [connect]
      |  ^^^^^^^ `connect.client-id` is missing
      |
      = help: write the client ID of the GitHub App of this connection

     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | enabld = true
      | ^^^^^^ unknown key `enabld` in [connect]
      |
      = help: did you mean `enabled`?

     --> /etc/ghe-license-sync/config.toml:3:8
      |
    3 | host = 5
      |        ^ expected a string, found an integer
      |
      = help: put the value in quotes

     --> /etc/ghe-license-sync/config.toml:4:19
      |
    4 | installation-id = 0
      |                   ^ expected a whole number greater than 0 that fits into 63 bits

     --> /etc/ghe-license-sync/config.toml:8:19
      |
    8 | confirm-timeout = "10"
      |                   ^^^^ this is not a duration
      |
      = help: write a number with its unit, like `90s`, `10m` or `2h`

      --> /etc/ghe-license-sync/config.toml:10:2
       |
    10 | [server]
       |  ^^^^^^ `server.source` is missing
       |
       = help: say where the list of accounts comes from: add a section [server.source.report], [server.source.scim], [server.source.file], [server.source.command] or [server.source.license-file]

      --> /etc/ghe-license-sync/config.toml:11:7
       |
    11 | url = "http://github.example.com"
       |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^ this URL is not https
       |
       = help: write `https://`; plain http is accepted for loopback addresses only
    "#);
}
