//! What is expected of each cell, as a short table of rules; the first that fits decides.

use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::State;

use super::case::{Before, Case, Change, Way};
use super::expected::{CONFIRMED, Expected, HEALTHY, Heard, confirmed, held_again, left, without_app};

/// A rule, with what it says in a sentence.
pub(super) struct Rule {
    pub(super) says: &'static str,
    pub(super) when: fn(Case) -> bool,
    pub(super) then: fn(Case) -> Expected,
}

/// All of them.
pub(super) const RULES: &[Rule] = &[
    Rule {
        says: "A `sync` while a run is under way sends nothing: it finds no settings file (78), the gate closed (3) or the \
               state directory taken (69). The run continues as it does without that.",
        when: |case| case.way == Way::MidSync,
        then: |case| Expected {
            exit: match case.change {
                Change::SettingsRemoved => 78,
                _ if is_off(case) => 3,
                _ => 69,
            },
            ..rule(Case {
                way: Way::MidRun,
                ..case
            })
            .1
        },
    },
    Rule {
        says: "A host with the old settings does not send when the new ones made its server report under another ID \
               (identity-conflict, 78).",
        when: |case| case.way == Way::OldHost && case.change == Change::ServerId && case.before == Before::Frozen,
        then: |case| Expected {
            earlier: Some((State::Frozen, Some(Reason::IdentityConflict))),
            heard: Heard::Api,
            exit: 78,
            health: Some("failing"),
            ..left(case)
        },
    },
    Rule {
        says: "A host with the old settings has no App when the cloud knows another one (77).",
        when: |case| case.way == Way::OldHost && is_other_app(case) && case.is_in_outbox(),
        then: without_app,
    },
    Rule {
        says: "Else a host with the old settings continues as if nothing had changed: for the destination that it knows, and under \
               the key that its document has. What the first host sent there is the same upload.",
        when: |case| case.way == Way::OldHost,
        then: |case| Expected {
            taken: usize::from(case.is_to_be_sent() && !is_sent_by_first(case)),
            ..if case.is_held() { left(case) } else { confirmed(case) }
        },
    },
    Rule {
        says: "A daemon does not reload without a settings file or with another ID than that of its store (78), and its run \
               continues as it was.",
        when: |case| case.way == Way::MidReload && matches!(case.change, Change::SettingsRemoved | Change::ServerId),
        then: |_| Expected {
            earlier: CONFIRMED,
            newest: None,
            taken: 1,
            heard: Heard::Both,
            exit: 78,
            health: HEALTHY,
        },
    },
    Rule {
        says: "A run in progress continues without a settings file, and keeps the App that it began with.",
        when: |case| {
            let is_kept = matches!(
                case.change,
                Change::SettingsRemoved | Change::AppUnknown | Change::KeyDamaged
            );
            let has_token = case.before != Before::Frozen && case.way != Way::MidRefusal;
            case.way.is_under_way() && (is_kept || is_other_app(case) && has_token)
        },
        then: |case| Expected {
            earlier: CONFIRMED,
            newest: None,
            taken: usize::from(case.is_to_be_sent()),
            heard: Heard::Both,
            exit: if case.change == Change::SettingsRemoved { 78 } else { 0 },
            health: HEALTHY.filter(|_| case.change != Change::SettingsRemoved),
        },
    },
    Rule {
        says: "If the cloud no longer knows that App, the document waits (credentials-refused), and the timer keeps the wait.",
        when: |case| case.way.is_under_way() && is_other_app(case),
        then: |case| Expected {
            earlier: Some((State::Frozen, Some(Reason::CredentialsRefused))),
            heard: Heard::Api,
            health: Some("failing"),
            ..left(case)
        },
    },
    Rule {
        says: "Without a settings file the daemon stays as it is, and nothing else starts (78).",
        when: |case| case.change == Change::SettingsRemoved,
        then: |case| Expected {
            exit: 78,
            health: if case.way == Way::Reload {
                left(case).health
            } else {
                None
            },
            ..left(case)
        },
    },
    Rule {
        says: "With a switch off, what is held or in the outbox ends (refused), and nobody is connected to (3).",
        when: is_off,
        then: |case| {
            let reason = match case.change {
                Change::SyncOff => Reason::LicenseSyncDisabled,
                _ => Reason::ConnectDisabled,
            };
            let ended = (State::Refused, Some(reason));
            Expected {
                earlier: if case.before.is_confirmed() {
                    CONFIRMED
                } else {
                    Some(ended)
                },
                exit: if is_daemon(case) { 0 } else { 3 },
                health: Some("disabled"),
                ..left(case)
            }
        },
    },
    Rule {
        says: "A store under whose ID something was sent serves no other ID (78), and is left as it is.",
        when: |case| case.change == Change::ServerId && case.before.was_sent(),
        then: |case| Expected {
            exit: 78,
            health: None,
            ..left(case)
        },
    },
    Rule {
        says: "For another destination, what is in the outbox ends (destination-changed), and before the first window, which for \
               a cron schedule is its first time after license sync was enabled, no run begins.",
        when: Case::is_before_first_window,
        then: |case| Expected {
            earlier: Some((State::Refused, Some(Reason::DestinationChanged))),
            health: Some("stale"),
            ..left(case)
        },
    },
    Rule {
        says: "For another destination, what is held or in the outbox ends (destination-changed), and a new run is \
               confirmed there: its window is open, and no earlier list counts. What is half way comes to its end where it \
               began, and is asked for by nobody.",
        when: |case| case.change.is_of_destination(),
        then: |case| {
            let ended = (State::Refused, Some(Reason::DestinationChanged));
            Expected {
                earlier: if case.before.is_confirmed() {
                    CONFIRMED
                } else {
                    Some(ended)
                },
                newest: CONFIRMED,
                taken: 1 + usize::from(case.is_taken_half_way()),
                heard: Heard::Both,
                exit: 0,
                health: HEALTHY,
            }
        },
    },
    Rule {
        says: "Without a usable App, nothing is sent and nothing confirmed: what is in the outbox waits, with the reason \
               (77), and a new run by hand fails.",
        when: lacks_app,
        then: without_app,
    },
    Rule {
        says: "A lost state directory is a new one: it has a first run, which is confirmed and compared with no earlier list. \
               Its document is another one, since it says when license sync was enabled.",
        when: |case| case.change == Change::StateLost,
        then: |_| Expected {
            earlier: None,
            newest: CONFIRMED,
            taken: 1,
            heard: Heard::Both,
            exit: 0,
            health: HEALTHY,
        },
    },
    Rule {
        says: "With a backup of before the earlier run, the window has a new run: the same document is the same upload, \
               and a held one is held again (4).",
        when: |case| case.change == Change::BackupRestored,
        then: |case| match case.before {
            Before::Held => Expected {
                earlier: None,
                ..held_again(case)
            },
            _ => Expected {
                earlier: None,
                newest: CONFIRMED,
                taken: new_uploads(case),
                heard: Heard::Both,
                exit: 0,
                health: HEALTHY,
            },
        },
    },
    Rule {
        says: "A person's run, or that of the next window, replaces a held list by today's, which is held too (4).",
        when: |case| case.is_held() && (case.way == Way::Sync || case.change == Change::ClockForward),
        then: held_again,
    },
    Rule {
        says: "A held list waits for a person; one that is approved is in the outbox.",
        when: |case| case.is_held(),
        then: left,
    },
    Rule {
        says: "The list of the next window, and that of a person a day later, replaces one that the cloud did not take; a person's list also replaces one dated in the future.",
        when: |case| {
            let is_not_taken = matches!(case.before, Before::Frozen | Before::Sending);
            let is_of_a_time_to_come = case.change == Change::ClockBack && case.way == Way::Sync;
            let is_late = case.change == Change::ClockForward && case.way != Way::MidRun;
            is_not_taken && (is_late || is_of_a_time_to_come)
        },
        then: |_| Expected {
            earlier: Some((State::Failed, Some(Reason::Cancelled))),
            newest: CONFIRMED,
            taken: 1,
            heard: Heard::Both,
            exit: 0,
            health: HEALTHY,
        },
    },
    Rule {
        says: "A person's run finds the list that it has just sent from the outbox, and does not send it again (cancelled), unless \
               it bears another host name.",
        when: |case| {
            let is_sent_now = matches!(case.before, Before::Frozen | Before::Sending);
            case.way == Way::Sync && is_sent_now && case.change != Change::HostName
        },
        then: |case| Expected {
            newest: Some((State::Refused, Some(Reason::Cancelled))),
            ..confirmed(case)
        },
    },
    Rule {
        says: "A person's run, and the next window, begins after what was in the outbox is confirmed.",
        when: |case| {
            let is_next =
                case.change == Change::ClockForward || case.change == Change::Schedule && case.before == Before::Idle;
            case.way == Way::Sync || is_next
        },
        then: |case| Expected {
            earlier: CONFIRMED,
            newest: CONFIRMED,
            taken: 1 + usize::from(case.is_to_be_sent()),
            heard: Heard::Both,
            exit: 0,
            health: HEALTHY,
        },
    },
    Rule {
        says: "A copy that is called otherwise than the document says that was sent under its ID takes itself for a copy, and sends \
               nothing (78).",
        when: |case| case.change == Change::HostName && case.before == Before::Frozen && case.way == Way::SecondHost,
        then: |_| Expected {
            earlier: CONFIRMED,
            newest: None,
            taken: 1,
            heard: Heard::Both,
            exit: 78,
            health: HEALTHY,
        },
    },
    Rule {
        says: "Else what is in the outbox is confirmed, under the key that it has, and a served window stays served.",
        when: |_| true,
        then: confirmed,
    },
];

