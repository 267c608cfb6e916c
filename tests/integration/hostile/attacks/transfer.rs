//! One transfer with an attacker, without the rest of a sync.

use ghe_license_sync::collect::{NoProgress, collect};
use ghe_license_sync::explain::Explain;
use ghe_license_sync::settings::Network;
use ghe_license_sync::transport::Pace;
use url::Url;

use super::attack::{Attack, Role};
use crate::support::cloud::{self as account, client_over, deliver};
use crate::support::enterprise::{environment, settings};
use crate::support::loopback::{Loopback, Reply};

/// The code of the reason with which a transfer with the attacker at `url` ends.
pub(super) async fn play(attack: &Attack, url: Url, network: Network, pace: Pace) -> &'static str {
    let reason = if attack.role == Role::Server {
        let mut server = settings(&Loopback::serve(|_| Reply::Pieces(Vec::new())).await);
        (server.url, server.network) = (url, network);
        let collected = collect(&server, pace, &environment(), &NoProgress).await;
        collected.err().unwrap().reason()
    } else {
        let good = account::with_answer("none", || Reply::Pieces(Vec::new())).await;
        let api = if attack.role == Role::Uploads { &good.url } else { &url };
        let client = client_over(api, &url, network, pace);
        deliver(&client).await.unwrap_err().reason()
    };
    reason.code()
}
