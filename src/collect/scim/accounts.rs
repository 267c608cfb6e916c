//! The accounts of the server, by ascending ID (`GET /users`), and one of them (`GET /users/{username}`).

use reqwest::header::HeaderMap;
use serde::Deserialize;

use super::super::error::CollectError;
use super::super::fields::{FieldError, Fields};
use super::super::refusal::Endpoint;
use super::questions::{PageReader, decoded};
use crate::license::{Account, UserId};
use crate::plain;
use crate::transport::{StatusKind, next_page};

const LIST: &str = "api/v3/users";

/// The most that the server gives.
const PER_PAGE: usize = 100;

/// An account as the list has it, which says neither its primary address nor whether it is suspended.
#[derive(Deserialize)]
pub(super) struct ListedAccount {
    pub(super) id: UserId,
    pub(super) login: String,
    /// `User`, `Organization` or `Bot`.
    #[serde(rename = "type")]
    kind: String,
}

impl ListedAccount {
    /// The account, as far as the list knows it.
    pub(super) fn account(&self) -> Account<'_> {
        Account {
            id: self.id,
            login: &self.login,
            email: "",
            role: &self.kind,
            suspended: false,
            dormant: None,
            no_sign_in: None,
        }
    }
}

/// One page.
pub(super) struct AccountPage {
    pub(super) accounts: Vec<ListedAccount>,
    /// The server has more of them.
    pub(super) is_followed: bool,
}

/// The page of accounts with greater IDs than this.
pub(super) async fn page(questions: &mut PageReader<'_>, since: u64) -> Result<AccountPage, CollectError> {
    let list = questions.url(LIST);
    let mut url = list.clone();
    url.set_query(Some(&format!("per_page={PER_PAGE}&since={since}")));
    let answer = questions.ask(Endpoint::Accounts, &url, &list).await?;
    let accounts: Vec<ListedAccount> = decoded(&list, &answer.bytes)?;
    if accounts.iter().any(|account| account.login.trim().is_empty()) {
        let (key, found, expected) = ("login", "an empty text", "a login");
        let source = FieldError::WrongKind { key, found, expected };
        let url = plain::url(&list);
        return Err(CollectError::Answer { url, source });
    }
    let is_followed = leads_on(&answer.headers);
    Ok(AccountPage { accounts, is_followed })
}

/// Where it leads is known: to greater IDs.
fn leads_on(headers: &HeaderMap) -> bool {
    next_page(headers).is_some()
}

/// Whether an account is suspended; nothing when the server does not say, which it does to site administrators alone. One that is
/// gone by now consumes no license either.
pub(super) async fn is_suspended(questions: &mut PageReader<'_>, login: &str) -> Result<Option<bool>, CollectError> {
    let mut url = questions.url(LIST);
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.push(login);
    }
    let shown = questions.url(&format!("{LIST}/LOGIN"));
    let answer = match questions.ask(Endpoint::Accounts, &url, &shown).await {
        Err(CollectError::Refused(refusal)) if refusal.kind == StatusKind::Hidden => return Ok(Some(true)),
        answer => answer?,
    };
    let fields = Fields::parse(&answer.bytes).map_err(|source| CollectError::Answer {
        url: plain::url(&shown),
        source,
    })?;
    Ok(fields.is_set("suspended_at"))
}
