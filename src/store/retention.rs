//! How much of the history is kept.

use chrono::TimeDelta;

/// So many runs are kept, the newest, however old they are.
pub const KEPT_RUNS: u32 = 1_000;

/// Runs beyond those are kept for so long after they began.
pub(super) const KEPT_FOR: TimeDelta = TimeDelta::days(2 * 365);

/// The counts of so many deleted runs are kept, the newest, however old they are: the trend over the term of a contract
/// outlives the history, and a run each day takes 27 years and 3 MiB to get there.
pub(super) const KEPT_COUNTS: u32 = 10_000;

/// So many events of a run are kept, the newest; the others are counted.
pub(super) const KEPT_EVENTS: u32 = 200;
