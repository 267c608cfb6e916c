//! What changes, what the earlier run has come to by then, and how the program meets the change.

/// The accounts before the change, as the store names them.
pub(super) const OLD_ENTERPRISE: &str = "enterprise/old-corp";
pub(super) const OLD_ORGANIZATION: &str = "organization/old-corp";

/// What changes between two steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Account,
    ApiUrl,
    UploadsUrl,
    HostName,
    ServerId,
    /// Another client ID and key, which the cloud knows.
    AppRecreated,
    /// The same, and the cloud does not know them.
    AppUnknown,
    ConnectOff,
    SyncOff,
    KeyDamaged,
    /// Damaged, and then replaced by a new key of the same App.
    KeyReplaced,
    /// A daily schedule instead of the weekly one.
    Schedule,
    StateLost,
    /// A backup of before the earlier run.
    BackupRestored,
    FingerprintLost,
    /// Past the end of the window.
    ClockForward,
    /// Before the start of the window.
    ClockBack,
    SettingsRemoved,
    AccountAndHostName,
    ApiUrlAndSchedule,
    AppAndAccount,
    OffAndAccount,
    ClockForwardAndAccount,
    ClockBackAndAccount,
    /// An organization of the same name instead of the enterprise, and the other way round.
    ToOrganization,
    ToEnterprise,
}

impl Change {
    pub(super) const ALL: [Self; 26] = [
        Self::Account,
        Self::ApiUrl,
        Self::UploadsUrl,
        Self::HostName,
        Self::ServerId,
        Self::AppRecreated,
        Self::AppUnknown,
        Self::ConnectOff,
        Self::SyncOff,
        Self::KeyDamaged,
        Self::KeyReplaced,
        Self::Schedule,
        Self::StateLost,
        Self::BackupRestored,
        Self::FingerprintLost,
        Self::ClockForward,
        Self::ClockBack,
        Self::SettingsRemoved,
        Self::AccountAndHostName,
        Self::ApiUrlAndSchedule,
        Self::AppAndAccount,
        Self::OffAndAccount,
        Self::ClockForwardAndAccount,
        Self::ClockBackAndAccount,
        Self::ToOrganization,
        Self::ToEnterprise,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::ApiUrl => "API URL",
            Self::UploadsUrl => "uploads URL",
            Self::HostName => "server host name",
            Self::ServerId => "server ID",
            Self::AppRecreated => "App re-created, known",
            Self::AppUnknown => "App re-created, unknown",
            Self::ConnectOff => "connect off",
            Self::SyncOff => "license sync off",
            Self::KeyDamaged => "key file damaged",
            Self::KeyReplaced => "key file replaced",
            Self::Schedule => "schedule",
            Self::StateLost => "state directory lost",
            Self::BackupRestored => "backup restored",
            Self::FingerprintLost => "fingerprint lost",
            Self::ClockForward => "clock forward 8 d",
            Self::ClockBack => "clock back 3 d",
            Self::SettingsRemoved => "settings file removed",
            Self::AccountAndHostName => "account, server host name",
            Self::ApiUrlAndSchedule => "API URL, schedule",
            Self::AppAndAccount => "App re-created, account",
            Self::OffAndAccount => "connect off, account",
            Self::ClockForwardAndAccount => "clock forward 8 d, account",
            Self::ClockBackAndAccount => "clock back 3 d, account",
            Self::ToOrganization => "organization as account",
            Self::ToEnterprise => "enterprise as account",
        }
    }

    /// The two that come at once, if it is a pair.
    pub(super) fn pair(self) -> Option<(Self, Self)> {
        Some(match self {
            Self::AccountAndHostName => (Self::Account, Self::HostName),
            Self::ApiUrlAndSchedule => (Self::ApiUrl, Self::Schedule),
            Self::AppAndAccount => (Self::AppRecreated, Self::Account),
            Self::OffAndAccount => (Self::ConnectOff, Self::Account),
            Self::ClockForwardAndAccount => (Self::ClockForward, Self::Account),
            Self::ClockBackAndAccount => (Self::ClockBack, Self::Account),
            _ => return None,
        })
    }

    /// Whether this is changed, alone or with something else.
    pub(super) fn includes(self, part: Self) -> bool {
        self == part
            || self
                .pair()
                .is_some_and(|(first, second)| [first, second].contains(&part))
    }

    /// The account before the change.
    pub(super) fn old_account(self) -> &'static str {
        match self {
            Self::ToEnterprise => OLD_ORGANIZATION,
            _ => OLD_ENTERPRISE,
        }
    }

    /// Whether it is made in the settings, or in the files that they name.
    fn is_of_settings(self) -> bool {
        let others = [
            Self::StateLost,
            Self::BackupRestored,
            Self::FingerprintLost,
            Self::ClockForward,
            Self::ClockBack,
        ];
        !others.into_iter().any(|other| self.includes(other))
    }

    /// Whether the destination in force is another one afterwards.
    pub(super) fn is_of_destination(self) -> bool {
        let parts = [Self::Account, Self::ApiUrl, Self::UploadsUrl, Self::ServerId];
        self.is_of_kind() || parts.into_iter().any(|part| self.includes(part))
    }

    /// Whether the account is of another kind afterwards.
    fn is_of_kind(self) -> bool {
        matches!(self, Self::ToOrganization | Self::ToEnterprise)
    }
}

/// What the earlier run has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Confirmed two days ago, by hand, in a window that nothing else served.
    Idle,
    /// Held, after the confirmed run of the window before.
    Held,
    /// Frozen, the first run ever; the process died before anything was sent.
    Frozen,
    /// The cloud took the document, and the process died before it heard of that; of a run that is under way, half of the
    /// document is sent.
    Sending,
    /// The cloud said that it took the document, and the process died.
    Accepted,
    /// Confirmed just now, in its window.
    Served,
}

