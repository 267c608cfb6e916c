//! Every connection of the real daemon, as the kernel sees it. Needs `strace`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use regex::Regex;
use url::Url;

use super::{CLOSED, CONNECT_OFF, CONNECT_ON, Lab, OPEN};
use crate::support::service::Service;

/// A daemon under the eyes of `strace`.
struct Traced {
    service: Service,
    trace: tokio::task::JoinHandle<String>,
}

impl Traced {
    fn start(lab: &Lab) -> Self {
        let pipe = make_pipe(lab.directory.path());
        let mut command = Command::new("strace");
        // -D: the daemon is the child, and its signals are its own.
        command.args(["-D", "-f", "-e", "trace=connect", "-o"]).arg(&pipe);
        command.arg(env!("CARGO_BIN_EXE_ghe-license-sync"));
        // It ends when the last process that is traced has ended.
        let trace = tokio::task::spawn_blocking(move || std::fs::read_to_string(pipe).unwrap());
        Self {
            service: Service::start_as(command, lab, &[]),
            trace,
        }
    }

    /// Where the daemon connected to, once it was stopped.
    async fn connections(self) -> BTreeSet<String> {
        self.service.signal("TERM");
        assert!(self.service.end().await.0.success());
        let trace = self.trace.await.unwrap();
        assert!(
            trace.contains("+++ exited with 0 +++"),
            "it was traced to its end: {trace}"
        );
        trace.lines().filter_map(peer).collect()
    }
}

fn make_pipe(directory: &Path) -> PathBuf {
    let pipe = directory.join("trace");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    pipe
}

/// Where a traced call connects to: address and port, or what it is when it is none of these.
fn peer(line: &str) -> Option<String> {
    let (_, call) = line.split_once("connect(")?;
    let address = Regex::new(r#"sin6?_port=htons\((\d+)\).*?"([0-9a-fA-F.:]+)""#).unwrap();
    let unix = Regex::new(r#"sun_path="([^"]*)""#).unwrap();
    Some(match (address.captures(call), unix.captures(call)) {
        (Some(found), _) => format!("{}:{}", &found[2], &found[1]),
        (_, Some(found)) => format!("unix:{}", &found[1]),
        _ => call.to_owned(),
    })
}

fn address(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap(), url.port().unwrap())
}

/// Sockets of the machine's own services, which a daemon under systemd talks to.
fn is_of_the_system(lab: &Lab, peer: &str) -> bool {
    let notify = lab.directory.path().join("notify");
    peer == format!("unix:{}", notify.display()) || peer.starts_with("unix:/run/systemd/journal/")
}

#[tokio::test]
async fn with_connect_off_the_kernel_sees_no_connection() {
    let lab = Lab::with_faults(&[]).await;
    lab.edit_settings(CONNECT_ON, CONNECT_OFF);
    let daemon = Traced::start(&lab);
    assert!(daemon.service.says("READY=1").await.contains("gate closed"));
    daemon.service.signal("USR1");
    daemon.service.signal("HUP");
    daemon.service.says("RELOADING=1").await;
    daemon.service.says("READY=1").await;
    let mut seen = daemon.connections().await;
    seen.retain(|peer| !is_of_the_system(&lab, peer));
    assert_eq!(seen, BTreeSet::new());
}

/// The server is not connected to, nor are uploads: they are at another port here.
#[tokio::test]
async fn with_license_sync_off_the_kernel_sees_the_question_to_the_cloud_alone() {
    let lab = Lab::with_faults(&[]).await;
    lab.edit_settings(OPEN, CLOSED);
    let uploads = format!("uploads-url = \"{}\"", lab.sandbox.cloud_url());
    lab.edit_settings(&uploads, "uploads-url = \"http://127.0.0.1:9/\"");
    let daemon = Traced::start(&lab);
    daemon.service.says("READY=1").await;
    let asked = async {
        while lab.store().await.cloud_record().await.unwrap().is_none() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asked).await.unwrap();
    daemon.service.signal("USR1");
    daemon.service.signal("HUP");
    daemon.service.says("RELOADING=1").await;
    daemon.service.says("READY=1").await;
    let mut seen = daemon.connections().await;
    seen.retain(|peer| !is_of_the_system(&lab, peer));
    assert_eq!(seen, BTreeSet::from([address(lab.sandbox.cloud_url())]));
}

#[tokio::test]
async fn with_an_open_gate_it_sees_connections_to_the_two_hosts_of_the_settings() {
    let lab = Lab::with_faults(&[]).await;
    let daemon = Traced::start(&lab);
    daemon.service.says("last run confirmed").await;
    daemon.service.signal("USR1");
    daemon.service.says("STATUS=a run is starting").await;
    daemon.service.says("last run confirmed").await;
    let mut seen = daemon.connections().await;
    seen.retain(|peer| !is_of_the_system(&lab, peer));
    let hosts = [lab.sandbox.server_url(), lab.sandbox.cloud_url()].map(address);
    assert_eq!(seen, BTreeSet::from(hosts));
}

#[test]
fn a_peer_is_read_off_a_traced_call() {
    for (line, expected) in [
        (
            r#"12 connect(9, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")}, 16) = 0"#,
            Some("192.0.2.1:443"),
        ),
        (
            r#"12 connect(9, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28) = -1"#,
            Some("2001:db8::1:443"),
        ),
        (
            r#"12 connect(9, {sa_family=AF_UNIX, sun_path="/run/nscd"}, 110) = 0"#,
            Some("unix:/run/nscd"),
        ),
        (
            "12 connect(9, {sa_family=AF_NETLINK}, 12) = 0",
            Some("9, {sa_family=AF_NETLINK}, 12) = 0"),
        ),
        ("12 +++ exited with 0 +++", None),
    ] {
        assert_eq!(peer(line).as_deref(), expected);
    }
}
