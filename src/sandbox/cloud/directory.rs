//! What the cloud account's owners can read besides the licenses: servers with what they uploaded, identities, domains.
//!
//! It follows from the uploads and the members, unless a test has planted something else. The names of types and fields are
//! those of GitHub's published GraphQL schema; of fields there are only some.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::cloud_state::CloudState;
use super::count::ServerUsage;
use super::selection::{Node, Paged};
use crate::license::explain::CloudIdentity;
use crate::sandbox::address::VERIFIED;
use crate::sandbox::connection::ENTERPRISE;

/// The one organization of the account.
const ORGANIZATION: &str = "octo-org";

/// What an identity provider calls a name that is no address.
const NAME: &str = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";

/// One server.
struct KnownServer<'a> {
    host: String,
    is_connected: bool,
    /// When the last upload came.
    uploaded_at: DateTime<Utc>,
    accounts: Accounts<'a>,
}

#[derive(Clone)]
enum Accounts<'a> {
    Reported(Arc<ServerUsage>),
    Planted(&'a [(u64, Vec<String>)]),
}

impl CloudState {
    /// The root of everything.
    pub(super) fn directory(&self) -> Node<'_> {
        let enterprise = |slug: &str| (slug == ENTERPRISE).then(|| self.enterprise());
        let node = |id: &str| {
            let servers = self.servers();
            servers.iter().find(|server| server.id() == id).map(KnownServer::node)
        };
        let organization = |login: &str| (login == ORGANIZATION).then(organization);
        object(
            "Query",
            vec![
                ("enterprise", Node::Lookup("slug", Box::new(enterprise))),
                ("node", Node::Lookup("id", Box::new(node))),
                ("organization", Node::Lookup("login", Box::new(organization))),
            ],
        )
    }

    fn servers(&self) -> Vec<KnownServer<'_>> {
        if let Some(planted) = self.known.planted.get() {
            let servers = planted.servers.iter().map(|server| KnownServer {
                host: server.host.clone(),
                is_connected: server.is_connected,
                uploaded_at: self.clock.now(),
                accounts: Accounts::Planted(&server.accounts),
            });
            return servers.collect();
        }
        let ledger = self.ledger();
        let servers = ledger.usages().map(|(usage, upload)| KnownServer {
            host: usage.hostname.clone(),
            is_connected: true,
            uploaded_at: upload.received_at,
            accounts: Accounts::Reported(Arc::clone(usage)),
        });
        servers.collect()
    }

    fn enterprise(&self) -> Node<'_> {
        let provider = match self.identity_count() {
            0 => Node::Leaf(Value::Null),
            count => {
                let at = |place| self.identity(place).map(|identity| external_identity(&identity));
                let identities = connection(count, at);
                object(
                    "EnterpriseIdentityProvider",
                    vec![("id", leaf("provider")), ("externalIdentities", identities)],
                )
            }
        };
        let domains: Vec<String> = match self.known.planted.get() {
            Some(planted) => planted.verified_domains.clone(),
            None => VERIFIED.iter().map(ToString::to_string).collect(),
        };
        let domain = move |place: usize| {
            let name = domains.get(place)?.clone();
            let members = vec![("domain", leaf(name)), ("isVerified", leaf(true))];
            Some(object("VerifiableDomain", members))
        };
        let domain_count = self
            .known
            .planted
            .get()
            .map_or(VERIFIED.len(), |it| it.verified_domains.len());
        let servers = move |place: usize| self.servers().get(place).map(KnownServer::node);
        let owner_info = vec![
            ("domains", connection(domain_count, domain)),
            (
                "enterpriseServerInstallations",
                connection(self.servers().len(), servers),
            ),
            ("samlIdentityProvider", provider),
        ];
        object(
            "Enterprise",
            vec![
                ("slug", leaf(ENTERPRISE)),
                ("organizations", connection(1, |_| Some(organization()))),
                ("ownerInfo", object("EnterpriseOwnerInfo", owner_info)),
            ],
        )
    }
}

impl<'a> KnownServer<'a> {
    fn id(&self) -> String {
        format!("ESI_{}", self.host)
    }

