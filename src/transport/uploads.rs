//! Sends large documents: an upload may take as long as it needs while its bytes arrive.
//!
//! Bytes that the kernel took have not arrived, so both are checked: what was handed over and what the peer has not
//! acknowledged. It neither retries nor knows what is uploaded.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt, stream};
use reqwest::{Body, Client, RequestBuilder, Response};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout};
use url::Url;

use super::client::{Redirects, builder};
use super::client_error::ClientError;
use super::effort::Effort;
use super::fault::{Fault, Peer, TransportError};
use super::pace::{Meter, Pace};
use super::sockets::Sockets;
use crate::settings::{Environment, Network};

/// How often an upload is checked in the time of the longest stall.
const LOOKS: u32 = 12;

/// The bytes that are handed over at once. The HTTP client keeps up to 16 such pieces in a buffer of its own, where
/// nobody sees them move.
const PIECE: usize = 4 * 1024;

/// A client for uploads to one host.
pub struct Uploads {
    client: Client,
    base: Url,
    sockets: Sockets,
    pace: Pace,
}

/// How far a body is: what of it was handed to the HTTP client.
#[derive(Debug, Clone)]
pub struct Handed {
    bytes: Arc<AtomicU64>,
    size: u64,
}

impl Handed {
    /// For a body of this size.
    pub fn of(size: u64) -> Self {
        Self {
            bytes: Arc::default(),
            size,
        }
    }

    /// The body, counted in small pieces.
    pub fn body<S, E>(&self, pieces: S) -> Body
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let count = Arc::clone(&self.bytes);
        let pieces = pieces
            .map_ok(|piece| stream::iter(split(piece).map(Ok::<_, E>)))
            .try_flatten();
        Body::wrap_stream(pieces.inspect_ok(move |piece| {
            count.fetch_add(piece.len() as u64, Ordering::Relaxed);
        }))
    }
}

fn split(mut bytes: Bytes) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || (!bytes.is_empty()).then(|| bytes.split_to(bytes.len().min(PIECE))))
}

impl Uploads {
    /// A client for uploads to `base`, which follows no redirect.
    ///
    /// # Errors
    /// [`ClientError`]: nothing was connected to yet.
    pub fn build(base: &Url, network: &Network, pace: Pace, environment: &Environment) -> Result<Self, ClientError> {
        let sockets = Sockets::default();
        let builder = builder(base, network, Redirects::Never, environment)?
            .connector_layer(sockets.clone())
            // To the kernel, a peer that reads slowly, a small window at a time, is one that acknowledges nothing.
            .tcp_user_timeout(None);
        Ok(Self {
            client: builder.build().map_err(ClientError::Build)?,
            base: base.clone(),
            sockets,
            pace,
        })
    }

    /// A request to be sent with [`send`](Self::send).
    pub fn post(&self, url: &Url) -> RequestBuilder {
        self.client.post(url.clone())
    }

    /// Sends a request whose body is counted by `handed`, and waits for the head of the answer. `alive` hears several
    /// times a minute that the upload has not ended.
    ///
    /// # Errors
    /// [`TransportError`] when the connection fails or too few bytes move.
    pub async fn send(
        &self,
        peer: Peer,
        request: RequestBuilder,
        handed: &Handed,
        alive: &(dyn Fn() + Sync),
    ) -> Result<Response, TransportError> {
        let method = "POST";
        let (client, request) = request.build_split();
        let request = request.map_err(|error| TransportError::new(peer, method, &self.base, &error))?;
        let url = request.url().clone();
        let mut answer = std::pin::pin!(client.execute(request));
        let mut outgoing = UploadWatch::new(self.pace, handed.size, Instant::now());
        let fault = loop {
            let wait = timeout(self.pace.longest_stall / LOOKS, &mut answer);
            match outgoing.effort.bound(wait).await {
                Ok(Ok(answer)) => return answer.map_err(|error| TransportError::new(peer, method, &url, &error)),
                Ok(Err(_)) => {}
                Err(fault) => break fault,
            }
            alive();
            let (sockets, handed) = (self.sockets.clone(), handed.bytes.load(Ordering::Relaxed));
            let unacknowledged = spawn_blocking(move || sockets.unacknowledged()).await.ok().flatten();
            if let Some(fault) = outgoing.look(handed, unacknowledged, Instant::now()) {
                break fault;
            }
        };
        Err(TransportError::of(peer, method, &url, fault))
    }
}

