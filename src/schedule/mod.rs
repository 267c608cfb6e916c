//! When the next run is due. Pure: a decision follows from the arguments alone; no clock is read and nothing is done.
//!
//! Time is cut into [`Window`]s without gaps. A [`Schedule`] says where they start on the wall clock of its zone;
//! together with the time of enablement and the server ID it becomes a [`Timetable`], which decides. Promises:
//! - A window gets one scheduled run at most, and none when a confirmed run already falls into it.
//! - However many windows were missed, one run catches up, for the current window.
//! - One rule for the wall clock ([`zone`]): a time that a zone skips is the first instant after the gap, a time that it
//!   repeats is the earlier of the two. So a change of the offset neither doubles a window nor drops one.
//! - Only runs inside a window count for it, whatever else the clock has shown before: a clock that jumps back into a
//!   window that has its run does not get a second one, and runs recorded in a future that was none block nothing.
//!
//! Retries within a window are not decided here, and neither is whether the gate is open.

mod cron;
mod decision;
mod describe;
mod error;
mod field;
mod jitter;
mod rhythm;
mod time_range;
mod timetable;
mod window;
pub mod zone;

pub use cron::Cron;
pub use decision::{Decision, RunCause};
pub use error::ScheduleError;
pub use field::Field;
pub use rhythm::Rhythm;
pub use timetable::{Schedule, Timetable};
pub use window::Window;
pub use zone::parse_zone;
