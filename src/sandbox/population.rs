//! The people of the enterprise server: person N is a function of the seed and N, nothing is stored.
//!
//! What the cloud knows of them is in [`members`](super::members).

use chrono::{DateTime, Duration, Utc};

use super::address;
use super::random::{RandomStream, draw};
use crate::license::{Account, Consumption, UserId};

/// The account that the server token belongs to.
pub(super) const REPORTER: &str = "license-bot";

/// The login of the account that sets up SAML and SCIM.
const SETUP_LOGIN: &str = "scim-admin";

/// Whether SCIM is enabled on the server, which the settings of the sandbox say as well.
pub(super) const SCIM_ENABLED: bool = true;

/// The end of every bot's login.
const BOT_SUFFIX: &str = "[bot]";

/// IDs start here and have gaps below [`STRIDE`].
const FIRST_ID: u64 = 4;
const STRIDE: u64 = 4;

/// 2026-01-01T00:00:00Z. Fixed, so that the same seed gives the same report on every day.
const EPOCH: i64 = 1_767_225_600;

/// How many people there are and what they are drawn from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Population {
    pub(super) users: u32,
    pub(super) seed: u64,
}

/// One account as the server reports it.
pub(super) struct Person {
    pub(super) id: u64,
    pub(super) login: String,
    pub(super) email: String,
    pub(super) role: &'static str,
    pub(super) suspended: bool,
    pub(super) dormant: bool,
    pub(super) created_at: DateTime<Utc>,
    pub(super) last_active: Option<DateTime<Utc>>,
    /// Empty when the account never logged in.
    pub(super) last_logged_ip: String,
    pub(super) repositories: u64,
    pub(super) ssh_keys: u64,
    pub(super) organizations: u64,
    pub(super) two_factor: bool,
}

/// What a place in the population holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AccountKind {
    /// The account behind the server token; an administrator.
    Reporter,
    /// `scim-admin`.
    SetupUser,
    /// An account whose login ends with `[bot]`.
    Bot,
    Human,
}

/// Counts over the whole population.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Census {
    pub(super) accounts: u64,
    pub(super) administrators: u64,
    pub(super) suspended: u64,
    pub(super) consumed: u64,
}

impl Population {
    /// The person at this place, from 0.
    pub(super) fn person(&self, index: u32) -> Person {
        let (kind, at) = (self.kind(index), u64::from(index));
        let role = match kind {
            AccountKind::Reporter | AccountKind::SetupUser => "admin",
            // Some servers tell a bot by its role, some by its login only.
            AccountKind::Bot if at.is_multiple_of(2) => "bot",
            AccountKind::Human if self.chance(index, RandomStream::Admin, 2) => "admin",
            AccountKind::Bot | AccountKind::Human => "user",
        };
        let human = kind == AccountKind::Human;
        let dormant = human && self.chance(index, RandomStream::Dormant, 10);
        let created_at = at_epoch(-self.below(index, RandomStream::Created, 2000 * 86_400) - 400 * 86_400);
        let idle_days = self.below(index, RandomStream::LastActive, 30) + if dormant { 90 } else { 0 };
        let last_active = (idle_days % 7 != 6).then(|| at_epoch(-idle_days * 86_400));
        Person {
            id: self.id(index),
            login: self.login(index),
            email: self.email(index),
            role,
            suspended: human && self.chance(index, RandomStream::Suspended, 8),
            dormant,
            created_at,
            last_logged_ip: last_active.map(|_| self.ip(index)).unwrap_or_default(),
            last_active,
            repositories: draw(self.seed, at, RandomStream::Repositories) % 40,
            ssh_keys: draw(self.seed, at, RandomStream::Keys) % 4,
            organizations: draw(self.seed, at, RandomStream::Organizations) % 6,
            two_factor: self.chance(index, RandomStream::TwoFactor, 70),
        }
    }

    /// What this place holds.
    pub(super) fn kind(&self, index: u32) -> AccountKind {
        match index {
            0 => AccountKind::Reporter,
            1 => AccountKind::SetupUser,
            _ if draw(self.seed, u64::from(index), RandomStream::Bot).is_multiple_of(200) || index == 50 => {
                AccountKind::Bot
            }
            _ => AccountKind::Human,
        }
    }

    /// The account ID; ascending with the place.
    pub(super) fn id(&self, index: u32) -> u64 {
        FIRST_ID + u64::from(index) * STRIDE + draw(self.seed, u64::from(index), RandomStream::Gap) % STRIDE
    }

    /// The place that holds this ID.
    pub(super) fn index_of(&self, id: u64) -> Option<u32> {
        let index = u32::try_from(id.checked_sub(FIRST_ID)? / STRIDE).ok()?;
        (index < self.users && self.id(index) == id).then_some(index)
    }

    /// The first place with a greater ID.
    pub(super) fn first_after(&self, id: u64) -> u32 {
        let at = id.checked_sub(FIRST_ID).map_or(0, |above| above / STRIDE);
        let index = u32::try_from(at).unwrap_or(u32::MAX);
        index.saturating_add(u32::from(id >= FIRST_ID && self.id(index) <= id))
    }

