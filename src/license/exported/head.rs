//! The unencrypted part, beside the encrypted users.

use std::fmt;

use serde::Serialize;
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::error::Category;
use uuid::Uuid;

use super::ExportDefect;
use super::skeleton::length;

/// The longest name that is taken, in bytes.
const NAME_BYTES: usize = 253;

/// No more features than this are named.
const FEATURES: usize = 64;

/// A license usage file, but for its users and its keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exported {
    pub server_id: Uuid,
    /// Nothing where it is no name.
    pub host_name: Option<String>,
    pub version: Option<String>,
    pub features: Vec<String>,
    /// How long the text of the encrypted users is, in bytes.
    pub users_bytes: u64,
}

/// The members that are looked for.
#[derive(Default)]
struct HeadMembers {
    instance: Option<Value>,
    users: Option<Value>,
    twice: Option<&'static str>,
}

/// Reads a whole file, of which the long texts are cut out.
pub(super) fn read(skeleton: &[u8]) -> Result<Exported, ExportDefect> {
    if skeleton.iter().all(|byte| *byte == b' ') {
        return Err(ExportDefect::Empty);
    }
    let mut json = serde_json::Deserializer::from_slice(skeleton);
    let members = json.deserialize_map(Looking).map_err(|error| match error.classify() {
        Category::Eof => ExportDefect::Half,
        Category::Data => ExportDefect::NotAnObject,
        Category::Syntax | Category::Io => ExportDefect::NotJson,
    })?;
    json.end().map_err(|_| ExportDefect::MoreThanOne)?;
    if let Some(member) = members.twice {
        return Err(ExportDefect::Twice(member));
    }
    let users = text("users", members.users.as_ref(), "one text in base64")?;
    let instance = members.instance.ok_or(ExportDefect::Missing("instance"))?;
    let Value::Object(instance) = instance else {
        return Err(wrong("instance", &instance, "an object"));
    };
    let server_id = text("instance.server_id", instance.get("server_id"), "a UUID")?;
    let optional = |member: &'static str, name| match instance.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(is_name(text).then(|| text.clone())),
        Some(other) => Err(wrong(member, other, "a text")),
    };
    Ok(Exported {
        server_id: Uuid::try_parse(server_id).map_err(|_| ExportDefect::WrongType {
            member: "instance.server_id",
            expected: "a UUID",
            found: "another text",
        })?,
        host_name: optional("instance.host_name", "host_name")?,
        version: optional("instance.version", "version")?,
        features: instance.get("features").map(features).unwrap_or_default(),
        users_bytes: length(users),
    })
}

fn text<'a>(member: &'static str, found: Option<&'a Value>, expected: &'static str) -> Result<&'a str, ExportDefect> {
    match found {
        None => Err(ExportDefect::Missing(member)),
        Some(Value::String(text)) if text.is_empty() => Err(ExportDefect::EmptyText(member)),
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(wrong(member, other, expected)),
    }
}

fn wrong(member: &'static str, found: &Value, expected: &'static str) -> ExportDefect {
    let found = match found {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    ExportDefect::WrongType {
        member,
        expected,
        found,
    }
}

/// Those whose name can be read: a text, or the `name` of an object.
fn features(value: &Value) -> Vec<String> {
    let name = |feature: &Value| match feature {
        Value::Object(members) => members.get("name")?.as_str().map(str::to_owned),
        _ => feature.as_str().map(str::to_owned),
    };
    let named = value.as_array().into_iter().flatten().filter_map(name);
    named.filter(|name| is_name(name)).take(FEATURES).collect()
}

fn is_name(text: &str) -> bool {
    (1..=NAME_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

struct Looking;

impl<'de> Visitor<'de> for Looking {
    type Value = HeadMembers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<HeadMembers, A::Error> {
        let mut members = HeadMembers::default();
        while let Some(key) = map.next_key::<String>()? {
            let (place, name) = match key.as_str() {
                "instance" => (&mut members.instance, "instance"),
                "users" => (&mut members.users, "users"),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            if place.replace(map.next_value()?).is_some() {
                members.twice = Some(name);
            }
        }
        Ok(members)
    }
}
