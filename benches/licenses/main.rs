//! `report` of 100 000 users beside two other clients of GitHub's API, on the wire that they all have: TLS, HTTP/2 or a kept
//! connection of HTTP/1.1, gzip, and a server that takes 20 ms for each page.
//!
//! GitHub asks clients to make their requests one after the other, so no client can be faster than the server's part of it.
//! It ends with an error where a bound does not hold. `.ci/deep licenses` installs the other clients and runs it.

#![allow(clippy::print_stdout, reason = "the figures are what it is for")]

mod client;
mod pages;
mod server;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use client::{Client, Measured};
use server::Server;

/// What the server takes for a page.
const LATENCY: Duration = Duration::from_millis(20);

/// At most so many times as long as the server takes for all pages.
const LONGEST: f64 = 1.15;

/// The most memory of `report`, in KiB.
const MOST_MEMORY: u64 = 64 * 1024;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<ExitCode> {
    let server = Server::start()?;
    let mut broken = Vec::new();
    compare(&server, &mut broken)?;
    fill_memory(&server, &mut broken)?;
    for bound in &broken {
        println!("BROKEN: {bound}");
    }
    Ok(ExitCode::from(u8::from(!broken.is_empty())))
}

/// The three clients, each for the whole list.
fn compare(server: &Server, broken: &mut Vec<String>) -> Result<()> {
    println!(
        "{} pages of {} users; the server takes {} ms for each\n{:<32} {:>8} {:>8} {:>6} {:>10} {:>6}",
        pages::PAGES,
        pages::PER_PAGE,
        LATENCY.as_millis(),
        "client",
        "time",
        "server",
        "ratio",
        "memory",
        "pages"
    );
    server.take(LATENCY);
    let ours = run(
        server,
        &Client::report(server, &["--format", "json", "--show-users"], None)?,
    )?;
    if ours.ratio() > LONGEST {
        let ratio = ours.ratio();
        broken.push(format!(
            "report takes {ratio:.3} times as long as the pages; {LONGEST} is the bound"
        ));
    }
    for other in [Client::gh(server), Client::pygithub(server)?] {
        if run(server, &other)?.time <= ours.time {
            broken.push(format!("{} is not slower than report", other.name));
        }
    }
    Ok(())
}

/// `report` in every form, from a server that takes no time: that is when most is under way at once.
fn fill_memory(server: &Server, broken: &mut Vec<String>) -> Result<()> {
    server.take(Duration::ZERO);
    for arguments in [
        &["--format", "table"][..],
        &["--format", "csv"],
        &["--format", "csv", "--show-users"],
        &["--format", "json"],
        &["--format", "json", "--show-users"],
    ] {
        for file in [None, Some("report")] {
            let client = Client::report(server, arguments, file)?;
            let memory = run(server, &client)?.memory;
            if memory > MOST_MEMORY {
                broken.push(format!(
                    "{} takes {memory} KiB of memory; {MOST_MEMORY} is the bound",
                    client.name
                ));
            }
        }
    }
    Ok(())
}

/// What a client took for the whole list.
struct Run {
    time: Duration,
    /// The server's part of that.
    pages: Duration,
    /// The peak, in KiB.
    memory: u64,
}

impl Run {
    fn ratio(&self) -> f64 {
        self.time.as_secs_f64() / self.pages.as_secs_f64()
    }
}

/// Runs a client, and makes sure that it asked for every page.
fn run(server: &Server, client: &Client) -> Result<Run> {
    let (served, taken) = (server.served(), server.taken());
    let Measured { time, memory } = client.run()?;
    let (served, pages) = (server.served() - served, server.taken() - taken);
    let run = Run { time, pages, memory };
    println!(
        "{:<32} {:>6.2} s {:>6.2} s {:>6} {:>6.1} MiB {served:>6}",
        client.name,
        time.as_secs_f64(),
        pages.as_secs_f64(),
        // Nothing to compare with where the server takes no time.
        if pages > LATENCY {
            format!("{:.3}", run.ratio())
        } else {
            String::new()
        },
        f64::from(u32::try_from(memory)?) / 1024.0,
    );
    match served < u64::from(pages::PAGES) {
        true => Err(format!("{} asked for {served} pages only", client.name).into()),
        false => Ok(run),
    }
}
