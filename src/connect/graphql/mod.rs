//! Reads what the cloud account knows besides the list of consumed licenses: verified domains, servers with the addresses
//! that ours uploaded, SAML and SCIM identities. One request after the other, 100 of a list a page, with the classic token.
//! Of a server's uploads only the newest ten are read, since the last one that was processed says how old the addresses are.
//!
//! Every part can be missing. One that the token may not read, or that cannot be read to its end, is left out as a whole, so
//! nothing is concluded from half of it. People are held in memory only.

mod answer;
mod cloud_evidence;
mod part;
mod query;
mod users;

use std::collections::VecDeque;

use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

pub use cloud_evidence::CloudEvidence;
pub use part::{Part, Withheld};

use answer::{Answered, NodePage};
use query::{Follows, Query};
use users::ManagedUsers;

use super::api::Api;
use super::api_call::ApiCall;
use super::consumed::{MayAsk, PAGE_CAP};
use super::error::ConnectError;
use super::page_retry::{PageRetry, ReadProgress};
use crate::license::ConsumedLicense;
use crate::license::explain::ReportingServer;
use crate::settings::{Environment, ReadAccess};
use crate::transport::scim::{self, ScimPage};
use crate::transport::{Pace, Patience, below, build_kept, is_limited};

/// No list has more pages: a million users.
const MOST_PAGES: u64 = 10_000;

/// Reads what one account knows.
pub struct EvidenceReader {
    api: Api,
    graphql: Url,
    users: Url,
    enterprise: String,
    token: SecretString,
    patience: Patience,
}

impl EvidenceReader {
    /// Reads the credentials; nothing is connected to yet.
    ///
    /// # Errors
    /// [`ConnectError`] when the token or a trust root is missing or of no use.
    pub fn new(watch: &ReadAccess, patience: Patience, environment: &Environment) -> Result<Self, ConnectError> {
        let (token, _) = watch.read_token.read_token(environment)?;
        let client = build_kept(&watch.api_url, &watch.network, environment)?;
        Ok(Self {
            api: Api::of(client, &watch.api_url, [watch.api_url_key; 2], Pace::default()),
            graphql: below(&watch.api_url, "graphql"),
            users: below(
                &watch.api_url,
                &format!("scim/v2/enterprises/{}/Users", watch.enterprise),
            ),
            enterprise: watch.enterprise.clone(),
            token,
            patience,
        })
    }

    /// All parts that are not `known` yet, from the first page on, as long as they may be asked for, which is asked before every
    /// request: of uploaded addresses those of the server `host`, and managed users where `licenses` has any and
    /// identities are known.
    pub fn pages<'a>(
        &'a self,
        host: &'a str,
        licenses: &[ConsumedLicense],
        known: CloudEvidence,
        may_ask: MayAsk<'a>,
    ) -> EvidencePages<'a> {
        // As a rule, no other login than that of a managed user has a `_`.
        let mut logins = licenses.iter().filter_map(|license| license.login.as_ref());
        let has_managed = logins.any(|login| login.contains('_'));
        let queries = [&query::DOMAINS, &query::SERVERS, &query::IDENTITIES];
        // The servers lead to the addresses that ours uploaded.
        let is_known = |query: &Query| {
            let leads_on = query.follows == Follows::Accounts && !known.has(Part::Accounts);
            known.has(query.part) && !leads_on
        };
        let queries = queries.into_iter().filter(|query| !is_known(query));
        let mut tasks: VecDeque<_> = queries.map(|query| Task::of(query, &self.enterprise)).collect();
        if has_managed && !known.has(Part::Users) {
            tasks.push_back(Task::Users(ManagedUsers::default(), 1));
        }
        EvidencePages {
            reader: self,
            host,
            may_ask,
            tasks,
            waits: PageRetry::of(self.patience),
            evidence: known,
            withheld: Vec::new(),
            has_no_provider: false,
        }
    }

    async fn query(&self, query: &Query, of: &str, cursor: Option<&str>) -> Result<Answered, ConnectError> {
        let body = json!({"query": query.text, "variables": {"of": of, "cursor": cursor}});
        let request = self
            .api
            .post(self.graphql.clone())
            .bearer_auth(self.token.expose_secret());
        let request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        let response = self.api.send(query.step, request).await?;
        let (refusal, is_limited) = (self.api.refusal(query.step, &response), is_limited(response.headers()));
        let answer: Value = self.api.expect_within(PAGE_CAP, query.step, 200, response).await?;
        answer::read(query, answer, refusal, is_limited)
    }

    async fn users_from(&self, start: usize) -> Result<ScimPage, ConnectError> {
        let request = self
            .api
            .get(scim::page_from(&self.users, start))
            .bearer_auth(self.token.expose_secret());
        let response = self.api.send(users::STEP, request).await?;
        self.api.expect_within(PAGE_CAP, users::STEP, 200, response).await
    }
}

