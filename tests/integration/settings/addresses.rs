//! URLs, hosts and paths that are wrong.

use insta::assert_snapshot;

use super::{OPEN, Site, problems, problems_in, refuse};
use crate::support::family::Family;

#[test]
fn a_wrong_address_host_or_path_is_shown_with_the_right_form() {
    let mut family = Family::default();
    for (name, settings) in [
        (
            "a relative path",
            "[connect]\nca-file = \"ca.pem\"\n[state]\ndirectory = \"state\"\n",
        ),
        (
            "plain http and a proxy",
            "[connect]\napi-url = \"http://127.0.0.1:8080\"\nproxy = \"http://proxy.example.com:3128\"\n[server]\nurl = \"http://127.0.0.1:8081\"\nproxy = \"http://proxy.example.com:3128\"\n",
        ),
        (
            "plain http",
            "[connect]\napi-url = \"http://127.0.0.1:8080\"\nuploads-url = \"http://localhost.example.com/\"\n[server]\nurl = \"http://10.0.0.1\"\n",
        ),
    ] {
        family.row(name, problems(settings));
    }
    for (name, table, lines) in [
        (
            "no URL, another scheme",
            "connect",
            "api-url = \"github.com\"\nuploads-url = \"file:///tmp/uploads\"",
        ),
        (
            "a query, a fragment",
            "connect",
            "api-url = \"https://api.github.com/?a=b\"\nuploads-url = \"https://uploads.github.com/#c\"",
        ),
        (
            "credentials",
            "server",
            r#"url = "https://admin:hunter2@github.example.com""#,
        ),
        (
            "credentials for a proxy",
            "connect",
            r#"proxy = "http://bot:hunter2@proxy.example.com:3128""#,
        ),
        (
            "a path of a proxy",
            "connect",
            r#"proxy = "http://proxy.example.com:3128/path""#,
        ),
        (
            "a URL in a list of direct hosts",
            "connect",
            "proxy = \"http://proxy.example.com:3128\"\nno-proxy = \"example.com, https://a.example.com\"",
        ),
        ("a URL for a host", "connect", r#"host = "https://github.com""#),
        (
            "no slash",
            "connect",
            r#"upload-path = "enterprises/{enterprise}/license-usage""#,
        ),
        (
            "another placeholder",
            "connect",
            r#"upload-path = "/enterprises/{account}/license-usage""#,
        ),
    ] {
        family.row(name, problems_in(table, lines));
    }
    assert_snapshot!(family, @r#"
    a relative path: 2:11 ca-file = «"ca.pem"» this is not an absolute path [1]
      4:13 directory = «"state"» this is not an absolute path [1]
    plain http and a proxy: 2:1 «api-url» = "http://127.0.0.1:8080" plain http does not go through a proxy, which could read the token [2]
      5:1 «url» = "http://127.0.0.1:8081" plain http does not go through a proxy, which could read the token [2]
    plain http: 3:15 uploads-url = «"http://localhost.example.com/"» this URL is not https [3]
      5:7 url = «"http://10.0.0.1"» this URL is not https [3]
    no URL, another scheme: 2:11 api-url = «"github.com"» this is not a URL (relative URL without a base) [4]
      3:15 uploads-url = «"file:///tmp/uploads"» this URL is neither http nor https [4]
    a query, a fragment: 2:11 api-url = «"https://api.github.com/?a=b"» this URL has a query or a fragment [5]
      3:15 uploads-url = «"https://uploads.github.com/#c"» this URL has a query or a fragment [5]
    credentials: 2:7 url = «***» this URL holds a user name or a password
      help: write the URL alone; the settings name files for credentials, like `server.token-file`
    credentials for a proxy: 2:9 proxy = «***» this proxy URL holds a user name or a password
      help: write `user:password` into a file of mode 0600 and name it in `proxy-credentials-file`
    a path of a proxy: 2:9 proxy = «"http://proxy.example.com:3128/path"» a proxy URL has a scheme, a host and a port only
      help: write it like `http://proxy.example.com:3128`
    a URL in a list of direct hosts: 3:12 no-proxy = «"example.com, https://a.example.com"» this is not a list of hosts
      help: write names, addresses or networks between commas, like `example.com,10.0.0.0/8`: no scheme or port
    a URL for a host: 2:8 host = «"https://github.com"» this is not a host name
      help: write the name alone, like `github.com` or `octocorp.ghe.com`: no scheme, port or path
    no slash: 2:15 upload-path = «"enterprises/{enterprise}/license-usage"» this path does not start with `/`
      help: write the path below `uploads-url`, like `/enterprises/{enterprise}/license-usage`
    another placeholder: 2:15 upload-path = «"/enterprises/{account}/license-usage"» this path has a part that is not allowed
      help: use letters, digits, `-`, `_` and `.` between the slashes, and as placeholders only `{enterprise}` and `{organization}`; no `..`, no query, no `%`
    [1] help: write the whole path, starting with `/`
    [2] help: write `https://`, or leave `proxy` out
    [3] help: write `https://`; plain http is accepted for loopback addresses only
    [4] help: write it like `https://host/`
    [5] help: leave out `?` and `#` and what follows
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
    assert_snapshot!(problems("[state]\ndirectory = \"/\"\n"), @r#"
    2:1 «directory» = "/" this directory belongs to the system, and the state needs one of its own
    help: name a directory that nothing else uses, like `/var/lib/ghe-license-sync`; the program makes it
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
    assert_snapshot!(problems("[server]\nurl = \"https://github.example.com/api/v3\"\n"), @r#"
    2:1 «url» = "https://github.example.com/api/v3" this is the address of the API, not that of the server
    help: write the address of the server alone: `https://github.example.com`
    "#);
    assert_snapshot!(problems("[server]\nurl = \"https://github.example.com:8443/octo-org\"\n"), @r#"
    2:1 «url» = "https://github.example.com:8443/octo-org" this address has a path
    help: write the address of the server alone: `https://github.example.com:8443`
    "#);
    for good in ["https://github.example.com", "https://github.example.com/"] {
        Site::new(format!("[server]\nurl = \"{good}\"\n")).accept();
    }
}

#[test]
fn the_server_is_not_the_cloud() {
    assert_snapshot!(problems("[server]\nurl = \"https://github.com\"\n"), @r#"
    2:1 «url» = "https://github.com" this is the cloud, not the enterprise server, and the server token would be sent there
    help: write the address of the enterprise server, like `https://github.example.com`
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
