//! How recent the list of each server is, as the cloud says: what `status --cloud` shows.

use maud::{Markup, html};

use super::super::words;
use super::part::{Heading, foreign, table, time, wide_table};
use crate::sync::{CloudServer, CloudServers, Freshness, OursBy};

pub(super) fn section(listed: Result<&CloudServers, &String>) -> Markup {
    html! {
        section aria-labelledby="servers" {
            h2 #servers { "Servers" }
            @match listed {
                Ok(listed) => (freshness(listed)),
                Err(error) => p.lead { "When the servers were last synced is not known: " (foreign(error)) "." },
            }
        }
    }
}

fn freshness(listed: &CloudServers) -> Markup {
    html! {
        p.lead { (said(listed)) }
        @if !listed.servers.is_empty() {
            (wide_table("Last sync of each server", true, &servers(listed)))
        }
        @if listed.unnamed > 0 {
            p.soft { (words::counted(listed.unnamed as u64, "entry names", "entries name")) " no server and cannot be read." }
        }
        @if let Some(error) = &listed.statistics_error {
            p.soft { "It is not known whether the built-in license sync is on: " (foreign(error)) "." }
        }
    }
}

fn said(listed: &CloudServers) -> String {
    let alarming = |server: &&CloudServer| server.freshness.is_alarming();
    let alarming = listed.servers.iter().filter(alarming).count() as u64;
    match (listed.servers.len() as u64, alarming) {
        (0, _) => "The cloud lists no server that reports to this account.".to_owned(),
        (all, 0) => format!(
            "{}; none is stale or failed.",
            words::counted(all, "server is listed", "servers are listed")
        ),
        (all, _) => format!(
            "{}; {} stale or failed, so the licenses above do not show what changed there since.",
            words::counted(all, "server is listed", "servers are listed"),
            words::counted(alarming, "is", "are")
        ),
    }
}

fn servers(listed: &CloudServers) -> Markup {
    let rows = html! {
        @for server in &listed.servers {
            tr {
                th scope="row" {
                    (foreign(server.hostname.as_deref().unwrap_or("no host name")))
                    span.note { (foreign(&server.server_id)) }
                }
                td.state { (state(server.freshness)) }
                td { @match server.synced_at {
                    Some(at) => (time(at)),
                    None => "none known",
                } }
                td.number { (age(server)) }
                td { (built_in(server)) }
                td.sentence { (remarks(server)) }
            }
        }
    };
    let columns = [
        Heading::Text("Server"),
        Heading::Text("State"),
        Heading::Text("Last sync"),
        Heading::Number("Age"),
        Heading::Text("Built-in sync"),
        Heading::Text("Remarks"),
    ];
    table("Last sync of each server, by the cloud's clock", &columns, &rows)
}

/// A word with a shape, so that nobody has to tell colors apart.
fn state(freshness: Freshness) -> Markup {
    let shape = match freshness {
        Freshness::Failed | Freshness::Stale => "▲",
        Freshness::Fresh => "●",
        Freshness::Unknown | Freshness::Never => "○",
    };
    html! {
        span aria-hidden="true" { (shape) " " }
        @if freshness.is_alarming() { span.alarm { (freshness.word()) } } @else { (freshness.word()) }
    }
}

/// In days, or in hours while it is fewer than two.
fn age(server: &CloudServer) -> String {
    let age = server.age_seconds.filter(|_| server.synced_at.is_some());
    age.map(|age| match age / 3600 {
        hours if hours < 48 => words::counted(hours, "hour", "hours"),
        hours => words::counted(hours / 24, "day", "days"),
    })
    .unwrap_or_default()
}

fn built_in(server: &CloudServer) -> Markup {
    html! {
        @match &server.built_in_sync {
            Some(known) => {
                (if known.is_on { "on" } else { "off" })
                span.note { "as of " (time(known.as_of)) }
            }
            None => "not known",
        }
    }
}

fn remarks(server: &CloudServer) -> Markup {
    let ours = server.ours_by.map(|ours| match ours {
        OursBy::ServerId => "the server of these settings, by its ID".to_owned(),
        OursBy::Hostname => "the host name of the server of these settings".to_owned(),
    });
    let error = server
        .error
        .as_deref()
        .map(|error| format!("the cloud says: {}", foreign(error)));
    let unreadable =
        (!server.unreadable.is_empty()).then(|| format!("cannot be read: {}", server.unreadable.join(", ")));
    let said: Vec<_> = [ours, error, unreadable].into_iter().flatten().collect();
    html! { (said.join("; ")) }
}
