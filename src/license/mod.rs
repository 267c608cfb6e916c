//! The domain, pure: who consumes a license, and the document that says so. No I/O, no clock.

pub mod account;
pub mod change;
pub mod consumed;
pub mod consumed_totals;
pub mod difference;
pub mod document;
pub mod encrypted;
pub mod explain;
pub mod exported;
pub mod facts;
pub mod fingerprint;
pub mod fingerprint_key;
pub mod growth;
pub mod matching;
pub mod products;
pub mod roster;
pub mod totals;
pub mod usage_file;
pub mod user_hash;

pub use account::{Account, Consumption, UserId};
pub use change::{Change, Compared};
pub use consumed::{ConsumedLicense, LicenseKind, ServerUser};
pub use consumed_totals::{ConsumedTotals, Deployment, SeatUse, THRESHOLDS};
pub use difference::{Difference, EarlierList, NewUser};
pub use document::{Digest, Document, Feature};
pub use encrypted::EncryptedUsers;
pub use exported::{ExportDefect, ExportReader, Exported};
pub use facts::{LicenseFacts, ReportAge, Seats, ServerCounts, ServerFacts, UserCounts};
pub use fingerprint::Fingerprint;
pub use fingerprint_key::{FingerprintKey, KeyId, SECRET_SIZE};
pub use growth::{Counted, Growth, Rate, SeatsUsedUp, growth};
pub use products::{Product, ProductTotals, ProductUsers, Products};
pub use roster::{DuplicateId, Roster};
pub use totals::Totals;
pub use usage_file::UsageFileName;
pub use user_hash::DamagedFingerprint;
