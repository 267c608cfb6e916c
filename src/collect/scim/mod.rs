//! Reads the users whom an identity provider provisioned by SCIM, and finds their accounts: the document needs the numeric ID,
//! which SCIM does not have. Nobody has to hand out the all-users report for it.
//!
//! Sources: "SCIM" and "Users" in GitHub's REST reference. A SCIM user and an account belong together by `userName` and login.
//! What SCIM does not list are organizations, bots, and users who were made on the server: each of the latter is asked for on
//! its own, since it consumes a license unless it is suspended. Nothing is guessed: a list that changes while it is read is
//! read again, and users who cannot be joined end the collection.

mod accounts;
mod mismatch;
mod provisioned;
mod questions;
mod resource;

use reqwest::StatusCode;
use url::Url;

pub use mismatch::Mismatch;

use super::error::CollectError;
use super::people::People;
use super::progress::CollectProgress;
use super::refusal::Endpoint;
use super::report::WholeReport;
use super::rows::Decoder;
use super::session::Session;
use crate::license::{Account, Consumption, Roster};
use crate::plain;
use crate::settings::Scim;
use crate::transport::StatusKind;
use crate::transport::scim::{ScimPage, page_from};
use accounts::ListedAccount;
use provisioned::{LoginMatch, Provisioned};
use questions::{PageReader, decoded};

/// How often a list that changes is read.
const MOST_READS: u32 = 3;

/// The most requests that one list takes: four million users, of whom the memory has no more.
const MOST_PAGES: usize = 40_000;

/// GitHub gives so many users on a page where nobody asks for more.
const SHORT_PAGE: usize = 30;

/// The most requests for a list whose pages are shorter than that.
const MOST_SHORT_PAGES: usize = 100;

/// Reads everybody.
pub(super) async fn read(
    session: &Session,
    settings: &Scim,
    decoder: Decoder,
    progress: &dyn CollectProgress,
) -> Result<WholeReport, CollectError> {
    let (roster, people) = decoder.into_lists();
    let mut questions = PageReader::of(session, progress);
    let users = read_users(&mut questions, settings).await?;
    let join = ScimJoin {
        users,
        roster,
        people,
        others: Others {
            most: settings.max_other_accounts,
            ..Others::default()
        },
        ambiguous: 0,
        row: 0,
    };
    join.read(&mut questions).await
}

/// The users of SCIM, from whichever of the two addresses has them.
async fn read_users(questions: &mut PageReader<'_>, settings: &Scim) -> Result<Provisioned, CollectError> {
    let mut list = questions.url("api/v3/scim/v2/Users");
    let mut first = page(questions, &list, 1).await;
    if let (Err(error), Some(enterprise)) = (&first, &settings.enterprise)
        && is_hidden(error)
    {
        list = questions.url(&format!("api/v3/scim/v2/enterprises/{enterprise}/Users"));
        first = page(questions, &list, 1).await;
    }
    let mut first = Some(first?);
    tracing::info!("the server lists its SCIM users at {}", list.path());
    for _ in 0..MOST_READS {
        let whole = read_once(questions, &list, first.take()).await?;
        if let Some(users) = whole {
            return users.sorted().map_err(CollectError::from);
        }
    }
    Err(CollectError::Unsteady {
        url: plain::url(&list),
        reads: MOST_READS,
    })
}

fn is_hidden(error: &CollectError) -> bool {
    let is_not_found = StatusCode::NOT_FOUND.as_u16();
    matches!(error, CollectError::Refused(refusal) if refusal.status == is_not_found && refusal.kind == StatusKind::Hidden)
}

async fn page(questions: &mut PageReader<'_>, list: &Url, start: usize) -> Result<ScimPage, CollectError> {
    let url = page_from(list, start);
    let answer = questions.ask(Endpoint::Scim, &url, list).await?;
    decoded(list, &answer.bytes)
}

/// All pages, or nothing when the list changed meanwhile. The first page may have been read already. A user who leaves while
/// another one comes moves the rows behind it and no total, so each page begins with the last row of the one before.
async fn read_once(
    questions: &mut PageReader<'_>,
    list: &Url,
    first: Option<ScimPage>,
) -> Result<Option<Provisioned>, CollectError> {
    let mut users = Provisioned::default();
    let (mut next, mut start) = (first, 1);
    let mut promised = None;
    loop {
        let read = match next.take() {
            Some(read) => read,
            None => page(questions, list, start).await?,
        };
        let is_changed = *promised.get_or_insert(read.total) != read.total;
        if is_changed || read.users.len() < read.promised(start) {
            return Ok(None);
        }
        let Some(new) = users.new_in(&read.users, start) else {
            return Ok(None);
        };
        for user in new {
            users.add(user)?;
        }
        questions.heard(0);
        if users.count() >= read.total {
            let is_whole = users.count() == read.total && users.are_distinct();
            return Ok(is_whole.then_some(users));
        }
        if new.is_empty() {
            return Ok(None);
        }
        // A page of one row has no room for that of another page.
        let step = read.users.len().max(2) - 1;
        start = users.count() + usize::from(read.users.len() == 1);
        // Known from the first page: short ones of a long list would be asked for without end.
        let most = match read.users.len() < SHORT_PAGE {
            true => MOST_SHORT_PAGES,
            false => MOST_PAGES,
        };
        if read.total.div_ceil(step) > most {
            return Err(Mismatch::TooManyPages { most }.into());
        }
    }
}

