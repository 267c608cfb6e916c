//! Transfers over bad network links: as long as bytes move they end well, and else they end in time and with a name.
//!
//! All times are scaled down so that a transfer takes seconds. With `GHE_LICENSE_SYNC_DEEP=1` they are the real ones, and
//! the matrix takes as long as a span of the slowest link. `--nocapture` shows it as a table.

use std::convert::Infallible;
use std::error::Error;
use std::fmt::Write;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::stream;
use ghe_license_sync::collect::{NoProgress, collect};
use ghe_license_sync::connect::Upload;
use ghe_license_sync::license::Digest;
use ghe_license_sync::settings::{Network, Proxy, Report, Source};
use ghe_license_sync::transport::Pace;
use tokio::net::TcpListener;
use url::Url;

use crate::support::authority::{Authority, Validity};
use crate::support::cloud::{self, client_over};
use crate::support::deep::is_deep;
use crate::support::enterprise::{STATS, csv, environment, facts_with_stats, settings};
use crate::support::line::{Entry, Flow, Line, Slow, lay};
use crate::support::loopback::{Loopback, Reply, head};

/// The bytes of the report and of the document.
const SIZE: usize = 255_000;

/// The transfers that never end stop after so many bytes.
const END: u64 = 60_000;

/// How long the window is of those that are not complete in it.
const WINDOW: Duration = Duration::from_secs(2 * 60);

/// How much faster everything goes unless the checks are deep.
const SCALE: u32 = 30;

/// A busy machine may come later by so much.
const LENIENCE: Duration = Duration::from_secs(6);

const ACCEPTED: &[u8] = br#"{"id":"1"}"#;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Slow,
    Fast,
    Stalls,
    Ends,
    /// Slower than it may be.
    Trickle,
    /// The next window begins before it is complete.
    Late,
    /// The bytes leave at once, and something in between passes them on at 1 KB/s.
    Held,
}

impl Link {
    const ALL: [(Self, &str); 7] = [
        (Self::Slow, "1 KB/s"),
        (Self::Fast, "20 KB/s"),
        (Self::Stalls, "20 KB/s, stalls of 20 s"),
        (Self::Ends, "20 KB/s, an endless stall"),
        (Self::Trickle, "250 B/s"),
        (Self::Late, "1 KB/s, a window of 2 min"),
        (Self::Held, "1 KB/s behind a buffer"),
    ];

    fn flow(self, scale: u32) -> Flow {
        let rate = scale
            * match self {
                Self::Slow | Self::Late | Self::Held => 1000,
                Self::Fast | Self::Stalls | Self::Ends => 20_000,
                Self::Trickle => 250,
            };
        Flow {
            rate,
            stalls: (self == Self::Stalls).then(|| (50_000, Duration::from_secs(20) / scale)),
            ends_after: (self == Self::Ends).then_some(END),
            takes_all: self == Self::Held,
        }
    }

    /// The limits of a transfer that begins now.
    fn pace(self, scale: u32) -> Pace {
        let default = Pace::default();
        Pace {
            longest_stall: default.longest_stall / scale,
            floor: default.floor,
            span: default.span / scale,
            answer: default.answer / scale,
            // All transfers are made by one process at a time.
            longest_effort: Duration::MAX,
            ends: (self == Self::Late).then(|| tokio::time::Instant::now() + WINDOW / scale),
        }
    }
}

/// How the transfer goes over the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Plain,
    Tls,
    Http2,
    Proxy,
}

const OVER: [(Over, &str); 4] = [
    (Over::Plain, "HTTP"),
    (Over::Tls, "TLS"),
    (Over::Http2, "HTTP/2"),
    (Over::Proxy, "TLS by a proxy"),
];

