//! URLs, hosts and paths that are wrong.

use insta::assert_snapshot;

use super::refuse;

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
fn plain_http_and_a_proxy_are_refused_together() {
    assert_snapshot!(refuse(r#"[connect]
api-url = "http://127.0.0.1:8080"
proxy = "http://proxy.example.com:3128"
[server]
url = "http://127.0.0.1:8081"
proxy = "http://proxy.example.com:3128"
"#), @r#"
    config-invalid: 2 problems in the settings
     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | api-url = "http://127.0.0.1:8080"
      | ^^^^^^^ plain http does not go through a proxy, which could read the token
      = help: write `https://`, or leave `proxy` out

     --> /etc/ghe-license-sync/config.toml:5:1
      |
    5 | url = "http://127.0.0.1:8081"
      | ^^^ plain http does not go through a proxy, which could read the token
      = help: write `https://`, or leave `proxy` out
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
