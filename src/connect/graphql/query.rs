//! The queries that are sent, each in a file of its own, and what of an answer is a page of it.

use super::super::api_call::ApiCall;
use super::super::outcome::About;
use super::Part;

/// One query, of which an answer holds a page of one connection.
pub(super) struct Query {
    pub(super) part: Part,
    pub(super) follows: Follows,
    pub(super) step: ApiCall,
    pub(super) text: &'static str,
    /// The members below `data` that lead to the connection.
    pub(super) path: &'static [&'static str],
}

/// What is asked after it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Follows {
    Nothing,
    /// The accounts of the server whose list is explained.
    Accounts,
    /// The organizations, if the enterprise has no identity provider, or it may not be read.
    Organizations,
    /// The identities of each organization with an identity provider.
    OrganizationIdentities,
}

const fn step(name: &'static str) -> ApiCall {
    ApiCall {
        name,
        method: "POST",
        about: About::ReadToken,
    }
}

pub(super) static DOMAINS: Query = Query {
    part: Part::Domains,
    follows: Follows::Nothing,
    step: step("reading the verified domains"),
    text: include_str!("queries/domains.graphql"),
    path: &["enterprise", "ownerInfo", "domains"],
};

pub(super) static SERVERS: Query = Query {
    part: Part::Servers,
    follows: Follows::Accounts,
    step: step("reading the connected servers"),
    text: include_str!("queries/servers.graphql"),
    path: &["enterprise", "ownerInfo", "enterpriseServerInstallations"],
};

pub(super) static ACCOUNTS: Query = Query {
    part: Part::Accounts,
    follows: Follows::Nothing,
    step: step("reading the uploaded addresses"),
    text: include_str!("queries/server-accounts.graphql"),
    path: &["node", "userAccounts"],
};

pub(super) static IDENTITIES: Query = Query {
    part: Part::Identities,
    follows: Follows::Organizations,
    step: step("reading the identities of the enterprise"),
    text: include_str!("queries/identities.graphql"),
    path: &["enterprise", "ownerInfo", PROVIDER, "externalIdentities"],
};

pub(super) static ORGANIZATIONS: Query = Query {
    part: Part::OrganizationIdentities,
    follows: Follows::OrganizationIdentities,
    step: step("reading the organizations"),
    text: include_str!("queries/organizations.graphql"),
    path: &["enterprise", "organizations"],
};

pub(super) static ORGANIZATION_IDENTITIES: Query = Query {
    part: Part::OrganizationIdentities,
    follows: Follows::Nothing,
    step: step("reading the identities of an organization"),
    text: include_str!("queries/organization-identities.graphql"),
    path: &["organization", PROVIDER, "externalIdentities"],
};

/// What an account without single sign-on does not have.
pub(super) const PROVIDER: &str = "samlIdentityProvider";
