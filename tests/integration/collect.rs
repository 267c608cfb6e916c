//! Collecting from an enterprise server: what is understood, and what every failure says.

mod answers;
mod commanded;
mod compressed;
mod downloaded;
mod good;
mod kinds;
mod proceeding;
mod products;
mod reports;
mod scim;
mod splitting;
mod writers;

use super::support::enterprise::collect_from;
use super::support::loopback::Loopback;
use super::support::render::render;

/// What an operator reads when collecting from `server` fails.
async fn failure(server: &Loopback) -> String {
    match collect_from(server).await {
        Ok(_) => panic!("the collection succeeded"),
        Err(error) => render(&error, &server.url),
    }
}
