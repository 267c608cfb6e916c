//! The best grade that the public facts allow for each cause, written down apart from the program.

/// Causes and their best grades.
pub(super) const CAPS: [(&str, &str); 18] = [
    ("not-synced-since", "certain"),
    ("no-primary-address", "certain"),
    ("merged-servers", "certain"),
    ("identity-differs", "certain"),
    ("secondary-address", "likely"),
    ("visual-studio", "likely"),
    ("suspended-still-listed", "certain"),
    ("stale-server", "certain"),
    ("invitation-by-email", "likely"),
    ("setup-user", "likely"),
    ("letter-case", "possible"),
    ("plus-address", "possible"),
    ("alias-domain", "possible"),
    ("machine-user", "possible"),
    ("never-signed-in", "possible"),
    ("only-here", "possible"),
    ("not-shown", "unknown"),
    ("list-outdated", "unknown"),
];

const ORDER: [&str; 4] = ["unknown", "possible", "likely", "certain"];

/// Whether a statement of this cause may have this grade.
pub(super) fn allows(cause: &str, grade: &str) -> bool {
    let rank = |grade: &str| ORDER.iter().position(|other| *other == grade);
    let cap = CAPS.iter().find(|(other, _)| *other == cause);
    cap.is_some_and(|(_, cap)| rank(grade) <= rank(cap))
}
