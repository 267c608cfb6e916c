//! How counts, sizes, times and runs are written for people.

use chrono::{DateTime, Utc};

use crate::settings::{Account, Link};
use crate::store::Run;

/// A number with its thousands set apart, like `1 234 567`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// A number of bytes.
pub(super) fn size(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

/// A time in UTC, to the second.
pub(super) fn time(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// Who reports to whom.
pub(super) fn link(link: &Link) -> String {
    let account = match &link.cloud.account {
        Account::Enterprise(name) => format!("enterprise {name}"),
        Account::Organization(name) => format!("organization {name}"),
    };
    let host = |url: &url::Url| url.host_str().unwrap_or_default().to_owned();
    format!(
        "{} → {account} at {}",
        host(&link.server.url),
        host(&link.cloud.api_url)
    )
}

/// A run on one line.
pub(super) fn run(run: &Run) -> String {
    let mut text = format!("{} {}", run.state, time(run.updated_at));
    if let Some(totals) = run.totals {
        text.push_str(&format!(", {} licenses", count(totals.consumed)));
    }
    if let Some(frozen) = &run.frozen {
        text.push_str(&format!(", digest {}", frozen.digest.short()));
    }
    if let Some(reason) = run.reason {
        text.push_str(&format!(", {reason}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        let written: Vec<_> = [0, 999, 1000, 1_234_567].into_iter().map(count).collect();
        assert_eq!(written, ["0", "999", "1 000", "1 234 567"]);
    }
}
