//! How the cloud writes the list of consumed licenses.

/// The names and types in the list of consumed licenses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LicenseSchema {
    /// Those of the real answers that public clients recorded.
    #[default]
    Recorded,
    /// Those of GitHub's published schema and its example.
    Published,
}
