//! Breaks purity and the directions on purpose; near misses pass.

use super::super::modules;
use super::super::source::Source;
use super::{allows, bites};

#[test]
fn an_impure_name_is_caught_however_it_is_written() {
    let bites = |text: &str, expected: &str| bites(modules::impure, "src/license/roster.rs", text, expected);
    bites("use tokio;", "1: names `tokio`");
    bites("\nuse std::{fmt, fs::{self as disk}};", "2: names `std::fs`");
    bites("use std as s;\nfn f() { s::net::f(); }", "2: names `std::net::f`");
    bites(
        "fn f() -> ::std::time::SystemTime { loop {} }",
        "1: names `std::time::SystemTime`",
    );
    bites(
        "use chrono::Utc;\nfn f() { let now = Utc::now(); }",
        "2: names `chrono::Utc::now`",
    );
    bites("fn f() { use std::env::*; }", "1: names `std::env::*`");
    bites(
        "mod inner {\n fn f() { tracing::info!(\"x\") } }",
        "2: names `tracing::info!`",
    );
    bites("fn f() { vec![std::fs::read(\"x\")] }", "1: names `std::fs::read`");
    bites("macro_rules! m { () => { use std::{env}; } }", "1: names `std::env`");
    bites("#[tracing::instrument]\nfn f() {}", "1: names `tracing::instrument`");
    bites(
        "#[cfg(any(test, feature = \"x\"))]\nuse tokio::fs;",
        "2: names `tokio::fs`",
    );
    bites("#[cfg(not(test))]\nuse tokio::fs;", "2: names `tokio::fs`");
    bites(
        "fn f() -> Uuid { Uuid::new_v4() }\nuse uuid::Uuid;",
        "1: names `uuid::Uuid::new_v4`",
    );
    bites("extern crate reqwest;", "1: names `reqwest`");
}

#[test]
fn comments_strings_tests_and_names_of_our_own_are_not_impure() {
    let passes = |text: &str| allows(modules::impure, "src/license/roster.rs", text);
    passes("//! uses tokio::fs\n/// See [`std::fs::read`].\nfn f() -> &'static str { \"std::env::var\" }");
    passes("fn f() { println!(\"std::fs::read {}\", 1) }");
    passes("use std::io::Write; use chrono::DateTime; use uuid::Uuid; use std::time::Duration;");
    passes("mod tokio { pub fn spawn() {} }\nfn f() { tokio::spawn() }");
    passes("#[cfg(test)]\nmod tests { use std::fs; }\n#[cfg(all(test, unix))]\nuse tokio::fs;");
    passes("#[test]\nfn f() { std::fs::read(\"x\"); }");
    passes("fn f(rand: u8) -> u8 { rand }");
    allows(modules::impure, "src/collect/report.rs", "use tokio::fs;");
}

#[test]
fn a_dependency_against_the_grain_is_caught() {
    let rule = modules::against_the_grain;
    bites(
        rule,
        "src/license/mod.rs",
        "use crate::settings::Settings;",
        "1: names `crate::settings::Settings`",
    );
    bites(
        rule,
        "src/license/account.rs",
        "use super::super::store;",
        "1: names `crate::store`",
    );
    bites(
        rule,
        "src/store/outbox.rs",
        "fn f() { crate::connect::push() }",
        "1: names `crate::connect::push`",
    );
    bites(
        rule,
        "src/sandbox/mod.rs",
        "use crate::{clock, cli::{Talk}};",
        "1: names `crate::cli::Talk`",
    );
    bites(
        rule,
        "src/sync/mod.rs",
        "use crate as us;\nuse us::sandbox::Cloud;",
        "2: names `crate::sandbox::Cloud`",
    );
    bites(
        rule,
        "src/main.rs",
        "use ghe_license_sync::sync::run;",
        "1: names `crate::sync::run`",
    );
    bites(
        rule,
        "src/clock.rs",
        "use super::reason::Reason;",
        "1: names `crate::reason::Reason`",
    );
    bites(
        rule,
        "src/sync/mod.rs",
        "fn f() { m!(crate::cli::f()) }",
        "1: names `crate::cli::f`",
    );
}

