//! Places where a test build can crash, fail or hang; they do not exist in any other build.
//!
//! `failpoint!("before-freeze")` is such a place, and `POINTS` is the list of all. The variable `FAILPOINTS` says what
//! happens there, in the syntax of the crate `fail` (`before-freeze=return(abort)`, `run=1*panic`). What only this
//! program can do is in `return(…)`: `abort` dies without tidying up, `stop` waits to be killed, anything else is an
//! error. It decides nothing: where the places are is up to those who write or send something.

/// A place with a name, in a function whose error can be made from `Reached`. The second form puts a name together.
macro_rules! failpoint {
    ($point:literal) => {
        #[cfg(feature = "failpoints")]
        $crate::failpoint::pass($point)?;
    };
    ($side:literal, $what:expr) => {
        #[cfg(feature = "failpoints")]
        $crate::failpoint::pass(&format!(concat!($side, "-{}"), $what))?;
    };
}

#[cfg(feature = "failpoints")]
pub use live::{POINTS, Reached, arm, pass};

#[cfg(feature = "failpoints")]
mod live {
    /// Every place. `before` something, nothing of it has happened; `after` it, all of it has, and nothing was reported.
    pub const POINTS: &[&str] = &[
        "worker",
        "before-migrate",
        "after-migrate",
        "before-installation",
        "after-installation",
        "run",
        "before-begin",
        "after-begin",
        "before-collect",
        "after-collect",
        "before-count",
        "after-count",
        "before-piece",
        "after-piece",
        "before-freeze",
        "after-freeze",
        "before-sending",
        "after-sending",
        "before-upload",
        "after-upload",
        "before-accepted",
        "after-accepted",
        "before-hand-over",
        "after-hand-over",
        "before-file",
        "after-checksum",
        "after-file",
        "before-written",
        "after-written",
        "before-supersede",
        "after-supersede-file",
        "after-supersede",
        "before-question",
        "after-question",
        "before-confirmed",
        "after-confirmed",
        "before-delete",
        "after-delete",
        "before-not-collected",
        "after-not-collected",
        "before-not-authorized",
        "after-not-authorized",
        "before-undelivered",
        "after-undelivered",
        "before-postpone",
        "after-postpone",
        "before-rejected",
        "after-rejected",
        "before-failed",
        "after-failed",
        "before-refused",
        "after-refused",
        "before-release",
        "after-release",
        "before-discard",
        "after-discard",
    ];

    /// The error that a place was set to return.
    #[derive(Debug, thiserror::Error)]
    #[error("the failpoint {0} was set to fail")]
    pub struct Reached(String);

    /// Does from now on what `FAILPOINTS` says, until the answer is dropped.
    pub fn arm() -> fail::FailScenario<'static> {
        fail::FailScenario::setup()
    }

    /// Passes the place with this name, or does there what it was set to.
    ///
    /// # Errors
    /// [`Reached`] when it was set to.
    pub fn pass(point: &str) -> Result<(), Reached> {
        debug_assert!(POINTS.contains(&point), "{point} is in the list");
        let told = fail::eval(point, Option::unwrap_or_default);
        let Some(word) = told else { return Ok(()) };
        tracing::warn!("failpoint {point}: {word}");
        match &*word {
            "abort" => std::process::abort(),
            "stop" => loop {
                std::thread::park();
            },
            _ => Err(Reached(point.to_owned())),
        }
    }
}
