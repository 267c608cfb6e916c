//! A listener that counts connections and says nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::TcpListener;

/// Counts whoever connects.
pub(crate) struct Counter {
    pub(crate) url: String,
    connections: Arc<AtomicUsize>,
}

impl Counter {
    pub(crate) async fn listen() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", socket.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((connection, _)) = socket.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                drop(connection);
            }
        });
        Self { url, connections }
    }

    /// How many connections there were. A connection of our own is made and taken off, so that none is still queued.
    pub(crate) async fn connections(&self) -> usize {
        let address = self.url.trim_start_matches("http://").trim_end_matches('/');
        let before = self.connections.load(Ordering::SeqCst);
        drop(tokio::net::TcpStream::connect(address).await.unwrap());
        while self.connections.load(Ordering::SeqCst) == before {
            tokio::task::yield_now().await;
        }
        self.connections.fetch_sub(1, Ordering::SeqCst) - 1
    }
}
