//! The text format of Prometheus: families of samples, each with its labels.

use std::fmt::{Display, Write as _};

/// The text while it is written.
pub(super) struct Exposition {
    pub(super) text: String,
    /// The label that every sample has.
    pub(super) instance: String,
}

impl Exposition {
    pub(super) fn gauge(&mut self, name: &str, help: &str, value: Option<impl Display>) {
        self.family(name, "gauge", help, value.map(|value| (String::new(), value)));
    }

    /// A metric with its samples; nothing at all when it has none.
    pub(super) fn family<V: Display>(
        &mut self,
        name: &str,
        kind: &str,
        help: &str,
        samples: impl IntoIterator<Item = (String, V)>,
    ) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_some() {
            let name = format!("ghe_license_sync_{name}");
            let _infallible = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
            for (own, value) in samples {
                let comma = if own.is_empty() { "" } else { "," };
                let _infallible = writeln!(self.text, "{name}{{{}{comma}{own}}} {value}", self.instance);
            }
        }
    }
}

/// A label, with its value escaped.
pub(super) fn label(key: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{key}=\"{value}\"")
}
