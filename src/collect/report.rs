//! Asks for the all-users report until the server has generated it, then decodes it as it streams.
//!
//! Source: "Reports for your instance" in GitHub's public documentation: the server answers 202 while it generates.

use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, StatusCode};
use tokio::time::{Instant, sleep_until, timeout_at};
use url::Url;

use super::age;
use super::defect::Defect;
use super::error::CollectError;
use super::people::People;
use super::progress::CollectProgress;
use super::refusal::{Endpoint, ServerRefusal};
use super::rows::Decoder;
use super::session::Session;
use super::subject::REPORT_CAP;
use crate::license::{ReportAge, Roster};
use crate::plain;
use crate::settings::Report;
use crate::transport::{Body, Fault, Pace, Peer, Tier, TransportError, retry_after};

const PATH: &str = "stafftools/reports/all_users.csv";

/// The pause before asking a second time; each further one is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How long one answer may take, even when the time for generating the report is over.
const SHORTEST_WAIT: Duration = Duration::from_secs(30);

/// A whole report.
pub(super) struct WholeReport {
    pub(super) roster: Roster,
    /// Nobody, unless the decoder keeps them.
    pub(super) people: People,
    /// How old it is, if the server says.
    pub(super) age: Option<ReportAge>,
}

/// Reads the report.
pub(super) async fn read(
    session: &Session,
    settings: &Report,
    decoder: Decoder,
    pace: Pace,
    progress: &dyn CollectProgress,
) -> Result<WholeReport, CollectError> {
    let url = session.url(PATH);
    let answer = ask_until_ready(session, &url, settings, progress).await?;
    let age = age::read(answer.headers(), session.now());
    let (roster, people) = decode(answer, decoder, pace, progress).await?;
    Ok(WholeReport { roster, people, age })
}

async fn ask_until_ready(
    session: &Session,
    url: &Url,
    settings: &Report,
    progress: &dyn CollectProgress,
) -> Result<Response, CollectError> {
    let start = Instant::now();
    let deadline = start + settings.timeout;
    let mut pause = FIRST_PAUSE;
    let mut is_generating = false;
    loop {
        progress.asking(deadline.saturating_duration_since(Instant::now()).max(SHORTEST_WAIT));
        let not_yet = match ask(session, url, &settings.username, deadline).await {
            Ok(answer) if answer.status() == StatusCode::OK => return Ok(answer),
            Ok(answer) if answer.status() == StatusCode::ACCEPTED => {
                is_generating = true;
                NotYet {
                    asked: retry_after(answer.headers()),
                    error: CollectError::NotReady {
                        url: plain::url(url),
                        waited: plain::duration(settings.timeout),
                    },
                }
            }
            Ok(answer) => {
                let patience = is_generating.then(|| deadline.saturating_duration_since(Instant::now()));
                NotYet::refused(ServerRefusal::of(Endpoint::Report, &answer), patience)?
            }
            // The report does not get lost with a connection.
            Err(error) if is_generating && error.fault.tier() == Tier::Passing => NotYet {
                asked: None,
                error: error.into(),
            },
            Err(error) => return Err(error.into()),
        };
        let now = Instant::now();
        if now >= deadline {
            return Err(not_yet.error);
        }
        let wished = not_yet.asked.unwrap_or(pause).max(FIRST_PAUSE);
        // Never past the deadline: then it is asked for the last time.
        let again = now.checked_add(wished).map_or(deadline, |again| again.min(deadline));
        progress.waiting(now - start, again - now);
        sleep_until(again).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// An answer that is not the report, but does not mean that none will come.
struct NotYet {
    /// The wait that the server asks for.
    asked: Option<Duration>,
    /// What it means when the time is up.
    error: CollectError,
}

impl NotYet {
    /// While the report is generated and there is patience, a failure may pass; else it is one.
    fn refused(refusal: ServerRefusal, patience: Option<Duration>) -> Result<Self, CollectError> {
        let asked = refusal.retry_after;
        if refusal.kind.tier() != Tier::Passing || patience.is_none_or(|left| asked.unwrap_or_default() > left) {
            return Err(refusal.into());
        }
        Ok(Self {
            asked,
            error: refusal.into(),
        })
    }
}

async fn ask(session: &Session, url: &Url, username: &str, deadline: Instant) -> Result<Response, TransportError> {
    let limit = deadline.max(Instant::now() + SHORTEST_WAIT);
    timeout_at(limit, session.send(url, session.get_as_user(url, username)))
        .await
        .unwrap_or_else(|_| Err(TransportError::of(Peer::Server, "GET", url, Fault::TimedOut)))
}

async fn decode(
    answer: Response,
    mut decoder: Decoder,
    pace: Pace,
    progress: &dyn CollectProgress,
) -> Result<(Roster, People), CollectError> {
    // Where the report came from in the end, which identifies a login page.
    let url = plain::url(answer.url());
    let defective = |source| CollectError::Report {
        url: url.clone(),
        source,
    };
    if is_web_page(&answer) {
        return Err(defective(Defect::WebPage));
    }
    let mut body = Body::new(answer, Peer::Server, "GET", REPORT_CAP).at(pace);
    let mut bytes = 0;
    while let Some(chunk) = body.chunk().await? {
        bytes += chunk.len() as u64;
        decoder.push(&chunk).map_err(defective)?;
        progress.read(decoder.accounts(), bytes);
    }
    decoder.finish_with_people().map_err(defective)
}

fn is_web_page(answer: &Response) -> bool {
    answer
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"))
}
