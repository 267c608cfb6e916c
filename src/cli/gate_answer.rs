//! The gate in an answer in JSON.

use serde::Serialize;

use crate::explain::Explain;
use crate::reason::Reason;
use crate::settings::Gate;

#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct GateAnswer {
    pub(super) open: bool,
    /// Why it is closed.
    pub(super) reason: Option<Reason>,
}

impl From<&Gate> for GateAnswer {
    fn from(gate: &Gate) -> Self {
        let closed = gate.pass().err();
        Self {
            open: closed.is_none(),
            reason: closed.map(|closed| closed.reason()),
        }
    }
}