/// One transfer of the matrix.
#[derive(Debug, Clone, Copy)]
struct Cell {
    link: (Link, &'static str),
    slow: Slow,
    over: (Over, &'static str),
}

/// How it ended.
struct Ended {
    text: String,
    took: Duration,
    /// After the beginning of the endless stall, if there was one.
    stalled: Option<Duration>,
}

impl Ended {
    fn of(fault: Option<String>, start: Instant, line: &Line) -> Self {
        Self {
            text: fault.unwrap_or_else(|| "done".to_owned()),
            took: start.elapsed(),
            stalled: line.ended.get().map(Instant::elapsed),
        }
    }
}

fn port_of(url: &Url) -> SocketAddr {
    ([127, 0, 0, 1], url.port().unwrap()).into()
}

/// Where to ask for what stands behind a line with this near end, and over which network.
fn way(cell: Cell, near: SocketAddr, authority: &Authority) -> (Url, Network) {
    let url = |text: String| Url::parse(&text).unwrap();
    match cell.over.0 {
        Over::Plain => (url(format!("http://{near}/")), Network::default()),
        Over::Tls | Over::Http2 => (url(format!("https://{near}/")), authority.network()),
        Over::Proxy => {
            let proxy = Proxy {
                url: url(format!("http://{near}/")),
                // The cloud's API is asked without it.
                no_proxy: Some("127.0.0.1".to_owned()),
                credentials: None,
            };
            let network = Network {
                proxy: Some(proxy),
                ..authority.network()
            };
            (url("https://localhost/".to_owned()), network)
        }
    }
}

async fn serve(
    cell: Cell,
    authority: &Authority,
    respond: impl Fn(&crate::support::loopback::Request) -> Reply + Send + Sync + 'static,
) -> SocketAddr {
    let host = if cell.over.0 == Over::Proxy {
        "localhost"
    } else {
        "127.0.0.1"
    };
    let server = match cell.over.0 {
        Over::Plain => Loopback::serve(respond).await,
        _ => Loopback::serve_tls(authority.acceptor(host, Validity::Now), respond).await,
    };
    port_of(&server.url)
}

/// Takes documents over HTTP/2.
async fn serve_http2(authority: &Authority) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, tls) = (listener.local_addr().unwrap(), authority.http2_acceptor("127.0.0.1"));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(tls.accept(stream).await.unwrap()).await.unwrap();
        while let Some(Ok((request, mut respond))) = connection.accept().await {
            tokio::spawn(async move {
                let mut body = request.into_body();
                while let Some(Ok(bytes)) = body.data().await {
                    body.flow_control().release_capacity(bytes.len()).unwrap();
                }
                let answer = http::Response::builder()
                    .status(202)
                    .header("location", "/uploads/1")
                    .body(())
                    .unwrap();
                // The client may be gone.
                if let Ok(mut answer) = respond.send_response(answer, false) {
                    let _ = answer.send_data(Bytes::from_static(ACCEPTED), true);
                }
            });
        }
    });
    address
}

fn entry(cell: Cell) -> Entry {
    if cell.over.0 == Over::Proxy {
        Entry::Proxy
    } else {
        Entry::Direct
    }
}

/// Downloads a report.
async fn download(cell: Cell, scale: u32) -> Ended {
    let authority = Authority::new();
    let row = |id: usize| format!("{id},user-{id},user-{id}@example.com,false,false\n");
    let mut report = "id,login,email,suspended?,dormant?\n".to_owned();
    (1..).map(row).find(|row| {
        report.push_str(row);
        report.len() >= SIZE
    });
    let server = serve(cell, &authority, move |request| {
        facts_with_stats(request, STATS).unwrap_or_else(|| csv(report.as_bytes()))
    })
    .await;
    let line = lay(server, entry(cell), Slow::ToClient, cell.link.0.flow(scale));
    let (url, network) = way(cell, line.near, &authority);
    let any = Loopback::serve(|_| Reply::Pieces(Vec::new())).await;
    let mut settings = settings(&any);
    (settings.url, settings.network) = (url, network);
    settings.source = Source::Report(Report {
        username: "license-bot".to_owned(),
        // The head of the answer comes with the first TLS record, which takes a minute on the slowest link.
        timeout: Duration::from_secs(600),
    });
    let start = Instant::now();
    let collected = collect(&settings, cell.link.0.pace(scale), &environment(), &NoProgress).await;
    Ended::of(collected.err().map(|error| error.to_string()), start, &line)
}

