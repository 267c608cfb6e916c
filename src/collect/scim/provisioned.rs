//! The users of SCIM as they wait for their accounts: 12 bytes each, 8 more while they are read, and the bytes of name and
//! address.

use serde_json::Value;

use super::mismatch::Mismatch;
use super::resource::{Address, Resource};

/// The most memory that the users take, in bytes, besides the list of accounts: `MemoryMax=` of the units has room for both. Some
/// four million fit.
const MEMORY_CAP: usize = 256 << 20;

/// The longest `userName`, in bytes; like an address.
const NAME_CAP: usize = 320;

/// All users that SCIM lists.
#[derive(Default)]
pub(super) struct Provisioned {
    entries: Vec<PackedUser>,
    /// For each user the login and the address, one after the other.
    texts: Vec<u8>,
    /// Hashes of the IDs.
    ids: Vec<u64>,
    /// Users of whom it cannot be read who they are, or whether they are active.
    unreadable: u64,
    undecided: u64,
}

struct PackedUser {
    at: u32,
    login: u16,
    address: u16,
    is_active: bool,
    /// An account was found.
    is_joined: bool,
}

/// What is known of the account with a login.
pub(super) enum LoginMatch<'a> {
    /// SCIM does not list it.
    Nobody,
    User(ProvisionedUser<'a>),
    /// Several users fit it, or the one that does has another account.
    Ambiguous,
}

/// The one user of an account.
pub(super) struct ProvisionedUser<'a> {
    pub(super) is_active: bool,
    /// Empty when there is none.
    pub(super) address: &'a str,
}

impl Provisioned {
    /// Adds a user.
    pub(super) fn add(&mut self, user: &Value) -> Result<(), Mismatch> {
        let user = Resource(user);
        self.ids.push(user.id());
        let is_active = user.is_active();
        // A user without an account here is not on this list.
        let login = match user.user_name() {
            Some(name) if name.len() <= NAME_CAP => login_of(&name),
            _ if is_active == Some(false) => return Ok(()),
            _ => String::new(),
        };
        let (Some(is_active), false) = (is_active, login.is_empty()) else {
            self.unreadable += 1;
            return Ok(());
        };
        let address = match user.address() {
            Address::Primary(address) => address,
            Address::None => "",
            Address::Undecided => {
                self.undecided += u64::from(is_active);
                ""
            }
        };
        let held = self.entries.len() * (size_of::<PackedUser>() + size_of::<u64>()) + self.texts.len();
        let too_large = Mismatch::TooLarge { cap: MEMORY_CAP };
        if held > MEMORY_CAP {
            return Err(too_large);
        }
        let lengths = (u16::try_from(login.len()), u16::try_from(address.len()));
        let (Ok(at), (Ok(login_length), Ok(address_length))) = (u32::try_from(self.texts.len()), lengths) else {
            return Err(too_large);
        };
        self.texts.extend_from_slice(login.as_bytes());
        self.texts.extend_from_slice(address.as_bytes());
        self.entries.push(PackedUser {
            at,
            login: login_length,
            address: address_length,
            is_active,
            is_joined: false,
        });
        Ok(())
    }

    /// How many users were added.
    pub(super) fn count(&self) -> usize {
        self.ids.len()
    }

    /// The users of a page that are not here yet; its first one is number `start`, counted from 1. Nothing when that is the last
    /// one here and the page begins with another.
    pub(super) fn new_in<'page>(&self, page: &'page [Value], start: usize) -> Option<&'page [Value]> {
        match (page.split_first(), self.ids.last()) {
            (Some((first, new)), Some(last)) if start == self.count() => (Resource(first).id() == *last).then_some(new),
            _ => Some(page),
        }
    }

    /// Whether no ID came twice.
    pub(super) fn are_distinct(&mut self) -> bool {
        self.ids.sort_unstable();
        self.ids.windows(2).all(|pair| pair[0] != pair[1])
    }

    /// All users, to be found.
    pub(super) fn sorted(mut self) -> Result<Self, Mismatch> {
        if self.unreadable > 0 {
            return Err(Mismatch::Unreadable(self.unreadable));
        }
        if self.entries.is_empty() {
            return Err(Mismatch::NoUsers);
        }
        self.ids = Vec::new();
        let texts = &self.texts;
        self.entries
            .sort_unstable_by(|one, other| one.login(texts).cmp(other.login(texts)));
        Ok(self)
    }

    /// The user of the account with this login, who has an account then.
    pub(super) fn find(&mut self, login: &str) -> LoginMatch<'_> {
        let (login, texts) = (login_of(login), &self.texts);
        let first = self
            .entries
            .partition_point(|entry| entry.login(texts) < login.as_bytes());
        let fitting = self.entries[first..].iter_mut();
        let mut fitting = fitting.take_while(|entry| entry.login(texts) == login.as_bytes());
        let Some(user) = fitting.next() else {
            return LoginMatch::Nobody;
        };
        let is_taken = std::mem::replace(&mut user.is_joined, true);
        let others = fitting.map(|other| other.is_joined = true).count();
        if is_taken || others > 0 {
            return LoginMatch::Ambiguous;
        }
        LoginMatch::User(ProvisionedUser {
            is_active: user.is_active,
            address: std::str::from_utf8(user.address(texts)).unwrap_or_default(),
        })
    }

    /// Active users without an account.
    pub(super) fn unjoined(&self) -> u64 {
        let without = |entry: &&PackedUser| entry.is_active && !entry.is_joined;
        self.entries.iter().filter(without).count() as u64
    }

    /// Active users of whom it cannot be said which of their addresses is primary.
    pub(super) fn undecided(&self) -> u64 {
        self.undecided
    }
}

