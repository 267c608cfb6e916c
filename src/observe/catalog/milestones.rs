//! The steps of the daemon and of a run that an operator may want to filter by, with their catalog entries.
//!
//! An ID is never changed and never used again, since filters and alerts of operators hold it.

mod entries;

/// A step worth a record of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Milestone {
    /// The program has started.
    Started,
    /// The daemon is ready.
    Ready,
    /// The gate is open.
    GateOpened,
    /// The gate is closed.
    GateClosed,
    /// What belonged to the connection was deleted.
    Disconnected,
    /// A window is due.
    WindowDue,
    /// A sync was asked for.
    SyncRequested,
    /// An unfinished run is resumed.
    TakenUp,
    /// The accounts are being read.
    Collecting,
    /// The document is frozen.
    Frozen,
    /// The document is being sent.
    Sending,
    /// The cloud took the document.
    Accepted,
    /// The document is in a file, which a person uploads.
    Written,
    /// Nobody has uploaded the file.
    FileWaits,
    /// The cloud processed the document.
    Confirmed,
    /// Nothing is to be done before a time.
    Waiting,
    /// New settings are in force.
    Reloaded,
    /// New settings were refused.
    ReloadRefused,
    /// A run ended by a defect of the program.
    RunPanicked,
    /// The cloud knows more of this server than the store does.
    StateIsOld,
    /// The key of the fingerprints could not be read or created.
    FingerprintKeyUnusable,
    /// The server refused to say who uses a product.
    ProductsRefused,
    /// The metrics could not be written.
    MetricsUnwritable,
    /// A host announces the end of the API version in which it is asked.
    ApiVersionEnding,
    /// The license sync status of the servers is read each hour.
    CloudWatched,
    /// The license sync status of the servers is not read.
    CloudUnwatched,
    /// The license sync of a server of the account is stale.
    CloudServerStale,
    /// The last license sync of a server of the account failed.
    CloudServerFailed,
    /// The license sync of a server of the account is fresh again.
    CloudServerFresh,
    /// The cloud does not answer what it knows of the servers.
    CloudUnanswered,
    /// The cloud answers again.
    CloudAnswers,
    /// The program is stopping.
    Stopping,
}

impl Milestone {
    /// Every milestone, in the order of the documentation.
    pub const ALL: &[Self] = &[
        Self::Started,
        Self::Ready,
        Self::GateOpened,
        Self::GateClosed,
        Self::Disconnected,
        Self::WindowDue,
        Self::SyncRequested,
        Self::TakenUp,
        Self::Collecting,
        Self::Frozen,
        Self::Sending,
        Self::Accepted,
        Self::Written,
        Self::FileWaits,
        Self::Confirmed,
        Self::Waiting,
        Self::Reloaded,
        Self::ReloadRefused,
        Self::RunPanicked,
        Self::StateIsOld,
        Self::FingerprintKeyUnusable,
        Self::ProductsRefused,
        Self::MetricsUnwritable,
        Self::ApiVersionEnding,
        Self::CloudWatched,
        Self::CloudUnwatched,
        Self::CloudServerStale,
        Self::CloudServerFailed,
        Self::CloudServerFresh,
        Self::CloudUnanswered,
        Self::CloudAnswers,
        Self::Stopping,
    ];

    /// The word for it, like `window-due`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Ready => "ready",
            Self::GateOpened => "gate-opened",
            Self::GateClosed => "gate-closed",
            Self::Disconnected => "disconnected",
            Self::WindowDue => "window-due",
            Self::SyncRequested => "sync-requested",
            Self::TakenUp => "taken-up",
            Self::Collecting => "collecting",
            Self::Frozen => "frozen",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Written => "written",
            Self::FileWaits => "file-waits",
            Self::Confirmed => "confirmed",
            Self::Waiting => "waiting",
            Self::Reloaded => "reloaded",
            Self::ReloadRefused => "reload-refused",
            Self::RunPanicked => "run-panicked",
            Self::StateIsOld => "state-is-old",
            Self::FingerprintKeyUnusable => "fingerprint-key-unusable",
            Self::ProductsRefused => "products-refused",
            Self::MetricsUnwritable => "metrics-unwritable",
            Self::ApiVersionEnding => "api-version-ending",
            Self::CloudWatched => "cloud-watched",
            Self::CloudUnwatched => "cloud-unwatched",
            Self::CloudServerStale => "cloud-server-stale",
            Self::CloudServerFailed => "cloud-server-failed",
            Self::CloudServerFresh => "cloud-server-fresh",
            Self::CloudUnanswered => "cloud-unanswered",
            Self::CloudAnswers => "cloud-answers",
            Self::Stopping => "stopping",
        }
    }
}
