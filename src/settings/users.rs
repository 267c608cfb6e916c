//! The users of this user namespace, by their IDs.

/// The user ID of root.
pub const ROOT: u32 = 0;

/// The IDs that name a user here. A file of anybody else is from outside of the namespace, and whoever is there has this
/// process in hand anyway.
pub struct Users(Vec<(u32, u32)>);

impl Users {
    /// Those of the namespace in which this process is.
    #[must_use]
    pub fn of_process() -> Self {
        // Without a map there is one namespace only.
        let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_else(|_| format!("0 0 {}", u32::MAX));
        let range = |line: &str| {
            let mut numbers = line.split_ascii_whitespace().map(|number| number.parse().ok());
            Some((numbers.next()??, numbers.nth(1)??))
        };
        Self(map.lines().filter_map(range).collect())
    }

    /// Whether root must not do what this user decides.
    #[must_use]
    pub fn could_mislead_root(&self, user: u32) -> bool {
        let is_one = |(first, count): &(u32, u32)| user.checked_sub(*first).is_some_and(|nth| nth < *count);
        user != ROOT && self.0.iter().any(is_one)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_and_users_outside_of_the_namespace_do_not_mislead_root() {
        let users = Users(vec![(0, 1), (1000, 10)]);
        let found: Vec<_> = [0, 1, 999, 1000, 1009, 1010, 65_534]
            .into_iter()
            .filter(|user| users.could_mislead_root(*user))
            .collect();
        assert_eq!(found, [1000, 1009]);
    }
}