/// Uploads a document.
async fn upload(cell: Cell, scale: u32) -> Ended {
    let authority = Authority::new();
    let target = match cell.over.0 {
        Over::Http2 => serve_http2(&authority).await,
        _ => {
            let answer = [
                &head(202, "Location: /uploads/1\r\nContent-Length: 10\r\n")[..],
                ACCEPTED,
            ]
            .concat();
            serve(cell, &authority, move |_| Reply::AfterBody(answer.clone())).await
        }
    };
    let line = lay(target, entry(cell), Slow::ToServer, cell.link.0.flow(scale));
    let (url, network) = way(cell, line.near, &authority);
    let api = cloud::with_answer("nothing", || Reply::Pieces(Vec::new())).await;
    let client = client_over(&api.url, &url, network, cell.link.0.pace(scale));
    let document = Upload {
        idempotency_key: "key".to_owned(),
        content_digest: Digest([0; 32]),
        size: SIZE as u64,
    };
    let bytes = stream::iter([Ok::<_, Infallible>(Bytes::from(vec![b'x'; SIZE]))]);
    let start = Instant::now();
    let authorization = client.authorize().await.unwrap();
    let sent = client.upload(&authorization, &document, bytes, &|| {}).await;
    let fault = sent.err().map(|error| error.source().unwrap_or(&error).to_string());
    Ended::of(fault, start, &line)
}

async fn transfer(cell: Cell, scale: u32) -> Ended {
    match cell.slow {
        Slow::ToClient => download(cell, scale).await,
        Slow::ToServer => upload(cell, scale).await,
    }
}

fn cells() -> Vec<Cell> {
    let mut cells = Vec::new();
    for link in Link::ALL {
        for slow in [Slow::ToClient, Slow::ToServer] {
            for over in OVER {
                // A buffer in between changes nothing for who receives, and the server of reports speaks HTTP/1.1.
                let is_upload_only = link.0 == Link::Held || over.0 == Over::Http2;
                if slow == Slow::ToServer || !is_upload_only {
                    cells.push(Cell { link, slow, over });
                }
            }
        }
    }
    cells
}

/// What is wrong with how it ended.
fn mistake(cell: Cell, ended: &Ended, scale: u32) -> Option<String> {
    let pace = cell.link.0.pace(scale);
    let (text, at_least, at_most) = match cell.link.0 {
        Link::Ends => {
            let fault = format!("no bytes moved for {}", humantime::format_duration(pace.longest_stall));
            // A part of a TLS record arrived for nothing.
            (fault, pace.longest_stall * 3 / 4, pace.longest_stall * 13 / 12)
        }
        Link::Trickle => {
            let fault = format!(
                "slower than {} bytes in {}",
                pace.floor,
                humantime::format_duration(pace.span)
            );
            // The time counts from the head of the answer, which takes a while as well.
            (fault, pace.span, pace.span + pace.longest_stall)
        }
        Link::Late => {
            let fault = "the transfer was not complete when the next window began".to_owned();
            // Measured from a moment later.
            (
                fault,
                WINDOW * 11 / 12 / scale,
                WINDOW / scale + pace.longest_stall / 12,
            )
        }
        _ => ("done".to_owned(), Duration::ZERO, Duration::from_secs(40 * 60) / scale),
    };
    let took = ended.stalled.unwrap_or(ended.took);
    if !ended.text.ends_with(&text) {
        return Some(format!("expected: {text}"));
    }
    if took < at_least || took > at_most + LENIENCE {
        return Some(format!("expected between {at_least:?} and {at_most:?}"));
    }
    None
}

#[tokio::test(flavor = "multi_thread")]
#[allow(clippy::print_stdout, reason = "informs the developer who runs the tests")]
async fn a_transfer_ends_well_while_bytes_move_and_else_in_time() {
    let scale = if is_deep() { 1 } else { SCALE };
    let tasks = cells().into_iter().map(|cell| async move {
        let ended = tokio::spawn(transfer(cell, scale)).await.unwrap();
        (cell, ended)
    });
    let (mut table, mut mistakes) = (format!("times are divided by {scale}\n"), String::new());
    for (cell, ended) in join_all(tasks).await {
        let direction = if cell.slow == Slow::ToClient {
            "report"
        } else {
            "upload"
        };
        let (link, over) = (cell.link.1, cell.over.1);
        let line = format!(
            "{direction:<8}{link:<28}{over:<16}{:>7.1} s  {}",
            ended.took.as_secs_f32(),
            ended.text
        );
        writeln!(table, "{line}").unwrap();
        if let Some(mistake) = mistake(cell, &ended, scale) {
            writeln!(mistakes, "{line}\n    {mistake}").unwrap();
        }
    }
    println!("{table}");
    assert!(mistakes.is_empty(), "{mistakes}");
}
