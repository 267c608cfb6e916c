//! The faults that wait for an answer to happen to.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::kind::{FaultKind, InjectedFault, Point, Times};

/// The faults that are still to happen, in the order in which they were added.
#[derive(Default)]
pub(crate) struct FaultQueue(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    /// Each with the number of uploads that were accepted before it was added.
    faults: Vec<(InjectedFault, u64)>,
    uploads: u64,
}

impl FaultQueue {
    /// Appends a fault.
    pub(crate) fn add(&self, fault: InjectedFault) {
        let mut waiting = self.lock();
        let uploads = waiting.uploads;
        waiting.faults.push((fault, uploads));
    }

    /// Forgets all faults.
    pub(crate) fn clear(&self) {
        self.lock().faults.clear();
    }

    /// How many faults are still to happen.
    pub(crate) fn len(&self) -> usize {
        self.lock().faults.len()
    }

    /// Takes note that an upload was accepted.
    pub(crate) fn note_upload(&self) {
        self.lock().uploads += 1;
    }

    /// The fault that happens now at `point`, which is thereby used up once. What is said about the last upload waits for one
    /// that comes after the fault: before it, the list is read to find out who reports.
    pub(crate) fn take(&self, point: Point) -> Option<FaultKind> {
        let mut waiting = self.lock();
        let at = waiting.faults.iter().position(|(fault, _)| fault.point == point)?;
        let (fault, added_after) = &waiting.faults[at];
        if fault.shows_upload() && waiting.uploads == *added_after {
            return None;
        }
        let kind = fault.kind.clone();
        match &mut waiting.faults[at].0.times {
            Times::Always => {}
            Times::Count(left) if *left > 1 => *left -= 1,
            Times::Count(_) => drop(waiting.faults.remove(at)),
        }
        Some(kind)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[test]
    fn a_fault_happens_as_often_as_it_says_and_only_at_its_point() {
        let queue = FaultQueue::default();
        queue.add("upload:503*2".parse().unwrap());
        queue.add("upload:cut".parse().unwrap());
        assert_eq!(queue.take(Point::Token), None);
        let unavailable = Some(FaultKind::Status {
            status: StatusCode::SERVICE_UNAVAILABLE,
            retry_after: None,
        });
        assert_eq!(queue.take(Point::Upload), unavailable);
        assert_eq!(queue.take(Point::Upload), unavailable);
        assert_eq!(queue.take(Point::Upload), Some(FaultKind::Cut));
        assert_eq!(queue.take(Point::Upload), None);
    }

    #[test]
    fn what_is_said_about_an_upload_waits_for_one_that_comes_after_the_fault() {
        let queue = FaultQueue::default();
        queue.note_upload();
        queue.add("status:failure".parse().unwrap());
        assert_eq!(queue.take(Point::Status), None);
        queue.note_upload();
        assert_eq!(queue.take(Point::Status), Some(FaultKind::Failure));
        queue.add("status:503".parse().unwrap());
        assert!(queue.take(Point::Status).is_some(), "that is about no upload");
    }

    #[test]
    fn a_fault_for_ever_ends_when_faults_are_cleared() {
        let queue = FaultQueue::default();
        queue.add("meta:reset*always".parse().unwrap());
        for _ in 0..5 {
            assert_eq!(queue.take(Point::Meta), Some(FaultKind::Reset));
        }
        queue.clear();
        assert_eq!(queue.take(Point::Meta), None);
    }
}
