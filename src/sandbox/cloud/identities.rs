//! Which members have an identity, and what a test plants instead of what follows from uploads and members.

use std::sync::OnceLock;

use crate::license::explain::CloudIdentity;
use crate::sandbox::members::Members;

/// What a test wants to be known instead.
#[derive(Clone, Default)]
pub struct Planted {
    /// Without any, the account has no identity provider.
    pub identities: Vec<CloudIdentity>,
    pub verified_domains: Vec<String>,
    pub servers: Vec<PlantedServer>,
}

/// A server that a test wants to be known.
#[derive(Clone)]
pub struct PlantedServer {
    pub host: String,
    pub is_connected: bool,
    /// IDs with addresses, the first of which is the primary one unless it is empty.
    pub accounts: Vec<(u64, Vec<String>)>,
}

/// What is planted, and which members have an identity.
#[derive(Default)]
pub(crate) struct Identities {
    pub(crate) planted: OnceLock<Planted>,
    /// Drawn when it is asked for.
    with_identity: OnceLock<Vec<u32>>,
}

impl Identities {
    /// How many identities the identity provider has; none without a provider.
    pub(super) fn identity_count(&self, members: &Members) -> usize {
        match self.planted.get() {
            Some(planted) => planted.identities.len(),
            None => self.members_with_identity(members).len(),
        }
    }

    /// What the identity provider has about a user. The first attribute is the `NameID`.
    pub(super) fn identity(&self, members: &Members, place: usize) -> Option<CloudIdentity> {
        if let Some(planted) = self.planted.get() {
            return planted.identities.get(place).cloned();
        }
        let member = members.member(*self.members_with_identity(members).get(place)?);
        Some(CloudIdentity {
            user: member.login,
            attributes: member.saml_name_id.into_iter().collect(),
        })
    }

    fn members_with_identity(&self, members: &Members) -> &[u32] {
        self.with_identity.get_or_init(|| {
            let has_one = |number: &u32| members.member(*number).saml_name_id.is_some();
            (0..members.count()).filter(has_one).collect()
        })
    }
}
