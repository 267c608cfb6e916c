//! The file that the metrics are written to.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::settings::schema::value::{AbsolutePath, Refusal, written_as_text};

/// An absolute path that ends in `.prom`, or nothing, which writes no metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Textfile(Option<AbsolutePath>);

written_as_text!(Textfile);

impl Textfile {
    /// The path itself, if there is one.
    #[must_use]
    pub fn to_path(&self) -> Option<PathBuf> {
        self.0.as_ref().map(AbsolutePath::to_path)
    }

    fn parse(text: &str) -> Result<Self, Refusal> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let path = AbsolutePath::parse(text)?;
        if path.to_path().extension().is_none_or(|it| it != "prom") {
            return Err(Refusal::new(
                "this file would not be collected",
                "let its name end in `.prom`, the only files that the textfile collector reads",
            ));
        }
        Ok(Self(Some(path)))
    }
}

impl std::fmt::Display for Textfile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.as_ref().map_or(Ok(()), |path| path.fmt(f))
    }
}
