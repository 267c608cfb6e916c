//! The strict reading: what each source may set, and every mistake in it.

use toml::Value;

use super::keys::{is_section, key};
use super::section::{Key, Values, is_below};
use super::sections::{SOURCE, Sections};
use super::unknown_key::{self, Mistake, children};
use super::value::ValueError;
use crate::settings::load::leaf::{Leaf, LeafValue};
use crate::settings::load::origin::Origins;
use crate::settings::problem::{Findings, Problem, redact};

/// Reads what all sources say, over these defaults; what is wrong goes to `findings`.
pub(in crate::settings) fn read(sources: &[Vec<Leaf>], defaults: Values, findings: &mut Findings) -> Sections {
    let mut reading = StrictReader {
        findings,
        values: defaults,
        origins: Origins::new(),
        source: None,
    };
    for leaves in sources {
        reading.source_of_settings(leaves);
    }
    Sections::read(&reading.values, reading.source.as_deref(), reading.origins)
}

struct StrictReader<'a> {
    findings: &'a mut Findings,
    values: Values,
    /// Where each key and section is written.
    origins: Origins,
    /// The name of the section below `server.source`.
    source: Option<String>,
}

impl StrictReader<'_> {
    /// The leaves of one source, also those that are not in force.
    fn source_of_settings(&mut self, leaves: &[Leaf]) {
        let mut refused = Vec::<&str>::new();
        for leaf in leaves {
            if self.findings.is_full() {
                break;
            }
            if refused.iter().any(|path| is_below(&leaf.path, path)) {
                continue;
            }
            match value_of(leaf, leaves) {
                Ok(value) => self.accept(leaf, value),
                Err(mistake) => {
                    // Only the file has tables, and what is in them.
                    if let LeafValue::Typed(_) = leaf.written {
                        refused.push(&leaf.path);
                    }
                    self.report(leaf, mistake);
                }
            }
        }
    }

    /// Takes a key with its value, or a section.
    fn accept(&mut self, leaf: &Leaf, value: Option<Value>) {
        self.note_source(leaf);
        if leaf.is_in_force {
            self.origins.insert(leaf.path.clone(), leaf.key.clone());
            self.values.extend(value.map(|value| (leaf.path.clone(), value)));
        }
    }

    fn report(&mut self, leaf: &Leaf, mistake: Mistake) {
        self.findings.doubt(&leaf.path);
        // What was meant as a source is wrong, and so none is missing.
        if leaf.table == SOURCE {
            self.findings.doubt(SOURCE);
            self.origins.remove(SOURCE);
        }
        mistake.meant.into_iter().for_each(|path| self.findings.doubt(path));
        self.findings.push(Problem {
            origin: if mistake.is_of_value { &leaf.value } else { &leaf.key }.clone(),
            label: mistake.label,
            help: mistake.help,
        });
    }

    /// All sources together name one source of accounts.
    fn note_source(&mut self, leaf: &Leaf) {
        let Some((_, inside)) = leaf.path.split_once(&format!("{SOURCE}.")) else {
            return;
        };
        let name = inside.split('.').next().unwrap_or(inside);
        match &self.source {
            Some(other) if other != name => self.findings.push(Problem {
                origin: leaf.key.clone(),
                label: format!("the source `{name}` is given, and so is `{other}`"),
                help: Some(
                    "leave one of them in the settings file, and name no other by a flag or a variable".to_owned(),
                ),
            }),
            _ => self.source = Some(name.to_owned()),
        }
    }
}

/// The value of a key, and nothing for a section.
fn value_of(leaf: &Leaf, leaves: &[Leaf]) -> Result<Option<Value>, Mistake> {
    match (&leaf.written, key(&leaf.path)) {
        (written, Some(key)) => canonical(key, written).map_err(|mistake| warned(mistake, leaf)),
        (LeafValue::Text(_), None) => Err(unknown_key::setting(leaf)),
        (LeafValue::Typed(Value::Table(_)), None) if leaf.path == SOURCE => one_source(leaves).map(|()| None),
        (LeafValue::Typed(Value::Table(_)), None) if is_section(&leaf.path) => Ok(None),
        (LeafValue::Typed(_), None) if is_section(&leaf.path) => Err(Mistake {
            label: format!("`{}` is a section, not a value", leaf.path),
            help: Some(match leaf.path.as_str() {
                SOURCE => format!("write it as a section: {}", sources()),
                path => format!("write it as a section: [{path}]"),
            }),
            is_of_value: true,
            meant: None,
        }),
        (LeafValue::Typed(_), None) => Err(unknown_key::key(leaf)),
    }
}

/// Makes sure that exactly one section stands below that of the source.
fn one_source(leaves: &[Leaf]) -> Result<(), Mistake> {
    let is_source = |leaf: &&Leaf| leaf.table == SOURCE;
    match leaves.iter().filter(is_source).count() {
        1 => Ok(()),
        _ => Err(Mistake {
            label: "there is not exactly one source".to_owned(),
            help: Some(format!("keep one section: {}", sources())),
            is_of_value: false,
            meant: None,
        }),
    }
}

fn sources() -> String {
    let headers: Vec<String> = children(SOURCE).iter().map(|path| format!("[{path}]")).collect();
    headers.join(" or ")
}

/// The value as the program writes it.
fn canonical(key: &Key, written: &LeafValue) -> Result<Option<Value>, Mistake> {
    let (value, is_typed) = match written {
        LeafValue::Typed(value) => (value.clone(), true),
        LeafValue::Text(text) => ((key.of_text)(text), false),
    };
    (key.accept)(&value).map_err(|refusal| {
        let (label, help) = match refusal {
            ValueError::Value { label, help } => (label, help),
            ValueError::Type if is_typed => (
                format!("expected {}, found {}", key.expected, name_of(&value)),
                of_type(key, Some(&value)),
            ),
            ValueError::Type => (format!("expected {}", key.expected), of_type(key, None)),
        };
        Mistake {
            label,
            help,
            is_of_value: !value.is_table(),
            meant: None,
        }
    })
}

/// How a value of the type is written; `found` is what has another one.
fn of_type(key: &Key, found: Option<&Value>) -> Option<String> {
    let help = match (key.expected, found) {
        ("a list of strings", _) => {
            "put each word in quotes, and all of them in brackets: `[\"/usr/bin/cat\", \"FILE\"]`"
        }
        ("a string", Some(_)) => "put the value in quotes",
        (_, Some(Value::String(_))) => "write the value without quotes",
        _ => return None,
    };
    Some(help.to_owned())
}

/// The type of a value, with its article.
fn name_of(value: &Value) -> String {
    let name = value.type_str();
    let article = if name.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {name}")
}

/// A token is never the value of a setting, whatever else is wrong with it.
fn warned(mistake: Mistake, leaf: &Leaf) -> Mistake {
    match leaf.text() {
        Some(text) if redact::is_token(text) => Mistake {
            help: Some(redact::HELP.to_owned()),
            ..mistake
        },
        _ => mistake,
    }
}
