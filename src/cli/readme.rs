//! Checks the README against the program: it parses every command line in it, and every exit code is explained. Needs
//! the sandbox, since the README shows its commands.

use clap::Parser as _;

use super::Cli;
use crate::reason::Exit;

const README: &str = include_str!("../../README.md");

/// The lines inside of fences.
fn fenced() -> impl Iterator<Item = &'static str> {
    README.split("```").skip(1).step_by(2).flat_map(str::lines)
}

/// Those that start this program, by its name or with cargo.
fn command_lines() -> Vec<&'static str> {
    let is_ours = |line: &&str| line.starts_with("ghe-license-sync ") || line.starts_with("cargo run ");
    fenced().filter(is_ours).collect()
}

#[test]
fn every_command_line_in_the_readme_is_understood() {
    let lines = command_lines();
    assert!(lines.len() >= 8, "the command lines were not found: {lines:?}");
    for line in lines {
        let line = line.replace("cargo run --release --", "ghe-license-sync");
        let parsed = Cli::try_parse_from(line.split_whitespace());
        assert!(parsed.is_ok(), "{line}: {parsed:?}");
    }
}

#[test]
fn the_table_of_exit_codes_in_the_readme_is_that_of_the_program() {
    let (_, table) = README.split_once("| exit code | means |\n|---|---|\n").unwrap();
    let rows: Vec<_> = table.lines().take_while(|line| line.starts_with('|')).collect();
    let row = |exit: &Exit| format!("| `{}` | {} |", *exit as u8, exit.meaning());
    assert_eq!(rows, Exit::ALL.iter().map(row).collect::<Vec<_>>());
}

#[test]
fn the_settings_in_the_readme_are_good_and_open_the_gate() {
    use crate::settings::{Environment, Settings, Sources};
    let whole = README
        .split("```toml\n")
        .skip(1)
        .filter(|toml| toml.starts_with("[connect]"));
    let mut open = 0;
    for toml in whole {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("config.toml");
        std::fs::write(&file, toml.split("```").next().unwrap()).unwrap();
        let sources = Sources {
            file,
            environment: Environment::default(),
            overrides: Vec::new(),
        };
        let settings = Settings::load(&sources).unwrap();
        open += u32::from(settings.gate.pass().is_ok());
    }
    assert_eq!(
        open, 2,
        "those for uploads by the program and by hand; to watch, the gate stays closed"
    );
}
