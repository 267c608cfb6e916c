//! Reads the list of consumed licenses, page after page, as the cloud asks for it: one request after the other.
//!
//! A page is passed on as soon as it is read, so that the list is never held. The next one is already requested: what
//! is done with the rows takes no time of its own. The list is no snapshot: what shows that it moved while it was read is
//! counted. Of people only hashes of 8 bytes are kept meanwhile, and only to detect a user who is listed twice.

use std::collections::HashSet;
use std::future::{poll_fn, ready};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::task::Poll;

use futures_util::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use url::Url;

use super::api::{Api, decoded};
use super::api_call::ApiCall;
use super::consumed_page::Page;
use super::consumed_row::{self, Unread};
use super::error::ConnectError;
use super::outcome::About;
use super::page_retry::{PageRetry, ReadProgress};
use crate::license::ConsumedLicense;
use crate::plain;
use crate::settings::{Credential, Environment, ReadAccess, Unwatchable};
use crate::transport::{Pace, Patience, below, build_kept, next_page};

const STEP: ApiCall = ApiCall {
    name: "reading the consumed licenses",
    method: "GET",
    about: About::LicenseList,
};

/// The most that the cloud gives.
const PER_PAGE: &str = "per_page=100";

/// No page has more bytes. An owner of a thousand organizations is a row of some ten thousand.
pub(super) const PAGE_CAP: u64 = 16 * 1024 * 1024;

/// A page of fewer bytes may have no rows, and is decoded in no time before the next one is asked for.
const SMALL_PAGE: usize = 16 * 1024;

/// No list has more pages: ten million licenses.
const MOST_PAGES: u64 = 100_000;

/// What is known of the list besides its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct LicenseListing {
    pub rows: u64,
    pub pages: u64,
    /// What the cloud says it counts, on the last page that was read.
    pub consumed: Option<u64>,
    pub purchased: Option<u64>,
    /// The pages do not agree on what is counted.
    pub changed: bool,
    /// Rows with a login or an account of a server that an earlier row had.
    pub repeated: u64,
    /// Members that could not be read.
    pub unreadable: Unread,
}

impl LicenseListing {
    /// By how many the rows are more than the cloud says it counts; nothing when it does not say.
    pub fn difference(&self) -> Option<i64> {
        let apart = i128::from(self.rows) - i128::from(self.consumed?);
        i64::try_from(apart).ok()
    }

    /// Whether the rows are what the cloud counts, and nothing moved while they were read.
    pub fn is_whole(&self) -> bool {
        self.difference() == Some(0) && !self.changed && self.repeated == 0
    }
}

/// Reads one account's list.
pub struct LicenseReader {
    api: Api,
    first_page: Url,
    token: SecretString,
    /// Where the token is from, which may be replaced while the list is read.
    credential: Credential,
    environment: Environment,
    patience: Patience,
}

/// A page that is not decoded yet, and the next one's address.
type FetchedPage = Result<(Vec<u8>, Option<Url>), ConnectError>;

/// Asked before each request, which can come an hour after the one before: whether it may be made. The first one of a list of
/// licenses is made without.
pub type MayAsk<'a> = &'a (dyn Fn() -> Result<(), Unwatchable> + Sync);

impl LicenseReader {
    /// Reads the credentials; nothing is connected to yet.
    ///
    /// # Errors
    /// [`ConnectError`] when the token or a trust root is missing or of no use.
    pub fn new(watch: &ReadAccess, patience: Patience, environment: &Environment) -> Result<Self, ConnectError> {
        let (token, _) = watch.read_token.read_token(environment)?;
        let client = build_kept(&watch.api_url, &watch.network, environment)?;
        let mut first_page = below(
            &watch.api_url,
            &format!("enterprises/{}/consumed-licenses", watch.enterprise),
        );
        first_page.set_query(Some(PER_PAGE));
        Ok(Self {
            api: Api::of(client, &watch.api_url, [watch.api_url_key; 2], Pace::default()),
            first_page,
            token,
            credential: watch.read_token.clone(),
            environment: environment.clone(),
            patience,
        })
    }