/// Whether a host with the new settings sent the same document to the same destination before.
fn is_sent_by_first(case: Case) -> bool {
    is_other_app(case) || matches!(case.change, Change::HostName | Change::Schedule)
}

/// The number of the rule that decides about a cell, and what it says about it.
pub(super) fn rule(case: Case) -> (usize, Expected) {
    let mut fitting = RULES.iter().enumerate().filter(|(_, rule)| (rule.when)(case));
    let (number, rule) = fitting.next().unwrap();
    (number + 1, (rule.then)(case))
}

fn is_off(case: Case) -> bool {
    case.change.includes(Change::ConnectOff) || case.change == Change::SyncOff
}

fn is_daemon(case: Case) -> bool {
    matches!(case.way, Way::Reload | Way::Restart | Way::MidReload)
}

fn is_other_app(case: Case) -> bool {
    matches!(case.change, Change::AppRecreated | Change::KeyReplaced)
}

/// Whether a usable App is asked for and is not there.
fn lacks_app(case: Case) -> bool {
    let asked = match case.change {
        // Before anything is collected.
        Change::KeyDamaged => case.way == Way::Sync,
        // When the document is not held.
        Change::AppUnknown => case.way == Way::Sync && case.before != Before::Held,
        _ => return false,
    };
    asked || case.is_in_outbox()
}

/// Uploads that are new to the cloud when the window of the earlier run has another run.
fn new_uploads(case: Case) -> usize {
    // A run by hand has a key of its own.
    let same_key = case.way != Way::Sync && case.before != Before::Idle;
    usize::from(!(same_key && case.before.is_taken()))
}
