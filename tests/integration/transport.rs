//! What can go wrong on the way to a host, and what each of it says.

mod ca_file;
mod causes;
mod certificates;
mod connections;
mod handshakes;
mod links;
mod proxies;

use ghe_license_sync::settings::{Environment, Network};
use ghe_license_sync::transport::{BodyError, Peer, Redirects, TransportError, build, read_capped};
use url::Url;

use super::support::render::render;

/// Gets `url` and reads the answer, as the modules for server and cloud do.
async fn get(url: &Url, network: &Network) -> Result<Vec<u8>, BodyError> {
    let client = build(url, network, Redirects::SameOrigin, &Environment::default()).unwrap();
    let answer = client
        .get(url.clone())
        .send()
        .await
        .map_err(|error| TransportError::new(Peer::Server, "GET", url, &error))?;
    read_capped(answer, Peer::Server, "GET", 1024).await
}

/// What an operator reads when getting `url` fails.
async fn failure(url: &Url, network: &Network) -> String {
    render(&get(url, network).await.unwrap_err(), url)
}
