//! The licenses by deployment and by product.

use maud::{Markup, html};

use super::part::{Segment, bar_and_table};
use crate::license::ConsumedTotals;

pub(super) fn section(totals: &ConsumedTotals) -> Markup {
    html! {
        div.pair { section aria-labelledby="deployment" {
            h2 #deployment { "Licenses by deployment" }
            p.lead { "Where the user of each license has an account. A license for both is what a sync is for." }
            (bar_and_table("by-deployment", "Licenses by deployment", "Deployment", &deployments(totals)))
        }
        section aria-labelledby="kind" {
            h2 #kind { "Licenses by product" }
            p.lead { "What each license is of, as the cloud names it." }
            (bar_and_table("by-kind", "Licenses by product", "License type", &kinds(totals)))
        } }
    }
}

fn deployments(totals: &ConsumedTotals) -> Vec<Segment> {
    let segment = |name, note, count| Segment { name, note, count };
    let mut segments = vec![
        segment("Cloud and server", "merged: one license for both", totals.merged),
        segment("Cloud only", "", totals.cloud_only),
        segment("Server only", "matched with no user of the cloud", totals.server_only),
    ];
    if totals.neither > 0 {
        segments.push(segment("Neither", "such as an invitation by email", totals.neither));
    }
    segments
}

fn kinds(totals: &ConsumedTotals) -> Vec<Segment> {
    let segment = |name, count| Segment { name, note: "", count };
    let mut segments = vec![
        segment("Enterprise", totals.enterprise),
        segment("Visual Studio", totals.visual_studio),
    ];
    if totals.other_kinds > 0 {
        segments.push(segment("Another or none", totals.other_kinds));
    }
    segments
}
