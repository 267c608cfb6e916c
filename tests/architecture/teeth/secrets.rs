//! Shows and tells secrets and people on purpose; near misses pass.

use super::super::secrets;
use super::{allows, bites};

#[test]
fn a_type_that_would_show_a_secret_is_caught() {
    let bites = |text: &str, expected: &str| bites(secrets::shown, "src/connect/token.rs", text, expected);
    bites(
        "#[derive(Debug, serde::Serialize)]\nstruct Token { value: Option<secrecy::SecretString> }",
        "1: `Token` derives Serialize and holds `value: Option SecretString`",
    );
    bites(
        "struct Key(SecretString);\nimpl std::fmt::Display for Key {}",
        "2: `Key` implements Display and holds `: SecretString`",
    );
    bites(
        "enum Key { Pem { key: SecretString } }\nimpl Serialize for Key {}",
        "2: `Key` implements Serialize and holds `key: SecretString`",
    );
    bites(
        "#[derive(Clone, Debug, Deserialize)]\nstruct Answer { token: String }",
        "1: `Answer` derives Debug and holds `token: String`",
    );
    bites(
        "mod inner { #[derive(Debug)] struct Row<'a> { login: &'a str } }",
        "1: `Row` derives Debug and holds `login: str`",
    );
}

#[test]
fn a_type_that_hides_its_secret_passes() {
    let passes = |text: &str| allows(secrets::shown, "src/connect/token.rs", text);
    passes("#[derive(Clone, Debug)]\nstruct Token { value: SecretString }");
    passes("#[derive(Deserialize)]\nstruct Answer { token: String }\nimpl fmt::Debug for Answer {}");
    passes("#[derive(Debug)]\nstruct Server { token: Credential, username: String }");
    passes("#[derive(Serialize)]\nstruct User { email: String }");
    passes("#[cfg(test)]\nmod tests { #[derive(Debug)] struct Row { login: String } }");
    allows(
        secrets::shown,
        "src/sandbox/cloud.rs",
        "#[derive(Serialize)]\nstruct Answer { token: String }",
    );
}

#[test]
fn telling_a_secret_or_a_person_is_caught() {
    let bites = |text: &str, expected: &str| bites(secrets::told, "src/collect/report.rs", text, expected);
    let found = |line: u8, word: &str| format!("{line}: tells `{word}` in a log record or an error text");
    bites("fn f() { tracing::info!(\n%account.login, \"x\") }", &found(2, "login"));
    bites(
        "use tracing::warn;\nfn f() { warn!(\"{email:?} is odd\") }",
        &found(2, "email"),
    );
    bites(
        "fn f() { tracing::debug!(x = (key.expose_secret())) }",
        &found(1, "expose_secret"),
    );
    bites(
        "#[error(\"nobody is called {login}\")]\nstruct E { login: String }",
        &found(1, "login"),
    );
    bites(
        "#[error(\"nobody is called {}\", .0.email)]\nstruct E(User);",
        &found(1, "email"),
    );
    bites(
        "use tracing::instrument as i;\n#[i(fields(token = 1))]\nfn f() {}",
        &found(2, "token"),
    );
}

#[test]
fn words_in_a_message_tell_nobody() {
    let passes = |text: &str| allows(secrets::told, "src/collect/report.rs", text);
    passes("fn f() { tracing::info!(rows, \"no email, {{login}}\") }");
    passes("#[error(\"row {row}: the login is empty\")]\nstruct E { row: u32 }");
    passes("fn f() { format!(\"{login}\") }");
}
