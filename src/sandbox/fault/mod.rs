//! What goes wrong on demand: faults as one writes them (`upload:503*2`), and the layer that lets them happen to answers.

mod interference;
mod kind;
mod queue;
mod spec;

pub(super) use interference::{HostTime, Interference};
pub use kind::{FaultKind, InjectedFault, Point, Times};
pub(super) use queue::FaultQueue;
pub use spec::FaultSyntax;
