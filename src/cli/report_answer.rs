//! The answer of `report`, without the licenses themselves.

use serde::Serialize;

use super::json::JsonAnswer;
use crate::connect::LicenseListing;
use crate::license::{ConsumedTotals, SeatUse};

/// The consumed licenses as the cloud counts them.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct ReportAnswer {
    pub(super) enterprise: String,
    /// The address of the cloud's API.
    pub(super) api_url: String,
    pub(super) seats: SeatUse,
    pub(super) totals: ConsumedTotals,
    pub(super) list: List,
}

/// How far the list can be trusted.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct List {
    #[serde(flatten)]
    pub(super) read: LicenseListing,
    /// How many rows there are beyond what the cloud says it counts.
    #[serde(rename = "rows_beyond_consumed")]
    pub(super) difference: Option<i64>,
    /// Whether the rows are what the cloud counts, and nothing moved while they were read.
    pub(super) whole: bool,
}

impl JsonAnswer for ReportAnswer {
    const SCHEMA: &'static str = "ghe-license-sync/report/1";
}

impl ReportAnswer {
    pub(super) fn of(enterprise: &str, api_url: &str, read: LicenseListing, totals: ConsumedTotals) -> Self {
        Self {
            enterprise: enterprise.to_owned(),
            api_url: api_url.to_owned(),
            seats: SeatUse::of(read.consumed, read.purchased),
            totals,
            list: List {
                difference: read.difference(),
                whole: read.is_whole(),
                read,
            },
        }
    }
}
