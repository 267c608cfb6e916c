//! A status and the headers of an answer, a line each: how long the cloud may make us wait is capped.
#![no_main]

use std::time::Duration;

use ghe_license_sync::connect::{About, judge};
use ghe_license_sync::transport::{Tier, retry_after};
use libfuzzer_sys::fuzz_target;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// As documented in `docs/operations.md`.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    let status = lines.next().and_then(|line| std::str::from_utf8(line).ok());
    let Some(status) = status.and_then(|line| line.parse().ok()) else {
        return;
    };
    let mut headers = HeaderMap::new();
    for line in lines.take(64) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let (name, value) = (
            HeaderName::from_bytes(&line[..colon]),
            HeaderValue::from_bytes(&line[colon + 1..]),
        );
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    for about in [About::Document, About::Question] {
        let (tier, _) = judge(about, status, &headers);
        assert!(tier != Tier::Final || about == About::Document, "{status}");
    }
    let wait = retry_after(&headers);
    assert!(wait.is_none_or(|wait| wait <= LONGEST_WAIT), "{wait:?}");
});