#[test]
fn a_way_around_the_table_is_caught() {
    let rule = modules::against_the_grain;
    bites(
        rule,
        "src/lib.rs",
        "pub use store::Store;\npub mod store;",
        "1: names `crate::store::Store`",
    );
    bites(
        rule,
        "src/license/account.rs",
        "use crate::Settings;",
        "1: names `crate::Settings`",
    );
    bites(rule, "src/license/mod.rs", "use crate::*;", "1: names `crate::*`");
}

#[test]
fn dependencies_along_the_grain_pass() {
    let rule = modules::against_the_grain;
    allows(
        rule,
        "src/main.rs",
        "use ghe_license_sync::cli;\nfn main() { cli::main() }",
    );
    allows(rule, "src/lib.rs", "pub mod license;\npub mod store;");
    allows(
        rule,
        "src/sync/run.rs",
        "use super::trigger::Trigger; use crate::{collect, connect, store};",
    );
    allows(
        rule,
        "src/license/mod.rs",
        "//! See crate::cli.\npub use account::Account; pub mod account;",
    );
    allows(
        rule,
        "src/sync/run.rs",
        "#[cfg(test)]\nmod tests { use super::*; use crate::sandbox::Cloud; }",
    );
}

#[test]
fn a_macro_that_needs_no_path_is_a_dependency_on_its_module() {
    let caught = |path: &str| {
        let home = Source::parse("src/failpoint.rs", "macro_rules! failpoint { () => {} }");
        modules::against_the_grain(&[home, Source::parse(path, "fn f() { failpoint!(\"run\"); }")]).len()
    };
    assert_eq!(caught("src/connect/upload.rs"), 1);
    assert_eq!(caught("src/sync/run.rs"), 0);
}

#[test]
fn a_dependency_that_nobody_has_is_caught() {
    let rule = modules::unused;
    let unused = "1: lets `schedule` use `plain`";
    bites(
        rule,
        "src/schedule/mod.rs",
        "use crate::{explain::Explain, reason};",
        unused,
    );
    bites(
        rule,
        "src/schedule/mod.rs",
        "use crate::{explain, reason};\n#[cfg(test)]\nuse crate::plain;",
        unused,
    );
    allows(
        rule,
        "src/schedule/mod.rs",
        "use crate::{explain, reason};\nfn f() { m!(crate::plain::f()) }",
    );
}

#[test]
fn a_module_without_a_place_is_caught() {
    bites(
        modules::homeless,
        "src/lib.rs",
        "pub mod license;\npub mod helpers;",
        "2: declares `mod helpers`",
    );
    bites(modules::homeless, "src/main.rs", "mod cli;", "1: declares `mod cli`");
    allows(modules::homeless, "src/lib.rs", "pub mod license;\n// mod helpers;");
}

#[test]
fn the_table_has_no_circle_and_names_only_modules_that_are_in_it() {
    // Each module may come after all that it may use: then nothing can come back to it.
    let mut placed: Vec<&str> = Vec::new();
    while placed.len() < modules::MAY_USE.len() {
        let next = modules::MAY_USE
            .iter()
            .find(|(module, others)| !placed.contains(module) && others.iter().all(|other| placed.contains(other)));
        let (module, _) = next.unwrap_or_else(|| panic!("only {placed:?} could be placed; the rest is a circle"));
        placed.push(module);
    }
}

#[test]
fn a_pure_module_uses_pure_modules_only() {
    for (module, others) in modules::MAY_USE
        .iter()
        .filter(|(module, _)| modules::PURE.contains(module))
    {
        for other in *others {
            assert!(
                modules::PURE.contains(other),
                "{module} is pure and may use {other}, which is not"
            );
        }
    }
}
