//! The use case: one run, from the gate to the cloud's confirmation. Every trigger runs [`run_once`]; in an [`upload()`], a
//! document from a file takes the place of the collection.
//!
//! Promises: nothing is sent that is not frozen in the store; every attempt sends the same bytes under the same
//! idempotency key; accepted is not called success; the gate is asked when woken, before collecting, before each attempt
//! and while it collects or sends; one run at a time per state directory. What an earlier process left behind is resumed first.

mod agenda;
mod cause;
mod cloud_record;
mod cloud_servers;
mod cloud_watch;
mod confirm;
mod content;
mod context;
mod decide;
mod deliver;
mod destination;
mod error;
mod export;
mod gate_check;
mod gather;
mod hand_over;
mod health;
mod held_list;
mod identity;
mod job;
mod known_list;
mod listed_upload;
mod measure;
mod new_document;
mod outgoing;
mod outgoing_directory;
mod outgoing_error;
mod pack;
mod plan;
mod preview;
mod progress;
mod recover;
mod retry;
mod review;
mod source;
mod summary;
mod supersede;
mod sync_run;
mod synced;
mod timetable;
mod trend;
mod unlisted_products;
mod upload;
mod upload_refusal;
mod waiting_file;
mod watch;

pub use crate::collect::NoProgress;
pub use agenda::{Asked, Next};
pub use cause::Cause;
pub use cloud_servers::{CloudAnswers, CloudServer, CloudServers, Freshness, OursBy};
pub use cloud_watch::{ask_cloud, cloud_servers};
pub use context::Context;
pub use decide::{NotHeld, decide};
pub use destination::{destination, server_id};
pub use error::SyncError;
pub use export::{Export, export, export_waiting};
pub use health::{Health, health};
pub use held_list::{HeldList, held_list};
pub use listed_upload::after_failure;
pub use measure::{MeasureError, publish_metrics};
pub use outgoing_directory::{DirectoryError, check_directory};
pub use outgoing_error::OutgoingError;
pub use plan::{Outlook, Plan, Survey, plan, survey};
pub use preview::{Preview, preview};
pub use progress::{RunProgress, RunStep};
pub use recover::{Interruption, Outbox, abandon, close_outbox};
pub use retry::{pause_after, table as retry_table};
pub use summary::SyncSummary;
pub use sync_run::{resume, resume_all, run_all, run_once};
pub use synced::Synced;
pub use timetable::timetable_of;
pub use trend::{Trend, trend};
pub use upload::{Uploaded, upload};
pub use upload_refusal::UploadRefusal;
pub use waiting_file::{defect_of_file, follow, follow_listing, upload_place, why_unseen};
pub use watch::{Unkept, WatchContext, WatchMemory, WatchRound};
