//! Settings that are wrong as a whole: what is missing and what contradicts.

use insta::assert_snapshot;

use super::{OPEN, problems, problems_in, refuse};
use crate::support::family::Family;

#[test]
fn what_is_missing_or_contradicts_is_shown_where_it_belongs() {
    let mut family = Family::default();
    let said = problems(&OPEN.replace(
        r#"client-id = "Iv23liExample"
"#,
        r#""#,
    ));
    family.row("a missing key points at its section", said);
    let said = problems("[connect]\nenabled = true\n[license-sync]\nenabled = true\n");
    family.row("all that is missing is reported at once", said);
    let said = problems(&OPEN.replace(
        r#"[server.source.report]
username = "license-bot"
"#,
        r#""#,
    ));
    family.row("a missing source", said);
    let said = problems(&OPEN.replace(r#"username = "license-bot""#, r#""#));
    family.row("a missing user name points at the source", said);
    let said = problems(&OPEN.replace(
        r#"enabled = true
enterprise"#,
        r#"enabled = true
host = "git.example.com"
enterprise"#,
    ));
    family.row("another host needs both urls", said);
    let said = problems("[connect]\nenabled = \"yes\"\n[license-sync]\nenabled = true\n");
    family.row("a mistaken switch does not hide what is missing", said);
    let said = problems_in("connect", "enterprise = \"octo-corp\"\norganization = \"octo-org\"");
    family.row("an enterprise and an organization, behind a closed gate", said);
    let said = problems_in(
        "connect",
        "organization = \"octo-org\"\nupload-path = \"/enterprises/{enterprise}/license-usage\"",
    );
    family.row("an upload path for the other kind of account", said);
    let said = problems("[connect]\nno-proxy = \"example.com\"\n[server]\nproxy-credentials-file = \"/etc/proxy\"\n");
    family.row("proxy details without a proxy", said);
    assert_snapshot!(family, @r#"
    a missing key points at its section: 2:2 [«connect»] `connect.client-id` is missing [1]
    all that is missing is reported at once: [2] [1] [3] [4] [5]
    a missing source: 11:2 [«server»] `server.source` is missing [5]
    a missing user name points at the source: 14:16 [server.source.«report»] `server.source.report.username` is missing
      help: write the name of the site administrator that the server token belongs to
    another host needs both urls: 2:2 [«connect»] `connect.api-url` is missing [6]
      2:2 [«connect»] `connect.uploads-url` is missing [6]
    a mistaken switch does not hide what is missing: [2] [1] [3] 2:11 enabled = «"yes"» expected `true` or `false`, found a string
      help: write the value without quotes [4] [5]
    an enterprise and an organization, behind a closed gate: 3:1 «organization» = "octo-org" both `enterprise` and `organization` are given
      help: keep the one account that this server is connected to
    an upload path for the other kind of account: 3:1 «upload-path» = "/enterprises/{enterprise}/license-usage" `upload-path` asks for {enterprise}, but the account is an organization
      help: use `{organization}`
    proxy details without a proxy: 2:1 «no-proxy» = "example.com" `no-proxy` is given, but no `proxy`
      help: set `proxy` under [connect] as well, or leave `no-proxy` out
      4:1 «proxy-credentials-file» = "/etc/proxy" `proxy-credentials-file` is given, but no `proxy`
      help: set `proxy` under [server] as well, or leave `proxy-credentials-file` out
    [1] help: write the client ID of the GitHub App of this connection
    [2] 1:2 [«connect»] `connect.enterprise` or `connect.organization` is missing
        help: name the cloud account as in the URL of its page: github.com/enterprises/NAME
        1:2 [«connect»] `connect.client-id` is missing
    [3] 1:2 [«connect»] `connect.installation-id` is missing
        help: write the number that ends the address of the App's installation page
    [4] the file: `server.url` is missing
        help: write the address of the enterprise server, like `https://github.example.com`
        the file: `server.source` is missing
    [5] help: say where the list of accounts comes from: add a section [server.source.report], [server.source.scim], [server.source.file], [server.source.command] or [server.source.license-file]
    [6] help: it follows from `host` for github.com and SUBDOMAIN.ghe.com only; set `api-url` and `uploads-url` for any other host
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
