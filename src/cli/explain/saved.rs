//! Answers of the cloud's GraphQL API that somebody saved, read like those that are asked for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::failure::ExplainFailure;
use crate::connect::CloudEvidence;

/// What the answers in these files say; of accounts only those of the server `host`.
pub(super) fn read(paths: &[PathBuf], host: &str) -> Result<CloudEvidence, ExplainFailure> {
    let mut evidence = CloudEvidence::default();
    for path in paths {
        add(path, host, &mut evidence).map_err(|source| ExplainFailure::file(path, source))?;
    }
    Ok(evidence)
}

fn add(path: &Path, host: &str, evidence: &mut CloudEvidence) -> io::Result<()> {
    let text = fs::read(path)?;
    let mut found = CloudEvidence::default();
    let answers = serde_json::Deserializer::from_slice(&text).into_iter::<Value>();
    for answer in answers {
        // A message of serde_json can quote the text.
        let answer = answer.map_err(|error| {
            let (line, column) = (error.line(), error.column());
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("no JSON at line {line}, column {column}"),
            )
        })?;
        evidence.add(&answer, host);
        found.add(&answer, host);
    }
    match found.is_empty() {
        true => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "it holds none of the answers that can be used",
        )),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_json_is_refused_without_a_word_of_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "{\"user\": mona}").unwrap();
        let error = add(file.path(), "ghes.example.com", &mut CloudEvidence::default()).unwrap_err();
        assert_eq!(error.to_string(), "no JSON at line 1, column 10");
    }

    #[test]
    fn a_file_without_an_answer_that_can_be_used_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for text in [
            "",
            "[]",
            r#"{"errors": [{"type": "FORBIDDEN"}]}"#,
            r#"{"data": {"foo": 1}}"#,
        ] {
            fs::write(file.path(), text).unwrap();
            let error = add(file.path(), "ghes.example.com", &mut CloudEvidence::default()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{text}");
        }
    }
}
