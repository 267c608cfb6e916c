//! Secrets in the settings file: refused, never repeated, and told where they go.

use insta::assert_snapshot;

use super::{problems, problems_in};
use crate::support::family::Family;

#[test]
fn a_secret_is_not_printed_wherever_it_stands() {
    let mut family = Family::default();
    let said = problems_in("connect", r#"token = "hunter2""#);
    family.row("a secret key is not printed", said);
    family.row("a secret value is not printed", problems("[connect]\nclient-id = \"ghp_hunter2\"\nenterprise = \"github_pat_hunter2\"\nread-token-file = \"hunter2\"\n[server]\nid = \"ghs_hunter2\"\n"));
    let said = problems_in(
        "connect",
        "private-key = \"-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----\"",
    );
    family.row("a private key in the file is not printed", said);
    family.row("an unquoted secret is not printed", problems("[connect]\nread-token = ghp_hunter2\npassword: hunter2\n[server]\ntoken-file = hunter2\nenabled = \"\"\"\nhunter2 \\q\n\"\"\"\n"));
    let said = problems_in("connect", "ghp_hunter2 = true");
    family.row("a secret in place of a key is not printed", said);
    let said = problems("connect = { token = \"hunter2\", pat = 1 }\n");
    family.row("a secret in an inline table is not printed", said);
    let said = problems_in("server", r#"proxy = "bot:hunter2@proxy.example.com""#);
    family.row("credentials without a scheme are not printed", said);
    assert_snapshot!(family, @r#"
    a secret key is not printed: 2:1 «token» = *** unknown key `token` in [connect] [1]
    a secret value is not printed: 2:13 client-id = «***» this is a secret, not a name [1]
      3:14 enterprise = «***» this is a secret, not a name [1]
      4:19 read-token-file = «***» this is not an absolute path
      help: write the whole path, starting with `/`
      6:6 id = «***» this is not a server ID [1]
    a private key in the file is not printed: 2:15 private-key = «***» invalid basic string, expected `"` [1] [2]
      4:1 «***» key with no value, expected `=`
    an unquoted secret is not printed: 2:14 read-token = «***» string values must be quoted, expected literal string [1] [2]
      5:14 token-file = «***» string values must be quoted, expected literal string [1]
      6:1 «enabled» = """ unknown key `enabled` in [server]
      help: `enabled` belongs under [connect] or [license-sync]
      7:1 «***» missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\`, `"`, `x`, `u`, `U`
    a secret in place of a key is not printed: 2:1 «***» unknown key `***` in [connect] [1]
    a secret in an inline table is not printed: 1:11 connect = «***» unknown key `token` in [connect] [1]
      1:11 connect = «***» unknown key `pat` in [connect]
    credentials without a scheme are not printed: 2:9 proxy = «***» this URL is neither http nor https
      help: write it like `http://proxy.example.com:3128`
    [1] help: secrets do not belong in the settings: use systemd credentials, or files of mode 0600 that are named by `private-key-file`, `read-token-file`, `token-file` or `proxy-credentials-file`; replace a secret that was here
    [2] 3:1 «***» key with no value, expected `=`
    "#);
}
