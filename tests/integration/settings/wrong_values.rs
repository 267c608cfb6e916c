//! Single values that are wrong, and secrets in the wrong place, which are never repeated.

use insta::assert_snapshot;

use super::refuse;

#[test]
fn a_switch_is_not_a_text() {
    assert_snapshot!(refuse(r#"[connect]
enabled = "true"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:11
      |
    2 | enabled = "true"
      |           ^^^^^^ expected `true` or `false`, found a string
      = help: write the value without quotes
    "#);
}

#[test]
fn a_text_is_not_a_number() {
    assert_snapshot!(refuse(r#"[connect]
client-id = 123456
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:13
      |
    2 | client-id = 123456
      |             ^^^^^^ expected a string, found an integer
      = help: put the value in quotes
    ");
}

#[test]
fn an_installation_id_is_greater_than_zero() {
    assert_snapshot!(refuse(r#"[connect]
installation-id = 0
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:19
      |
    2 | installation-id = 0
      |                   ^ expected a whole number greater than 0 that fits into 63 bits
    ");
}

#[test]
fn an_installation_id_is_not_negative() {
    assert_snapshot!(refuse(r#"[connect]
installation-id = -5
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:19
      |
    2 | installation-id = -5
      |                   ^^ expected a whole number greater than 0 that fits into 63 bits
    ");
}

#[test]
fn an_installation_id_has_a_largest_value() {
    assert_snapshot!(refuse(r#"[connect]
installation-id = 99999999999999999999999
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:19
      |
    2 | installation-id = 99999999999999999999999
      |                   ^^^^^^^^^^^^^^^^^^^^^^^ expected a whole number greater than 0 that fits into 63 bits, found an integer
    ");
}

#[test]
fn a_log_level_is_one_of_five() {
    assert_snapshot!(refuse(r#"[log]
level = "inof"
format = "xml"
"#), @r#"
    config-invalid: 2 problems in the settings
     --> /etc/ghe-license-sync/config.toml:2:9
      |
    2 | level = "inof"
      |         ^^^^^^ expected one of `error`, `warn`, `info`, `debug`, `trace`
      = help: did you mean `info`?

     --> /etc/ghe-license-sync/config.toml:3:10
      |
    3 | format = "xml"
      |          ^^^^^ expected `text` or `json`
    "#);
}

#[test]
fn a_duration_has_a_unit() {
    assert_snapshot!(refuse(r#"[license-sync]
confirm-timeout = "10"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:19
      |
    2 | confirm-timeout = "10"
      |                   ^^^^ this is not a duration
      = help: write a number with its unit, like `90s`, `10m` or `2h`
    "#);
}

#[test]
fn a_duration_is_not_a_number() {
    assert_snapshot!(refuse(r#"[license-sync]
confirm-timeout = 600
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:19
      |
    2 | confirm-timeout = 600
      |                   ^^^ expected a string, found an integer
      = help: put the value in quotes
    ");
}

#[test]
fn a_timeout_is_longer_than_nothing() {
    assert_snapshot!(refuse(r#"[license-sync]
confirm-timeout = "0s"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:19
      |
    2 | confirm-timeout = "0s"
      |                   ^^^^ a timeout must be longer than nothing
      = help: write a number with its unit, like `90s`, `10m` or `2h`
    "#);
}

#[test]
fn a_timeout_is_at_most_a_day() {
    assert_snapshot!(refuse(r#"[server.source.report]
timeout = "25h"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:11
      |
    2 | timeout = "25h"
      |           ^^^^^ a timeout must not be longer than a day
      = help: write a number with its unit, like `90s`, `10m` or `2h`
    "#);
}

#[test]
fn a_relative_path_is_refused() {
    assert_snapshot!(refuse(r#"[connect]
ca-file = "ca.pem"
[state]
directory = "state"
"#), @r#"
    config-invalid: 2 problems in the settings
     --> /etc/ghe-license-sync/config.toml:2:11
      |
    2 | ca-file = "ca.pem"
      |           ^^^^^^^^ this is not an absolute path
      = help: write the whole path, starting with `/`

     --> /etc/ghe-license-sync/config.toml:4:13
      |
    4 | directory = "state"
      |             ^^^^^^^ this is not an absolute path
      = help: write the whole path, starting with `/`
    "#);
}

#[test]
fn plain_http_is_refused_except_on_loopback() {
    assert_snapshot!(refuse(r#"[connect]
api-url = "http://127.0.0.1:8080"
uploads-url = "http://localhost.example.com/"
[server]
url = "http://10.0.0.1"
"#), @r#"
    config-invalid: 2 problems in the settings
     --> /etc/ghe-license-sync/config.toml:3:15
      |
    3 | uploads-url = "http://localhost.example.com/"
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this URL is not https
      = help: write `https://`; plain http is accepted for loopback addresses only

     --> /etc/ghe-license-sync/config.toml:5:7
      |
    5 | url = "http://10.0.0.1"
      |       ^^^^^^^^^^^^^^^^^ this URL is not https
      = help: write `https://`; plain http is accepted for loopback addresses only
    "#);
}

#[test]
fn other_schemes_and_no_urls_are_refused() {
    assert_snapshot!(refuse(r#"[connect]
api-url = "github.com"
uploads-url = "file:///tmp/uploads"
"#), @r#"
    config-invalid: 2 problems in the settings
     --> /etc/ghe-license-sync/config.toml:2:11
      |
    2 | api-url = "github.com"
      |           ^^^^^^^^^^^^ this is not a URL (relative URL without a base)
      = help: write it like `https://host/`

     --> /etc/ghe-license-sync/config.toml:3:15
      |
    3 | uploads-url = "file:///tmp/uploads"
      |               ^^^^^^^^^^^^^^^^^^^^^ this URL is neither http nor https
      = help: write it like `https://host/`
    "#);
}

#[test]
fn a_url_has_neither_query_nor_fragment() {
    assert_snapshot!(refuse(r#"[connect]
api-url = "https://api.github.com/?a=b"
uploads-url = "https://uploads.github.com/#c"
"#), @r#"
    config-invalid: 2 problems in the settings
     --> /etc/ghe-license-sync/config.toml:2:11
      |
    2 | api-url = "https://api.github.com/?a=b"
      |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this URL has a query or a fragment
      = help: leave out `?` and `#` and what follows

     --> /etc/ghe-license-sync/config.toml:3:15
      |
    3 | uploads-url = "https://uploads.github.com/#c"
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this URL has a query or a fragment
      = help: leave out `?` and `#` and what follows
    "#);
}

#[test]
fn a_url_holds_no_credentials() {
    assert_snapshot!(refuse(r#"[server]
url = "https://admin:hunter2@github.example.com"
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:7
      |
    2 | url = ***
      |       ^^^ this URL holds a user name or a password
      = help: write the URL alone; the settings name files for credentials, like `server.token-file`
    ");
}

#[test]
fn a_proxy_url_holds_no_credentials() {
    assert_snapshot!(refuse(r#"[connect]
proxy = "http://bot:hunter2@proxy.example.com:3128"
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:9
      |
    2 | proxy = ***
      |         ^^^ this proxy URL holds a user name or a password
      = help: write `user:password` into a file of mode 0600 and name it in `proxy-credentials-file`
    ");
}

#[test]
fn a_proxy_url_has_no_path() {
    assert_snapshot!(refuse(r#"[connect]
proxy = "http://proxy.example.com:3128/path"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:9
      |
    2 | proxy = "http://proxy.example.com:3128/path"
      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ a proxy URL has a scheme, a host and a port only
      = help: write it like `http://proxy.example.com:3128`
    "#);
}

#[test]
fn a_list_of_direct_hosts_has_no_urls() {
    assert_snapshot!(refuse(r#"[connect]
proxy = "http://proxy.example.com:3128"
no-proxy = "example.com, https://a.example.com"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:3:12
      |
    3 | no-proxy = "example.com, https://a.example.com"
      |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this is not a list of hosts
      = help: write names, addresses or networks between commas, like `example.com,10.0.0.0/8`: no scheme or port
    "#);
}

#[test]
fn a_host_is_not_a_url() {
    assert_snapshot!(refuse(r#"[connect]
host = "https://github.com"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:8
      |
    2 | host = "https://github.com"
      |        ^^^^^^^^^^^^^^^^^^^^ this is not a host name
      = help: write the name alone, like `github.com` or `octocorp.ghe.com`: no scheme, port or path
    "#);
}

#[test]
fn an_account_is_named_without_slashes() {
    assert_snapshot!(refuse(r#"[connect]
enterprise = "enterprises/octo-corp"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:14
      |
    2 | enterprise = "enterprises/octo-corp"
      |              ^^^^^^^^^^^^^^^^^^^^^^^ this is not a name
      = help: write it as it stands in the address of its page: letters, digits, `-`, `_` and `.`
    "#);
}

#[test]
fn an_empty_name_is_refused() {
    assert_snapshot!(refuse(r#"[connect]
enterprise = ""
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:14
      |
    2 | enterprise = ""
      |              ^^ this is empty
      = help: write the name, or leave the key out
    "#);
}

#[test]
fn a_server_id_is_a_uuid() {
    assert_snapshot!(refuse(r#"[server]
id = "1234"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:6
      |
    2 | id = "1234"
      |      ^^^^^^ this is not a server ID
      = help: write a UUID like `6ba7b810-9dad-41d1-80b4-00c04fd430c8`, or leave the key out to have one made
    "#);
}

#[test]
fn an_upload_path_starts_with_a_slash() {
    assert_snapshot!(refuse(r#"[connect]
upload-path = "enterprises/{enterprise}/license-usage"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:15
      |
    2 | upload-path = "enterprises/{enterprise}/license-usage"
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this path does not start with `/`
      = help: write the path below `uploads-url`, like `/enterprises/{enterprise}/license-usage`
    "#);
}

#[test]
fn an_upload_path_knows_two_placeholders() {
    assert_snapshot!(refuse(r#"[connect]
upload-path = "/enterprises/{account}/license-usage"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:15
      |
    2 | upload-path = "/enterprises/{account}/license-usage"
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this path has a part that is not allowed
      = help: use letters, digits, `-`, `_` and `.` between the slashes, and as placeholders only `{enterprise}` and `{organization}`; no `..`, no query, no `%`
    "#);
}

#[test]
fn a_secret_key_is_not_printed() {
    assert_snapshot!(refuse(r#"[connect]
token = "hunter2"
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | token = ***
      | ^^^^^ unknown key `token` in [connect]
      = help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that stood here
    ");
}

#[test]
fn a_secret_value_is_not_printed() {
    assert_snapshot!(refuse(r#"[connect]
client-id = "ghp_hunter2"
enterprise = "github_pat_hunter2"
read-token-file = "hunter2"
[server]
id = "ghs_hunter2"
"#), @r"
    config-invalid: 4 problems in the settings
     --> /etc/ghe-license-sync/config.toml:2:13
      |
    2 | client-id = ***
      |             ^^^ this is a secret, not a name
      = help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that stood here

     --> /etc/ghe-license-sync/config.toml:3:14
      |
    3 | enterprise = ***
      |              ^^^ this is a secret, not a name
      = help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that stood here

     --> /etc/ghe-license-sync/config.toml:4:19
      |
    4 | read-token-file = ***
      |                   ^^^ this is not an absolute path
      = help: write the whole path, starting with `/`

     --> /etc/ghe-license-sync/config.toml:6:6
      |
    6 | id = ***
      |      ^^^ this is not a server ID
      = help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that stood here
    ");
}

#[test]
fn a_private_key_in_the_file_is_not_printed() {
    assert_snapshot!(refuse(r#"[connect]
private-key = "-----BEGIN RSA PRIVATE KEY-----
hunter2
-----END RSA PRIVATE KEY-----"
"#), @r#"
    config-invalid: 3 problems in the settings
     --> /etc/ghe-license-sync/config.toml:2:47
      |
    2 | private-key = ***
      |                  ^ invalid basic string, expected `"`

     --> /etc/ghe-license-sync/config.toml:3:8
      |
    3 | ***
      |    ^ key with no value, expected `=`

     --> /etc/ghe-license-sync/config.toml:4:10
      |
    4 | ***
      |    ^ key with no value, expected `=`
    "#);
}

#[test]
fn an_unquoted_secret_is_not_printed() {
    assert_snapshot!(refuse(r#"[connect]
read-token = ghp_hunter2
password: hunter2
[server]
token-file = hunter2
enabled = """
hunter2 \q
"""
"#), @r#"
    config-invalid: 5 problems in the settings
     --> /etc/ghe-license-sync/config.toml:2:14
      |
    2 | read-token = ***
      |              ^^^ string values must be quoted, expected literal string

     --> /etc/ghe-license-sync/config.toml:3:11
      |
    3 | ***
      |    ^ key with no value, expected `=`

     --> /etc/ghe-license-sync/config.toml:5:14
      |
    5 | token-file = ***
      |              ^^^ string values must be quoted, expected literal string

     --> /etc/ghe-license-sync/config.toml:6:1
      |
    6 | enabled = """
      | ^^^^^^^ unknown key `enabled` in [server]
      = help: `enabled` belongs under [connect] or [license-sync]

     --> /etc/ghe-license-sync/config.toml:7:10
      |
    7 | ***
      |    ^ missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\`, `"`, `x`, `u`, `U`
    "#);
}

#[test]
fn a_secret_in_place_of_a_key_is_not_printed() {
    assert_snapshot!(refuse(r#"[connect]
ghp_hunter2 = true
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | ***
      | ^^^ unknown key `***` in [connect]
      = help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that stood here
    ");
}
