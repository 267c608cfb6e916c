//! What is expected of a cell, and the outcomes that several rules share.

use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::State;

use super::case::{Before, Case, Change, Way};

/// The expected result of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Expected {
    /// The earlier run; nothing where the state directory does not know it any more.
    pub(super) earlier: Option<Stands>,
    /// The newest run, if it began after the change.
    pub(super) newest: Option<Stands>,
    /// Documents that the clouds took after the change for the destination in force; for another one they take none but what was half
    /// way.
    pub(super) taken: usize,
    /// Who is connected to after the change; always hosts of the destination in force.
    pub(super) heard: Heard,
    pub(super) exit: u8,
    /// The word of `status`; nothing where it cannot be told.
    pub(super) health: Option<&'static str>,
}

/// Which of the two hosts of a destination hears of anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    Nobody,
    /// It is asked for its list or for a token, and nothing is sent.
    Api,
    Both,
}

/// A state and the reason for it.
pub(super) type Stands = (State, Option<Reason>);

pub(super) const CONFIRMED: Option<Stands> = Some((State::Confirmed, None));
pub(super) const HEALTHY: Option<&str> = Some("healthy");

/// Nothing happened, but that an upload that was half way came to its end.
pub(super) fn left(case: Case) -> Expected {
    let (state, reason) = match case.before {
        Before::Idle | Before::Served => (State::Confirmed, None),
        Before::Held => (State::Held, Some(Reason::MassChange)),
        Before::Frozen => (State::Frozen, None),
        Before::Sending if case.is_taken_half_way() => (State::Accepted, None),
        Before::Sending if case.way == Way::MidCut => (State::Frozen, Some(Reason::UnreachableCloud)),
        Before::Sending => (State::Sending, None),
        Before::Accepted => (State::Accepted, None),
    };
    Expected {
        earlier: Some((state, reason)),
        newest: None,
        taken: usize::from(case.is_taken_half_way()),
        heard: Heard::Nobody,
        exit: 0,
        health: Some(match case.before {
            Before::Held => "held",
            // Its process died.
            Before::Frozen | Before::Sending | Before::Accepted => "failing",
            Before::Idle | Before::Served => "healthy",
        }),
    }
}

/// What is in the outbox is confirmed, and nothing else begins.
pub(super) fn confirmed(case: Case) -> Expected {
    Expected {
        earlier: CONFIRMED,
        newest: None,
        taken: usize::from(case.is_to_be_sent()),
        heard: if case.is_in_outbox() {
            Heard::Both
        } else {
            Heard::Nobody
        },
        exit: 0,
        health: HEALTHY,
    }
}

pub(super) fn held_again(case: Case) -> Expected {
    Expected {
        earlier: Some((State::Refused, Some(Reason::MassChange))),
        newest: left(case).earlier,
        taken: 0,
        heard: Heard::Nobody,
        exit: 4,
        health: Some("held"),
    }
}

pub(super) fn without_app(case: Case) -> Expected {
    let reason = match case.change {
        Change::KeyDamaged => Reason::CredentialsMissing,
        _ => Reason::CredentialsRefused,
    };
    let waits = |state| Some((state, Some(reason)));
    let (earlier, newest) = match case.before {
        Before::Accepted => (waits(State::Accepted), None),
        _ if case.is_in_outbox() => (waits(State::Frozen), None),
        _ if case.change == Change::KeyDamaged => (left(case).earlier, waits(State::Failed)),
        _ => (CONFIRMED, waits(State::Frozen)),
    };
    Expected {
        earlier,
        newest,
        taken: 0,
        heard: match case.change {
            // There is no client without a key.
            Change::KeyDamaged => Heard::Nobody,
            _ => Heard::Api,
        },
        exit: 77,
        health: Some(match case.before {
            _ if case.is_held() => "held",
            // A run by hand that had no document leaves the health of a window that is served.
            before if before.is_confirmed() && case.change == Change::KeyDamaged => "healthy",
            _ => "failing",
        }),
    }
}
