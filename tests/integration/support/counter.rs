//! A listener that counts connections and says nothing.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Counts connections.
pub(crate) struct Counter {
    pub(crate) url: String,
    address: SocketAddr,
    callers: watch::Receiver<Vec<SocketAddr>>,
    questions: AtomicUsize,
}

impl Counter {
    pub(crate) async fn listen() -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (seen, callers) = watch::channel(Vec::new());
        tokio::spawn(async move {
            while let Ok((_, caller)) = socket.accept().await {
                seen.send_modify(|callers| callers.push(caller));
            }
        });
        Self {
            url: format!("http://{address}/"),
            address,
            callers,
            questions: AtomicUsize::new(0),
        }
    }

    /// How many connections there were. Connections are accepted in their order, so one of our own comes last.
    pub(crate) async fn connections(&self) -> usize {
        let own = TcpStream::connect(self.address).await.unwrap();
        let own = own.local_addr().unwrap();
        let mut callers = self.callers.clone();
        let callers = callers.wait_for(|callers| callers.contains(&own)).await.unwrap();
        let before = callers.iter().position(|caller| *caller == own).unwrap();
        before - self.questions.fetch_add(1, Ordering::Relaxed)
    }
}

#[tokio::test]
async fn every_connection_is_counted_and_the_question_is_not() {
    let counter = Counter::listen().await;
    assert_eq!(counter.connections().await, 0);
    let _first = TcpStream::connect(counter.address).await.unwrap();
    let _second = TcpStream::connect(counter.address).await.unwrap();
    assert_eq!(counter.connections().await, 2);
    assert_eq!(counter.connections().await, 2);
}
