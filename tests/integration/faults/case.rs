//! One fault in one phase: a run of its own, and what happened to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use ghe_license_sync::reason::Reason;
use ghe_license_sync::settings::Gate;
use ghe_license_sync::store::{Run, State, Store, Trigger};
use ghe_license_sync::sync::{Context, NoProgress, SyncError, resume, run_once};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection};
use tokio::net::TcpSocket;
use uuid::Uuid;

use super::fault::{Fault, Way};
use super::phase::Phase;
use crate::support::authority::Authority;
use crate::support::lab::Lab;
use crate::support::loopback::{Request, head};
use crate::support::moment::{Moment, die_with};
use crate::support::render::render;
use crate::support::reverse_proxy::{Act, ReverseProxy};
use crate::support::wire::{Wire, Wires};

/// Patience for a phase that asks again and again; long enough for more questions than any other phase has, on a busy
/// machine too.
const PATIENCE: [&str; 2] = ["license-sync.confirm-timeout=12s", "server.source.report.timeout=12s"];

/// The result of a run.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) state: State,
    pub(super) reason: Option<Reason>,
    pub(super) exit: u8,
    /// Requests of the phase that arrived.
    pub(super) requests: usize,
    /// Documents that the cloud took.
    pub(super) taken: usize,
    /// Milliseconds until it is tried again, if it is.
    pub(super) again_in: Option<i64>,
    /// Everything that was said about it.
    pub(super) said: String,
}

/// What all cases share.
pub(super) struct Ground {
    pub(super) lab: Lab,
    pub(super) wires: Wires,
}

/// A server of its own, with a door in front of each host of the sandbox.
struct Site {
    ground: Arc<Ground>,
    wire: Wire,
    name: String,
    server: ReverseProxy,
    cloud: ReverseProxy,
    armed: Arc<AtomicBool>,
    requests: Arc<AtomicUsize>,
}

impl Site {
    async fn with(ground: Arc<Ground>, wire: Wire, fault: Fault, phase: Phase) -> Self {
        let (armed, requests) = (Arc::new(AtomicBool::new(true)), Arc::new(AtomicUsize::new(0)));
        let decide = {
            let (armed, requests) = (Arc::clone(&armed), Arc::clone(&requests));
            move |request: &Request| {
                if !armed.load(Ordering::SeqCst) || !phase.has(request) {
                    return Act::PassOn;
                }
                let earlier = requests.fetch_add(1, Ordering::SeqCst);
                match (phase, earlier) {
                    (Phase::Waiting, 0) => Act::Answer(head(202, "Content-Length: 0\r\n")),
                    (Phase::Waiting, _) => fault.act(earlier - 1),
                    _ => fault.act(earlier),
                }
            }
        };
        let (wires, sandbox) = (&ground.wires, &ground.lab.sandbox);
        Self {
            server: wires.door(wire, sandbox.server_url(), decide.clone()).await,
            cloud: wires.door(wire, sandbox.cloud_url(), decide).await,
            wire,
            name: Uuid::now_v7().to_string(),
            armed,
            requests,
            ground,
        }
    }

    /// What a run works with; `more` overrides the addresses.
    fn context(&self, more: &[String]) -> Context {
        let mut all = vec![
            format!("server.url={}", self.server.url),
            format!("connect.api-url={}", self.cloud.url),
            format!("connect.uploads-url={}", self.cloud.url),
            format!("server.id={}", self.name),
            format!(
                "state.directory={}",
                self.ground.lab.directory.path().join(&self.name).display()
            ),
        ];
        for section in ["server", "connect"] {
            all.extend(self.ground.wires.settings(self.wire, section));
        }
        all.extend(PATIENCE.map(str::to_owned));
        all.extend(more.iter().cloned());
        let all: Vec<_> = all.iter().map(String::as_str).collect();
        self.ground.lab.context_with(&all, Arc::new(NoProgress))
    }

    /// Leads a run to the point where the document is accepted and nobody was asked yet.
    async fn accept(&self) {
        self.armed.store(false, Ordering::SeqCst);
        die_with(Moment::Accepted, |progress| Context {
            progress,
            ..self.context(&[])
        })
        .await;
        self.armed.store(true, Ordering::SeqCst);
    }

