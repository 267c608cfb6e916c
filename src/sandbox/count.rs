//! Counts licenses: matches the people of an upload with the members of the cloud account.

use serde::Serialize;

use super::members::Members;
use super::reported::Reported;
use crate::license::matching::MatchedBy;

/// What the cloud counts after the last processed upload.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Licenses consumed in total: members, and people of the server who match no member.
    pub licenses: u64,
    /// People in the upload.
    pub server_users: u64,
    /// Those who match a member; two of them can match the same one.
    pub matched: u64,
    pub matched_by_identity: u64,
    pub matched_by_verified_email: u64,
    pub unmatched: u64,
    /// Of the unmatched, those who are members all the same under another address. The cloud cannot know; we do.
    pub counted_twice: u64,
    /// Members whom nobody in the upload matches.
    pub cloud_only: u64,
}

/// The outcome of one upload.
pub(super) struct Count {
    /// The server's name in the upload.
    pub(super) hostname: String,
    pub(super) reported: Reported,
    /// Member and reported person, by member.
    matches: Vec<(u32, u32)>,
    /// Reported people without a member.
    pub(super) unmatched: Vec<u32>,
    pub(super) tally: Tally,
}

impl Count {
    /// The count before the first upload.
    pub(super) fn before_uploads(members: &Members) -> Self {
        Self::of(String::new(), Reported::default(), members)
    }

    /// Matches everybody in `reported`.
    pub(super) fn of(hostname: String, reported: Reported, members: &Members) -> Self {
        let mut tally = Tally::default();
        let (mut matches, mut unmatched) = (Vec::new(), Vec::new());
        for number in 0..reported.count() {
            let (id, address) = reported.person(number).unwrap_or_default();
            match members.people().find(address) {
                Some((member, MatchedBy::SamlOrScimIdentity)) => {
                    tally.matched_by_identity += 1;
                    matches.push((member, number));
                }
                Some((member, MatchedBy::VerifiedEmail)) => {
                    tally.matched_by_verified_email += 1;
                    matches.push((member, number));
                }
                None => {
                    tally.counted_twice += u64::from(members.knows(id));
                    unmatched.push(number);
                }
            }
        }
        matches.sort_unstable();
        let matched_members = matches.chunk_by(|a, b| a.0 == b.0).count() as u64;
        tally.server_users = u64::from(reported.count());
        tally.matched = matches.len() as u64;
        tally.unmatched = unmatched.len() as u64;
        tally.licenses = u64::from(members.count()) + tally.unmatched;
        tally.cloud_only = u64::from(members.count()) - matched_members;
        Self {
            hostname,
            reported,
            matches,
            unmatched,
            tally,
        }
    }

    /// The reported people who match this member: ID and address.
    pub(super) fn matching(&self, member: u32) -> impl Iterator<Item = (u64, &str)> {
        let start = self.matches.partition_point(|(other, _)| *other < member);
        self.matches[start..]
            .iter()
            .take_while(move |(other, _)| *other == member)
            .filter_map(|(_, number)| self.reported.person(*number))
    }
}
