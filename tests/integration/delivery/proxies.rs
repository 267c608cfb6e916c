//! Which setting the message of a run names that gets nowhere.

use ghe_license_sync::explain::Explain;
use insta::assert_snapshot;
use tokio::net::TcpSocket;

use crate::support::lab::Lab;

#[tokio::test]
async fn a_message_names_the_address_that_decides() {
    let lab = Lab::with_faults(&[]).await;
    // Bound and not listening: nobody else gets this port.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let nowhere = format!("http://{}/", socket.local_addr().unwrap());
    let mut all = Vec::new();
    for key in ["server.url", "connect.api-url", "connect.uploads-url"] {
        let error = lab.sync(&[&format!("{key}={nowhere}")]).await.unwrap_err();
        all.push(error.help().unwrap());
    }
    assert_snapshot!(all.join("\n"), @"
    check `server.url`, the firewall and `server.proxy`; proxy variables of the environment are not used
    check `connect.api-url`, the firewall and `connect.proxy`; proxy variables of the environment are not used
    check `connect.uploads-url`, the firewall and `connect.proxy`; proxy variables of the environment are not used
    ");
}
