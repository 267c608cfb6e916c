//! What every error of the program provides, so that one place can render all of them.

use std::error::Error;

use crate::advice;
use crate::plain;
use crate::reason::{Exit, Reason};

/// The longest detail of a record or of the history, in bytes.
const LONGEST_CHAIN: usize = 2048;

/// The help for what only a defect of this program can bring about.
pub fn report_defect() -> String {
    let history = advice::command("history --json");
    format!("this is a defect of the program; please report it with the output of {history}")
}

/// An error that an operator may meet.
///
/// `Display` names the attempt (never its source, which the renderer walks by itself);
/// [`help`](Explain::help) says what to do.
pub trait Explain: Error + Send + Sync + 'static {
    /// The error that speaks for this one in all that it does not say itself.
    fn inner(&self) -> Option<&dyn Explain> {
        None
    }

    /// The reason code; an error that has none is a defect.
    fn reason(&self) -> Reason {
        self.inner().map_or(Reason::Internal, Explain::reason)
    }

    /// The exit code where it is not that of the reason: one of [`Reason::other_exits`].
    fn other_exit(&self) -> Option<Exit> {
        None
    }

    /// The exit code.
    fn exit(&self) -> Exit {
        let of_reason = || self.inner().map_or_else(|| self.reason().exit(), Explain::exit);
        self.other_exit().unwrap_or_else(of_reason)
    }

    /// Lines to show as they are between the causes and the help: an excerpt of a file, a list of findings.
    fn details(&self) -> Option<String> {
        self.inner()?.details()
    }

    /// What to do about it, in one or a few sentences.
    fn help(&self) -> Option<String> {
        self.inner()?.help()
    }
}

/// An error and its causes, outermost first.
pub fn chain_of(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut chain = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        chain.push(error.to_string());
        cause = error.source();
    }
    chain
}

/// The help at the end of a line that says what is wrong; nothing where there is none.
pub fn with_help(help: Option<&str>) -> String {
    help.map(|help| format!("; {help}")).unwrap_or_default()
}

/// An error and its causes on one line, for a log record or the history. What is longer than any of our own sentences
/// was brought in by somebody else.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    plain::shortened(&chain_of(error).join(": "), LONGEST_CHAIN)
}
