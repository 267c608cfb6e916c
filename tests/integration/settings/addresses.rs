//! URLs, hosts and paths that are wrong.

use insta::assert_snapshot;

use super::{OPEN, Site, refuse};

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
      |
      = help: write the whole path, starting with `/`

     --> /etc/ghe-license-sync/config.toml:4:13
      |
    4 | directory = "state"
      |             ^^^^^^^ this is not an absolute path
      |
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
      |
      = help: write `https://`, or leave `proxy` out

     --> /etc/ghe-license-sync/config.toml:5:1
      |
    5 | url = "http://127.0.0.1:8081"
      | ^^^ plain http does not go through a proxy, which could read the token
      |
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
      |
      = help: write `https://`; plain http is accepted for loopback addresses only

     --> /etc/ghe-license-sync/config.toml:5:7
      |
    5 | url = "http://10.0.0.1"
      |       ^^^^^^^^^^^^^^^^^ this URL is not https
      |
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
      |
      = help: write it like `https://host/`

     --> /etc/ghe-license-sync/config.toml:3:15
      |
    3 | uploads-url = "file:///tmp/uploads"
      |               ^^^^^^^^^^^^^^^^^^^^^ this URL is neither http nor https
      |
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
      |
      = help: leave out `?` and `#` and what follows

     --> /etc/ghe-license-sync/config.toml:3:15
      |
    3 | uploads-url = "https://uploads.github.com/#c"
      |               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ this URL has a query or a fragment
      |
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
      |
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
      |
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
      |
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
      |
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
      |
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
      |
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
      |
      = help: use letters, digits, `-`, `_` and `.` between the slashes, and as placeholders only `{enterprise}` and `{organization}`; no `..`, no query, no `%`
    "#);
}

/// Where other programs and users keep their files.
const SHARED: [&str; 12] = [
    "/",
    "//",
    "/etc",
    "/etc/",
    "/usr/../etc",
    "/tmp",
    "/var/lib",
    "/var/tmp",
    "/root",
    "/proc/self",
    "/sys/fs",
    "/etc/credstore",
];

#[test]
fn a_state_directory_that_is_the_systems_is_refused() {
    for directory in SHARED {
        let told = refuse(&format!("[state]\ndirectory = \"{directory}\"\n"));
        assert!(
            told.contains("and the state needs one of its own"),
            "{directory}: {told}"
        );
    }
    assert_snapshot!(refuse("[state]\ndirectory = \"/\"\n"), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | directory = "/"
      | ^^^^^^^^^ this directory belongs to the system, and the state needs one of its own
      |
      = help: name a directory that nothing else uses, like `/var/lib/ghe-license-sync`; the program makes it
    "#);
}

#[test]
fn a_state_directory_that_users_share_or_a_link_leads_to_is_refused() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let site = Site::new("");
    let (shared, link) = (site.path("shared"), site.path("link"));
    std::fs::create_dir(&shared).unwrap();
    std::fs::set_permissions(&shared, std::fs::Permissions::from_mode(0o1777)).unwrap();
    symlink("/etc", &link).unwrap();
    for (directory, label) in [
        (&shared, "other users keep files in this directory"),
        (&link, "this directory belongs to the system"),
    ] {
        std::fs::write(
            &site.sources.file,
            format!("[state]\ndirectory = \"{}\"\n", directory.display()),
        )
        .unwrap();
        let told = site.refuse();
        assert!(told.contains(label), "{told}");
    }
    for good in [
        shared.join("state"),
        link.join("ghe-license-sync-state"),
        site.path("state"),
    ] {
        std::fs::write(
            &site.sources.file,
            format!("[state]\ndirectory = \"{}\"\n", good.display()),
        )
        .unwrap();
        site.accept();
    }
}

#[test]
fn the_address_of_the_server_has_no_path() {
    assert_snapshot!(refuse("[server]\nurl = \"https://github.example.com/api/v3\"\n"), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | url = "https://github.example.com/api/v3"
      | ^^^ this is the address of the API, not that of the server
      |
      = help: write the address of the server alone: `https://github.example.com`
    "#);
    assert_snapshot!(refuse("[server]\nurl = \"https://github.example.com:8443/octo-org\"\n"), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | url = "https://github.example.com:8443/octo-org"
      | ^^^ this address has a path
      |
      = help: write the address of the server alone: `https://github.example.com:8443`
    "#);
    for good in ["https://github.example.com", "https://github.example.com/"] {
        Site::new(format!("[server]\nurl = \"{good}\"\n")).accept();
    }
}

#[test]
fn the_server_is_not_the_cloud() {
    assert_snapshot!(refuse("[server]\nurl = \"https://github.com\"\n"), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | url = "https://github.com"
      | ^^^ this is the cloud, not the enterprise server, and the server token would be sent there
      |
      = help: write the address of the enterprise server, like `https://github.example.com`
    "#);
    for cloud in ["https://api.github.com", "https://octocorp.ghe.com/", "https://ghe.com"] {
        assert!(refuse(&format!("[server]\nurl = \"{cloud}\"\n")).contains("this is the cloud"));
    }
    for good in ["https://mygithub.com", "https://ghe.com.example.com"] {
        Site::new(format!("[server]\nurl = \"{good}\"\n")).accept();
    }
}

#[test]
fn a_list_of_direct_hosts_has_no_part_of_an_address_and_no_range() {
    let direct = |list: &str| Site::new(OPEN).flags(&["server.proxy=http://proxy.example.com:3128", list]);
    for good in [
        "example.com",
        ".example.com",
        "localhost",
        "a-1.example, 10.0.0.1",
        "10.0.0.0/8",
        "::1",
        "fd00::/8",
    ] {
        direct(&format!("server.no-proxy={good}")).accept();
    }
    for bad in [
        "127.0.0",
        "10.0.0.1-10.0.0.9",
        "10.0.0.0/33",
        "10.",
        "a..b",
        ".",
        "example.com,",
        "-",
        "[::1]",
        "*.example.com",
    ] {
        let told = direct(&format!("server.no-proxy={bad}")).refuse();
        assert!(told.contains("this is not a list of hosts"), "{bad}: {told}");
    }
    assert_snapshot!(direct("server.no-proxy=example.com, *").refuse(), @"
    config-invalid: 1 problem in the settings
     --> flag --set server.no-proxy
      = `*` names no host
      = help: to reach every host directly, leave `proxy` and `no-proxy` out
    ");
}
