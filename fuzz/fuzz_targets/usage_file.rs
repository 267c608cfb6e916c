//! A document that somebody kept as a file: what passes is written again byte for byte and adds up, and what does not pass
//! is reported in a short and plain text.
#![no_main]

use ghe_license_sync::license::document::read::read;
use libfuzzer_sys::fuzz_target;

const LIMIT: u64 = 1 << 20;

fuzz_target!(|data: &[u8]| {
    let reading = read(data, LIMIT).expect("memory can be read");
    match reading.document {
        Ok(found) => {
            let mut written = Vec::new();
            found.document().write_to(&mut written).expect("memory takes it");
            assert_eq!(written, data);
            let totals = found.roster.totals();
            let left_out = totals.suspended + totals.organizations + totals.bots + totals.setup_users + totals.ghosts;
            assert_eq!(totals.consumed + left_out, totals.accounts);
            assert_eq!(found.roster.consumers().count() as u64, totals.consumed);
            assert!(found.roster.consumers().is_sorted_by(|one, other| one.0 < other.0));
        }
        Err(defect) => {
            let text = format!("{defect} {}", defect.reason());
            assert!(text.len() < 512 && !text.contains(char::is_control), "{text:?}");
        }
    }
});