    /// The place that holds this login, in any letter case.
    pub(super) fn index_of_login(&self, login: &str) -> Option<u32> {
        let number = login.trim_end_matches(BOT_SUFFIX).rsplit('-').next()?;
        let places = [Some(0), Some(1), number.parse().ok()].into_iter().flatten();
        let mut places = places.filter(|index| *index < self.users);
        places.find(|index| self.login(*index).eq_ignore_ascii_case(login))
    }

    /// The login; unique.
    pub(super) fn login(&self, index: u32) -> String {
        let (first, last) = address::name(self.seed, u64::from(index));
        match self.kind(index) {
            AccountKind::Reporter => REPORTER.to_owned(),
            AccountKind::SetupUser => SETUP_LOGIN.to_owned(),
            AccountKind::Bot => format!("deploy-{index}{BOT_SUFFIX}"),
            AccountKind::Human => format!("{first}-{last}-{index}"),
        }
    }

    /// The primary address; empty when the account has none.
    pub(super) fn email(&self, index: u32) -> String {
        match self.kind(index) {
            AccountKind::Reporter | AccountKind::SetupUser => format!("{}@example.com", self.login(index)),
            AccountKind::Bot => String::new(),
            AccountKind::Human => address::primary(self.seed, u64::from(self.owner(index))),
        }
    }

    /// The account that stands for the human behind this one: itself, or the one before that shares its address.
    pub(super) fn owner(&self, index: u32) -> u32 {
        let shares = address::is_shared(self.seed, u64::from(index));
        let both_human =
            |before: u32| self.kind(index) == AccountKind::Human && self.kind(before) == AccountKind::Human;
        index
            .checked_sub(1)
            .filter(|before| shares && both_human(*before))
            .unwrap_or(index)
    }

    /// Counts everybody; takes time in proportion to the population.
    pub(super) fn census(&self) -> Census {
        let mut census = Census::default();
        for person in (0..self.users).map(|index| self.person(index)) {
            census.accounts += 1;
            census.administrators += u64::from(person.role == "admin");
            census.suspended += u64::from(person.suspended);
            census.consumed += u64::from(person.consumption() == Consumption::Consumes);
        }
        census
    }

    fn chance(&self, index: u32, purpose: RandomStream, percent: u64) -> bool {
        draw(self.seed, u64::from(index), purpose) % 100 < percent
    }

    fn below(&self, index: u32, purpose: RandomStream, limit: u32) -> i64 {
        i64::try_from(draw(self.seed, u64::from(index), purpose) % u64::from(limit)).unwrap_or_default()
    }

    fn ip(&self, index: u32) -> String {
        let host = draw(self.seed, u64::from(index), RandomStream::Address);
        if host.is_multiple_of(5) {
            format!("2001:db8::{:x}", host % 0xffff)
        } else {
            format!("198.51.100.{}", host % 254 + 1)
        }
    }
}

impl Person {
    /// Whether the account consumes a license, by the program's own rule.
    pub(super) fn consumption(&self) -> Consumption {
        Account {
            id: UserId(self.id),
            login: &self.login,
            email: &self.email,
            role: self.role,
            suspended: self.suspended,
            dormant: Some(self.dormant),
            no_sign_in: Some(self.last_active.is_none()),
        }
        .consumption(SCIM_ENABLED)
    }
}

fn at_epoch(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::seconds(EPOCH + seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEOPLE: Population = Population { users: 5000, seed: 7 };

    #[test]
    fn ids_ascend_with_gaps_and_lead_back_to_the_person() {
        let ids: Vec<_> = (0..PEOPLE.users).map(|index| PEOPLE.id(index)).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.windows(2).any(|pair| pair[1] - pair[0] > 1));
        for (index, id) in (0..).zip(&ids) {
            assert_eq!(PEOPLE.index_of(*id), Some(index));
        }
        for (index, id) in (0..).zip(&ids) {
            assert_eq!(
                (PEOPLE.first_after(id - 1), PEOPLE.first_after(*id)),
                (index, index + 1)
            );
            assert_eq!(PEOPLE.index_of_login(&PEOPLE.login(index)), Some(index));
        }
        assert_eq!(PEOPLE.first_after(0), 0);
        assert_eq!(PEOPLE.index_of(0), None);
        assert_eq!(PEOPLE.index_of(ids[4999] + 4), None);
    }

    #[test]
    fn the_mix_of_people_is_as_described() {
        let census = PEOPLE.census();
        let dormant = (0..PEOPLE.users).filter(|index| PEOPLE.person(*index).dormant).count();
        let bots = (0..PEOPLE.users)
            .filter(|index| PEOPLE.kind(*index) == AccountKind::Bot)
            .count();
        assert_eq!(census.accounts, 5000);
        assert!((350..450).contains(&census.suspended), "{census:?}");
        assert!((450..550).contains(&dormant), "{dormant}");
        assert!((60..140).contains(&census.administrators), "{census:?}");
        assert!((10..50).contains(&bots), "{bots}");
        assert!(census.consumed < census.accounts - census.suspended);
    }
}
