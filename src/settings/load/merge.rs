//! Merges what the layers set: defaults < file < environment < flags. The only user of `config`.
//!
//! Each layer was checked by itself before, since `config` converts values freely and does not know lines.

use std::collections::BTreeSet;

use config::{Config, ConfigError, FileFormat};

use crate::settings::load::origin::Origins;
use crate::settings::schema::Written;

/// What one layer sets, and where.
#[derive(Debug, Default)]
pub(in crate::settings) struct Layer {
    pub values: toml::Table,
    pub places: Origins,
}

/// All layers in one; what no layer sets has its default.
#[derive(Debug)]
pub(in crate::settings) struct Merged {
    pub written: Written,
    pub places: Origins,
}

/// Layers that are right by themselves contradict each other.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    #[error("together they name more than one source below `server.source`: {}", .0.join(", "))]
    Sources(Vec<String>),
    #[error(transparent)]
    Other(#[from] ConfigError),
}

/// Merges the layers; a later one wins, key by key.
///
/// # Errors
/// When layers that are right by themselves contradict each other.
pub(in crate::settings) fn merge(layers: Vec<Layer>) -> Result<Merged, MergeError> {
    let sources: BTreeSet<_> = layers.iter().flat_map(sources).collect();
    if sources.len() > 1 {
        return Err(MergeError::Sources(sources.into_iter().collect()));
    }
    let mut builder = Config::builder();
    let mut places = Origins::default();
    for layer in layers {
        builder = builder.add_source(config::File::from_str(&layer.values.to_string(), FileFormat::Toml));
        places.extend(layer.places);
    }
    Ok(Merged {
        written: builder.build()?.try_deserialize()?,
        places,
    })
}

/// The tables below `server.source`, of which the schema takes one.
fn sources(layer: &Layer) -> impl Iterator<Item = String> {
    let server = layer.values.get("server");
    let source = server.and_then(|server| server.get("source")?.as_table());
    source.into_iter().flat_map(|source| source.keys().cloned())
}
