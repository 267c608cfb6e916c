//! The settings file that comes with the program: it loads, it is complete, and it names the true defaults.

use std::collections::{BTreeMap, BTreeSet};

use ghe_license_sync::settings::gate::Closed;
use ghe_license_sync::settings::{Effective, keys};
use toml::{Table, Value};

use super::Site;

const SAMPLE: &str = include_str!("../../../config/ghe-license-sync.toml");

/// The other sources, each with its keys.
const OTHER_SOURCES: [(&str, &[&str]); 4] = [
    ("file", &["path", "max-age"]),
    ("command", &["run", "timeout"]),
    ("license-file", &["path", "max-age", "run", "timeout"]),
    ("scim", &["enterprise", "max-other-accounts"]),
];

/// The sample without the sections of the other sources.
fn one_source() -> String {
    OTHER_SOURCES.iter().fold(SAMPLE.to_owned(), |sample, (source, _)| {
        let (before, other) = sample.split_once(&format!("#[server.source.{source}]\n")).unwrap();
        let (_, after) = other.split_once("\n\n").unwrap();
        format!("{before}\n\n{after}")
    })
}

/// The sample with every key in force, except those of the other kind of account and of the other sources.
fn uncommented() -> String {
    let key = |line: &str| line.starts_with(|c: char| c.is_ascii_lowercase());
    one_source()
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| key(rest)).unwrap_or(line))
        .filter(|line| !line.starts_with("organization"))
        .map(|line| line.replace("enabled = false", "enabled = true") + "\n")
        .collect()
}

fn values(prefix: &str, table: &Table) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for (key, value) in table {
        let path = format!("{prefix}{key}");
        match value {
            Value::Table(inner) => found.extend(values(&format!("{path}."), inner)),
            value => {
                found.insert(path, value.clone());
            }
        }
    }
    found
}

fn effective(text: &str) -> BTreeMap<String, Value> {
    let effective = Effective::load(&Site::new(text).sources).expect("these settings are right");
    values("", &effective.to_string().parse().unwrap())
}

#[test]
fn as_it_is_it_loads_and_keeps_the_gate_closed() {
    let settings = Site::new(SAMPLE).accept();
    assert_eq!(settings.gate.pass().err(), Some(Closed::Connect));
}

#[test]
fn with_every_key_uncommented_it_opens_the_gate() {
    let settings = Site::new(uncommented()).accept();
    assert!(settings.gate.pass().is_ok());
    let organization = uncommented()
        .replace("enterprise = \"octo-corp\"", "organization = \"octo-org\"")
        .replace("/enterprises/{enterprise}/", "/orgs/{organization}/");
    assert!(Site::new(organization).accept().gate.pass().is_ok());
}

#[test]
fn every_key_of_the_schema_is_in_it_and_no_other() {
    let mut known = values("", &uncommented().parse().unwrap());
    known.insert("connect.organization".to_owned(), Value::from("octo-org"));
    for (source, keys) in OTHER_SOURCES {
        let (_, section) = SAMPLE.split_once(&format!("\n#[server.source.{source}]\n")).unwrap();
        let (section, _) = section.split_once("\n\n").unwrap();
        for key in keys {
            assert!(section.contains(&format!("\n#{key} = ")), "{key}");
            known.insert(format!("server.source.{source}.{key}"), Value::from(""));
        }
    }
    assert!(SAMPLE.contains("\n#organization = "));
    assert_eq!(known.into_keys().collect::<BTreeSet<_>>(), keys().into_iter().collect());
}

#[test]
fn a_commented_key_shows_its_default_unless_it_is_an_example() {
    let mut defaults = effective("[server.source.report]\n");
    for (source, _) in OTHER_SOURCES {
        defaults.extend(effective(&format!("[server.source.{source}]\n")));
    }
    let mut shown = Vec::new();
    let mut is_example = false;
    let mut section = "";
    for line in SAMPLE.lines() {
        if let Some(header) = line.strip_prefix('#').unwrap_or(line).strip_prefix('[') {
            section = header.trim_end_matches(']');
        } else if let Some((key, value)) = line
            .strip_prefix('#')
            .filter(|l| !l.starts_with(' '))
            .and_then(|l| l.split_once(" = "))
        {
            let path = format!("{section}.{key}");
            let value = format!("x = {value}").parse::<Table>().unwrap().remove("x").unwrap();
            match defaults.get(&path) {
                Some(default) => assert_eq!(&value, default, "{path}"),
                None => assert!(is_example || path == "connect.upload-path", "{path} has no default"),
            }
            shown.push(path);
        } else {
            is_example = line.contains("Example");
        }
    }
    assert!(defaults.keys().all(|path| shown.contains(path)), "{shown:?}");
}

#[test]
fn every_key_is_explained_right_above_it() {
    let lines: Vec<&str> = SAMPLE.lines().collect();
    for pair in lines.windows(2) {
        let is_key = pair[1].starts_with('#') && !pair[1].starts_with("# ") && pair[1].contains(" = ");
        if is_key {
            assert!(pair[0].starts_with("# ") && pair[0].len() > 20, "{}", pair[1]);
        }
    }
}