    fn node(&self) -> Node<'a> {
        let created_at = self.uploaded_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let upload = move |_| {
            let members = vec![("createdAt", leaf(created_at.clone())), ("syncState", leaf("SUCCESS"))];
            Some(object("EnterpriseServerUserAccountsUpload", members))
        };
        let accounts = self.accounts.clone();
        object(
            "EnterpriseServerInstallation",
            vec![
                ("id", leaf(self.id())),
                ("hostName", leaf(self.host.clone())),
                ("isConnected", leaf(self.is_connected)),
                (
                    "userAccounts",
                    connection(accounts.count(), move |place| accounts.account(place)),
                ),
                // Of each server the last one is kept.
                ("userAccountsUploads", connection(1, upload)),
            ],
        )
    }
}

impl Accounts<'_> {
    fn count(&self) -> usize {
        match self {
            Self::Reported(usage) => usage.reported.count() as usize,
            Self::Planted(accounts) => accounts.len(),
        }
    }

    fn account<'n>(&self, place: usize) -> Option<Node<'n>> {
        let (id, addresses) = match self {
            Self::Reported(usage) => {
                let (id, address) = usage.reported.person(u32::try_from(place).ok()?)?;
                (id, vec![address.to_owned()])
            }
            Self::Planted(accounts) => accounts.get(place).cloned()?,
        };
        let emails = addresses
            .into_iter()
            .enumerate()
            .filter(|(_, address)| !address.is_empty());
        let emails: Vec<_> = emails.collect();
        let email = move |place: usize| {
            let (nth, address) = emails.get(place)?.clone();
            let members = vec![("email", leaf(address)), ("isPrimary", leaf(nth == 0))];
            Some(object("EnterpriseServerUserAccountEmail", members))
        };
        let count = (0..).take_while(|place| email(*place).is_some()).count();
        let members = vec![("remoteUserId", leaf(id)), ("emails", connection(count, email))];
        Some(object("EnterpriseServerUserAccount", members))
    }
}

fn external_identity<'n>(identity: &CloudIdentity) -> Node<'n> {
    let (name_id, rest) = match &identity.attributes[..] {
        [] => (Value::Null, &[][..]),
        [first, rest @ ..] => (json!(first), rest),
    };
    let is_address = |text: &&String| text.contains('@');
    let email = |address: &String| object("UserEmailMetadata", vec![("value", leaf(address.clone()))]);
    let emails = || Node::List(identity.attributes.iter().filter(is_address).map(email).collect());
    let attribute = |value: &String| {
        let members = vec![("name", leaf(NAME)), ("value", leaf(value.clone()))];
        object("ExternalIdentityAttribute", members)
    };
    let names = rest.iter().filter(|text| !is_address(text)).map(attribute);
    let saml = vec![
        ("nameId", Node::Leaf(name_id)),
        ("username", Node::Leaf(Value::Null)),
        ("emails", emails()),
        ("attributes", Node::List(names.collect())),
    ];
    let scim = vec![("username", leaf(user_name(&identity.user))), ("emails", emails())];
    object(
        "ExternalIdentity",
        vec![
            ("samlIdentity", object("ExternalIdentitySamlAttributes", saml)),
            ("scimIdentity", object("ExternalIdentityScimAttributes", scim)),
            ("user", object("User", vec![("login", leaf(identity.user.clone()))])),
        ],
    )
}

/// The `userName` of a managed user: the login without the enterprise's short code.
pub(super) fn user_name(login: &str) -> &str {
    login.rsplit_once('_').map_or(login, |(name, _)| name)
}

fn organization<'n>() -> Node<'n> {
    let members = vec![
        ("login", leaf(ORGANIZATION)),
        ("samlIdentityProvider", Node::Leaf(Value::Null)),
    ];
    object("Organization", members)
}

fn object<'n>(kind: &'static str, members: Vec<(&'static str, Node<'n>)>) -> Node<'n> {
    Node::Object(kind, members)
}

fn leaf<'n>(value: impl Into<Value>) -> Node<'n> {
    Node::Leaf(value.into())
}

fn connection<'n>(count: usize, at: impl Fn(usize) -> Option<Node<'n>> + 'n) -> Node<'n> {
    Node::Connection(Paged {
        count,
        at: Box::new(at),
    })
}