/// The parts that are still to be read.
pub struct EvidencePages<'a> {
    reader: &'a EvidenceReader,
    host: &'a str,
    may_ask: MayAsk<'a>,
    tasks: VecDeque<Task>,
    waits: PageRetry,
    evidence: CloudEvidence,
    withheld: Vec<Withheld>,
    /// The enterprise has no identity provider of its own.
    has_no_provider: bool,
}

/// A list that is being read, with all that was read of it.
enum Task {
    Query(QueryReader),
    /// The managed users, from this one on, counted from 1.
    Users(ManagedUsers, usize),
}

struct QueryReader {
    query: &'static Query,
    /// The name or the ID of what it is of.
    of: String,
    cursor: Option<String>,
    pages: u64,
    read: CloudEvidence,
}

impl Task {
    fn of(query: &'static Query, of: &str) -> Self {
        Self::Query(QueryReader {
            query,
            of: of.to_owned(),
            cursor: None,
            pages: 0,
            read: CloudEvidence::default(),
        })
    }

    fn step(&self) -> ApiCall {
        match self {
            Self::Query(listing) => listing.query.step,
            Self::Users(..) => users::STEP,
        }
    }
}

impl EvidencePages<'_> {
    /// Reads one page more; false when there is none left. It may wait, which `progress` hears before.
    ///
    /// # Errors
    /// [`ConnectError::Unwatchable`] when nothing may be asked any more. Any other failure leaves out a part.
    pub async fn next(&mut self, progress: &dyn ReadProgress) -> Result<bool, ConnectError> {
        let Some(task) = self.tasks.pop_front() else {
            return Ok(false);
        };
        // SCIM names no login, so without identities its users are nobody.
        let identities = self.evidence.identities.as_deref().unwrap_or_default();
        if matches!(task, Task::Users(..)) && identities.is_empty() {
            return Ok(true);
        }
        progress.reading(task.step().name);
        let (query, read) = match task {
            Task::Query(listing) => (Some(listing.query), self.continue_query(listing, progress).await),
            Task::Users(read, start) => (None, self.continue_users(read, start, progress).await),
        };
        match read {
            Err(closed @ ConnectError::Unwatchable(_)) => return Err(closed),
            Err(error) => self.leave_out(query, error),
            Ok(()) => {}
        }
        Ok(true)
    }

    /// What was read, and what was not.
    pub fn finish(self) -> (CloudEvidence, Vec<Withheld>) {
        (self.evidence, self.withheld)
    }

    async fn continue_query(
        &mut self,
        mut listing: QueryReader,
        progress: &dyn ReadProgress,
    ) -> Result<(), ConnectError> {
        let (reader, query, may_ask) = (self.reader, listing.query, self.may_ask);
        let question = async || {
            may_ask()?;
            reader.query(query, &listing.of, listing.cursor.as_deref()).await
        };
        let answered = self
            .waits
            .ask(query.step, listing.pages > 0, progress, question)
            .await?;
        let page = match answered {
            Answered::Page(page) => page,
            Answered::NoProvider => {
                self.has_no_provider |= query.follows == Follows::Organizations;
                self.ask_organizations(query);
                return Ok(());
            }
        };
        listing.read.add(&page.data, self.host);
        listing.pages += 1;
        if listing.read.is_cut() {
            let (step, pages) = (query.step, listing.pages);
            return Err(ConnectError::Endless { step, pages });
        }
        self.follow(query, &page);
        match page.next {
            Some(cursor) if !page.nodes.is_empty() => {
                if listing.cursor.as_ref() == Some(&cursor) || listing.pages >= MOST_PAGES {
                    let (step, pages) = (query.step, listing.pages);
                    return Err(ConnectError::Endless { step, pages });
                }
                listing.cursor = Some(cursor);
                self.tasks.push_front(Task::Query(listing));
            }
            _ => self.conclude(listing),
        }
        Ok(())
    }

    async fn continue_users(
        &mut self,
        mut read: ManagedUsers,
        start: usize,
        progress: &dyn ReadProgress,
    ) -> Result<(), ConnectError> {
        let (reader, step, may_ask) = (self.reader, users::STEP, self.may_ask);
        let question = async || {
            may_ask()?;
            reader.users_from(start).await
        };
        let page = self.waits.ask(step, start > 1, progress, question).await?;
        read.add(&page);
        let (next, pages) = (start + page.users.len(), (start / scim::PER_PAGE) as u64 + 1);
        // Short pages take more requests: by what the cloud says there is, it is known how many.
        match next > page.total || page.users.is_empty() {
            false if pages.max(page.pages() as u64) > MOST_PAGES => return Err(ConnectError::Endless { step, pages }),
            false => self.tasks.push_front(Task::Users(read, next)),
            true => {
                let joined = read.join(self.evidence.identities.as_deref().unwrap_or_default());
                if !joined.is_empty() {
                    users::merge(self.evidence.identities.get_or_insert_default(), joined);
                }
            }
        }
        Ok(())
    }

    /// Asks for what is behind the nodes of a page.
    fn follow(&mut self, query: &Query, page: &NodePage) {
        let text = |node: &Value, name: &str| node[name].as_str().map(str::to_owned);
        let host = self.host;
        let is_ours = |node: &&Value| text(node, "hostName").is_some_and(|name| name.eq_ignore_ascii_case(host));
        let nodes = page.nodes.iter();
        let (then, found): (_, Vec<_>) = match query.follows {
            // All servers are read before the first address, so what is known by now was saved.
            Follows::Accounts if self.evidence.has(Part::Accounts) => return,
            Follows::Accounts => {
                let ids = nodes.filter(is_ours).filter_map(|node| text(node, "id"));
                (&query::ACCOUNTS, ids.collect())
            }
            Follows::OrganizationIdentities => {
                let with_provider = nodes.filter(|node| node[query::PROVIDER].is_object());
                let logins = with_provider.filter_map(|node| text(node, "login"));
                (&query::ORGANIZATION_IDENTITIES, logins.collect())
            }
            Follows::Nothing | Follows::Organizations => return,
        };
        for of in found {
            self.tasks.push_front(Task::of(then, &of));
        }
        if page.is_refused_in_part {
            self.note(Withheld::forbidden(query.part));
        }
    }

    /// A list was read to its end. That there is nothing in it is known then, too.
    fn conclude(&mut self, listing: QueryReader) {
        let (query, mut read, host) = (listing.query, listing.read, self.host);
        match query.part {
            Part::Domains => drop(read.verified_domains.get_or_insert_default()),
            Part::Identities => drop(read.identities.get_or_insert_default()),
            // Without ours, which the cloud knows, it is not filled. What was saved stands, with the time of its addresses.
            Part::Servers => {
                let is_ours = |server: &ReportingServer| server.host.eq_ignore_ascii_case(host);
                let is_saved = self.evidence.has(Part::Servers);
                read.servers = (read.servers).filter(|servers| !is_saved && servers.iter().any(is_ours));
                read.uploaded_at = read.uploaded_at.filter(|_| !self.evidence.has(Part::Accounts));
            }
            Part::OrganizationIdentities => {
                let is_partial = self.withheld.iter().any(|withheld| withheld.part == query.part);
                if query.follows == Follows::Nothing || (self.has_no_provider && !is_partial) {
                    read.identities.get_or_insert_default();
                }
            }
            Part::Accounts | Part::Users => {}
        }
        self.evidence.absorb(read);
    }

    /// Without a query it is the managed users.
    fn leave_out(&mut self, query: Option<&Query>, error: ConnectError) {
        if let Some(query) = query {
            self.ask_organizations(query);
        }
        self.note(Withheld::new(query.map_or(Part::Users, |query| query.part), error));
    }

    /// The provider of an enterprise stands for those of its organizations, so these are asked for only without it.
    fn ask_organizations(&mut self, query: &Query) {
        if query.follows == Follows::Organizations {
            let task = Task::of(&query::ORGANIZATIONS, &self.reader.enterprise);
            self.tasks.push_front(task);
        }
    }

    fn note(&mut self, withheld: Withheld) {
        if self.withheld.iter().all(|other| other.part != withheld.part) {
            self.withheld.push(withheld);
        }
    }
}
