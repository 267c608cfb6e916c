//! The feature (`[license-sync]`).

use std::path::PathBuf;
use std::time::Duration;

use super::Check;
use crate::explain::Explain;
use crate::guard;
use crate::schedule::Schedule;
use crate::settings::schema::choice::DeliveryMethod;

/// When and how license usage is reported.
#[derive(Debug, Clone)]
pub struct LicenseSync {
    pub schedule: Schedule,
    /// How long one run waits for the cloud to say that it processed the document.
    pub confirm_timeout: Duration,
    pub delivery: Delivery,
    /// How long a file waits for a person before each reminder.
    pub remind_after: Duration,
    pub guard: guard::Limits,
}

/// How a document gets to the cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The program uploads it.
    Connect,
    /// It is written to a file in this directory, which a person uploads.
    File(PathBuf),
}

impl Check<'_> {
    pub(super) fn license_sync(&mut self) -> Option<LicenseSync> {
        let (schedule, delivery) = (self.schedule(), self.delivery());
        let guard = &self.sections.guard;
        Some(LicenseSync {
            schedule: schedule?,
            confirm_timeout: self.sections.license_sync.confirm_timeout.0,
            delivery: delivery?,
            remind_after: self.sections.license_sync.remind_after.0,
            guard: guard::Limits {
                max_change_percent: guard.max_change_percent.0,
                always_allow_users: guard.always_allow_users,
            },
        })
    }

    fn schedule(&mut self) -> Option<Schedule> {
        let sync = &self.sections.license_sync;
        let schedule = Schedule::new(sync.schedule.clone(), sync.time_zone, sync.jitter.0, sync.catch_up);
        let schedule = schedule.map_err(|error| {
            self.report(
                "license-sync.jitter",
                error.to_string(),
                error.help().unwrap_or_default(),
            );
        });
        schedule.ok()
    }

    fn delivery(&mut self) -> Option<Delivery> {
        let sync = &self.sections.license_sync;
        match sync.delivery {
            DeliveryMethod::Connect => Some(Delivery::Connect),
            DeliveryMethod::File => self.require(
                "license-sync.directory",
                sync.directory.clone().map(Delivery::File),
                "name the directory in which the files are written that a person uploads",
            ),
        }
    }
}
