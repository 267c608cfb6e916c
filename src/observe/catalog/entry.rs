//! What the catalog says about a record.

/// What the catalog says about one kind of record.
#[derive(Debug, PartialEq, Eq)]
pub struct CatalogEntry {
    /// 128 bits drawn at random once, as 32 hex digits.
    pub id: &'static str,
    pub subject: &'static str,
    pub happened: &'static str,
    pub means: &'static str,
    /// What to do; `Nothing.` when all is well.
    pub todo: &'static str,
}
