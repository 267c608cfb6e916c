//! A slow line: passes the bytes of each connection on, in one direction at a given rate and with stalls.
//!
//! Its sockets have small buffers, so that what it does not pass on stays with the sender, and segments of the size that
//! they have on a network: those of loopback are larger than such a buffer, and what is acknowledged comes in jumps.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy, duplex};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// The size of the buffers of its sockets.
const BUFFER: usize = 8 * 1024;

/// The size of their segments.
const SEGMENT: u32 = 1400;

/// It passes something on so often.
const BEATS: u32 = 20;

/// The direction that is slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slow {
    ToClient,
    ToServer,
}

/// How the slow direction behaves.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flow {
    /// Bytes a second.
    pub(crate) rate: u32,
    /// After each time so many bytes nothing moves for so long.
    pub(crate) stalls: Option<(u64, Duration)>,
    /// After so many bytes nothing moves any more.
    pub(crate) ends_after: Option<u64>,
    /// It takes everything at once and only passes it on slowly.
    pub(crate) takes_all: bool,
}

/// Where a line leads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Entry {
    /// To the target.
    Direct,
    /// To the target as well, once a proxy was asked to connect to some host.
    Proxy,
}

/// A line; it is there until the test's runtime ends.
#[derive(Clone)]
pub(crate) struct Line {
    /// The address of its near end.
    pub(crate) near: SocketAddr,
    /// When its endless stall began.
    pub(crate) ended: Arc<OnceLock<Instant>>,
}

/// Lays a line to `target`.
pub(crate) fn lay(target: SocketAddr, entry: Entry, slow: Slow, flow: Flow) -> Line {
    let listener = listener();
    let near = listener.local_addr().unwrap();
    let line = Line {
        near,
        ended: Arc::default(),
    };
    let end = Arc::clone(&line.ended);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let end = Arc::clone(&end);
            tokio::spawn(async move {
                // A peer that goes away is part of many tests.
                let _ = pass_on(stream, target, entry, slow, flow, &end).await;
            });
        }
    });
    line
}

fn listener() -> TcpListener {
    let socket = small_socket().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    socket.listen(64).unwrap()
}

fn small_socket() -> io::Result<TcpSocket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_recv_buffer_size(BUFFER)?;
    socket.set_send_buffer_size(BUFFER)?;
    socket.set_tcp_mss(SEGMENT)?;
    socket.set_nonblocking(true)?;
    Ok(TcpSocket::from_std_stream(socket.into()))
}

async fn pass_on(
    mut near: TcpStream,
    target: SocketAddr,
    entry: Entry,
    slow: Slow,
    flow: Flow,
    end: &OnceLock<Instant>,
) -> io::Result<()> {
    if matches!(entry, Entry::Proxy) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(near.read_u8().await?);
        }
        near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    }
    let far = small_socket()?.connect(target).await?;
    let ((mut from_near, mut to_near), (mut from_far, mut to_far)) = (near.into_split(), far.into_split());
    let fast = async |from: &mut (dyn AsyncRead + Send + Unpin), to: &mut (dyn AsyncWrite + Send + Unpin)| {
        copy(from, to).await?;
        to.shutdown().await
    };
    match slow {
        Slow::ToServer if flow.takes_all => {
            let (mut store, mut stored) = duplex(1 << 20);
            tokio::try_join!(
                fast(&mut from_near, &mut store),
                passed_on(&mut stored, &mut to_far, flow, end),
                fast(&mut from_far, &mut to_near)
            )?;
        }
        Slow::ToServer => {
            tokio::try_join!(
                passed_on(&mut from_near, &mut to_far, flow, end),
                fast(&mut from_far, &mut to_near)
            )?;
        }
        Slow::ToClient => {
            tokio::try_join!(
                fast(&mut from_near, &mut to_far),
                passed_on(&mut from_far, &mut to_near, flow, end)
            )?;
        }
    }
    Ok(())
}

async fn passed_on(
    from: &mut (dyn AsyncRead + Send + Unpin),
    to: &mut (dyn AsyncWrite + Send + Unpin),
    flow: Flow,
    ended: &OnceLock<Instant>,
) -> io::Result<()> {
    let mut piece = vec![0; (flow.rate / BEATS).max(1) as usize];
    let mut passed = 0;
    loop {
        let size = from.read(&mut piece).await?;
        if size == 0 {
            return to.shutdown().await;
        }
        to.write_all(&piece[..size]).await?;
        let before = passed;
        passed += size as u64;
        if flow.ends_after.is_some_and(|end| passed >= end) {
            ended.get_or_init(Instant::now);
            std::future::pending::<()>().await;
        }
        let stall = flow.stalls.filter(|(each, _)| before / each != passed / each);
        let takes = Duration::from_secs(1) * u32::try_from(size).unwrap() / flow.rate;
        tokio::time::sleep(stall.map_or(Duration::ZERO, |(_, pause)| pause) + takes).await;
    }
}