    /// Lets the accepted document belong to the destination of these settings: a host that cannot be reached could not
    /// have accepted it.
    async fn move_outbox(&self, context: &Context) {
        let Gate::Open(link) = context.settings.gate() else {
            panic!("the gate is open");
        };
        let api = &link.cloud.api_url;
        let sql = format!(
            "UPDATE run SET api_origin = '{}', location = '{}'",
            api.origin().ascii_serialization(),
            api.join("enterprises/octo-corp/license-usage/usage-1").unwrap()
        );
        let options = SqliteConnectOptions::new().filename(context.state_directory.join("state.db"));
        let mut database = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query(AssertSqlSafe(sql)).execute(&mut database).await.unwrap();
        database.close().await.unwrap();
    }
}

/// What has to be kept for as long as the address is in use.
struct NoWay {
    overrides: Vec<String>,
    _kept: (Option<TcpSocket>, Option<ReverseProxy>, Vec<Authority>),
}

/// An address of the phase to which there is no way.
async fn no_way(way: Way, phase: Phase, site: &Site) -> NoWay {
    let (address, authority) = phase.keys();
    match way {
        Way::NoName => NoWay {
            overrides: vec![format!("{address}=https://github.invalid/")],
            _kept: (None, None, Vec::new()),
        },
        Way::Refused => {
            // Bound and not listening: nobody else gets this port.
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
            let scheme = if site.wire == Wire::Plain { "http" } else { "https" };
            NoWay {
                overrides: vec![format!("{address}={scheme}://{}/", socket.local_addr().unwrap())],
                _kept: (Some(socket), None, Vec::new()),
            }
        }
        Way::Certificate(_, validity) => {
            let (signs, trusted) = (Authority::new(), Authority::new());
            let (target, tls) = (
                site.ground.lab.sandbox.cloud_url(),
                signs.acceptor("127.0.0.1", validity),
            );
            let door = ReverseProxy::behind_tls(target, tls, |_| Act::PassOn).await;
            let known = match validity {
                crate::support::authority::Validity::Now => &trusted,
                _ => &signs,
            };
            let file = known.network().ca_file.unwrap();
            NoWay {
                overrides: vec![
                    format!("{address}={}", door.url),
                    format!("{authority}={}", file.display()),
                ],
                _kept: (None, Some(door), vec![signs, trusted]),
            }
        }
    }
}

/// Runs once with this fault in this phase; nothing where the phase shares its way with an earlier one.
pub(super) async fn play(ground: Arc<Ground>, wire: Wire, fault: Fault, phase: Phase) -> Option<Outcome> {
    if matches!(fault, Fault::Way(_)) && matches!(phase, Phase::Report | Phase::Waiting) {
        return None;
    }
    let site = Site::with(ground, wire, fault, phase).await;
    if phase == Phase::Confirmation {
        site.accept().await;
    }
    let no_way = match fault {
        Fault::Way(way) => Some(no_way(way, phase, &site).await),
        _ => None,
    };
    let context = site.context(no_way.as_ref().map_or(&[], |it| &it.overrides));
    let result = if phase == Phase::Confirmation {
        if no_way.is_some() {
            site.move_outbox(&context).await;
        }
        resume(&context).await.map(|_| ())
    } else {
        let window = Trigger::Scheduled("2026-11-24T03:00Z".to_owned());
        run_once(&context, &window).await.map(|_| ())
    };
    Some(outcome(&site, &context, &result).await)
}

/// How many documents of the run the cloud took.
fn taken(lab: &Lab, run: &Run) -> usize {
    let key = run.frozen.as_ref().map(|frozen| &frozen.idempotency_key);
    let uploads = lab.sandbox.uploads();
    uploads
        .iter()
        .filter(|upload| Some(&upload.idempotency_key) == key)
        .count()
}

async fn outcome(site: &Site, context: &Context, result: &Result<(), SyncError>) -> Outcome {
    let store = Store::open(&context.state_directory).await.unwrap();
    let run = store.runs(1).await.unwrap().remove(0);
    let said = match result {
        Ok(()) => String::new(),
        Err(error) => render(error, &site.cloud.url),
    };
    Outcome {
        state: run.state,
        reason: run.reason,
        exit: match result {
            Ok(()) => 0,
            Err(error) => ghe_license_sync::explain::Explain::exit(error) as u8,
        },
        requests: site.requests.load(Ordering::SeqCst),
        taken: taken(&site.ground.lab, &run),
        again_in: run
            .next_attempt_at
            .map(|next| (next - run.updated_at).num_milliseconds()),
        said: format!("{said}\n{}", run.detail.unwrap_or_default()),
    }
}
