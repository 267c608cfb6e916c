//! The settings as the shipped file explains them: sections, keys, and the comment above each. Only that file explains
//! settings. That it has every key with its true default is tested.

const SHIPPED: &str = include_str!("../../../config/ghe-license-sync.toml");

/// A `[section]` with its keys.
pub(super) struct ReferenceSection {
    /// Like `server.source.report`.
    pub name: String,
    pub about: String,
    pub keys: Vec<ReferenceKey>,
}

/// A key of a section.
pub(super) struct ReferenceKey {
    pub name: String,
    pub about: String,
    /// What is shown: the default, or an example.
    pub value: toml::Value,
    /// Without it the key has no default.
    pub is_default: bool,
}

/// All sections in the order of the file.
pub(super) fn sections() -> Vec<ReferenceSection> {
    let mut sections = Vec::<ReferenceSection>::new();
    let mut about = Vec::new();
    for line in SHIPPED.lines() {
        if let Some(text) = line.strip_prefix("# ") {
            about.push(text);
        } else if let Some(name) = header(line) {
            sections.push(ReferenceSection {
                name: name.to_owned(),
                about: about.join(" "),
                keys: Vec::new(),
            });
            about.clear();
        } else if let (Some((name, value)), Some(section)) = (assignment(line), sections.last_mut()) {
            let text = about.join(" ");
            section.keys.push(ReferenceKey {
                name,
                value,
                is_default: !text.ends_with(EXAMPLE),
                about: text.trim_end_matches(EXAMPLE).to_owned(),
            });
            about.clear();
        } else {
            // An empty line: what was above it belongs to the file as a whole.
            about.clear();
        }
    }
    sections
}

/// The name of the section that begins here. One that excludes another stands as a comment.
fn header(line: &str) -> Option<&str> {
    let line = line.strip_prefix('#').unwrap_or(line);
    line.strip_prefix('[')?.strip_suffix(']')
}

/// The file's word for a value that is no default.
const EXAMPLE: &str = " Example.";

/// The key and the value of a line like `#enabled = false`.
fn assignment(line: &str) -> Option<(String, toml::Value)> {
    let table = line.trim_start_matches('#').parse::<toml::Table>().ok()?;
    table.into_iter().next()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_key_of_the_settings_is_explained() {
        let explained: BTreeSet<_> = sections()
            .iter()
            .flat_map(|section| section.keys.iter().map(|key| format!("{}.{}", section.name, key.name)))
            .collect();
        assert_eq!(explained, crate::settings::keys().into_iter().collect());
    }

    #[test]
    fn what_stands_above_a_key_is_its_explanation() {
        let sections = sections();
        let connect = sections.iter().find(|section| section.name == "connect").unwrap();
        assert_eq!(connect.about, "The connection to the cloud account.");
        let enterprise = connect.keys.iter().find(|key| key.name == "enterprise").unwrap();
        assert_eq!(
            enterprise.about,
            "The cloud account that counts the licenses, as in github.com/enterprises/NAME."
        );
        assert!(!enterprise.is_default);
        assert_eq!(enterprise.value.as_str(), Some("octo-corp"));
    }
}
