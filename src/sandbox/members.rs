//! The people of the cloud account: most people of the server, known by this or that, and some who are only here.
//!
//! In memory it keeps four bytes a member and what [`CloudPeople`] needs; a member's details are drawn when asked for.

use super::address;
use super::population::{AccountKind, Population};
use super::random::{RandomStream, draw};
use crate::license::Consumption;
use crate::license::matching::CloudPeople;

/// How the cloud knows a person of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum KnownBy {
    /// A SAML identity equal to the primary address on the server.
    Identity,
    /// A verified address equal to the primary address on the server.
    VerifiedEmail,
    /// Other addresses only, so the person is counted twice.
    OtherAddress,
}

/// Everybody in the cloud account.
pub(super) struct Members {
    population: Population,
    /// Places in the population, ascending; a member's number is the place in here.
    of_server: Vec<u32>,
    /// How many people are in the cloud account and not on the server; numbered after the others.
    cloud_only: u32,
    people: CloudPeople,
    /// A subscriber of Visual Studio who consumes a license on the server under another address, so that there always is one.
    twice: Option<u32>,
}

/// One person of the cloud account.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) login: String,
    pub(super) name: String,
    pub(super) saml_name_id: Option<String>,
    /// All of them; the list of consumed licenses shows those of verified domains only.
    pub(super) verified_emails: Vec<String>,
    /// The address of a Visual Studio subscription, which pays for the license then.
    pub(super) subscription: Option<String>,
    /// Invited, and not a member before that is accepted.
    pub(super) is_invited: bool,
}

impl Members {
    /// Draws the cloud account that belongs to `population`; takes time in proportion to it.
    pub(super) fn of(population: Population) -> Self {
        let mut members = Self {
            population,
            of_server: Vec::new(),
            cloud_only: population.users / 20,
            people: CloudPeople::default(),
            twice: None,
        };
        for index in 0..population.users {
            if population.owner(index) == index && known_by(&population, index).is_some() {
                members.of_server.push(index);
                members.twice = members.twice.or_else(|| members.is_twice(index).then_some(index));
            }
        }
        members.of_server.shrink_to_fit();
        for number in 0..members.count() {
            let member = members.member(number);
            if let Some(identity) = &member.saml_name_id {
                members.people.add_identity(number, identity);
            }
            for address in &member.verified_emails {
                members.people.add_verified_email(number, address);
            }
        }
        members
    }

    /// How many members there are; they are numbered from 0.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.of_server.len()).unwrap_or(u32::MAX) + self.cloud_only
    }

    /// How members are found by address.
    pub(super) fn people(&self) -> &CloudPeople {
        &self.people
    }

    /// Whether the human behind this account of the server is a member, found by an address or not.
    pub(super) fn knows(&self, server_id: u64) -> bool {
        self.population
            .index_of(server_id)
            .is_some_and(|index| known_by(&self.population, self.population.owner(index)).is_some())
    }

    /// A member's details.
    pub(super) fn member(&self, number: u32) -> Member {
        match self.of_server.get(number as usize) {
            Some(index) => self.member_of_server(*index),
            None => self.member_of_cloud_only(number),
        }
    }

    /// Whether this member consumes a second license on the server, where the primary address is one the cloud does not know.
    fn is_twice(&self, index: u32) -> bool {
        let person = self.population.person(index);
        let known_by = known_by(&self.population, index);
        known_by == Some(KnownBy::OtherAddress)
            && !person.email.is_empty()
            && person.consumption() == Consumption::Consumes
    }

    fn is_subscriber(&self, index: u32) -> bool {
        let drawn = draw(self.population.seed, u64::from(index), RandomStream::VisualStudio);
        drawn % 100 < 3 || self.twice == Some(index)
    }

    fn member_of_server(&self, index: u32) -> Member {
        let primary = self.population.email(index);
        let other = address::other(self.population.seed, u64::from(index));
        let (saml_name_id, verified_emails) = match known_by(&self.population, index) {
            // Identity providers tend to write addresses in lower case; matching has to cope with that.
            Some(KnownBy::Identity) => (Some(primary.to_ascii_lowercase()), vec![other]),
            Some(KnownBy::VerifiedEmail) => (None, vec![other, primary]),
            Some(KnownBy::OtherAddress) | None => (Some(other.clone()), vec![other]),
        };
        Member {
            login: format!("{}_octo", self.population.login(index)),
            name: self.full_name(index),
            // The cloud finds the member of a subscription by one of these.
            subscription: (saml_name_id.as_ref().or(verified_emails.last()))
                .filter(|_| self.is_subscriber(index))
                .cloned(),
            saml_name_id,
            verified_emails,
            is_invited: false,
        }
    }

    fn member_of_cloud_only(&self, number: u32) -> Member {
        let (first, last) = address::name(!self.population.seed, u64::from(number));
        let is_invited = (number as usize - self.of_server.len()) % 10 == 2;
        let identity = format!("{first}.{last}.c{number}@cloud.example.com");
        Member {
            login: format!("{first}-{last}-c{number}_octo"),
            name: format!("{} {}", address::capital(first), address::capital(last)),
            saml_name_id: Some(identity).filter(|_| !is_invited),
            verified_emails: Vec::new(),
            subscription: None,
            is_invited,
        }
    }

    fn full_name(&self, index: u32) -> String {
        let (first, last) = address::name(self.population.seed, u64::from(index));
        format!("{} {}", address::capital(first), address::capital(last))
    }
}

