//! Puts what serde and the TOML parser say into the operator's words.
//!
//! Their texts may quote the value, so only the part that says what was expected is taken over.

use super::disguise;
use super::schema;
use super::suggestion::closest;

const NUMBER: &str = "a whole number greater than 0 that fits into 63 bits";

/// What is wrong and what to do about it.
pub(super) struct Complaint {
    pub label: String,
    pub help: Option<String>,
    /// The key that was probably meant.
    pub meant: Option<String>,
}

/// A value that the schema refuses. `found` is the value's type, `text` the value if it is a string.
pub(super) fn of_value(message: &str, found: Option<&str>, text: Option<&str>) -> Complaint {
    let message = match message {
        "wanted string or table" => "invalid type: other, expected newtype variant",
        _ if message.starts_with("wanted exactly 1 element") => {
            "there is not exactly one source\nkeep one section, like [server.source.report]"
        }
        other => other,
    };
    let (label, help) = if let Some((reason, help)) = message.split_once('\n') {
        (reason.to_owned(), Some(help.to_owned()))
    } else if let Some((said, expected)) = message.split_once(", expected ") {
        let expected = plain(expected);
        let found = found.filter(|_| said.starts_with("invalid type"));
        (
            found.map_or_else(
                || format!("expected {expected}"),
                |found| format!("expected {expected}, found {} {found}", article(found)),
            ),
            hint(expected, text),
        )
    } else {
        ("this value cannot be used".to_owned(), None)
    };
    Complaint {
        label,
        help: if text.is_some_and(disguise::is_token) {
            Some(disguise::HELP.to_owned())
        } else {
            help
        },
        meant: None,
    }
}

fn plain(expected: &str) -> &str {
    match expected {
        "a boolean" => "`true` or `false`",
        "a nonzero u64" => NUMBER,
        "newtype variant" => "a section like [server.source.report]",
        other => other,
    }
}

fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o', 'u']) {
        "an"
    } else {
        "a"
    }
}

fn hint(expected: &str, text: Option<&str>) -> Option<String> {
    match (expected, text) {
        ("a string", _) => Some("put the value in quotes".to_owned()),
        ("`true` or `false`" | NUMBER, Some(_)) => Some("write the value without quotes".to_owned()),
        (choices, Some(text)) => closest(text, choices.split('`').skip(1).step_by(2)).map(did_you_mean),
        _ => None,
    }
}

fn did_you_mean(word: &str) -> String {
    format!("did you mean `{word}`?")
}

/// A key that does not exist in `table` (empty for the top level); `text` is its value if that is a string.
pub(super) fn of_unknown_key(table: &str, key: &str, text: Option<&str>) -> Complaint {
    let place = if table.is_empty() {
        "at the top level".to_owned()
    } else {
        format!("in [{table}]")
    };
    let meant = closest_in(table, key);
    let suggestion = match &meant {
        Some(path) => Some(did_you_mean(path.rsplit('.').next().unwrap_or(path))),
        None => elsewhere(key),
    };
    Complaint {
        label: format!("unknown key `{}` {place}", disguise::name(key)),
        help: with_warning(key, text, suggestion),
        meant,
    }
}

/// A path, like `connect.enabled`, that names no key; `spell` turns a path into what one writes in this layer.
pub(super) fn of_unknown_path(path: &str, text: &str, spell: impl Fn(&str) -> String) -> Complaint {
    let keys = schema::keys();
    let meant = closest(path, keys.iter().map(String::as_str)).map(str::to_owned);
    Complaint {
        label: "this names no setting".to_owned(),
        help: with_warning(
            path,
            Some(text),
            meant.as_deref().map(|meant| did_you_mean(&spell(meant))),
        ),
        meant,
    }
}

/// The suggestion, and where secrets go if this sounds or looks like one.
fn with_warning(key: &str, text: Option<&str>, suggestion: Option<String>) -> Option<String> {
    if !disguise::is_secret_key(key) && !disguise::is_token(key) && !text.is_some_and(disguise::is_token) {
        return suggestion;
    }
    Some(suggestion.map_or_else(
        || disguise::HELP.to_owned(),
        |text| format!("{text} {}", disguise::HELP),
    ))
}

/// The key or table below `table` that `key` resembles.
fn closest_in(table: &str, key: &str) -> Option<String> {
    let prefix = if table.is_empty() {
        String::new()
    } else {
        format!("{table}.")
    };
    let keys = schema::keys();
    let candidates = keys
        .iter()
        .filter_map(|path| path.strip_prefix(&prefix)?.split('.').next());
    closest(&key.replace('_', "-"), candidates).map(|name| format!("{prefix}{name}"))
}

/// The tables where a key of exactly this name belongs.
fn elsewhere(key: &str) -> Option<String> {
    let key = key.replace('_', "-");
    let keys = schema::keys();
    let tables: Vec<String> = keys
        .iter()
        .filter_map(|path| path.rsplit_once('.'))
        .filter(|(_, name)| *name == key)
        .map(|(table, _)| format!("[{table}]"))
        .collect();
    (!tables.is_empty()).then(|| format!("`{key}` belongs under {}", tables.join(" or ")))
}
