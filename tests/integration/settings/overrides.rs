//! Mistakes in the environment and in flags.

use insta::assert_snapshot;

use super::{OPEN, Site, brief};
use crate::support::family::Family;

#[test]
fn a_mistake_in_a_variable_or_a_flag_names_it() {
    let mut family = Family::default();
    let site = Site::new("[log]\nlevel = 5\n").variables(&[
        ("GHE_LICENSE_SYNC__CONNECT__CLIENTID", "Iv23liExample"),
        ("GHE_LICENSE_SYNC__CONNECT__ENABLED", "yes"),
        ("GHE_LICENSE_SYNC__CONNECT__INSTALLATION_ID", "0"),
        (
            "GHE_LICENSE_SYNC__CONNECT__PROXY",
            "http://bot:hunter2@proxy.example.com",
        ),
        ("GHE_LICENSE_SYNC__CONNECT", "on"),
        ("GHE_LICENSE_SYNC__SERVER__TOKEN", "hunter2"),
        ("GHE_LICENSE_SYNC__SERVER__URL", "github.example.com"),
    ]);
    family.row("mistakes in variables name the variable", brief(&site.refuse()));
    let site = Site::new("").flags(&[
        "connect.enabled",
        "connect.enable=true",
        "connect.client-id=ghp_hunter2",
        "log.level=verbose",
        "ghp_hunter2=1",
        "license-sync.confirm-timeout=10",
    ]);
    family.row("mistakes in flags name the key", brief(&site.refuse()));
    let site = Site::new("").flags(&[
        "connect.enabled=true",
        "license-sync.enabled=true",
        "connect.enterprise=octo-corp",
    ]);
    family.row("what is missing everywhere points at the file", brief(&site.refuse()));
    let site = Site::new(OPEN).variables(&[("GHE_LICENSE_SYNC__CONNECT__ORGANIZATION", "octo-org")]);
    family.row(
        "layers that contradict each other name the last one",
        brief(&site.refuse()),
    );
    let site = Site::new("[log]\nlevel = \"x\\nhunter2\"\nformat = \"x`, expected hunter2\"\n").flags(&[
        "log.level=x\nhunter2",
        "log.format=x`, expected hunter2",
        "connect.enabled=x\nhunter2, expected hunter2",
    ]);
    family.row(
        "a value that looks like a part of the message is not shown",
        brief(&site.refuse()),
    );
    assert_snapshot!(family, @r#"
    mistakes in variables name the variable: 2:9 level = «5» expected a string, found an integer
      help: put the value in quotes
      environment variable GHE_LICENSE_SYNC__CONNECT: no such setting
      environment variable GHE_LICENSE_SYNC__CONNECT__CLIENTID: no such setting
      help: did you mean `GHE_LICENSE_SYNC__CONNECT__CLIENT_ID`?
      environment variable GHE_LICENSE_SYNC__CONNECT__ENABLED: expected `true` or `false`
      environment variable GHE_LICENSE_SYNC__CONNECT__INSTALLATION_ID: expected a whole number greater than 0 that fits into 63 bits
      environment variable GHE_LICENSE_SYNC__CONNECT__PROXY: this proxy URL holds a user name or a password
      help: write `user:password` into a file of mode 0600 and name it in `proxy-credentials-file`
      environment variable GHE_LICENSE_SYNC__SERVER__TOKEN: no such setting
      help: did you mean `GHE_LICENSE_SYNC__SERVER__TOKEN_FILE`? secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that was here
      environment variable GHE_LICENSE_SYNC__SERVER__URL: this is not a URL (relative URL without a base)
      help: write it like `https://host/`
    mistakes in flags name the key: flag --set connect.enabled: there is no `=`
      help: write it like `--set connect.enabled=true`
      flag --set connect.enable: no such setting
      help: did you mean `--set connect.enabled=…`?
      flag --set connect.client-id: this is a secret, not a name [1] [2]
      flag --set ***: no such setting [1]
      flag --set license-sync.confirm-timeout: this is not a duration
      help: write a number with its unit, like `90s`, `10m` or `2h`
    what is missing everywhere points at the file: the file: `connect.client-id` is missing
      help: write the client ID of the GitHub App of this connection
      the file: `connect.installation-id` is missing
      help: write the number that ends the address of the App's installation page
      the file: `server.url` is missing
      help: write the address of the enterprise server, like `https://github.example.com`
      the file: `server.source` is missing
      help: say where the list of accounts comes from: add a section [server.source.report], [server.source.scim], [server.source.file], [server.source.command] or [server.source.license-file]
    layers that contradict each other name the last one: environment variable GHE_LICENSE_SYNC__CONNECT__ORGANIZATION: both `enterprise` and `organization` are given
      help: keep the one account that this server is connected to
    a value that looks like a part of the message is not shown: 2:9 level = «"x\nhunter2"» expected one of `error`, `warn`, `info`, `debug`, `trace`
      3:10 format = «"x`, expected hunter2"» expected `text` or `json` [2]
      flag --set log.format: expected `text` or `json`
      flag --set connect.enabled: expected `true` or `false`
    [1] help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that was here
    [2] flag --set log.level: expected one of `error`, `warn`, `info`, `debug`, `trace`
    "#);
}
