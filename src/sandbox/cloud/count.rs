//! Counts licenses: matches the people of all servers with the members of the cloud account, each person once.

use std::sync::Arc;

use serde::Serialize;

use crate::license::Products;
use crate::license::matching::{CloudPeople, MatchedBy};
use crate::sandbox::members::Members;
use crate::sandbox::reported::Reported;

/// What the cloud counts after the last processed upload of each server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct LicenseTally {
    /// Licenses consumed in total, `server_only` and the members.
    pub licenses: u64,
    /// Accounts in the uploads.
    pub server_users: u64,
    /// Those that match a member; two of them can match the same one.
    pub matched: u64,
    pub matched_by_identity: u64,
    pub matched_by_verified_email: u64,
    pub unmatched: u64,
    /// The licenses of the unmatched: accounts with the same primary address are of one person.
    pub server_only: u64,
    /// Of these, those of people who are members all the same under another address. The cloud cannot know; we do.
    pub counted_twice: u64,
    /// Members whom no account in the uploads matches.
    pub cloud_only: u64,
}

/// What one server reported last.
pub(super) struct ServerUsage {
    /// The server's name in the upload.
    pub(super) hostname: String,
    pub(super) reported: Reported,
}

/// An account of a server: the server's place among the counted ones, and the account's number there.
type At = (u32, u32);

/// The outcome of the last upload of each server.
pub(super) struct MatchCount {
    servers: Vec<Arc<ServerUsage>>,
    /// Member and account, by member.
    matches: Vec<(u32, At)>,
    /// Person who is no member, and account; by person, who are numbered from 0.
    strangers: Vec<(u32, At)>,
    pub(super) tally: LicenseTally,
}

/// An account as a row of the list shows it.
pub(super) struct ServerAccount<'a> {
    pub(super) hostname: &'a str,
    pub(super) id: u64,
    /// Empty when there is none.
    pub(super) address: &'a str,
    pub(super) products: Products,
}

impl MatchCount {
    /// Matches everybody whom the servers reported.
    pub(super) fn of(servers: Vec<Arc<ServerUsage>>, members: &Members) -> Self {
        let mut count = Self {
            servers: Vec::new(),
            matches: Vec::new(),
            strangers: Vec::new(),
            tally: LicenseTally::default(),
        };
        let mut strangers = Strangers::default();
        for (server, usage) in (0..).zip(&servers) {
            for number in 0..usage.reported.count() {
                let (id, address) = usage.reported.person(number).unwrap_or_default();
                let Some((member, by)) = members.people().find(address) else {
                    let (person, is_new) = strangers.find(address);
                    count.tally.counted_twice += u64::from(is_new && members.knows(id));
                    count.strangers.push((person, (server, number)));
                    continue;
                };
                match by {
                    MatchedBy::SamlOrScimIdentity => count.tally.matched_by_identity += 1,
                    MatchedBy::VerifiedEmail => count.tally.matched_by_verified_email += 1,
                }
                count.matches.push((member, (server, number)));
            }
        }
        count.matches.sort_unstable();
        count.strangers.sort_unstable();
        count.servers = servers;
        count.add_up(members);
        count
    }

    fn add_up(&mut self, members: &Members) {
        let people = |accounts: &[(u32, At)]| accounts.chunk_by(|a, b| a.0 == b.0).count() as u64;
        let (all, tally) = (u64::from(members.count()), &mut self.tally);
        tally.matched = self.matches.len() as u64;
        tally.unmatched = self.strangers.len() as u64;
        tally.server_users = tally.matched + tally.unmatched;
        tally.server_only = people(&self.strangers);
        tally.licenses = all + tally.server_only;
        tally.cloud_only = all - people(&self.matches);
    }

    /// The accounts that match this member.
    pub(super) fn of_member(&self, member: u32) -> Vec<ServerAccount<'_>> {
        self.accounts(&self.matches, member)
    }

    /// The accounts of this person who is no member.
    pub(super) fn of_stranger(&self, person: u32) -> Vec<ServerAccount<'_>> {
        self.accounts(&self.strangers, person)
    }

    fn accounts(&self, all: &[(u32, At)], of: u32) -> Vec<ServerAccount<'_>> {
        let start = all.partition_point(|(other, _)| *other < of);
        let own = all[start..].iter().take_while(|(other, _)| *other == of);
        own.filter_map(|(_, (server, number))| {
            let usage = self.servers.get(*server as usize)?;
            let (id, address) = usage.reported.person(*number)?;
            Some(ServerAccount {
                hostname: &usage.hostname,
                id,
                address,
                products: usage.reported.products(*number),
            })
        })
        .collect()
    }
}

/// Those who are no member, by primary address. An account without one is a person of its own.
#[derive(Default)]
struct Strangers {
    known: CloudPeople,
    next: u32,
}

impl Strangers {
    /// The person with this address, and whether it is a new one.
    fn find(&mut self, address: &str) -> (u32, bool) {
        if let Some((person, _)) = self.known.find(address) {
            return (person, false);
        }
        let person = self.next;
        self.next += 1;
        if !address.is_empty() {
            self.known.add_verified_email(person, address);
        }
        (person, true)
    }
}
