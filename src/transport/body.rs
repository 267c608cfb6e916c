//! Reads responses by chunk, decoded, under a cap and while bytes move, so that nothing a peer sends can grow without
//! bound or continue for ever.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::coding::Coding;
use super::effort::Effort;
use super::fault::{Fault, Peer, TransportError};
use super::pace::{Meter, Pace};
use super::tier::Tier;
use crate::explain::Explain;
use crate::plain;
use crate::reason::Reason;

/// An answer that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    #[error(transparent)]
    Transport(#[from] TransportError),
    #[error("the answer of {url} is larger than {cap} bytes")]
    TooLarge { peer: Peer, url: String, cap: u64 },
}

impl BodyError {
    /// What can be expected of trying again.
    pub fn tier(&self) -> Tier {
        match self {
            Self::Transport(error) => error.fault.tier(),
            Self::TooLarge { .. } => Tier::Lasting,
        }
    }

    /// Whether the request may have arrived.
    pub fn may_have_arrived(&self) -> bool {
        match self {
            Self::Transport(error) => error.may_have_arrived,
            Self::TooLarge { .. } => true,
        }
    }
}

impl Explain for BodyError {
    fn reason(&self) -> Reason {
        match self {
            Self::Transport(error) => error.reason(),
            Self::TooLarge { peer: Peer::Server, .. } => Reason::PayloadTooLarge,
            Self::TooLarge { peer: Peer::Cloud, .. } => Reason::MalformedAnswer,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Transport(error) => error.help(),
            Self::TooLarge { .. } => {
                Some("that is far more than this answer can be; check what answers at this address".to_owned())
            }
        }
    }
}

/// An answer's body, chunk by chunk, of at most `cap` bytes after decompression.
pub struct Body {
    response: Response,
    peer: Peer,
    method: &'static str,
    cap: u64,
    left: u64,
    deadline: Option<Instant>,
    meter: Meter,
    effort: Effort,
    coding: Coding,
    /// What was received and not decoded yet.
    received: Bytes,
    /// Whether nothing follows that.
    ended: bool,
}

impl Body {
    /// Prepares to read `response`.
    pub fn new(response: Response, peer: Peer, method: &'static str, cap: u64) -> Self {
        Self {
            coding: Coding::of(response.headers()),
            response,
            peer,
            method,
            cap,
            left: cap,
            deadline: None,
            meter: Meter::new(Pace::default(), Instant::now()),
            effort: Effort::default(),
            received: Bytes::new(),
            ended: false,
        }
    }

    /// Lets the whole answer take no longer than until `deadline`; without it it may take as long as bytes move.
    pub fn until(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sets other limits than the default ones on silence and slowness.
    pub fn at(mut self, pace: Pace) -> Self {
        self.meter = Meter::new(pace, Instant::now());
        self.effort = Effort::of(pace.longest_effort);
        self
    }

    /// The next bytes, or nothing when the answer is complete.
    ///
    /// # Errors
    /// [`BodyError`] when the connection fails, the time is over or the cap is reached.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        loop {
            if let Coding::Unknown(coding) = &self.coding {
                return Err(self.error(Fault::Coding(coding.clone())).into());
            }
            if self.received.is_empty() && !self.ended {
                match self.receive().await? {
                    Some(bytes) => self.received = bytes,
                    None => self.ended = true,
                }
            }
            let decoded = self.coding.decode(&mut self.received, self.ended);
            let decoded = decoded.map_err(|fault| self.error(fault))?;
            self.left = self
                .left
                .checked_sub(decoded.len() as u64)
                .ok_or_else(|| self.too_large())?;
            self.effort.advance(decoded.len() as u64);
            if !decoded.is_empty() {
                return Ok(Some(decoded));
            }
            if self.ended {
                return Ok(None);
            }
        }
    }

    /// The rest of a small answer.
    ///
    /// # Errors
    /// As for [`chunk`](Self::chunk).
    pub async fn whole(mut self) -> Result<Vec<u8>, BodyError> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    /// The next bytes as they were sent.
    async fn receive(&mut self) -> Result<Option<Bytes>, TransportError> {
        self.meter.listen(Instant::now());
        let (limit, fault) = self.meter.limit();
        let (limit, fault) = match self.deadline {
            Some(deadline) if deadline < limit => (deadline, Fault::TimedOut),
            _ => (limit, fault),
        };
        let received = self.effort.bound(timeout_at(limit, self.response.chunk())).await;
        let received = received
            .and_then(|received| received.map_err(|_| fault))
            .map_err(|fault| self.error(fault))?;
        let received =
            received.map_err(|error| TransportError::new(self.peer, self.method, self.response.url(), &error))?;
        if let Some(bytes) = &received {
            self.meter.moved(bytes.len() as u64, Instant::now());
        }
        Ok(received)
    }

    fn error(&self, fault: Fault) -> TransportError {
        TransportError::of(self.peer, self.method, self.response.url(), fault)
    }

    fn too_large(&self) -> BodyError {
        BodyError::TooLarge {
            peer: self.peer,
            url: plain::url(self.response.url()),
            cap: self.cap,
        }
    }
}

/// Waits for the head of the answer to a request to `url`, for which the peer may cause so much work.
///
/// # Errors
/// [`TransportError`] when the request fails, or the peer keeps this program busy without answering.
pub async fn receive_head(
    peer: Peer,
    method: &'static str,
    url: &Url,
    longest_effort: Duration,
    head: impl Future<Output = reqwest::Result<Response>>,
) -> Result<Response, TransportError> {
    match Effort::of(longest_effort).bound(head).await {
        Ok(head) => head.map_err(|error| TransportError::new(peer, method, url, &error)),
        Err(fault) => Err(TransportError::of(peer, method, url, fault)),
    }
}

/// Reads a whole small answer.
///
/// # Errors
/// [`BodyError`] when the connection fails or the answer has more than `cap` bytes.
pub async fn read_capped(response: Response, peer: Peer, method: &'static str, cap: u64) -> Result<Vec<u8>, BodyError> {
    Body::new(response, peer, method, cap).whole().await
}
