//! A report in chunks of sizes that follow from the first byte: the same people, or the same defect, as in one chunk.
#![no_main]

use ghe_license_sync::collect::Decoder;
use libfuzzer_sys::fuzz_target;

/// Decodes the chunks; either everybody or the text of the defect.
fn decode<'a>(mut chunks: impl Iterator<Item = &'a [u8]>) -> Result<Vec<(u64, String)>, String> {
    let mut decoder = Decoder::default();
    let decoded = chunks
        .try_for_each(|chunk| decoder.push(chunk))
        .and_then(|()| decoder.finish());
    match decoded {
        Ok(roster) => {
            let totals = roster.totals();
            let people: Vec<_> = roster.consumers().map(|(id, email)| (id.0, email.to_owned())).collect();
            assert_eq!(people.len() as u64, totals.consumed);
            let left_out = totals.suspended + totals.organizations + totals.bots + totals.setup_users + totals.ghosts;
            assert_eq!(totals.consumed + left_out, totals.accounts);
            assert!(people.is_sorted_by(|one, other| one.0 < other.0));
            Ok(people)
        }
        Err(defect) => {
            let text = format!("{defect}\n{}\n{}", defect.help(), defect.reason());
            assert!(text.len() < 4096, "{text}");
            assert!(
                !text.contains(|character: char| character.is_control() && character != '\n'),
                "{text:?}"
            );
            Err(text)
        }
    }
}

/// Chunks of 1 to 16 bytes or of 1 to 4096, as the seed says.
fn cut(mut report: &[u8], seed: u8) -> impl Iterator<Item = &[u8]> {
    let mut state = u32::from(seed);
    std::iter::from_fn(move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let longest = if state >> 31 == 0 { 16 } else { 4096 };
        let size = 1 + (state >> 16) as usize % longest;
        let (chunk, rest) = report.split_at(size.min(report.len()));
        report = rest;
        (!chunk.is_empty()).then_some(chunk)
    })
}

fuzz_target!(|data: &[u8]| {
    if let Some((seed, report)) = data.split_first() {
        assert_eq!(decode(cut(report, *seed)), decode(std::iter::once(report)));
    }
});
