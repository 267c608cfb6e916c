//! What `generate` writes is committed: man pages, completions, the schema of the settings, the journal catalog, the
//! page of the reasons.
//!
//! After a change, `GENERATED=write cargo test --test integration generated` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

/// The arguments after `generate`, and the file with their output.
const GENERATED: &[(&[&str], &str)] = &[
    (&["man", "1"], "share/man/ghe-license-sync.1"),
    (&["man", "5"], "share/man/ghe-license-sync.toml.5"),
    (&["completions", "bash"], "share/completions/ghe-license-sync.bash"),
    (&["completions", "zsh"], "share/completions/_ghe-license-sync"),
    (&["completions", "fish"], "share/completions/ghe-license-sync.fish"),
    (&["schema"], "share/settings.schema.json"),
    (&["catalog"], "config/journald/ghe-license-sync.catalog"),
    (&["reasons"], "docs/reasons.md"),
    (&["schema", "approve"], "share/schemas/approve.schema.json"),
    (&["schema", "check"], "share/schemas/check.schema.json"),
    (&["schema", "discard"], "share/schemas/discard.schema.json"),
    (&["schema", "error"], "share/schemas/error.schema.json"),
    (&["schema", "explain"], "share/schemas/explain.schema.json"),
    (&["schema", "export"], "share/schemas/export.schema.json"),
    (&["schema", "history"], "share/schemas/history.schema.json"),
    (&["schema", "report"], "share/schemas/report.schema.json"),
    (&["schema", "review"], "share/schemas/review.schema.json"),
    (&["schema", "run"], "share/schemas/run.schema.json"),
    (&["schema", "status"], "share/schemas/status.schema.json"),
    (&["schema", "sync"], "share/schemas/sync.schema.json"),
    (&["schema", "sync-dry-run"], "share/schemas/sync-dry-run.schema.json"),
    (&["schema", "upload"], "share/schemas/upload.schema.json"),
];

/// The same for answers of commands that a package does not have.
const NOT_PACKAGED: &[(&[&str], &str)] = &[
    (&["schema", "demo"], "share/schemas/development/demo.schema.json"),
    (
        &["schema", "generate"],
        "share/schemas/development/generate.schema.json",
    ),
    (&["schema", "sandbox"], "share/schemas/development/sandbox.schema.json"),
];

fn committed(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn generate(arguments: &[&str]) -> String {
    let mut command = Command::cargo_bin("ghe-license-sync").unwrap();
    let done = command.env_clear().arg("generate").args(arguments).assert().success();
    String::from_utf8(done.get_output().stdout.clone()).unwrap()
}

#[test]
#[allow(clippy::disallowed_methods, reason = "asks the developer who runs the tests")]
fn what_is_committed_is_what_is_generated() {
    let write = std::env::var_os("GENERATED").is_some_and(|it| it == "write");
    for (arguments, path) in GENERATED.iter().chain(NOT_PACKAGED) {
        let text = generate(arguments);
        if write {
            fs::write(committed(path), &text).unwrap();
        }
        assert!(
            fs::read_to_string(committed(path)).unwrap_or_default() == text,
            "{path} is not what `generate {}` writes; run GENERATED=write cargo test --test integration generated",
            arguments.join(" ")
        );
    }
}

#[test]
fn bash_offers_the_options_of_each_subcommand() {
    for (words, offered) in [
        ("hist", "history"),
        ("sync --dr", "--dry-run"),
        ("check --off", "--offline"),
        ("history --lim", "--limit"),
        ("approve --verb", "--verbose"),
        ("discard --verb", "--verbose"),
        ("run --verb", "--verbose"),
        ("status --js", "--json"),
    ] {
        let script = format!(
            "source \"$0\"; COMP_WORDS=(ghe-license-sync {words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); \
             _ghe__license__sync ghe-license-sync \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"; \
             printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let mut bash = Command::new("bash");
        bash.args(["--norc", "-c", script.as_str()])
            .arg(committed("share/completions/ghe-license-sync.bash"));
        bash.assert().success().stdout(format!("{offered}\n"));
    }
}

#[test]
fn nothing_that_is_generated_names_what_a_package_does_not_have() {
    for (arguments, path) in GENERATED {
        let text = generate(arguments);
        for command in ["sandbox", "demo ", "generate\"", "generate)"] {
            assert!(!text.contains(command), "{path} names {command}");
        }
    }
}

#[test]
fn every_reason_and_every_milestone_is_explained_in_the_catalog_and_on_the_page() {
    use ghe_license_sync::observe::catalog::Milestone;
    use ghe_license_sync::reason::Reason;

    let catalog = fs::read_to_string(committed("config/journald/ghe-license-sync.catalog")).unwrap();
    let page = fs::read_to_string(committed("docs/reasons.md")).unwrap();
    let reasons = Reason::ALL.iter().map(|it| (it.code(), it.message_id()));
    let milestones = Milestone::ALL.iter().map(|it| (it.word(), it.message_id()));
    for (word, id) in reasons.chain(milestones) {
        assert!(catalog.contains(&format!("\n-- {id}\n")), "{word}");
        assert!(
            page.contains(&format!("\n### `{word}`\n")) && page.contains(id),
            "{word}"
        );
    }
    let entries = catalog.lines().filter(|line| line.starts_with("-- ")).count();
    assert_eq!(entries, Reason::ALL.len() + Milestone::ALL.len());
}

fn schema() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&generate(&["schema"])).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

fn settings(text: &str) -> Value {
    serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap()
}

#[test]
fn the_shipped_settings_fit_their_schema_with_and_without_their_samples() {
    let shipped = fs::read_to_string(committed("config/ghe-license-sync.toml")).unwrap();
    let is_key = |line: &str| line.starts_with(|c: char| c.is_ascii_lowercase() || c == '[');
    let uncommented: String = shipped
        .lines()
        .map(|line| {
            line.strip_prefix('#')
                .filter(|rest| is_key(rest))
                .unwrap_or(line)
                .to_owned()
                + "\n"
        })
        .collect();
    assert!(uncommented.contains("\nenterprise = "));
    for text in [shipped, uncommented] {
        let errors: Vec<_> = schema()
            .iter_errors(&settings(&text))
            .map(|it| it.to_string())
            .collect();
        assert_eq!(errors, [""; 0]);
    }
}

#[test]
fn the_schema_refuses_what_is_wrong_at_first_sight() {
    for wrong in [
        "[connect]\nenable = true",
        "[connect]\nenabled = \"yes\"",
        "[connect]\ninstallation-id = 0",
        "[server]\nid = \"7\"",
        "[server]\nurl = \"github.example.com\"",
        "[server.source.report]\ntimeout = \"soon\"",
        "[server.source.csv]\nfile = \"/users.csv\"",
        "[state]\ndirectory = \"state\"",
        "[state]\nfingerprint-key-file = \"key\"",
        "[log]\nlevel = \"loud\"",
    ] {
        assert!(!schema().is_valid(&settings(wrong)), "{wrong}");
    }
}
