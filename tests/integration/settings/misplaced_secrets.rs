//! Secrets in the settings file: refused, never repeated, and told where they go.

use insta::assert_snapshot;

use super::refuse;

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
      |
      = help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that was here
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
      |
      = help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that was here

     --> /etc/ghe-license-sync/config.toml:3:14
      |
    3 | enterprise = ***
      |              ^^^ this is a secret, not a name
      |
      = help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that was here

     --> /etc/ghe-license-sync/config.toml:4:19
      |
    4 | read-token-file = ***
      |                   ^^^ this is not an absolute path
      |
      = help: write the whole path, starting with `/`

     --> /etc/ghe-license-sync/config.toml:6:6
      |
    6 | id = ***
      |      ^^^ this is not a server ID
      |
      = help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that was here
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
     --> /etc/ghe-license-sync/config.toml:2:15
      |
    2 | private-key = ***
      |               ^^^ invalid basic string, expected `"`
      |
      = help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that was here

     --> /etc/ghe-license-sync/config.toml:3:1
      |
    3 | ***
      | ^^^ key with no value, expected `=`

     --> /etc/ghe-license-sync/config.toml:4:1
      |
    4 | ***
      | ^^^ key with no value, expected `=`
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
      |
      = help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that was here

     --> /etc/ghe-license-sync/config.toml:3:1
      |
    3 | ***
      | ^^^ key with no value, expected `=`

     --> /etc/ghe-license-sync/config.toml:5:14
      |
    5 | token-file = ***
      |              ^^^ string values must be quoted, expected literal string
      |
      = help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that was here

     --> /etc/ghe-license-sync/config.toml:6:1
      |
    6 | enabled = """
      | ^^^^^^^ unknown key `enabled` in [server]
      |
      = help: `enabled` belongs under [connect] or [license-sync]

     --> /etc/ghe-license-sync/config.toml:7:1
      |
    7 | ***
      | ^^^ missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\`, `"`, `x`, `u`, `U`
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
      |
      = help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that was here
    ");
}

#[test]
fn a_secret_in_an_inline_table_is_not_printed() {
    assert_snapshot!(refuse("connect = { token = \"hunter2\", pat = 1 }\n"), @r"
    config-invalid: 2 problems in the settings
     --> /etc/ghe-license-sync/config.toml:1:11
      |
    1 | connect = ***
      |           ^^^ unknown key `token` in [connect]
      |
      = help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that was here

     --> /etc/ghe-license-sync/config.toml:1:11
      |
    1 | connect = ***
      |           ^^^ unknown key `pat` in [connect]
    ");
}

#[test]
fn credentials_without_a_scheme_are_not_printed() {
    assert_snapshot!(refuse("[server]\nproxy = \"bot:hunter2@proxy.example.com\"\n"), @"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:9
      |
    2 | proxy = ***
      |         ^^^ this URL is neither http nor https
      |
      = help: write it like `http://proxy.example.com:3128`
    ");
}
