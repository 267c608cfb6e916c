//! The complete page: one file that loads nothing, runs nothing and reports nothing to the pages that it links to.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::super::explain::ExplainAnswer;
use super::super::licenses_table::notes;
use super::super::report_answer::ReportAnswer;
use super::part::{foreign, time};
use super::{deployment, matching, seats, servers, trend, users};
use crate::sync::{CloudServers, Trend};

const STYLE: &str = include_str!("style.css");

/// Everything that is shown.
pub(super) struct PageContent {
    pub(super) answer: ReportAnswer,
    /// Licenses of users with accounts on more than one server.
    pub(super) several_servers: u64,
    /// If the server's list was read.
    pub(super) explained: Option<ExplainAnswer>,
    pub(super) trend: Trend,
    /// Or why they are not known.
    pub(super) servers: Result<CloudServers, String>,
    /// The rows of the table of all licenses, if users are to be shown.
    pub(super) users: Option<String>,
    pub(super) made_at: DateTime<Utc>,
}

/// The text of the file.
pub(super) fn page(content: &PageContent) -> String {
    let enterprise = foreign(&content.answer.enterprise);
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy());
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                meta name="generator" content={ "ghe-license-sync " (env!("CARGO_PKG_VERSION")) };
                title { "License report: " (enterprise) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header(content, &enterprise))
                (main(content))
                footer { p {
                    "Made by ghe-license-sync " (env!("CARGO_PKG_VERSION")) " at " (time(content.made_at)) ". "
                    @if content.users.is_some() { "It names users: keep it where they may be named." }
                    @else { "It holds counts, and no login or address of a user." }
                } }
            }
        }
    };
    document.into_string() + "\n"
}

/// Nothing may be loaded or run, and no style but the one of this page applies.
fn policy() -> String {
    let digest = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!("default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
}

fn header(content: &PageContent, enterprise: &str) -> Markup {
    html! {
        header {
            p.kicker { "License report" }
            h1 { (enterprise) }
            p.soft { "GitHub Enterprise licenses as the cloud counts them at " (foreign(&content.answer.api_url)) ", "
                (time(content.made_at)) }
            (seats::figures(&content.answer.seats))
        }
    }
}

fn main(content: &PageContent) -> Markup {
    let PageContent { answer, explained, .. } = content;
    let notes = notes(answer);
    let summary = explained.as_ref().map(|explained| &explained.summary);
    let fixes = explained.as_ref().and_then(|explained| explained.fixes.as_ref());
    html! {
        main {
            @if !notes.is_empty() {
                ul.remarks aria-label="Remarks" { @for note in &notes { li { (foreign(note)) } } }
            }
            (seats::section(&answer.seats))
            (deployment::section(&answer.totals))
            (matching::section(&answer.totals, content.several_servers, summary))
            (trend::section(&content.trend))
            (servers::section(content.servers.as_ref()))
            @if let Some(fixes) = fixes { (matching::fixes(fixes)) }
            @if let Some(rows) = &content.users { (users::section(rows)) }
        }
    }
}
