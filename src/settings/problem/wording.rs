//! Puts what serde and the TOML parser say into the operator's words.
//!
//! Their texts may quote the value, so only the part that says what was expected is taken over.

use crate::settings::problem::redact;
use crate::settings::problem::suggestion::closest;
use crate::settings::schema;

/// What the whole numbers of the schema are; the only one with a sign in its type is a percentage.
const NUMBER: &str = "a whole number greater than 0 that fits into 63 bits";
const COUNT: &str = "a whole number from 0 to 4294967295";
const PERCENTAGE: &str = "a whole number from 0 to 100";
const NUMBERS: [&str; 3] = [NUMBER, COUNT, PERCENTAGE];

/// What is wrong and what to do about it.
pub(in crate::settings) struct Complaint {
    pub label: String,
    pub help: Option<String>,
    /// The key that was probably meant.
    pub meant: Option<String>,
}

/// A value at `path` that the schema refuses. `found` is its type where it has one, `text` the value if it is a string.
pub(in crate::settings) fn of_value(path: &str, message: &str, found: Option<&str>, text: Option<&str>) -> Complaint {
    // These quote the value, which may hold line ends and whatever else looks like a part of the message.
    let quotes = ["unknown ", "invalid "].iter().any(|start| message.starts_with(start));
    let (label, help) = if let Some((reason, help)) = message.split_once('\n').filter(|_| !quotes) {
        (reason.to_owned(), Some(help.to_owned()))
    } else if schema::is_table(path) {
        of_section(path, message)
    } else if let Some((said, expected)) = message.rsplit_once(", expected ") {
        let found = found.filter(|_| said.starts_with("invalid type"));
        of_type(plain(expected), found, text)
    } else if message == "wanted string or table" {
        of_type("a string", found, text)
    } else {
        ("this value cannot be used".to_owned(), None)
    };
    let is_token = text.is_some_and(redact::is_token);
    Complaint {
        label,
        help: if is_token { Some(redact::HELP.to_owned()) } else { help },
        meant: None,
    }
}

/// Whether a section that holds one of several is said to hold none or more than one.
pub(in crate::settings) fn is_choice(message: &str) -> bool {
    message.starts_with("wanted exactly 1 element")
}

fn of_section(path: &str, message: &str) -> (String, Option<String>) {
    // The only section with a choice is the source.
    if is_choice(message) {
        let sources = children(path).join("] or [");
        let label = "there is not exactly one source".to_owned();
        return (label, Some(format!("keep one section: [{sources}]")));
    }
    let label = format!("`{path}` is a section, not a value");
    let help = if path == "server.source" {
        format!("write it as a section: [{}]", children(path).join("] or ["))
    } else {
        format!("write it as a section: [{path}]")
    };
    (label, Some(help))
}

fn of_type(expected: &str, found: Option<&str>, text: Option<&str>) -> (String, Option<String>) {
    let label = match found {
        Some(found) if !NUMBERS.contains(&expected) || found != "integer" => {
            format!("expected {expected}, found {} {found}", article(found))
        }
        _ => format!("expected {expected}"),
    };
    let help = match (expected, found, text) {
        ("a string", Some(_), _) => Some("put the value in quotes".to_owned()),
        ("a list of strings", ..) => {
            Some("put each word in quotes, and all of them in brackets: `[\"/usr/bin/cat\", \"FILE\"]`".to_owned())
        }
        ("`true` or `false`" | NUMBER | COUNT | PERCENTAGE, Some("string"), _) => {
            Some("write the value without quotes".to_owned())
        }
        (choices, _, Some(text)) => closest(text, choices.split('`').skip(1).step_by(2)).map(did_you_mean),
        _ => None,
    };
    (label, help)
}

fn plain(expected: &str) -> &str {
    match expected {
        "a boolean" => "`true` or `false`",
        "a nonzero u64" => NUMBER,
        "u32" => COUNT,
        "i64" => PERCENTAGE,
        "a sequence" => "a list of strings",
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

fn did_you_mean(word: &str) -> String {
    format!("did you mean `{word}`?")
}

/// A key that does not exist in `table` (empty for the top level); `text` is its value if that is a string.
pub(in crate::settings) fn of_unknown_key(table: &str, key: &str, text: Option<&str>) -> Complaint {
    let place = if table.is_empty() {
        "at the top level".to_owned()
    } else {
        format!("in [{table}]")
    };
    let meant = closest_in(table, key);
    let suggestion = match &meant {
        Some(path) => Some(did_you_mean(last(path))),
        None => elsewhere(key).or_else(|| few(table)),
    };
    Complaint {
        label: format!("unknown key `{}` {place}", redact::name(key)),
        help: with_warning(key, text, suggestion),
        meant,
    }
}

/// A path, like `connect.enabled`, that names no key; `spell` turns a path into what one writes in this layer.
pub(in crate::settings) fn of_unknown_path(path: &str, text: &str, spell: impl Fn(&str) -> String) -> Complaint {
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
    if !redact::is_secret_key(key) && !redact::is_token(key) && !text.is_some_and(redact::is_token) {
        return suggestion;
    }
    Some(suggestion.map_or_else(|| redact::HELP.to_owned(), |text| format!("{text} {}", redact::HELP)))
}

/// The paths of the keys and sections right below `table`, by alphabet.
fn children(table: &str) -> Vec<String> {
    let prefix = if table.is_empty() {
        String::new()
    } else {
        format!("{table}.")
    };
    let mut children: Vec<String> = schema::keys()
        .iter()
        .filter_map(|path| path.strip_prefix(&prefix)?.split('.').next())
        .map(|name| format!("{prefix}{name}"))
        .collect();
    children.dedup();
    children
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The key or section right below `table` that `key` resembles.
fn closest_in(table: &str, key: &str) -> Option<String> {
    let children = children(table);
    let name = closest(&key.replace('_', "-"), children.iter().map(|path| last(path)))?;
    children.iter().find(|path| last(path) == name).cloned()
}

/// What there is below `table`, when that is quickly read.
fn few(table: &str) -> Option<String> {
    let children = children(table);
    let names: Vec<String> = children.iter().map(|path| format!("`{}`", last(path))).collect();
    (names.len() <= 5).then(|| format!("there is only {}", names.join(", ")))
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
