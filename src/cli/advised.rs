//! Every command that a document, an alert or the catalog advises is understood as it is printed, and no message names
//! half of one.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking, also in what it calls")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::parse;

fn read(path: &Path) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The files below `directory` with this extension.
fn files(directory: &str, extension: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let (mut found, mut ahead) = (Vec::new(), vec![root]);
    while let Some(path) = ahead.pop() {
        if path.is_dir() {
            ahead.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    assert!(!found.is_empty(), "{directory} has files");
    found
}

/// The command lines of this program in a text: those in backquotes, which may be folded, and those in fences.
fn command_lines(text: &str) -> Vec<String> {
    let (prose, fenced): (Vec<_>, Vec<_>) = text.split("```").enumerate().partition(|(at, _)| at % 2 == 0);
    let prose = prose
        .into_iter()
        .map(|(_, text)| text.trim_start_matches("# "))
        .collect::<Vec<_>>()
        .join(" ");
    let prose = prose
        .replace("\n# ", " ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let quoted = Regex::new("`((?:sudo -u [a-z-]+ )?ghe-license-sync [^`]+)`").unwrap();
    let quoted = quoted.captures_iter(&prose).map(|found| found[1].to_owned());
    let fenced = fenced
        .into_iter()
        .flat_map(|(_, text)| text.lines())
        .map(|line| line.trim().to_owned());
    let without_sudo = |line: String| {
        line.strip_prefix("sudo -u ghe-license-sync ")
            .map_or(line.clone(), str::to_owned)
    };
    let lines = quoted.chain(fenced).map(without_sudo);
    lines.filter(|line| line.starts_with("ghe-license-sync ")).collect()
}

#[test]
fn every_command_that_is_advised_is_understood() {
    let mut lines = BTreeSet::new();
    let texts = [
        files("docs", "md"),
        files("config", "yml"),
        files("config", "catalog"),
        files("config", "toml"),
    ];
    for path in texts.concat().into_iter().chain(["README.md".into()]) {
        lines.extend(command_lines(&read(&path)));
    }
    assert!(lines.len() > 12, "the command lines were not found: {lines:?}");
    for line in lines {
        let line = line.replace("DIGEST", "0123456789ab").replace("NAME", "one");
        let parsed = parse(line.split_whitespace().map(Into::into));
        assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
    }
}

/// What this process was started with belongs into every command that it advises, and `advice` puts it there.
#[test]
fn no_message_names_a_command_by_hand() {
    let names = "run|sync|upload|status|history|check|approve|discard|review|report|explain";
    let by_hand = Regex::new(&format!("\"[^\"]*`(?:ghe-license-sync )?(?:{names})(?: [^`]*)?`")).unwrap();
    for path in files("src", "rs") {
        let inside = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
        // The catalog is written once for all machines, the tables are for the documents, and `status` is also a fault.
        let is_other = [
            "src/reason.rs",
            "src/observe/catalog",
            "src/sync/retry.rs",
            "src/sandbox",
            "src/cli/advised.rs",
        ]
        .iter()
        .any(|other| inside.starts_with(other));
        for line in read(&path)
            .lines()
            .filter(|line| !is_other && !line.trim_start().starts_with("//"))
        {
            assert!(!by_hand.is_match(line), "{}: {line}", inside.display());
        }
    }
}

/// The commands in messages: what `advice` is asked to write out, with placeholders for what is known at run time alone.
#[test]
fn every_command_that_a_message_advises_is_understood() {
    let advised = Regex::new(r#"advice::(?:command(?:_line)?|collecting)\(\s*(?:&format!\(\s*)?"([^"]+)""#).unwrap();
    let placeholder = Regex::new(r"\{[^}]*\}").unwrap();
    let mut lines = BTreeSet::new();
    for path in files("src", "rs").iter().filter(|path| !path.ends_with("advised.rs")) {
        lines.extend(advised.captures_iter(&read(path)).map(|found| found[1].to_owned()));
    }
    assert!(lines.len() > 4, "the commands were not found: {lines:?}");
    for line in lines {
        // A placeholder in front stands for `approve` or `discard`.
        let line = match line.strip_prefix("{command} ") {
            Some(rest) => format!("approve {rest}"),
            None => line,
        };
        let line = format!("ghe-license-sync {}", placeholder.replace_all(&line, "0123456789ab"));
        let parsed = parse(line.split_whitespace().map(Into::into));
        assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
    }
}

/// One machine can report for several servers.
#[test]
fn an_alert_that_advises_a_command_says_for_which_store_and_how_an_instance_is_named() {
    let rules = read(Path::new("config/alerts/ghe-license-sync.rules.yml"));
    let advising = rules
        .split("- alert:")
        .skip(1)
        .filter(|alert| !command_lines(alert).is_empty());
    let advising: Vec<_> = advising.collect();
    assert!(advising.len() > 3, "{advising:?}");
    for alert in advising {
        assert!(
            alert.contains("$labels.state_directory") && alert.contains("--instance NAME"),
            "{alert}"
        );
    }
}

#[test]
fn folded_and_fenced_commands_are_found() {
    let text = "see `ghe-license-sync\nstatus`, `sudo -u ghe-license-sync ghe-license-sync history`\n```\n  ghe-license-sync run\n```\n";
    assert_eq!(
        command_lines(text),
        [
            "ghe-license-sync status",
            "ghe-license-sync history",
            "ghe-license-sync run"
        ]
    );
}
