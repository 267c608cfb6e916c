//! Reads what the environment (`GHE_LICENSE_SYNC__CONNECT__CLIENT_ID`) and flags (`--set connect.client-id=…`) say into leaves.

use super::environment::Environment;
use super::leaf::Leaf;
use super::origin::Origin;
use crate::settings::problem::{Findings, Problem};

/// Variables that begin like this are settings; with a single underscore they are something else.
const PREFIX: &str = "GHE_LICENSE_SYNC__";

impl Environment {
    /// The variables that set something; an empty one sets nothing.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter()
            .filter(|(variable, value)| variable.starts_with(PREFIX) && !value.is_empty())
    }

    /// Whether a variable sets the key at `path`.
    pub fn sets(&self, path: &str) -> bool {
        self.get(&variable(path)).is_some()
    }
}

/// What the environment sets.
pub(in crate::settings) fn of_environment(environment: &Environment) -> Vec<Leaf> {
    let leaf =
        |(variable, value): (&str, &str)| Leaf::of_text(path(variable), value, Origin::Variable(variable.to_owned()));
    environment.settings().map(leaf).collect()
}

/// What the flags set; of two for the same key the later one counts.
pub(in crate::settings) fn of_flags(flags: &[String], findings: &mut Findings) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    for flag in flags {
        match flag.split_once('=') {
            Some((path, value)) => {
                leaves.push(Leaf::of_text(path.to_owned(), value, Origin::Flag(path.to_owned())));
            }
            None => findings.push(Problem {
                origin: Origin::Flag(flag.clone()),
                label: "there is no `=`".to_owned(),
                help: Some("write it like `--set connect.enabled=true`".to_owned()),
            }),
        }
    }
    leaves
}

/// The path of the key that a variable sets.
fn path(variable: &str) -> String {
    let name = variable.strip_prefix(PREFIX).unwrap_or(variable);
    name.to_lowercase().replace("__", ".").replace('_', "-")
}

/// The variable that sets the key at `path`.
pub(in crate::settings) fn variable(path: &str) -> String {
    format!("{PREFIX}{}", path.replace('.', "__").replace('-', "_").to_uppercase())
}
