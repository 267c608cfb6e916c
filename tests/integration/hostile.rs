//! Peers that mean harm: whatever they say, an answer is bounded in size and in time, and what is reported is short.
//!
//! How much was taken of an endless answer is counted on the side that sends.

#[cfg(feature = "sandbox")]
mod attacks;
mod cloud;
mod http2;
#[cfg(feature = "sandbox")]
mod memory;
mod proxy;
mod server;
#[cfg(feature = "sandbox")]
mod terminal;
mod wire;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::support::loopback::{Reply, head};

/// More than the buffers of both sockets hold together: so much can be on the way when a client hangs up.
fn on_the_way() -> usize {
    let largest = |buffer: &str| {
        let text = std::fs::read_to_string(format!("/proc/sys/net/ipv4/{buffer}")).unwrap();
        text.split_whitespace().last().unwrap().parse::<usize>().unwrap()
    };
    largest("tcp_rmem") + largest("tcp_wmem") + 1024 * 1024
}

/// What is sent again and again.
const PIECE: usize = 16 * 1024;

/// An answer whose body is these bytes again and again, without a length.
fn endless(status: u16, headers: &str, bytes: &[u8]) -> Reply {
    Reply::Endless(head(status, headers), bytes.repeat(PIECE / bytes.len()))
}

/// An answer in chunks, of which each is these bytes and none is the last.
fn endless_chunks(status: u16, bytes: &[u8]) -> Reply {
    let body = bytes.repeat(PIECE / bytes.len());
    let chunk = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n"].concat();
    Reply::Endless(head(status, "Transfer-Encoding: chunked\r\n"), chunk)
}

/// An answer that unpacks to so many times 64 KiB of these bytes.
fn bomb(status: u16, bytes: &[u8], times: usize) -> Reply {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let piece = bytes.repeat(64 * 1024 / bytes.len());
    for _ in 0..times {
        encoder.write_all(&piece).unwrap();
    }
    Reply::answer(status, "Content-Encoding: gzip\r\n", &encoder.finish().unwrap())
}
