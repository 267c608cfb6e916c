//! Parts of an address, for comparisons that GitHub documents nothing about.

/// Without regard to the case of ASCII letters.
pub(super) fn folded(address: &str) -> String {
    address.to_ascii_lowercase()
}

/// What stands before the last `@`, and after it; nothing when there is no `@` or nothing on one side.
pub(super) fn parts(address: &str) -> Option<(&str, &str)> {
    address
        .rsplit_once('@')
        .filter(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

/// In lower case and without a `+tag`.
pub(super) fn untagged(address: &str) -> Option<String> {
    let (local, domain) = parts(address)?;
    let base = local.split_once('+').map_or(local, |(base, _)| base);
    (!base.is_empty()).then(|| folded(&format!("{base}@{domain}")))
}

/// Whether the tag is `+admin`.
pub(super) fn is_tagged_admin(address: &str) -> bool {
    parts(address)
        .and_then(|(local, _)| local.split_once('+'))
        .is_some_and(|(base, tag)| !base.is_empty() && tag.eq_ignore_ascii_case("admin"))
}

/// Words in a login that indicate a machine.
const MACHINE_WORDS: [&str; 14] = [
    "automation",
    "bot",
    "build",
    "ci",
    "deploy",
    "jenkins",
    "machine",
    "release",
    "robot",
    "runner",
    "service",
    "svc",
    "system",
    "terraform",
];

/// Whether the login is one of a machine, by a word in it.
pub(super) fn is_machine(login: &str) -> bool {
    login
        .split(|character: char| !character.is_ascii_alphanumeric())
        .any(|word| MACHINE_WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_what_follows_the_first_plus_before_the_at_sign() {
        assert_eq!(untagged("Mona+a+b@Example.com").as_deref(), Some("mona@example.com"));
        assert_eq!(untagged("mona@example.com").as_deref(), Some("mona@example.com"));
        assert_eq!(untagged("+tag@example.com"), None);
        assert_eq!(untagged("mona"), None);
    }

    #[test]
    fn only_the_tag_admin_is_one_of_a_setup_user() {
        let tagged = ["mona+admin@example.com", "mona+Admin@example.com"];
        assert!(tagged.iter().all(|address| is_tagged_admin(address)));
        let others = [
            "mona+administrator@example.com",
            "mona@example.com",
            "+admin@example.com",
            "mona+admin",
        ];
        assert!(!others.iter().any(|address| is_tagged_admin(address)));
    }

    #[test]
    fn a_machine_is_known_by_a_whole_word_of_its_login() {
        assert!(is_machine("svc-payments") && is_machine("payments_CI"));
        assert!(!is_machine("cicero") && !is_machine("abbot"));
    }
}
