//! Every license with the names and addresses of its user; only where users are to be shown.

use maud::{Markup, PreEscaped, html};

use super::super::license_row::kind;
use super::part::{Heading, foreign, table, wide_table};
use crate::license::ConsumedLicense;

/// The table of these rows.
pub(super) fn section(rows: &str) -> Markup {
    let columns = [
        Heading::Text("Login"),
        Heading::Text("Deployment"),
        Heading::Text("License type"),
        Heading::Text("Server accounts"),
        Heading::Text("Addresses"),
        Heading::Number("Accounts"),
    ];
    let rows = PreEscaped(rows.to_owned());
    html! {
        section aria-labelledby="users" {
            h2 #users { "Licenses, by user" }
            (wide_table("Licenses", true, &table("All licenses, in the order of the cloud's list", &columns, &rows)))
        }
    }
}

/// The row of a license.
pub(super) fn row(license: &ConsumedLicense) -> Markup {
    let servers: Vec<_> = license
        .server_users
        .iter()
        .map(|user| foreign(&user.to_string()))
        .collect();
    let addresses = license.verified_addresses.iter().chain(&license.server_addresses);
    let addresses = addresses
        .chain(&license.saml_name_id)
        .chain(&license.visual_studio_address);
    let mut addresses: Vec<_> = addresses.map(|address| foreign(address)).collect();
    addresses.sort_unstable();
    addresses.dedup();
    html! {
        tr {
            th scope="row" { (license.login.as_deref().map_or("none on the cloud".to_owned(), foreign)) }
            td { (license.deployment().word()) }
            td { (kind(license)) }
            td { (servers.join(", ")) }
            td { (addresses.join(", ")) }
            td.number { (license.accounts) }
        }
    }
}
