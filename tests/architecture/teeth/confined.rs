//! Names confined things in the wrong place on purpose; near misses pass.

use super::super::confined;
use super::{allows, bites};

#[test]
fn everything_that_is_confined_is_caught_elsewhere() {
    let mut count = 0;
    for what in confined::every_confined() {
        let (text, found) = match what.strip_suffix('!') {
            Some(name) => (
                format!("fn f() {{ std::{name}!(\"x\") }}"),
                format!("1: names `{what}`"),
            ),
            None => (format!("use {what};"), format!("1: names `{what}`")),
        };
        bites(confined::astray, "src/sync/run.rs", &text, &found);
        count += 1;
    }
    assert!(count > 20, "the list is there");
}

#[test]
fn confined_names_are_caught_through_imports_and_in_macros() {
    let bites = |text: &str, expected: &str| bites(confined::astray, "src/settings/mod.rs", text, expected);
    bites("use std::io;\nfn f() { io::stderr(); }", "2: names `std::io::stderr`");
    bites(
        "use std::process as p;\nfn f() {\n p::exit(1) }",
        "3: names `std::process::exit`",
    );
    bites(
        "fn f() { format!(\"{}\", std::env::var(\"X\")) }",
        "1: names `std::env::var`",
    );
    bites(
        "fn f() { tokio::select! { _ = a => { println!(\"x\") } } }",
        "1: names `println!`",
    );
    bites("#[derive(sqlx::FromRow)]\nstruct Row;", "1: names `sqlx::FromRow`");
    bites("use config::{Config};", "1: names `config::Config`");
}

#[test]
fn confined_names_pass_at_home_and_where_they_mean_something_else() {
    let rule = confined::astray;
    allows(rule, "src/settings/load/merge.rs", "use config::Config;");
    allows(rule, "src/store/outbox.rs", "use sqlx::SqlitePool;");
    allows(rule, "src/store.rs", "use sqlx::SqlitePool;");
    allows(
        rule,
        "src/cli/report.rs",
        "fn f() { println!(\"x\"); eprintln!(\"x\"); std::io::stdout(); }",
    );
    allows(rule, "src/observe/mod.rs", "use std::io::stderr;");
    allows(rule, "src/main.rs", "use std::process::ExitCode;");
    allows(rule, "src/clock.rs", "use chrono::Utc;\nfn f() { Utc::now() }");
    allows(
        rule,
        "src/sync/run.rs",
        "fn f(config: u8) -> u8 { config }\n// println!()",
    );
    allows(
        rule,
        "src/connect/mod.rs",
        "fn f() -> &'static str { \"sqlx::query println!()\" }",
    );
    allows(
        rule,
        "src/sync/run.rs",
        "use std::process::Command; fn f() { std::env::temp_dir(); }",
    );
    bites(rule, "src/store_old.rs", "use sqlx::query;", "1: names `sqlx::query`");
}
