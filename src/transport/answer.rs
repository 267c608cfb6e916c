//! Reads answers by chunk under a cap, so that nothing a peer sends can grow without bound.

use bytes::Bytes;
use reqwest::Response;
use tokio::time::{Instant, timeout_at};

use super::fault::{Fault, Peer, TransportError, plain};
use super::tier::Tier;
use crate::explain::Explain;
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
    #[must_use]
    pub fn tier(&self) -> Tier {
        match self {
            Self::Transport(error) => error.fault.tier(),
            Self::TooLarge { .. } => Tier::Lasting,
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
}

impl Body {
    /// Prepares to read `response`.
    #[must_use]
    pub fn new(response: Response, peer: Peer, method: &'static str, cap: u64) -> Self {
        Self {
            response,
            peer,
            method,
            cap,
            left: cap,
            deadline: None,
        }
    }

    /// Lets the whole answer take no longer than until `deadline`; without it only silence is limited.
    #[must_use]
    pub fn until(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The next bytes, or nothing when the answer is complete.
    ///
    /// # Errors
    /// [`BodyError`] when the connection fails, the time is over or the cap is reached.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, BodyError> {
        let received = match self.deadline {
            None => self.response.chunk().await,
            Some(deadline) => match timeout_at(deadline, self.response.chunk()).await {
                Ok(received) => received,
                Err(_) => return Err(self.timed_out().into()),
            },
        };
        let chunk =
            received.map_err(|error| TransportError::new(self.peer, self.method, self.response.url(), &error))?;
        if let Some(bytes) = &chunk {
            let too_large = || BodyError::TooLarge {
                peer: self.peer,
                url: plain(self.response.url()),
                cap: self.cap,
            };
            self.left = self.left.checked_sub(bytes.len() as u64).ok_or_else(too_large)?;
        }
        Ok(chunk)
    }

    fn timed_out(&self) -> TransportError {
        TransportError {
            peer: self.peer,
            method: self.method,
            url: plain(self.response.url()),
            fault: Fault::TimedOut,
        }
    }
}

/// Reads a whole small answer.
///
/// # Errors
/// [`BodyError`] when the connection fails or the answer has more than `cap` bytes.
pub async fn read_capped(response: Response, peer: Peer, method: &'static str, cap: u64) -> Result<Vec<u8>, BodyError> {
    let mut body = Body::new(response, peer, method, cap);
    let mut bytes = Vec::new();
    while let Some(chunk) = body.chunk().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
