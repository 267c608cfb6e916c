//! How counts, sizes, times and runs are written for people.

use chrono::{DateTime, Utc};

pub(super) use super::counts::{counts, encrypted, remarks, users};
pub(super) use super::numbers::{count, counted, size};

use crate::advice;
use crate::explain::Explain;
use crate::license::Compared;
use crate::plain::escaped;
use crate::reason::Reason;
use crate::settings::{Gate, LicenseOwner, Link};
use crate::store::{Destination, Frozen, Run, State};
use crate::sync;

/// How often something was tried.
pub(super) fn attempts(attempts: u32) -> String {
    counted(attempts.into(), "attempt", "attempts")
}

/// What happened to the document of a run that is being delivered. An attempt is not always one that sends.
pub(super) fn delivery(run: &Run, frozen: &Frozen) -> String {
    let became = match (run.state, &run.receipt) {
        _ if run.file.is_some() => {
            return format!(
                "digest {}{}, {}",
                frozen.digest.short(),
                size_of_file(run),
                of_file(run)
            );
        }
        (State::Confirmed, _) => ", confirmed",
        (_, Some(_)) => ", accepted",
        _ if run.may_be_taken() => ", may have arrived",
        _ => "",
    };
    let attempts = match run.attempts {
        0 => "not sent".to_owned(),
        tried => attempts(tried),
    };
    let (digest, size) = (frozen.digest.short(), size(frozen.body_size));
    format!("digest {digest}, {size}, {attempts}{became}")
}

/// Who reported to whom in a run.
pub(super) fn parties(run: &Run) -> String {
    let Destination {
        api_origin, account, ..
    } = &run.destination;
    let account = account.replacen('/', " ", 1);
    let cloud = api_origin.split_once("://").map_or(&**api_origin, |(_, host)| host);
    escaped(&format!("{} → {account} at {cloud}", run.hostname)).into_owned()
}

/// A time in UTC, to the second.
pub(super) fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Who reports to whom.
pub(super) fn link(link: &Link) -> String {
    let account = match &link.cloud.account {
        LicenseOwner::Enterprise(name) => format!("enterprise {name}"),
        LicenseOwner::Organization(name) => format!("organization {name}"),
    };
    format!(
        "{} → {account} at {}",
        host(&link.server.url),
        host(&link.cloud.api_url)
    )
}

/// The host, with its port unless that is the usual one.
pub(super) fn host(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// The gate: who reports to whom, or what opens it.
pub(super) fn gate(gate: &Gate) -> String {
    match gate.pass() {
        Ok(open) => format!("open: {}", link(open)),
        Err(closed) => {
            let help = closed.help().unwrap_or_default();
            format!("closed: {closed} ({}); {help}", closed.reason())
        }
    }
}

/// A run on one line.
pub(super) fn run(run: &Run) -> String {
    let mut text = format!("{} {}", run.state, time(run.updated_at));
    if let Some(totals) = run.totals {
        text.push_str(&format!(", {}", counted(totals.consumed, "license", "licenses")));
    }
    if let Some(users) = run.encrypted_users {
        text.push_str(&format!(", encrypted users in {}", size(users.bytes)));
    }
    if let Some(frozen) = &run.frozen {
        text.push_str(&format!(", digest {}", frozen.digest.short()));
    }
    if run.change.is_some_and(|change| change.compared == Compared::Counts) {
        text.push_str(", only the counts compared");
    }
    // Who discarded it follows, which says the same.
    if let Some(reason) = run.reason.filter(|reason| *reason != Reason::Discarded) {
        text.push_str(&format!(", {reason}"));
    }
    if let Some(decision) = &run.decision {
        text.push_str(&format!(", {} by {}", decision.action.word(), escaped(&decision.by)));
    }
    text
}

/// An earlier run, as it ended, or what its file waits for.
pub(super) fn ended(run: &Run) -> String {
    if run.state == State::Written {
        return waiting_file(run);
    }
    let digest = run.frozen.as_ref().map(|frozen| frozen.digest.short());
    let detail = run.detail.as_ref().map(|detail| format!(": {}", escaped(detail)));
    format!(
        "the earlier license usage, digest {}, ended as {}{}",
        digest.unwrap_or_default(),
        run.state,
        detail.unwrap_or_default()
    )
}

/// How large the file of a run is, as it was written: what is frozen of it is packed.
fn size_of_file(run: &Run) -> String {
    let bytes = run.file.as_ref().and_then(|file| file.bytes);
    bytes.map_or_else(String::new, |bytes| format!(", {}", size(bytes)))
}

/// What happened to the file of a run.
fn of_file(run: &Run) -> &'static str {
    match run.state {
        State::Confirmed => "uploaded by a person, confirmed",
        State::Written => "written to a file",
        State::Frozen => "on its way to a file",
        _ => "written to a file, not confirmed",
    }
}

/// A run whose file waits: what a person has to do, or why the file is not one to upload.
pub(super) fn waiting_file(run: &Run) -> String {
    let Some(file) = &run.file else { return String::new() };
    let path = escaped(&file.path);
    let written = time(file.written_at);
    if let Some(defect) = sync::defect_of_file(file) {
        return format!("{path}, written {written}: {}", escaped(&defect));
    }
    let failed = run.detail.as_ref().map(|detail| {
        let again = sync::after_failure(&file.path);
        format!("; {}; {}", escaped(detail), escaped(&again))
    });
    format!(
        "a person has to upload {path}, written {written}, {}{}",
        escaped(&sync::upload_place(&run.destination)),
        failed.unwrap_or_default()
    )
}

/// What a person does whose upload this program does not see.
pub(super) fn unseen(why: &str) -> String {
    format!("check there that it was processed, since this program cannot: {why}")
}

/// A held run: how far it is from the last confirmed list, and what releases it.
pub(super) fn held(run: &Run) -> String {
    let digest = run
        .frozen
        .as_ref()
        .map(|frozen| frozen.digest.short())
        .unwrap_or_default();
    let change = run.change.map(|change| {
        format!(
            "{} more and {} fewer than the {} last confirmed{}; ",
            count(change.added),
            count(change.removed),
            count(change.before),
            change.caveat()
        )
    });
    format!(
        "{}{} shows what is different, {} releases it, {} drops it, a newer list takes its place",
        change.unwrap_or_default(),
        advice::collecting("review"),
        advice::command(&format!("approve {digest}")),
        advice::command(&format!("discard {digest}"))
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_reported_only_when_it_is_not_the_usual_one() {
        let told = [
            "https://github.example.com",
            "http://127.0.0.1:4000/",
            "https://[::1]:8443/",
        ]
        .map(|url| host(&url.parse().unwrap()));
        assert_eq!(told, ["github.example.com", "127.0.0.1:4000", "[::1]:8443"]);
    }

    #[test]
    fn one_attempt_is_reported_in_the_singular() {
        assert_eq!([1, 2].map(attempts), ["1 attempt", "2 attempts"]);
    }

    #[test]
    fn thousands_are_set_apart() {
        let written: Vec<_> = [0, 999, 1000, 1_234_567].into_iter().map(count).collect();
        assert_eq!(written, ["0", "999", "1 000", "1 234 567"]);
    }
}
