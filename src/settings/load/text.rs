//! Settings from the environment (`GHE_LICENSE_SYNC__CONNECT__CLIENT_ID`) and from flags (`--set connect.client-id=…`).
//!
//! These have no type of their own: a value is taken as text, and as a switch, a number or a list where the schema refuses text.

use serde::Deserialize;
use toml::{Table, Value};

use crate::settings::load::environment::Environment;
use crate::settings::load::merge::Layer;
use crate::settings::load::origin::Origin;
use crate::settings::problem::wording::{self, Complaint};
use crate::settings::problem::{Findings, Problem};
use crate::settings::schema::{self, Written};

/// Variables that begin like this are settings; with a single underscore they are something else.
const PREFIX: &str = "GHE_LICENSE_SYNC__";

impl Environment {
    /// The variables that set something; an empty one sets nothing.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter()
            .filter(|(variable, value)| variable.starts_with(PREFIX) && !value.is_empty())
    }

    /// Whether a variable sets the key at `path`.
    #[must_use]
    pub fn sets(&self, path: &str) -> bool {
        self.get(&variable(path)).is_some()
    }
}

/// What the environment sets.
pub(in crate::settings) fn of_environment(environment: &Environment, findings: &mut Findings) -> Layer {
    let mut layer = Layer::default();
    for (variable, value) in environment.settings() {
        let path = path(variable);
        assign(
            &mut layer,
            &path,
            value,
            Origin::Variable(variable.to_owned()),
            findings,
        );
    }
    layer
}

/// What the flags set; of two for the same key the later one counts.
pub(in crate::settings) fn of_flags(flags: &[String], findings: &mut Findings) -> Layer {
    let mut layer = Layer::default();
    for flag in flags {
        match flag.split_once('=') {
            Some((path, value)) => assign(&mut layer, path, value, Origin::Flag(path.to_owned()), findings),
            None => findings.push(Problem {
                place: Origin::Flag(flag.clone()),
                label: "there is no `=`".to_owned(),
                help: Some("write it like `--set connect.enabled=true`".to_owned()),
            }),
        }
    }
    layer
}

/// The path of the key that a variable sets.
fn path(variable: &str) -> String {
    let name = variable.strip_prefix(PREFIX).unwrap_or(variable);
    name.to_lowercase().replace("__", ".").replace('_', "-")
}

/// The variable that sets the key at `path`.
fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "__").replace('-', "_").to_uppercase())
}

fn assign(layer: &mut Layer, path: &str, text: &str, place: Origin, findings: &mut Findings) {
    let complaint = if schema::keys().iter().any(|key| key == path) {
        match typed(path, text) {
            Ok(value) => {
                insert(&mut layer.values, path, value);
                layer.places.insert(path.to_owned(), place);
                return;
            }
            Err(message) => wording::of_value(path, &message, None, Some(text)),
        }
    } else {
        wording::of_unknown_path(path, text, |meant| match place {
            Origin::Variable(_) => variable(meant),
            _ => format!("--set {meant}=…"),
        })
    };
    let Complaint { label, help, meant } = complaint;
    findings.doubt(path);
    meant.into_iter().for_each(|path| findings.doubt(path));
    findings.push(Problem { place, label, help });
}

/// The value of the type that the schema wants at `path`, or what it says against it.
fn typed(path: &str, text: &str) -> Result<Value, String> {
    let accept = |value: Value| {
        let mut table = Table::new();
        insert(&mut table, path, value.clone());
        match Written::deserialize(table) {
            Ok(_) => Ok(value),
            Err(error) => Err(error.message().to_owned()),
        }
    };
    accept(Value::String(text.to_owned())).or_else(|refusal| {
        let other = literal(text).map(accept);
        other.unwrap_or_else(|| Err(refusal.clone())).map_err(|error| {
            // The schema wants text after all.
            if error.starts_with("invalid type") {
                refusal
            } else {
                error
            }
        })
    })
}

fn literal(text: &str) -> Option<Value> {
    let switch = text.parse().map(Value::Boolean).ok();
    let number = || text.parse().map(Value::Integer).ok();
    let list = || format!("list = {text}").parse::<Table>().ok()?.remove("list");
    switch.or_else(number).or_else(|| list().filter(Value::is_array))
}

fn insert(table: &mut Table, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            table.insert(path.to_owned(), value);
        }
        Some((key, rest)) => {
            let inner = table.entry(key).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}
