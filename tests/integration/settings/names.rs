//! Keys and sections that do not exist or are not what they should be.

use insta::assert_snapshot;

use super::{problems, problems_in, refuse};
use crate::support::family::Family;

#[test]
fn a_wrong_key_or_section_is_shown_with_what_was_probably_meant() {
    let mut family = Family::default();
    for (name, table, lines) in [
        ("a misspelled key", "connect", "# comment\nenabld = true"),
        ("an underscore", "connect", r#"client_id = "Iv23liExample""#),
        ("a misspelled section", "licence-sync", "enabled = true"),
        ("the wrong section", "server", r#"client-id = "Iv23liExample""#),
    ] {
        family.row(name, problems_in(table, lines));
    }
    let said = problems("enabled = true\n");
    family.row("a key without a section", said);
    for (name, table, lines) in [
        ("an unknown key", "license-sync", r#"compression = "strong""#),
        ("an unknown source", "server.source.scim", "count = 5"),
        ("a source that is a key", "server.source", r#"scim = "all""#),
    ] {
        family.row(name, problems_in(table, lines));
    }
    let said = problems("[server.source.report]\nusername = \"license-bot\"\n[server.source.scim]\ncount = 5\n");
    family.row("two sources", said);
    let said = problems_in("server", r#"source = "report""#);
    family.row("a source that is not a table", said);
    for (name, text) in [
        ("a section that is not a table", "log = \"debug\"\n"),
        ("a section given as a list", "[[connect]]\nenabled = true\n"),
        ("a list for a section", "log = ['debug', 'json']\n"),
        ("an empty source", "[server.source]\n"),
    ] {
        family.row(name, problems(text));
    }
    assert_snapshot!(family, @r#"
    a misspelled key: 3:1 «enabld» = true unknown key `enabld` in [connect]
      help: did you mean `enabled`?
    an underscore: 2:1 «client_id» = "Iv23liExample" unknown key `client_id` in [connect]
      help: did you mean `client-id`?
    a misspelled section: 1:2 [«licence-sync»] unknown key `licence-sync` at the top level
      help: did you mean `license-sync`?
    the wrong section: 2:1 «client-id» = "Iv23liExample" unknown key `client-id` in [server]
      help: `client-id` belongs under [connect]
    a key without a section: 1:1 «enabled» = true unknown key `enabled` at the top level
      help: `enabled` belongs under [connect] or [license-sync]
    an unknown key: 2:1 «compression» = "strong" unknown key `compression` in [license-sync]
    an unknown source: 2:1 «count» = 5 unknown key `count` in [server.source.scim]
      help: there is only `enterprise`, `max-other-accounts`
    a source that is a key: 2:8 scim = «"all"» `server.source.scim` is a section, not a value
      help: write it as a section: [server.source.scim]
    two sources: 1:9 [server.«source».report] there is not exactly one source [1]
    a source that is not a table: 2:10 source = «"report"» `server.source` is a section, not a value
      help: write it as a section: [server.source.command] or [server.source.file] or [server.source.license-file] or [server.source.report] or [server.source.scim]
    a section that is not a table: 1:7 log = «"debug"» `log` is a section, not a value [2]
    a section given as a list: 1:1 «[[connect]]» `connect` is a section, not a value
      help: write it as a section: [connect]
    a list for a section: 1:7 log = «['debug', 'json']» `log` is a section, not a value [2]
    an empty source: 1:9 [server.«source»] there is not exactly one source [1]
    [1] help: keep one section: [server.source.command] or [server.source.file] or [server.source.license-file] or [server.source.report] or [server.source.scim]
    [2] help: write it as a section: [log]
    "#);
}

const LICENSE_FILE: &str = r#"connect.enabled = true
connect.enterprise = "octo-corp"
connect.client-id = "Iv23liExample"
connect.installation-id = 1
license-sync.enabled = true
server.url = "https://github.example.com"
[server.source.license-file]
"#;

#[test]
fn a_wrong_key_of_a_license_usage_file_is_the_only_problem() {
    for (line, label) in [
        ("file = \"/srv/license-usage.json\"", "unknown key `file`"),
        ("paht = \"/srv/license-usage.json\"", "unknown key `paht`"),
        ("path = 5", "expected"),
        ("run = []", ""),
    ] {
        let refused = refuse(&format!("{LICENSE_FILE}{line}\n"));
        assert!(refused.contains("1 problem") && refused.contains(label), "{refused}");
        assert!(!refused.contains("is missing"), "{refused}");
    }
    let refused = refuse(&format!("{LICENSE_FILE}max-age = \"soon\"\n"));
    assert!(
        refused.contains("2 problems") && refused.contains("is missing"),
        "{refused}"
    );
}