    /// The list from its first page on, as long as it may be asked for.
    pub fn pages<'a>(&'a self, may_ask: MayAsk<'a>) -> LicensePages<'a> {
        LicensePages {
            questions: PageFetcher {
                reader: self,
                may_ask,
                asked: None,
                token: self.token.clone(),
            },
            next: Some(self.first_page.clone()),
            seen: Seen::of(&self.first_page),
            waits: PageRetry::of(self.patience),
            listing: LicenseListing::default(),
        }
    }

    async fn ask(&self, url: Url, token: SecretString) -> FetchedPage {
        let request = self.api.get(url).bearer_auth(token.expose_secret());
        let response = self.api.send(STEP, request).await?;
        let next = next_page(response.headers())
            .map(|next| self.own_page(next))
            .transpose();
        let page = self.api.body_within(PAGE_CAP, STEP, 200, response).await?;
        Ok((page, next?))
    }

    /// A next page, if our token has any business there: it is of the same list.
    fn own_page(&self, text: &str) -> Result<Url, ConnectError> {
        let url = self.first_page.join(text).ok();
        let is_ours = |url: &Url| {
            let is_bare = url.username().is_empty() && url.password().is_none();
            url.origin() == self.first_page.origin() && url.path() == self.first_page.path() && is_bare
        };
        match url {
            Some(url) if is_ours(&url) => Ok(url),
            other => Err(ConnectError::ForeignPage {
                step: STEP,
                origin: other.map_or_else(
                    || "an address that cannot be read".to_owned(),
                    |url| plain::shortened(&url.origin().ascii_serialization(), plain::LONGEST_URL),
                ),
            }),
        }
    }
}

/// The pages that are still to be read.
pub struct LicensePages<'a> {
    questions: PageFetcher<'a>,
    next: Option<Url>,
    seen: Seen,
    waits: PageRetry,
    listing: LicenseListing,
}

/// One request at a time.
struct PageFetcher<'a> {
    reader: &'a LicenseReader,
    may_ask: MayAsk<'a>,
    /// The request for the next page, if it has been made.
    asked: Option<BoxFuture<'a, FetchedPage>>,
    token: SecretString,
}

impl LicensePages<'_> {
    /// The rows of the next page, or nothing after the last one. It may wait, which `progress` hears before.
    ///
    /// # Errors
    /// [`ConnectError`] when the page could not be read, or the one after it cannot be asked for.
    pub async fn next(&mut self, progress: &dyn ReadProgress) -> Result<Option<Vec<ConsumedLicense>>, ConnectError> {
        let Some(url) = self.next.take() else {
            return Ok(None);
        };
        let (questions, mut is_repeated) = (&mut self.questions, false);
        let asking = async || {
            // The wait before can have taken an hour.
            if std::mem::replace(&mut is_repeated, true) {
                (questions.may_ask)()?;
            }
            questions.attempt(&url).await
        };
        let is_begun = self.listing.pages > 0;
        let (body, next) = self.waits.ask(STEP, is_begun, progress, asking).await?;
        self.listing.pages += 1;
        let small = (body.len() < SMALL_PAGE)
            .then(|| decoded::<Page>(STEP, &body))
            .transpose()?;
        // Nothing more can be expected of a list that has come to its end.
        let is_last = |page: &Page| page.users.licenses.is_empty();
        if let Some(next) = next.filter(|_| !small.as_ref().is_some_and(is_last)) {
            self.ask_ahead(next).await?;
        }
        let page = small.map_or_else(|| decoded(STEP, &body), Ok)?;
        if is_last(&page) {
            (self.next, self.questions.asked) = (None, None);
        }
        let rows = self.take(page);
        progress.rows(self.listing.rows, self.listing.consumed);
        Ok(Some(rows))
    }

    /// Asks for the next page while nobody waits for it. The one before was read to its end: there is one request at a time.
    async fn ask_ahead(&mut self, next: Url) -> Result<(), ConnectError> {
        let is_known = !self.seen.is_new(next.as_str());
        if is_known || self.listing.pages >= MOST_PAGES {
            let pages = self.listing.pages;
            return Err(ConnectError::Endless { step: STEP, pages });
        }
        self.questions.ask_ahead(next.clone()).await?;
        self.next = Some(next);
        Ok(())
    }

    /// What is known of the list after its last page.
    pub fn into_listing(self) -> LicenseListing {
        self.listing
    }

    /// The licenses on a page; records what the page says about the list.
    fn take(&mut self, page: Page) -> Vec<ConsumedLicense> {
        let unread = &mut self.listing.unreadable;
        for (name, times) in &page.users.unread {
            *unread.entry(name).or_default() += times;
        }
        let consumed = consumed_row::number(page.total_seats_consumed.as_ref(), "total_seats_consumed", unread);
        let purchased = consumed_row::number(page.total_seats_purchased.as_ref(), "total_seats_purchased", unread);
        let licenses = page.users.licenses;
        let listing = &mut self.listing;
        listing.changed |= listing.pages > 1 && listing.consumed != consumed;
        (listing.consumed, listing.purchased) = (consumed, purchased);
        listing.repeated += licenses
            .iter()
            .filter(|license| !self.seen.is_new_license(license))
            .count() as u64;
        listing.rows += licenses.len() as u64;
        licenses
    }
}

