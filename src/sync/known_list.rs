//! A list that a person has already, in a file that waits or that was uploaded: who asks for a sync gets it once.

use super::agenda::is_in_window;
use super::job::Job;
use super::synced::Synced;
use super::timetable::timetable_of;
use crate::settings::Delivery;
use crate::store::{Run, State, StoreError, Trigger};

/// Whether a person need not get the list of this run once more: the cloud confirmed it, or it is in a file that waits.
pub(super) fn is_known(run: &Run) -> bool {
    matches!(run.state, State::Confirmed | State::Written)
}

impl Job<'_> {
    /// The outbox is empty; a file may wait for a person, or serve the window. Who asks again gets no second one with the same
    /// list.
    pub(super) async fn run_after_file(&self, trigger: &Trigger) -> Synced {
        let (waiting, uploaded) = match self.follow_file().await {
            Ok(Some(waiting)) => (Some(waiting.run), None),
            Ok(None) => match self.uploaded_in_window().await {
                Ok(uploaded) => (None, uploaded),
                Err(error) => return Err(error.into()).into(),
            },
            Err(error) => return Err(error.into()).into(),
        };
        let known = match waiting.as_ref().or(uploaded.as_ref()).filter(|run| is_known(run)) {
            Some(run) if *trigger == Trigger::Manual && self.stands_for_today(run).await => Some(run),
            _ => None,
        };
        let result = self.run_anew(trigger, known).await;
        let is_same_list = matches!(&result, Ok(anew) if anew.state == State::Refused);
        let earlier = match waiting {
            None => uploaded.filter(|_| is_same_list).or_else(|| self.retired.clone()),
            Some(run) => match self.store.run(run.id).await {
                // It is of interest when it ended, or stands for today's list.
                Ok(run) => Some(run).filter(|run| run.state != State::Written || is_same_list),
                Err(error) => return Err(error.into()).into(),
            },
        };
        Synced { earlier, result }
    }

    /// The run whose file serves the window, if the cloud confirmed its upload before this sync.
    async fn uploaded_in_window(&self) -> Result<Option<Run>, StoreError> {
        if self.link.sync.delivery == Delivery::Connect {
            return Ok(None);
        }
        let timetable = timetable_of(&self.link, self.installation);
        let confirmed = self.store.last_confirmed(&self.destination).await?;
        let serves = |run: &Run| run.file.is_some() && is_in_window(run, &timetable, self.now());
        Ok(confirmed.filter(serves))
    }

    /// Whether nobody needs the list of a file that waited once more if today's is the same.
    async fn stands_for_today(&self, run: &Run) -> bool {
        match run.state {
            State::Written => self.link.sync.delivery != Delivery::Connect && self.make_sure_of_file(run).await,
            _ => true,
        }
    }
}