/// Judges one upload by what is seen of it.
struct UploadWatch {
    pace: Pace,
    size: u64,
    meter: Meter,
    effort: Effort,
    handed: u64,
    unacknowledged: u64,
}

impl UploadWatch {
    fn new(pace: Pace, size: u64, now: Instant) -> Self {
        Self {
            pace,
            size,
            meter: Meter::new(pace, now),
            effort: Effort::of(pace.longest_effort),
            handed: 0,
            unacknowledged: 0,
        }
    }

    /// What the upload has to end with, if it has to. Where the kernel reports nothing, what it took counts as arrived.
    fn look(&mut self, handed: u64, unacknowledged: Option<u64>, now: Instant) -> Option<Fault> {
        let unacknowledged = unacknowledged.unwrap_or_default();
        let arrived = |handed: u64, unacknowledged: u64| handed.saturating_sub(unacknowledged);
        let more = arrived(handed, unacknowledged).saturating_sub(arrived(self.handed, self.unacknowledged));
        // The HTTP client has a buffer of its own, from which it fills the kernel's without anything being handed over.
        let drained = self.unacknowledged.saturating_sub(unacknowledged);
        if (handed, unacknowledged) != (self.handed, self.unacknowledged) {
            self.meter.moved(more.max(drained), now);
            self.effort.advance(more.max(drained));
            (self.handed, self.unacknowledged) = (handed, unacknowledged);
        }
        let (limit, fault) = if handed >= self.size && unacknowledged == 0 {
            let limit = self.meter.last() + self.pace.answer_to(self.size);
            self.pace.bounded((limit, Fault::TimedOut))
        } else {
            self.meter.limit()
        };
        (now >= limit).then_some(fault)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// When and how an upload ends of which this is seen in each second.
    fn end(size: u64, seen: impl Fn(u64) -> (u64, Option<u64>)) -> Option<(u64, Fault)> {
        let start = Instant::now();
        let mut outgoing = UploadWatch::new(Pace::default(), size, start);
        (1..100_000).find_map(|second| {
            let (handed, unacknowledged) = seen(second);
            let fault = outgoing.look(handed, unacknowledged, start + Duration::from_secs(second));
            fault.map(|fault| (second, fault))
        })
    }

    fn stalled() -> Fault {
        Fault::Stalled(Pace::default().longest_stall)
    }

    #[test]
    fn a_buffer_that_drains_for_hours_is_an_upload_that_moves() {
        let size: u64 = 4_000_000;
        let drains = |second: u64| (size, Some(size.saturating_sub(second * 1000)));
        let (end, fault) = end(size, drains).unwrap();
        assert_eq!(fault, Fault::TimedOut);
        assert_eq!(end, 4000 + Pace::default().answer_to(size).as_secs());
    }

    #[test]
    fn a_buffer_that_does_not_drain_is_a_stall() {
        assert_eq!(end(255_000, |_| (255_000, Some(200_000))), Some((121, stalled())));
    }

    #[test]
    fn a_body_that_nobody_takes_is_a_stall() {
        assert_eq!(end(255_000, |_| (0, Some(0))), Some((120, stalled())));
        assert_eq!(end(255_000, |_| (0, None)), Some((120, stalled())));
    }

    #[test]
    fn a_full_buffer_that_is_filled_again_is_an_upload_that_moves() {
        let fills = |second: u64| (800_000, Some(400_000 - second % 7 * 1000));
        assert_eq!(end(900_000, fills), None);
    }

    #[test]
    fn a_peer_that_takes_a_byte_a_second_is_too_slow() {
        let trickles = |second: u64| (255_000, Some(255_000 - second));
        let Some((600, Fault::TooSlow { .. })) = end(255_000, trickles) else {
            panic!("{:?}", end(255_000, trickles));
        };
    }

    #[test]
    fn without_the_kernels_word_the_answer_has_the_time_of_the_document() {
        let expected = 1 + Pace::default().answer_to(255_000).as_secs();
        let (end, fault) = end(255_000, |_| (255_000, None)).unwrap();
        assert!((expected..=expected + 1).contains(&end), "{end} {expected}");
        assert_eq!(fault, Fault::TimedOut);
    }
}
