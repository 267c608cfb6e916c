//! The connections of one client, and how many bytes of them the peer has not acknowledged.
//!
//! A send buffer of the kernel takes megabytes at once and empties for minutes, so what was handed over says nothing
//! about what arrives. The HTTP client gives nobody its sockets, but its connections have their addresses, and the
//! kernel's table of sockets has the length of each send queue.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::{Connected, Connection, HttpInfo};
use tower_layer::Layer;
use tower_service::Service;

/// The kernel's tables; below `self`, because the service sees nothing else of `/proc`.
const IPV4: &str = "/proc/self/net/tcp";
const IPV6: &str = "/proc/self/net/tcp6";

/// Takes note of each connection that a client opens.
#[derive(Debug, Clone, Default)]
pub(super) struct Sockets(Arc<Mutex<Vec<Ends>>>);

/// Both ends of a connection, as its table writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ends {
    table: &'static str,
    local: String,
    remote: String,
}

impl Sockets {
    /// How many bytes the peers of these connections have not acknowledged. Nothing when the kernel does not report it.
    ///
    /// The kernel walks through all sockets of the machine for it, which takes milliseconds: not in an async task.
    pub(super) fn unacknowledged(&self) -> Option<u64> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = 0;
        for table in [IPV4, IPV6] {
            if !open.iter().any(|ends| ends.table == table) {
                continue;
            }
            let text = std::fs::read_to_string(table).ok()?;
            // What is closed is forgotten.
            open.retain(|ends| {
                let queue = (ends.table == table).then(|| queue_of(&text, ends));
                all += queue.flatten().unwrap_or_default();
                queue != Some(None)
            });
        }
        Some(all)
    }

    fn note(&self, connected: &Connected) {
        let mut extensions = http::Extensions::new();
        connected.get_extras(&mut extensions);
        if let Some(info) = extensions.get::<HttpInfo>() {
            let ends = Ends::of(info.local_addr(), info.remote_addr());
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(ends);
        }
    }
}

impl Ends {
    fn of(local: SocketAddr, remote: SocketAddr) -> Self {
        Self {
            table: if local.is_ipv4() { IPV4 } else { IPV6 },
            local: written(local),
            remote: written(remote),
        }
    }
}

/// The length of a connection's send queue in this table.
fn queue_of(table: &str, ends: &Ends) -> Option<u64> {
    table.lines().find_map(|line| {
        let mut columns = line.split_ascii_whitespace().skip(1);
        let (local, remote, _state) = (columns.next()?, columns.next()?, columns.next()?);
        let (sending, _receiving) = columns.next()?.split_once(':')?;
        (local == ends.local && remote == ends.remote).then(|| u64::from_str_radix(sending, 16).ok())?
    })
}

/// An address as the table writes it: words of 32 bits as they lie in memory, and the port.
fn written(address: SocketAddr) -> String {
    let words = |octets: &[u8]| -> String {
        let words = octets.chunks_exact(4).filter_map(|word| word.try_into().ok());
        words.map(|word| format!("{:08X}", u32::from_ne_bytes(word))).collect()
    };
    let ip = match address {
        SocketAddr::V4(address) => words(&address.ip().octets()),
        SocketAddr::V6(address) => words(&address.ip().octets()),
    };
    format!("{ip}:{:04X}", address.port())
}

impl<S> Layer<S> for Sockets {
    type Service = Noting<S>;

    fn layer(&self, connector: S) -> Noting<S> {
        Noting {
            connector,
            sockets: self.clone(),
        }
    }
}

/// A connector whose connections are noted.
#[derive(Clone)]
pub(super) struct Noting<S> {
    connector: S,
    sockets: Sockets,
}

impl<S, R> Service<R> for Noting<S>
where
    S: Service<R>,
    S::Response: Connection,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let (connecting, sockets) = (self.connector.call(request), self.sockets.clone());
        Box::pin(async move {
            let connection = connecting.await?;
            sockets.note(&connection.connected());
            Ok(connection)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn addresses_are_written_like_in_the_table() {
        let text = |address: &str| written(address.parse().unwrap());
        assert_eq!(text("127.0.0.1:8080"), "0100007F:1F90");
        assert_eq!(text("[::1]:443"), "00000000000000000000000001000000:01BB");
    }

    #[test]
    fn the_send_queue_is_that_of_the_connection() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr\n\
                     0: 0100007F:AF58 00000000:0000 0A 00000007:00000000 00:00000000\n\
                     1: 0100007F:AF58 0100007F:D069 01 0031EE20:00000005 04:00000010\n";
        let ends = |remote: &str| Ends {
            table: IPV4,
            local: "0100007F:AF58".to_owned(),
            remote: remote.to_owned(),
        };
        assert_eq!(queue_of(table, &ends("0100007F:D069")), Some(0x31_EE20));
        assert_eq!(queue_of(table, &ends("0100007F:D06A")), None);
    }

    #[test]
    fn the_kernel_tells_the_queue_of_a_socket_whose_peer_does_not_read() {
        use std::io::Write;
        use std::net::{TcpListener, TcpStream};

        for address in ["127.0.0.1:0", "[::1]:0"] {
            // A machine may be without IPv6.
            let Ok(listener) = TcpListener::bind(address) else {
                continue;
            };
            let mut stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let sockets = Sockets::default();
            let ends = Ends::of(stream.local_addr().unwrap(), stream.peer_addr().unwrap());
            sockets.0.lock().unwrap().push(ends);
            assert_eq!(sockets.unacknowledged(), Some(0));
            assert_eq!(sockets.0.lock().unwrap().len(), 1, "the connection is in the table");
            stream.set_nonblocking(true).unwrap();
            let mut handed = 0;
            while let Ok(bytes) = stream.write(&[0; 65536]) {
                handed += bytes as u64;
            }
            let unacknowledged = sockets.unacknowledged().unwrap();
            assert!((1..=handed).contains(&unacknowledged), "{unacknowledged} of {handed}");
        }
    }
}
