//! Keys and sections that do not exist or are not what they should be.

use insta::assert_snapshot;

use super::refuse;

#[test]
fn a_misspelled_key_gets_a_suggestion() {
    assert_snapshot!(refuse(r#"[connect]
# comment
enabld = true
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:3:1
      |
    3 | enabld = true
      | ^^^^^^ unknown key `enabld` in [connect]
      |
      = help: did you mean `enabled`?
    ");
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

#[test]
fn an_underscore_in_a_key_gets_a_suggestion() {
    assert_snapshot!(refuse(r#"[connect]
client_id = "Iv23liExample"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | client_id = "Iv23liExample"
      | ^^^^^^^^^ unknown key `client_id` in [connect]
      |
      = help: did you mean `client-id`?
    "#);
}

#[test]
fn a_misspelled_section_gets_a_suggestion() {
    assert_snapshot!(refuse(r#"[licence-sync]
enabled = true
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [licence-sync]
      |  ^^^^^^^^^^^^ unknown key `licence-sync` at the top level
      |
      = help: did you mean `license-sync`?
    ");
}

#[test]
fn a_key_in_the_wrong_section_is_sent_to_the_right_one() {
    assert_snapshot!(refuse(r#"[server]
client-id = "Iv23liExample"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | client-id = "Iv23liExample"
      | ^^^^^^^^^ unknown key `client-id` in [server]
      |
      = help: `client-id` belongs under [connect]
    "#);
}

#[test]
fn a_key_without_a_section_is_sent_to_its_sections() {
    assert_snapshot!(refuse(r#"enabled = true
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:1:1
      |
    1 | enabled = true
      | ^^^^^^^ unknown key `enabled` at the top level
      |
      = help: `enabled` belongs under [connect] or [license-sync]
    ");
}

#[test]
fn a_key_of_later_versions_is_unknown() {
    assert_snapshot!(refuse(r#"[license-sync]
compression = "strong"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | compression = "strong"
      | ^^^^^^^^^^^ unknown key `compression` in [license-sync]
    "#);
}

#[test]
fn an_unknown_source_is_refused() {
    assert_snapshot!(refuse(r#"[server.source.scim]
count = 5
"#), @"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:1
      |
    2 | count = 5
      | ^^^^^ unknown key `count` in [server.source.scim]
      |
      = help: there is only `enterprise`, `max-other-accounts`
    ");
}

#[test]
fn an_unknown_source_without_a_section_is_refused() {
    assert_snapshot!(refuse("[server.source]\nscim = \"all\"\n"), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:8
      |
    2 | scim = "all"
      |        ^^^^^ `server.source.scim` is a section, not a value
      |
      = help: write it as a section: [server.source.scim]
    "#);
}

#[test]
fn two_sources_are_refused() {
    assert_snapshot!(refuse(r#"[server.source.report]
username = "license-bot"
[server.source.scim]
count = 5
"#), @"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:1:9
      |
    1 | [server.source.report]
      |         ^^^^^^ there is not exactly one source
      |
      = help: keep one section: [server.source.command] or [server.source.file] or [server.source.license-file] or [server.source.report] or [server.source.scim]
    ");
}

#[test]
fn a_source_that_is_not_a_table_is_refused() {
    assert_snapshot!(refuse(r#"[server]
source = "report"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:2:10
      |
    2 | source = "report"
      |          ^^^^^^^^ `server.source` is a section, not a value
      |
      = help: write it as a section: [server.source.command] or [server.source.file] or [server.source.license-file] or [server.source.report] or [server.source.scim]
    "#);
}

#[test]
fn a_section_that_is_not_a_table_is_refused() {
    assert_snapshot!(refuse(r#"log = "debug"
"#), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:1:7
      |
    1 | log = "debug"
      |       ^^^^^^^ `log` is a section, not a value
      |
      = help: write it as a section: [log]
    "#);
}

#[test]
fn a_section_given_as_a_list_is_refused() {
    assert_snapshot!(refuse(r#"[[connect]]
enabled = true
"#), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:1:1
      |
    1 | [[connect]]
      | ^^^^^^^^^^^ `connect` is a section, not a value
      |
      = help: write it as a section: [connect]
    ");
}

#[test]
fn a_list_is_not_taken_for_a_section() {
    assert_snapshot!(refuse("log = ['debug', 'json']\n"), @r"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:1:7
      |
    1 | log = ['debug', 'json']
      |       ^^^^^^^^^^^^^^^^^ `log` is a section, not a value
      |
      = help: write it as a section: [log]
    ");
}

#[test]
fn an_empty_source_is_refused() {
    assert_snapshot!(refuse("[server.source]\n"), @"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:1:9
      |
    1 | [server.source]
      |         ^^^^^^ there is not exactly one source
      |
      = help: keep one section: [server.source.command] or [server.source.file] or [server.source.license-file] or [server.source.report] or [server.source.scim]
    ");
}