impl PageFetcher<'_> {
    async fn ask_ahead(&mut self, next: Url) -> Result<(), ConnectError> {
        (self.may_ask)()?;
        let mut asked: BoxFuture<'_, FetchedPage> = Box::pin(self.reader.ask(next, self.token.clone()));
        // One look at it hands it to the connection, which then has its turn, and sends it.
        let looked = poll_fn(|context| Poll::Ready(asked.as_mut().poll(context))).await;
        tokio::task::yield_now().await;
        self.asked = Some(match looked {
            Poll::Pending => asked,
            Poll::Ready(answer) => Box::pin(ready(answer)),
        });
        Ok(())
    }

    /// The answer to the request that was made, or else to another one. A token that was refused may have been replaced.
    async fn attempt(&mut self, url: &Url) -> FetchedPage {
        let mut asked = self.asked.take();
        loop {
            let answer = match asked.take() {
                Some(asked) => asked.await,
                None => self.reader.ask(url.clone(), self.token.clone()).await,
            };
            match answer {
                Err(error) if error.is_stale_token() && self.renew_token() => (self.may_ask)()?,
                answer => return answer,
            }
        }
    }

    /// Whether there is another token now.
    fn renew_token(&mut self) -> bool {
        let read = self.reader.credential.read_token(&self.reader.environment);
        let is_new = |token: &SecretString| token.expose_secret() != self.token.expose_secret();
        match read {
            Ok((token, _)) if is_new(&token) => {
                self.token = token;
                true
            }
            _ => false,
        }
    }
}

/// What was seen, as hashes. That two share one is as likely as one in a million among ten million.
#[derive(Default)]
struct Seen(HashSet<u64>);

impl Seen {
    /// The address of the first page.
    fn of(first_page: &Url) -> Self {
        let mut seen = Self::default();
        seen.is_new(first_page.as_str());
        seen
    }

    fn is_new(&mut self, what: impl Hash) -> bool {
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        self.0.insert(hasher.finish())
    }

    /// Whether no license before had its login or one of its accounts.
    fn is_new_license(&mut self, license: &ConsumedLicense) -> bool {
        let mut is_new = true;
        if let Some(login) = &license.login {
            is_new &= self.is_new(("login", login.to_ascii_lowercase()));
        }
        for user in &license.server_users {
            is_new &= self.is_new((user.host.to_ascii_lowercase(), user.id));
        }
        is_new
    }
}
