//! Numbers that depend on a seed and a place only, so that person 900 000 can be drawn without drawing the others.
//!
//! Not for secrets that matter: the seed reveals everything that is drawn from it.

/// What a number is drawn for, so that one person's draws do not depend on each other.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
pub(super) enum RandomStream {
    Gap = 1,
    Name,
    Domain,
    Suspended,
    Dormant,
    Admin,
    Bot,
    Created,
    LastActive,
    Address,
    Repositories,
    Keys,
    Organizations,
    TwoFactor,
    Membership,
    ServerId,
    Token,
    VisualStudio,
    Product,
}

/// The number drawn for `purpose` at place `index` (splitmix64).
pub(super) fn draw(seed: u64, index: u64, purpose: RandomStream) -> u64 {
    mix(mix(seed ^ mix(purpose as u64)).wrapping_add(index.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

/// One of `choices`, by a drawn number.
pub(super) fn pick<T: Copy>(choices: &[T], drawn: u64) -> Option<T> {
    let at = drawn.checked_rem(choices.len() as u64)?;
    choices.get(usize::try_from(at).ok()?).copied()
}

fn mix(mut value: u64) -> u64 {
    value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// A token as GitHub writes them: a prefix and 36 letters and digits.
pub(super) fn token(prefix: &str, seed: u64, number: u64) -> String {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let characters =
        (0..36).filter_map(|at| pick(ALPHABET, draw(seed ^ mix(number), at, RandomStream::Token)).map(char::from));
    prefix.chars().chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_depends_on_seed_place_and_purpose_and_on_nothing_else() {
        let drawn = draw(1, 2, RandomStream::Gap);
        assert_eq!(draw(1, 2, RandomStream::Gap), drawn);
        assert_ne!(draw(2, 2, RandomStream::Gap), drawn);
        assert_ne!(draw(1, 3, RandomStream::Gap), drawn);
        assert_ne!(draw(1, 2, RandomStream::Bot), drawn);
    }

    #[test]
    fn two_tokens_differ_and_look_like_tokens() {
        let first = token("ghs_", 1, 1);
        assert_eq!(first.len(), 40);
        assert_ne!(first, token("ghs_", 1, 2));
    }
}