/// The accounts of the server, while they are joined with the users of SCIM.
struct ScimJoin {
    users: Provisioned,
    roster: Roster,
    /// Everybody, if they are wanted.
    people: Option<People>,
    others: Others,
    /// Accounts that several users of SCIM fit, or that fit one that another account has.
    ambiguous: u64,
    row: u32,
}

/// The accounts of users that SCIM does not list.
#[derive(Default)]
struct Others {
    /// So many may be asked for.
    most: u32,
    asked: u32,
    /// Those of which the server does not say whether they are suspended.
    unknown: u64,
}

impl ScimJoin {
    async fn read(mut self, questions: &mut PageReader<'_>) -> Result<WholeReport, CollectError> {
        let mut since = 0;
        loop {
            let page = accounts::page(questions, since).await?;
            for account in &page.accounts {
                if account.id.0 <= since {
                    return Err(Mismatch::Order.into());
                }
                since = account.id.0;
                self.add(questions, account).await?;
            }
            questions.heard(self.roster.totals().accounts);
            if page.accounts.is_empty() || !page.is_followed {
                return self.finish();
            }
        }
    }

    async fn add(&mut self, questions: &mut PageReader<'_>, listed: &ListedAccount) -> Result<(), CollectError> {
        // The row of the report that this would be, whose header is row 1.
        self.row = self.row.saturating_add(1);
        let row = self.row.saturating_add(1);
        let mut account = listed.account();
        // Nobody is asked whether an account is suspended that consumes no license anyway.
        let is_user = self.roster.consumption(&account) == Consumption::Consumes;
        let found = match is_user {
            true => self.users.find(account.login),
            false => LoginMatch::Nobody,
        };
        match found {
            LoginMatch::Nobody if is_user => account.suspended = self.others.is_suspended(questions, listed).await?,
            LoginMatch::Nobody => {}
            LoginMatch::User(user) => {
                account.suspended = !user.is_active;
                account.email = user.address;
            }
            LoginMatch::Ambiguous => self.ambiguous += 1,
        }
        let added = keep(&mut self.roster, &mut self.people, &account, row);
        added.map_err(|source| Mismatch::Full(source).into())
    }

    fn finish(self) -> Result<WholeReport, CollectError> {
        let (accounts, unjoined) = (self.roster.totals().accounts, self.users.unjoined());
        if accounts == 0 {
            return Err(Mismatch::NoAccounts.into());
        }
        if self.ambiguous + unjoined > 0 {
            let ambiguous = self.ambiguous;
            return Err(Mismatch::Unjoined { ambiguous, unjoined }.into());
        }
        self.report();
        let roster = self.roster.finish().map_err(|_| Mismatch::Order)?;
        let people = self.people.unwrap_or_default();
        let age = None;
        Ok(WholeReport { roster, people, age })
    }

    /// Says what the list does not show.
    fn report(&self) {
        let (undecided, unknown) = (self.users.undecided(), self.others.unknown);
        if undecided > 0 {
            tracing::warn!(
                accounts = undecided,
                "SCIM users with several addresses, none or several of them primary, or one that cannot be used, are on the list without an address"
            );
        }
        if unknown > 0 {
            tracing::warn!(
                accounts = unknown,
                "the server does not say whether accounts that SCIM does not list are suspended, so they are on the list"
            );
        }
    }
}

fn keep(
    roster: &mut Roster,
    people: &mut Option<People>,
    account: &Account<'_>,
    row: u32,
) -> Result<(), crate::license::roster::RosterFull> {
    roster.add(account, row)?;
    if let Some(people) = people {
        people.add(account, None, [None; 2]);
    }
    Ok(())
}

impl Others {
    /// Whether an account that SCIM does not list is suspended, as its own page says to a site administrator.
    async fn is_suspended(
        &mut self,
        questions: &mut PageReader<'_>,
        listed: &ListedAccount,
    ) -> Result<bool, CollectError> {
        if self.asked >= self.most {
            return Err(Mismatch::TooManyOthers { most: self.most }.into());
        }
        self.asked += 1;
        let is_suspended = accounts::is_suspended(questions, &listed.login).await?;
        self.unknown += u64::from(is_suspended.is_none());
        Ok(is_suspended.unwrap_or_default())
    }
}
