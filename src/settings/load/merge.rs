//! Merges the sources: defaults < file < environment < flags. The only user of `config`.
//!
//! It converts values freely and knows no lines, so only the numbers of the leaves go through it: what comes out is which leaf is
//! in force for each path.

use std::collections::BTreeSet;

use config::{Config, ConfigError, Map, Source, Value};

use super::leaf::Leaf;

/// Why `config` does not merge.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct MergeError(#[from] ConfigError);

/// Marks the leaves that are in force; those of a later source win, path by path.
///
/// # Errors
/// [`MergeError`].
pub(in crate::settings) fn merge(sources: &mut [Vec<Leaf>]) -> Result<(), MergeError> {
    let mut builder = Config::builder();
    let mut numbers = 0_u64..;
    for leaves in sources.iter() {
        // With the slash a path is one name, and not a way through tables: what is a table in one source can be a value in another.
        let numbered = leaves
            .iter()
            .zip(&mut numbers)
            .map(|(leaf, number)| (format!("/{}", leaf.path), number.into()));
        builder = builder.add_source(Numbers(numbered.collect()));
    }
    let merged = builder.build()?.cache.into_table()?;
    let in_force = merged
        .into_values()
        .map(Value::into_uint)
        .collect::<Result<BTreeSet<_>, _>>()?;
    for (leaf, number) in sources.iter_mut().flatten().zip(0..) {
        leaf.is_in_force = in_force.contains(&number);
    }
    Ok(())
}

/// The numbers of the leaves of one source, by path.
#[derive(Debug, Clone)]
struct Numbers(Map<String, Value>);

impl Source for Numbers {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}