impl PackedUser {
    fn login<'a>(&self, texts: &'a [u8]) -> &'a [u8] {
        let start = self.at as usize;
        &texts[start..start + usize::from(self.login)]
    }

    fn address<'a>(&self, texts: &'a [u8]) -> &'a [u8] {
        let start = self.at as usize + usize::from(self.login);
        &texts[start..start + usize::from(self.address)]
    }
}

/// The login that a `userName` becomes, by "Username considerations for external authentication" in GitHub's documentation: of an
/// address the part before the `@`, with `-` in place of every other character than letters and digits. Logins do not differ
/// by letter case. One that fits two names is never guessed.
fn login_of(name: &str) -> String {
    let name = name.split('@').next().unwrap_or_default();
    let fold = |letter: char| match letter.is_ascii_alphanumeric() {
        true => letter.to_ascii_lowercase(),
        false => '-',
    };
    name.chars().map(fold).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn list(users: &[(&str, bool)]) -> Provisioned {
        let mut list = Provisioned::default();
        for (nth, (name, active)) in users.iter().enumerate() {
            let emails = json!([{"value": format!("{nth}@example.com")}]);
            let user = json!({"id": nth, "userName": name, "active": active, "emails": emails});
            list.add(&user).unwrap();
        }
        list.sorted().map_err(|error| error.to_string()).unwrap()
    }

    fn address<'a>(list: &'a mut Provisioned, login: &str) -> Option<&'a str> {
        match list.find(login) {
            LoginMatch::User(user) => Some(user.address),
            LoginMatch::Ambiguous => None,
            LoginMatch::Nobody => Some("nobody"),
        }
    }

    #[test]
    fn a_user_is_found_by_the_login_that_its_name_becomes() {
        let mut users = list(&[
            ("Mona", true),
            ("hub.ot@corp.example", false),
            ("a_b", true),
            ("z", true),
        ]);
        assert_eq!(address(&mut users, "mona"), Some("0@example.com"));
        assert_eq!(address(&mut users, "HUB-ot"), Some("1@example.com"));
        assert_eq!(address(&mut users, "a-b"), Some("2@example.com"));
        assert_eq!(address(&mut users, "octocat"), Some("nobody"));
        assert_eq!(users.unjoined(), 1);
    }

    #[test]
    fn two_users_of_one_login_and_two_logins_of_one_user_are_ambiguous() {
        let mut users = list(&[("mona@a.example", true), ("mona@b.example", false), ("a_b", true)]);
        assert_eq!(address(&mut users, "mona"), None);
        assert_eq!(address(&mut users, "a_b"), Some("2@example.com"));
        assert_eq!(address(&mut users, "a-b"), None);
        assert_eq!(users.unjoined(), 0);
    }

    #[test]
    fn a_user_takes_20_bytes_and_those_of_login_and_address() {
        let users = list(&[("mona", true), ("hubot@example.com", true)]);
        assert_eq!(size_of::<PackedUser>() + size_of::<u64>(), 20);
        assert_eq!(
            users.texts.len(),
            "mona".len() + "hubot".len() + 2 * "0@example.com".len()
        );
    }

    #[test]
    fn a_user_of_whom_nothing_is_known_is_refused_unless_it_is_inactive() {
        for (user, is_refused) in [
            (json!({"userName": "mona"}), true),
            (json!({"active": true}), true),
            (json!({"userName": {}, "active": "True"}), true),
            (json!({"userName": "@", "active": true}), true),
            (json!(7), true),
            (json!({"active": false}), false),
            (json!({"userName": 7, "active": true}), false),
        ] {
            let mut list = Provisioned::default();
            list.add(&user).unwrap();
            let sorted = list.sorted();
            assert_eq!(matches!(sorted, Err(Mismatch::Unreadable(1))), is_refused, "{user}");
        }
    }
}
