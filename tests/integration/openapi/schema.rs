//! Turns the schemas of OpenAPI 3.0 into JSON Schema, which those of 3.1 are already.

use serde_json::{Map, Value, json};

/// Makes schemas of OpenAPI 3.0 into JSON Schema, and strict: a member that is not described is not expected.
pub(super) fn modernize(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(modernize),
        Value::Object(members) => {
            for name in ["example", "examples", "discriminator"] {
                if members.get(name).is_none_or(|member| member.get("type").is_none()) {
                    members.remove(name);
                }
            }
            members.values_mut().for_each(modernize);
            close_object(members);
            admit_null(members);
        }
        _ => {}
    }
}

/// Some of GitHub's schemas list properties and forget to say that they are those of an object.
fn close_object(schema: &mut Map<String, Value>) {
    let is_object = matches!(schema.get("type"), None | Some(Value::String(_)));
    if is_object && schema.get("properties").is_some_and(Value::is_object) {
        schema.entry("type").or_insert(json!("object"));
        schema.entry("additionalProperties").or_insert(json!(false));
    }
}

fn admit_null(schema: &mut Map<String, Value>) {
    if schema.get("nullable") != Some(&json!(true)) {
        return;
    }
    schema.remove("nullable");
    if let Some(kind) = schema.get_mut("type") {
        *kind = json!([kind.clone(), "null"]);
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.push(Value::Null);
    }
    for name in ["anyOf", "oneOf"] {
        if let Some(Value::Array(choices)) = schema.get_mut(name) {
            choices.push(json!({ "type": "null" }));
        }
    }
}
