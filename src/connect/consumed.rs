//! Reads the list of consumed licenses, page after page, as the cloud asks for it: one request after the other.
//!
//! A page is handed on as soon as it was read, so that the list is never held. It is no snapshot: what shows that it moved
//! while it was read is counted. Of people only hashes of 8 bytes are kept meanwhile, and only to see whoever comes twice.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::api::{Api, Step};
use super::consumed_row::{self, Unread};
use super::error::ConnectError;
use super::outcome::About;
use super::patience::{Patience, ReadProgress, Waits};
use crate::license::ConsumedLicense;
use crate::plain;
use crate::settings::{Environment, Watch};
use crate::transport::{Pace, below, build_kept, next_page};

const STEP: Step = Step {
    name: "reading the consumed licenses",
    method: "GET",
    about: About::LicenseList,
};

/// The most that the cloud gives.
const PER_PAGE: &str = "per_page=100";

/// No page has more bytes. An owner of a thousand organizations is a row of some ten thousand.
pub(super) const PAGE_CAP: u64 = 16 * 1024 * 1024;

/// No list has more pages: ten million licenses.
const MOST_PAGES: u64 = 100_000;

/// What is known of the list besides its rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
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
    #[must_use]
    pub fn difference(&self) -> Option<i64> {
        let apart = i128::from(self.rows) - i128::from(self.consumed?);
        i64::try_from(apart).ok()
    }

    /// Whether the rows are what the cloud counts, and nothing moved while they were read.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.difference() == Some(0) && !self.changed && self.repeated == 0
    }
}

/// Reads one account's list.
pub struct LicenseReader {
    api: Api,
    first_page: Url,
    token: SecretString,
    patience: Patience,
}

impl LicenseReader {
    /// Reads the credentials; nothing is connected to yet.
    ///
    /// # Errors
    /// [`ConnectError`] when the token or a trust root is missing or of no use.
    pub fn new(watch: &Watch, patience: Patience, environment: &Environment) -> Result<Self, ConnectError> {
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
            patience,
        })
    }

    /// The list from its first page on.
    #[must_use]
    pub fn pages(&self) -> LicensePages<'_> {
        LicensePages {
            reader: self,
            next: Some(self.first_page.clone()),
            seen: Seen::default(),
            waits: Waits::of(self.patience),
            listing: LicenseListing::default(),
        }
    }

    async fn ask(&self, url: &Url) -> Result<(Page, Option<Url>), ConnectError> {
        let request = self.api.get(url.clone()).bearer_auth(self.token.expose_secret());
        let response = self.api.send(STEP, request).await?;
        let next = next_page(response.headers())
            .map(|next| self.own_page(next))
            .transpose();
        let page = self.api.expect_within(PAGE_CAP, STEP, 200, response).await?;
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
    reader: &'a LicenseReader,
    next: Option<Url>,
    seen: Seen,
    waits: Waits,
    listing: LicenseListing,
}

/// One page. What is on it is read leniently.
#[derive(Deserialize)]
struct Page {
    total_seats_consumed: Option<Value>,
    total_seats_purchased: Option<Value>,
    users: Vec<Value>,
}

impl LicensePages<'_> {
    /// The rows of the next page, or nothing after the last one. It may wait, which `progress` hears before.
    ///
    /// # Errors
    /// [`ConnectError`] when the page could not be read.
    pub async fn next(&mut self, progress: &dyn ReadProgress) -> Result<Option<Vec<ConsumedLicense>>, ConnectError> {
        let Some(url) = self.next.take() else {
            return Ok(None);
        };
        let is_known = !self.seen.is_new(url.as_str());
        if is_known || self.listing.pages >= MOST_PAGES {
            let pages = self.listing.pages;
            return Err(ConnectError::Endless { step: STEP, pages });
        }
        let (reader, is_begun) = (self.reader, self.listing.pages > 0);
        let asked = self
            .waits
            .ask(STEP, is_begun, progress, async || reader.ask(&url).await);
        let (page, next) = asked.await?;
        let rows = self.take(&page);
        // Nothing more can be expected of a list that has come to its end.
        self.next = next.filter(|_| !rows.is_empty());
        progress.rows(self.listing.rows, self.listing.consumed);
        Ok(Some(rows))
    }

    /// What is known of the list after its last page.
    #[must_use]
    pub fn into_listing(self) -> LicenseListing {
        self.listing
    }

    /// The licenses on a page; takes note of what the page says of the list.
    fn take(&mut self, page: &Page) -> Vec<ConsumedLicense> {
        let unread = &mut self.listing.unreadable;
        let consumed = consumed_row::number(page.total_seats_consumed.as_ref(), "total_seats_consumed", unread);
        let purchased = consumed_row::number(page.total_seats_purchased.as_ref(), "total_seats_purchased", unread);
        let mut licenses = Vec::with_capacity(page.users.len());
        for row in &page.users {
            match row {
                Value::Object(row) => licenses.push(consumed_row::read(row, unread)),
                _ => consumed_row::note(unread, "users"),
            }
        }
        let listing = &mut self.listing;
        listing.changed |= listing.pages > 0 && listing.consumed != consumed;
        (listing.consumed, listing.purchased) = (consumed, purchased);
        listing.repeated += licenses
            .iter()
            .filter(|license| !self.seen.is_new_license(license))
            .count() as u64;
        listing.rows += licenses.len() as u64;
        listing.pages += 1;
        licenses
    }
}

/// What was seen, as hashes. That two share one is as likely as one in a million among ten million.
#[derive(Default)]
struct Seen(HashSet<u64>);

impl Seen {
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