/// What the identity provider, which both sides use, calls the human behind this account; nothing where the server does not
/// say.
pub(super) fn identity_name(population: &Population, index: u32) -> Option<String> {
    let owner = population.owner(index);
    match known_by(population, owner)? {
        KnownBy::Identity => Some(population.email(owner).to_ascii_lowercase()),
        KnownBy::OtherAddress => Some(address::other(population.seed, u64::from(owner))),
        KnownBy::VerifiedEmail => None,
    }
}

fn known_by(population: &Population, index: u32) -> Option<KnownBy> {
    if population.kind(index) != AccountKind::Human {
        return None;
    }
    let drawn = match draw(population.seed, u64::from(index), RandomStream::Membership) % 100 {
        0..55 => KnownBy::Identity,
        55..75 => KnownBy::VerifiedEmail,
        75..80 => KnownBy::OtherAddress,
        _ => return None,
    };
    Some(if population.email(index).is_empty() {
        KnownBy::OtherAddress
    } else {
        drawn
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::license::matching::MatchedBy;

    const PEOPLE: Population = Population { users: 2000, seed: 3 };

    #[test]
    fn members_are_found_by_identity_by_verified_address_or_not_at_all() {
        let members = Members::of(PEOPLE);
        let found = |by| {
            (0..PEOPLE.users)
                .filter_map(|index| members.people().find(&PEOPLE.email(index)))
                .filter(|(_, matched)| *matched == by)
                .count()
        };
        assert!((1000..1200).contains(&found(MatchedBy::SamlOrScimIdentity)));
        assert!((330..460).contains(&found(MatchedBy::VerifiedEmail)));
        let unfindable = (0..PEOPLE.users)
            .filter(|index| members.knows(PEOPLE.id(*index)) && members.people().find(&PEOPLE.email(*index)).is_none())
            .count();
        assert!((80..150).contains(&unfindable), "{unfindable}");
    }

    #[test]
    fn nobody_is_found_under_the_number_of_somebody_else() {
        let members = Members::of(PEOPLE);
        for number in 0..members.count() {
            let member = members.member(number);
            for address in member.saml_name_id.iter().chain(&member.verified_emails) {
                assert_eq!(members.people().find(address).map(|(person, _)| person), Some(number));
            }
        }
    }

    #[test]
    fn two_accounts_with_one_address_are_one_member() {
        let members = Members::of(PEOPLE);
        let shared = (1..PEOPLE.users).filter(|index| PEOPLE.owner(*index) != *index);
        let mut seen = 0;
        for index in shared {
            assert_eq!(members.knows(PEOPLE.id(index)), members.knows(PEOPLE.id(index - 1)));
            seen += 1;
        }
        assert!(seen > 10);
    }

    #[test]
    fn some_subscribe_to_visual_studio_one_of_them_under_another_address_and_some_are_invited() {
        for (users, seed) in [(60, 1), (1000, 1), (2000, 3)] {
            let members = Members::of(Population { users, seed });
            let all: Vec<_> = (0..members.count()).map(|number| members.member(number)).collect();
            let subscribers = all.iter().filter(|member| member.subscription.is_some()).count();
            let invited = all.iter().filter(|member| member.is_invited).count();
            assert!((1..all.len() / 10).contains(&subscribers), "{subscribers} of {users}");
            assert!((1..=all.len() / 20).contains(&invited), "{invited} of {users}");
            let twice = members.twice.unwrap();
            let address = members.population.email(twice);
            assert!(members.knows(members.population.id(twice)) && members.people().find(&address).is_none());
        }
    }
}
