//! Answers in JSON against their schemas in `share/schemas`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

/// Each schema that is shipped or committed, by the name of its file.
static SCHEMAS: LazyLock<BTreeMap<String, Validator>> = LazyLock::new(|| {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("share/schemas");
    let files = files_in(&directory).chain(files_in(&directory.join("development")));
    files
        .filter_map(|path| Some((name(&path)?, validator(&path))))
        .collect()
});

fn files_in(directory: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path())
}

fn name(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.strip_suffix(".schema.json")?;
    Some(name.to_owned())
}

fn validator(path: &Path) -> Validator {
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert!(jsonschema::meta::is_valid(&schema), "{}", path.display());
    let options = jsonschema::options().should_validate_formats(true);
    options.build(&schema).unwrap()
}

/// The names of all answers.
pub(crate) fn names() -> Vec<&'static str> {
    SCHEMAS.keys().map(String::as_str).collect()
}

/// The name of an answer, which has to fit the schema that it names.
pub(crate) fn name_of(answer: &Value) -> &str {
    let schema = answer["schema"]
        .as_str()
        .unwrap_or_else(|| panic!("no schema is named: {answer:#}"));
    let name = schema
        .strip_prefix("ghe-license-sync/")
        .and_then(|rest| rest.strip_suffix("/1"));
    let name = name.unwrap_or_else(|| panic!("{schema} is no schema of ours"));
    let errors: Vec<_> = SCHEMAS[name]
        .iter_errors(answer)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{answer:#}");
    name
}

/// Checks what a command wrote to standard output, if it is an answer in JSON.
pub(crate) fn check(stdout: &str) {
    let answer = serde_json::from_str::<Value>(stdout).unwrap_or_default();
    if answer["schema"]
        .as_str()
        .is_some_and(|schema| schema != "license-usage/v1")
    {
        name_of(&answer);
    }
}
