//! The account that `connect.enterprise` or `connect.organization` names.

/// Whose licenses are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    Enterprise(String),
    Organization(String),
}
