//! Runs whose proxy does not let them through, and which setting a message names.

use ghe_license_sync::explain::Explain;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::State;
use insta::assert_snapshot;
use tempfile::NamedTempFile;
use tokio::net::TcpSocket;

use crate::support::lab::Lab;
use crate::support::loopback::{Loopback, Reply};

#[tokio::test]
async fn a_wrong_password_of_the_proxy_is_sent_once_a_run() {
    let credentials = NamedTempFile::new().unwrap();
    std::fs::write(credentials.path(), "bot:wrong").unwrap();
    // tinyproxy says 401.
    for status in [407, 401] {
        let lab = Lab::with_faults(&[]).await;
        let proxy = Loopback::serve(move |_| Reply::answer(status, "Proxy-Authenticate: Basic\r\n", b"")).await;
        let proxied = format!("connect.proxy={}", proxy.url);
        let file = format!("connect.proxy-credentials-file={}", credentials.path().display());
        let settings = [
            "connect.api-url=https://cloud.example.com/",
            "connect.uploads-url=https://cloud.example.com/",
            &proxied,
            &file,
        ];
        for runs in 1..=2 {
            let error = lab.sync(&settings).await.unwrap_err();
            assert_eq!(error.reason(), Reason::ProxyRefused, "{status}");
            assert_eq!(lab.last_run().await.state, State::Frozen, "{status}");
            assert_eq!(proxy.requests().len(), runs, "{status}");
        }
    }
}

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
