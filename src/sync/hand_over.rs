//! Delivery by a person: a frozen document is written to a file. Nothing is sent.

use std::path::Path;

use super::cause::because;
use super::deliver::{Age, frozen};
use super::error::SyncError;
use super::job::Job;
use super::listed_upload::baseline;
use super::outgoing::{self, Outgoing};
use super::outgoing_error::OutgoingError;
use super::progress::RunStep;
use super::supersede::supersede;
use super::waiting_file::upload_place;
use crate::reason::Reason;
use crate::settings::Delivery;
use crate::store::{Baseline, Frozen, Run, State, StateReason, StoreError, Trigger};

impl Job<'_> {
    /// Brings a frozen document on its way: into a file for a person, or to the cloud. What was already handed over by one
    /// way and may have arrived is looked for in the cloud's list before it goes the other way, or is written anew; and so is
    /// a file that waits, before this document takes its place.
    pub(super) async fn dispatch(&self, run: Run, age: Age) -> Result<Run, SyncError> {
        let directory = match self.pass_gate_or_give_up(&run).await?.sync.delivery {
            // Who uploads a file by this program wants just that.
            Delivery::File(directory) if run.trigger != Trigger::Upload => Some(directory),
            Delivery::Connect | Delivery::File(_) => None,
        };
        if run.may_be_taken() && self.is_confirmed_by_list(&run).await? {
            return Ok(self.store.run(run.id).await?);
        }
        self.follow_file().await?;
        let run = match directory {
            Some(directory) => self.hand_over(run, &directory, age).await?,
            None => self.deliver(run, age).await?,
        };
        supersede(&self.store).await;
        Ok(run)
    }

    /// Writes the frozen document of the run to a file in this directory.
    async fn hand_over(&self, run: Run, directory: &Path, age: Age) -> Result<Run, SyncError> {
        let link = self.pass_gate_or_give_up(&run).await?;
        let frozen = frozen(&run)?;
        self.make_sure_of_payload(&run, frozen).await?;
        self.make_sure_of_identity(&run, &link, age).await?;
        let path = match self.write_noted(&run, frozen, directory).await {
            Ok(path) => path,
            Err(error) => {
                let tier = error.tier();
                let error = SyncError::NotWritten(error);
                self.postpone(&run, State::Frozen, &because(&error), tier, None).await?;
                return Err(error);
            }
        };
        let baseline = self.baseline_beside_file(&run).await?;
        self.end_altered_file().await?;
        self.store.written(run.id, self.now(), baseline).await?;
        tracing::info!(
            run_id = %run.id, window = run.window, state = %State::Written, digest = %frozen.digest.short(),
            "wrote the license usage to {path}; a person has to upload it {}", upload_place(&run.destination)
        );
        if let Some(why) = self.why_unseen(&run) {
            tracing::warn!(run_id = %run.id, "nobody will know whether {path} was uploaded: {why}");
        }
        self.context.progress.step(RunStep::Written);
        Ok(self.store.run(run.id).await?)
    }

    /// What the cloud lists once the file of the run is there: nobody uploaded that one yet, so a sync that is listed by now
    /// is of an older file, and confirms it if it still waits. Nothing for a file that was there before this process.
    async fn baseline_beside_file(&self, run: &Run) -> Result<Option<Baseline>, SyncError> {
        let Some(listing) = self.while_allowed(run, self.listing(run)).await? else {
            return Ok(None);
        };
        self.judge_waiting_file(run, &listing).await?;
        Ok(run.file.is_none().then(|| baseline(run, &listing)))
    }

    /// Ends the run whose file waits if that was altered, now that another list takes its place: that is why nobody uploaded
    /// it.
    async fn end_altered_file(&self) -> Result<(), StoreError> {
        let Some(run) = self.store.waiting_file().await? else {
            return Ok(());
        };
        let whole = run.file.as_ref().map(|file| Outgoing::of(file).is_whole());
        let Some(Err(OutgoingError::Occupied { path })) = whole else {
            return Ok(());
        };
        let because = StateReason {
            reason: Reason::Unconfirmed,
            detail: format!(
                "{} was altered, so nobody was to upload it, and another list took its place",
                path.display()
            ),
        };
        match self
            .store
            .settle(run.id, State::Failed, self.now(), Some(&because))
            .await
        {
            // Another process has just seen its upload.
            Err(StoreError::Transition { .. }) => Ok(()),
            settled => settled,
        }
    }

    /// Notes which file is written before it can be seen: after a crash the next process knows what a person may have
    /// uploaded meanwhile.
    async fn write_noted(&self, run: &Run, frozen: &Frozen, directory: &Path) -> Result<String, OutgoingError> {
        let place = outgoing::place(&self.store, run, frozen, directory, &self.context.state_directory).await?;
        let path = place.path.display().to_string();
        let (sha256, bytes) = (place.sha256, place.bytes);
        self.store.hand_over(run.id, self.now(), &path, sha256, bytes).await?;
        if let Err(error) = outgoing::write(&self.store, run, &place).await {
            if run.file.is_none() && !place.path.exists() {
                self.store.not_written(run.id).await?;
            }
            return Err(error);
        }
        Ok(path)
    }
}
