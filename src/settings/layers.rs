//! Merges what the layers set: defaults < file < environment < flags. The only user of `config`.
//!
//! Each layer was checked by itself before, since `config` converts values freely and does not know lines.

use config::{Config, ConfigError, FileFormat};

use super::place::Places;
use super::schema::Written;

/// What one layer sets, and where.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub values: toml::Table,
    pub places: Places,
}

/// All layers in one; what no layer sets has its default.
#[derive(Debug)]
pub(super) struct Merged {
    pub written: Written,
    pub places: Places,
}

/// Layers that are right by themselves contradict each other.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct MergeError(#[from] ConfigError);

/// Merges the layers; a later one wins, key by key.
///
/// # Errors
/// When layers that are right by themselves contradict each other.
pub(super) fn merge(layers: Vec<Layer>) -> Result<Merged, MergeError> {
    let mut builder = Config::builder();
    let mut places = Places::default();
    for layer in layers {
        builder = builder.add_source(config::File::from_str(&layer.values.to_string(), FileFormat::Toml));
        places.extend(layer.places);
    }
    Ok(Merged {
        written: builder.build()?.try_deserialize()?,
        places,
    })
}
