//! The JSON Schemas of types whose JSON is written by hand.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::license::growth::{Rate, SeatsUsedUp};
use crate::license::{Digest, Seats};
use crate::store::{Location, Trigger};

macro_rules! forms {
    ($($type:ident $schema:tt)+) => {$(
        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    )+};
}

forms! {
    Digest { "type": "string", "pattern": "^[0-9a-f]{64}$" }
    Location { "type": "string" }
    Rate { "type": "number" }
    Seats { "anyOf": [{ "type": "integer", "minimum": 0 }, { "const": "unlimited" }] }
    SeatsUsedUp { "type": "string", "pattern": "^([0-9]{4}-[0-9]{2}|already|later)$" }
    Trigger { "enum": ["manual", "upload", "scheduled", "catch-up"] }
}
