//! The account that `connect.enterprise` or `connect.organization` names.

/// Whose licenses are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LicenseOwner {
    Enterprise(String),
    Organization(String),
}
