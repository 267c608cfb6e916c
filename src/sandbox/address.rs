//! What people of the population are called, and their email addresses, odd ones among them.
//!
//! Every hundred people hold each oddity at least once, so that small populations show them all.

use super::random::{RandomStream, draw, pick};

const FIRST: &[&str] = &[
    "ada", "alan", "barbara", "claude", "dana", "edsger", "frances", "grace", "hedy", "ivan", "jean", "karen",
    "leslie", "margaret", "niklaus", "olga", "peter", "radia", "sophie", "tony",
];

const LAST: &[&str] = &[
    "adams", "baker", "carter", "davis", "evans", "fisher", "garcia", "hughes", "irwin", "jones", "kim", "lopez",
    "moore", "novak", "olsen", "patel", "quinn", "rossi", "silva", "tanaka",
];

const DOMAINS: &[&str] = &["example.com", "eng.example.com", "octo-corp.example"];

/// Those that the cloud account has verified.
pub(super) const VERIFIED: &[&str] = &["example.com", "octo-corp.example"];

/// Which people share or lack an address, or have an odd one: places in every hundred.
const WITHOUT_ADDRESS: u64 = 7;
const UPPER_CASE: u64 = 13;
const PLUS_TAG: u64 = 21;
const UNICODE: u64 = 34;
const APOSTROPHE: u64 = 45;
const QUOTED_COMMA: u64 = 56;
const SHARED: u64 = 67;

/// First and last name, in lower case.
pub(super) fn name(seed: u64, index: u64) -> (&'static str, &'static str) {
    let drawn = draw(seed, index, RandomStream::Name);
    (
        pick(FIRST, drawn).unwrap_or_default(),
        pick(LAST, drawn >> 32).unwrap_or_default(),
    )
}

/// Whether this person's account uses the address of the account before it: one human with two accounts.
pub(super) fn is_shared(seed: u64, index: u64) -> bool {
    index > 0 && slot(seed, index) == SHARED
}

/// The primary address; empty for the few who have none.
pub(super) fn primary(seed: u64, index: u64) -> String {
    if is_shared(seed, index) {
        return primary(seed, index - 1);
    }
    let (first, last) = name(seed, index);
    let domain = pick(DOMAINS, draw(seed, index, RandomStream::Domain)).unwrap_or_default();
    match slot(seed, index) {
        WITHOUT_ADDRESS => String::new(),
        UPPER_CASE => format!(
            "{}.{}{index}@{}",
            capital(first),
            capital(last),
            domain.to_ascii_uppercase()
        ),
        PLUS_TAG => format!("{first}.{last}{index}+github@{domain}"),
        UNICODE => format!("{first}.müller{index}@{domain}"),
        APOSTROPHE => format!("{first}.o'{last}{index}@{domain}"),
        QUOTED_COMMA => format!("\"{last}, {first} {index}\"@{domain}"),
        _ => format!("{first}.{last}{index}@{domain}"),
    }
}

/// An address of the same person that is not the primary one on the server.
pub(super) fn other(seed: u64, index: u64) -> String {
    let (first, last) = name(seed, index);
    format!("{first}.{last}.{index}@mail.example.net")
}

/// Whether the cloud account has verified the domain of this address, and so sees it of its members.
pub(super) fn is_of_verified_domain(address: &str) -> bool {
    let domain = address.rsplit('@').next().unwrap_or_default();
    VERIFIED.iter().any(|verified| domain.eq_ignore_ascii_case(verified))
}

/// With a first letter in upper case.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn slot(seed: u64, index: u64) -> u64 {
    index.wrapping_add(seed % 100) % 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hundred_people_hold_every_oddity() {
        for seed in [1, 2, 99, u64::MAX] {
            let addresses: Vec<_> = (100..200).map(|index| primary(seed, index)).collect();
            for (oddity, is_odd) in [
                ("none", (|address| address.is_empty()) as fn(&str) -> bool),
                ("upper case", |address| address.contains("EXAMPLE")),
                ("plus tag", |address| address.contains('+')),
                ("unicode", |address| !address.is_ascii()),
                ("apostrophe", |address| address.contains('\'')),
                ("quoted comma", |address| {
                    address.starts_with('"') && address.contains(',')
                }),
            ] {
                assert!(
                    addresses.iter().any(|address| is_odd(address)),
                    "seed {seed} lacks the oddity {oddity}"
                );
            }
            assert!(addresses.windows(2).any(|pair| pair[0] == pair[1]));
        }
    }
}