impl Before {
    pub(super) const ALL: [Self; 6] = [
        Self::Idle,
        Self::Held,
        Self::Frozen,
        Self::Sending,
        Self::Accepted,
        Self::Served,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Held => "held",
            Self::Frozen => "frozen",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Served => "confirmed just now",
        }
    }

    pub(super) fn is_confirmed(self) -> bool {
        matches!(self, Self::Idle | Self::Served)
    }

    /// Whether something of it is in the outbox.
    pub(super) fn is_unfinished(self) -> bool {
        matches!(self, Self::Frozen | Self::Sending | Self::Accepted)
    }

    /// Whether its document reached the cloud.
    pub(super) fn is_taken(self) -> bool {
        matches!(self, Self::Idle | Self::Sending | Self::Accepted | Self::Served)
    }

    /// Whether the cloud may have heard of this store, by the earlier run or by the one before.
    pub(super) fn was_sent(self) -> bool {
        self != Self::Frozen
    }
}

/// How the program meets the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The daemon reloads.
    Reload,
    /// The daemon is started again.
    Restart,
    /// A person calls `sync`.
    Sync,
    /// The timer calls `sync --scheduled`.
    Timer,
    /// The timer's run is under way; the timer calls it once more afterwards.
    MidRun,
    /// The same, and the connection breaks right after the change.
    MidCut,
    /// The same, and the cloud refuses the token of the upload right after the change.
    MidRefusal,
    /// The same, and a person calls `sync` while that run is under way.
    MidSync,
    /// The daemon's run is under way when the daemon reloads.
    MidReload,
    /// A person approves what is held, and then the timer calls it.
    Approve,
    /// The timer calls it here, and then on a host with a copy of the state directory from before the change.
    SecondHost,
    /// The timer calls it here, and then on a host that has the settings as well from before the change. That one is
    /// checked.
    OldHost,
}

impl Way {
    pub(super) const ALL: [Self; 12] = [
        Self::Reload,
        Self::Restart,
        Self::Sync,
        Self::Timer,
        Self::SecondHost,
        Self::OldHost,
        Self::MidRun,
        Self::MidCut,
        Self::MidRefusal,
        Self::MidSync,
        Self::MidReload,
        Self::Approve,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Reload => "reload",
            Self::Restart => "restart",
            Self::Sync => "`sync`",
            Self::Timer => "timer",
            Self::SecondHost => "second host",
            Self::OldHost => "host with old settings",
            Self::MidRun => "under way",
            Self::MidCut => "under way, then cut",
            Self::MidRefusal => "under way, then 401",
            Self::MidSync => "under way, `sync`",
            Self::MidReload => "under way, reload",
            Self::Approve => "`approve`, timer",
        }
    }

    /// Whether a run is under way when the change comes.
    pub(super) fn is_under_way(self) -> bool {
        self == Self::MidRun || self.needs_upload()
    }

    /// Whether there has to be an upload that is under way.
    fn needs_upload(self) -> bool {
        matches!(self, Self::MidCut | Self::MidRefusal | Self::MidSync | Self::MidReload)
    }
}

/// One cell of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) change: Change,
    pub(super) before: Before,
    pub(super) way: Way,
}

impl Case {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let rows = Change::ALL
            .into_iter()
            .flat_map(|change| Before::ALL.map(move |before| (change, before)));
        let cells = rows.flat_map(|(change, before)| Way::ALL.map(move |way| Self { change, before, way }));
        // That all ways lead to the same is known of the single changes.
        let is_brief = |case: &Self| case.change.pair().is_some() || case.change.is_of_kind();
        let is_played = |way: Way| way.is_under_way() || matches!(way, Way::Timer | Way::Approve);
        let cells = cells.filter(move |case| !is_brief(case) || is_played(case.way));
        cells.filter(|case| match case.way {
            // Nothing else can be approved.
            Way::Approve => case.before == Before::Held,
            Way::OldHost => case.change.is_of_settings(),
            Way::MidRun => case.before.is_unfinished() && case.change.is_of_settings(),
            way if way.needs_upload() => case.before == Before::Sending && case.change.is_of_settings(),
            _ => true,
        })
    }

    /// Whether the body of an upload is half way when the change comes.
    pub(super) fn is_half_way(self) -> bool {
        self.before == Before::Sending && self.way.is_under_way()
    }

    /// Whether the cloud takes such an upload nevertheless.
    pub(super) fn is_taken_half_way(self) -> bool {
        self.is_half_way() && !matches!(self.way, Way::MidCut | Way::MidRefusal)
    }

    /// Whether something of the earlier run is to be sent or to be asked about.
    pub(super) fn is_in_outbox(self) -> bool {
        self.before.is_unfinished() || self.is_approved()
    }

    /// The same, and the cloud has not taken it yet.
    pub(super) fn is_to_be_sent(self) -> bool {
        self.is_in_outbox() && (self.is_half_way() || !self.before.is_taken())
    }

    /// Whether no window has begun for the destination in force: the first one of a cron schedule begins at its first time
    /// after license sync was enabled, and no window begins before that.
    pub(super) fn is_before_first_window(self) -> bool {
        let is_moved = self.change.includes(Change::Schedule) || self.change.includes(Change::ClockBack);
        self.before == Before::Frozen && self.change.is_of_destination() && is_moved
    }

    /// Whether a held list stays held.
    pub(super) fn is_held(self) -> bool {
        self.before == Before::Held && self.way != Way::Approve
    }

    fn is_approved(self) -> bool {
        self.before == Before::Held && self.way == Way::Approve
    }
}
