//! What was planted on a row.

#[derive(Debug, Clone)]
pub(super) struct Truth {
    pub(super) cause: &'static str,
    /// The surest grade that the evidence at hand can prove; nothing when it cannot show the cause at all.
    pub(super) provable: Option<&'static str>,
    /// The mark of the row that is the same person's.
    pub(super) partner: Option<usize>,
    /// Whether the fix frees the license.
    pub(super) frees: bool,
}

impl Truth {
    pub(super) fn of(cause: &'static str, provable: Option<&'static str>) -> Self {
        Self {
            cause,
            provable,
            partner: None,
            frees: false,
        }
    }

    pub(super) fn frees(self) -> Self {
        Self { frees: true, ..self }
    }

    pub(super) fn beside(self, partner: usize) -> Self {
        Self {
            partner: Some(partner),
            frees: true,
            ..self
        }
    }
}
