//! The JSON Schemas of the answers in JSON: one for each command, and one for errors.
//!
//! They follow from the types that are serialized. An answer has no other member than those of its schema.

use schemars::generate::SchemaSettings;
use schemars::transform::transform_subschemas;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::{Value, json};

use super::super::ending::After;
use super::super::json::{JsonAnswer, JsonEnvelope};
use super::super::license_row::LicenseRow;
use super::super::report_answer::ReportAnswer;
use super::super::sync::SyncAnswer;
use super::super::{approve, check, discard, explain, export, history, report, review, run, status, upload};
use super::answer::GenerateAnswer;
use crate::sync::Preview;

/// An answer by its name and version, and what makes its schema.
type SchemaEntry = (&'static str, fn() -> Value);

/// Every answer.
fn entries() -> Vec<SchemaEntry> {
    vec![
        entry::<approve::ApproveAnswer>(),
        entry::<check::CheckAnswer>(),
        #[cfg(feature = "sandbox")]
        entry::<super::super::demo::DemoAnswer>(),
        entry::<discard::DiscardAnswer>(),
        entry::<report::ErrorAnswer>(),
        entry::<explain::ExplainAnswer>(),
        entry::<export::ExportAnswer>(),
        entry::<GenerateAnswer>(),
        entry::<history::HistoryAnswer>(),
        entry::<WithLicenses>(),
        entry::<review::ReviewAnswer<'static>>(),
        entry::<run::RunAnswer>(),
        #[cfg(feature = "sandbox")]
        entry::<super::super::sandbox::SandboxAnswer>(),
        entry::<status::StatusAnswer>(),
        entry::<After<SyncAnswer>>(),
        entry::<After<Preview>>(),
        entry::<After<upload::UploadAnswer>>(),
    ]
}

/// The licenses that the cloud counts as consumed.
#[derive(Serialize, JsonSchema)]
struct WithLicenses {
    /// Only when they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    licenses: Option<Vec<LicenseRow<'static>>>,
    #[serde(flatten)]
    answer: ReportAnswer,
}

impl JsonAnswer for WithLicenses {
    const SCHEMA: &'static str = ReportAnswer::SCHEMA;
}

/// The names of all, as commands have them.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    entries().into_iter().map(|(schema, _)| name(schema))
}

/// The schema of the answer with this name.
pub(super) fn schema(of: &str) -> Option<Value> {
    let (_, make) = entries().into_iter().find(|(schema, _)| name(schema) == of)?;
    Some(make())
}

/// What is between the name of the program and the version.
fn name(schema: &'static str) -> &'static str {
    schema.split('/').nth(1).unwrap_or_default()
}

fn entry<T: JsonAnswer + JsonSchema + 'static>() -> SchemaEntry {
    (T::SCHEMA, make::<T>)
}

fn make<T: JsonAnswer + JsonSchema + 'static>() -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let about = T::json_schema(&mut generator).remove("description");
    let mut schema = generator.into_root_schema_for::<JsonEnvelope<'static, T>>();
    close(&mut schema);
    schema.insert("title".to_owned(), json!(T::SCHEMA));
    schema.insert("description".to_owned(), about.unwrap_or_default());
    if let Some(name) = schema.pointer_mut("/properties/schema") {
        *name = json!({ "const": T::SCHEMA });
    }
    schema.to_value()
}

/// Allows no other members than those that are named; drops what is of Rust alone, links and the widths of numbers.
fn close(schema: &mut Schema) {
    transform_subschemas(&mut close, schema);
    if schema
        .get("type")
        .is_some_and(|it| it == "integer" || it.as_array().is_some_and(|it| it.contains(&json!("integer"))))
    {
        schema.remove("format");
    }
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace("[`", "`").replace("`]", "`").replace('\n', " ");
    }
    if schema.get("properties").is_some() {
        schema.insert("additionalProperties".to_owned(), json!(false));
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::super::super::Cli;
    use super::*;

    /// All descriptions in a schema.
    fn descriptions(of: &Value) -> Vec<&str> {
        let members = of.as_object().into_iter().flatten().map(|(_, member)| member);
        let own = of.get("description").and_then(Value::as_str);
        let inner = members
            .chain(of.as_array().into_iter().flatten())
            .flat_map(descriptions);
        own.into_iter().chain(inner).collect()
    }

    #[test]
    fn no_description_names_a_type_or_a_constant_of_the_code() {
        for (name, make) in entries() {
            for description in descriptions(&make()) {
                let mut quoted = description.split('`').skip(1).step_by(2);
                let is_of_code = |word: &str| {
                    let is_identifier = word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
                    is_identifier && word.starts_with(|first: char| first.is_ascii_uppercase())
                };
                assert!(!quoted.any(is_of_code), "{name}: {description}");
            }
        }
    }

    #[cfg(feature = "sandbox")]
    #[test]
    fn every_command_has_a_schema_and_every_schema_a_command() {
        // A dry run answers with something else than the sync itself, and every command with an error.
        let mut expected = vec!["error".to_owned(), "sync-dry-run".to_owned()];
        expected.extend(Cli::command().get_subcommands().map(|it| it.get_name().to_owned()));
        expected.sort_unstable();
        let names: Vec<_> = names().collect();
        assert_eq!(names, expected);
        for (schema, _) in entries() {
            let parts: Vec<_> = schema.split('/').collect();
            assert!(matches!(parts[..], ["ghe-license-sync", _, "1"]), "{schema}");
        }
    }
}
