//! An enterprise server and a cloud account on loopback, for `demo`, `sandbox` and the tests.
//!
//! Two listeners on 127.0.0.1, plain HTTP, made-up people. The server reports a `population` that follows from a
//! seed; the cloud takes uploads as `docs/connect-api.yaml` describes them, counts licenses by the published matching
//! rules and reports its counts in the formats of GitHub's REST API. [`InjectedFault`]s make both misbehave on demand.
//!
//! It is no copy of any GitHub software: it answers what the public documentation says, and nothing beyond.

mod address;
mod authorization;
mod cloud;
mod connection;
mod error;
mod exported;
mod fault;
mod layout;
mod members;
mod population;
mod query_string;
mod random;
mod reply;
mod reported;
mod request_error;
mod scim_list;
mod server;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

pub use cloud::{LicenseSchema, LicenseTally, OtherServer, Planted, PlantedServer, SyncState, UploadRecord};
pub use error::SandboxError;
pub use fault::{FaultKind, FaultSyntax, InjectedFault, Point, Times};

use crate::clock::{Clock, SystemClock};
use crate::license::explain::CloudIdentity;
use cloud::CloudState;
use connection::{Connection, ENTERPRISE};
use fault::{FaultQueue, Interference};
use members::Members;
use population::Population;
use server::EnterpriseServer;

/// How long answers under way may take when the sandbox stops.
const GRACE: Duration = Duration::from_secs(5);

/// What the sandbox is to be.
#[derive(Debug, Clone)]
pub struct SandboxOptions {
    /// Accounts on the enterprise server.
    pub users: u32,
    /// Everything but the App's key follows from it; within one process, the key too.
    pub seed: u64,
    /// What goes wrong, from the start.
    pub faults: Vec<InjectedFault>,
    /// How the cloud writes the list of consumed licenses.
    pub schema: LicenseSchema,
}

impl Default for SandboxOptions {
    fn default() -> Self {
        Self {
            users: 1000,
            seed: 1,
            faults: Vec::new(),
            schema: LicenseSchema::default(),
        }
    }
}

/// A running sandbox. Dropped without [`Sandbox::stop`], it stops in its own time.
pub struct Sandbox {
    server_url: Url,
    cloud_url: Url,
    config_file: PathBuf,
    enterprise: Arc<EnterpriseServer>,
    cloud: Arc<CloudState>,
    faults: Arc<FaultQueue>,
    listeners: [Listener; 2],
}

impl Sandbox {
    /// Starts both hosts and writes settings and credentials below `directory`, ready for use.
    ///
    /// # Errors
    /// [`SandboxError`]; nothing listens then.
    pub async fn start(options: SandboxOptions, directory: &Path) -> Result<Self, SandboxError> {
        Self::start_with_clock(options, directory, Arc::new(SystemClock)).await
    }

    /// Like [`Sandbox::start`], with another clock for everything the hosts say and judge.
    ///
    /// # Errors
    /// [`SandboxError`]; nothing listens then.
    pub async fn start_with_clock(
        options: SandboxOptions,
        directory: &Path,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SandboxError> {
        layout::refuse_foreign_settings(directory)?;
        let population = Population {
            users: options.users,
            seed: options.seed,
        };
        let drawn = move || {
            (
                population.census(),
                server::provisioned(&population),
                Members::of(population),
            )
        };
        let drawn = tokio::task::spawn_blocking(drawn);
        let (connection, private_key) = Connection::establish(options.seed).map_err(SandboxError::GenerateKey)?;
        let connection = Arc::new(connection);
        let (server_socket, server_url) = bind().await?;
        let (cloud_socket, cloud_url) = bind().await?;
        let uploads_directory = directory.join("uploads");
        layout::make_private(&uploads_directory)?;
        let config_file = layout::write(directory, &connection, &private_key, &server_url, &cloud_url)?;
        let (census, provisioned, members) = drawn.await.map_err(SandboxError::Draw)?;

        let faults = Arc::new(FaultQueue::default());
        (options.faults.iter().cloned()).for_each(|fault| faults.add(fault));
        let interference = Interference {
            faults: Arc::clone(&faults),
            clock: Arc::clone(&clock),
        };
        let server = Arc::new(EnterpriseServer {
            connection: Arc::clone(&connection),
            population,
            census,
            provisioned,
            url: server_url.clone(),
            clock: Arc::clone(&clock),
        });
        let cloud = CloudState::new(
            connection,
            cloud_url.clone(),
            members,
            uploads_directory,
            clock,
            options.seed,
            options.schema,
        );
        let cloud = Arc::new(cloud);
        let listeners = [
            Listener::open(server_socket, server::router(Arc::clone(&server), &interference)),
            Listener::open(cloud_socket, cloud::router(Arc::clone(&cloud), &interference)),
        ];
        Ok(Self {
            server_url,
            cloud_url,
            config_file,
            enterprise: server,
            cloud,
            faults,
            listeners,
        })
    }

    /// The enterprise server, like `http://127.0.0.1:40001/`.
    pub fn server_url(&self) -> &Url {
        &self.server_url
    }

    /// The cloud, for API and uploads alike, like `http://127.0.0.1:40002/`.
    pub fn cloud_url(&self) -> &Url {
        &self.cloud_url
    }

    /// The page of the account on which a person uploads a file.
    pub fn license_page(&self) -> String {
        format!("{}enterprises/{ENTERPRISE}/settings/license", self.cloud_url)
    }

    /// The settings that lead a client here.
    pub fn config_file(&self) -> &Path {
        &self.config_file
    }

    /// Writes the license usage file that the server exports now.
    ///
    /// # Errors
    /// When it cannot be written there.
    pub fn export_license_usage(&self, to: &Path) -> std::io::Result<()> {
        self.enterprise
            .export(std::io::BufWriter::new(std::fs::File::create(to)?))
    }

    /// What the cloud counts now.
    pub fn tally(&self) -> LicenseTally {
        self.cloud.ledger().tally()
    }

    /// What the cloud's identity provider has about its users; the first attribute of each is the `NameID`.
    pub fn identities(&self) -> Vec<CloudIdentity> {
        let places = 0..self.cloud.identity_count();
        places.filter_map(|place| self.cloud.identity(place)).collect()
    }

    /// Lets the cloud's owners read this instead of what follows from uploads and members; once.
    pub fn plant(&self, planted: Planted) {
        let _known_already = self.cloud.known.planted.set(planted);
    }

    /// The uploads that the cloud accepted, the oldest first.
    pub fn uploads(&self) -> Vec<UploadRecord> {
        self.cloud.ledger().uploads()
    }

    /// Lets the cloud list another server, or list it otherwise than before.
    pub fn list_server(&self, server: OtherServer) {
        self.cloud.ledger().others.insert(server.server_id.clone(), server);
    }

    /// Lets one more thing go wrong.
    pub fn add_fault(&self, fault: InjectedFault) {
        self.faults.add(fault);
    }

    /// How many of the faults are still to happen.
    pub fn faults_left(&self) -> usize {
        self.faults.len()
    }

    /// Stops: no new connection is taken, answers under way are finished, both ports are closed on return.
    pub async fn stop(self) {
        for listener in &self.listeners {
            listener.stopping.cancel();
        }
        for listener in self.listeners {
            listener.close().await;
        }
    }
}

/// One host's socket and the task that serves it.
struct Listener {
    stopping: CancellationToken,
    serving: JoinHandle<()>,
}

impl Listener {
    fn open(socket: TcpListener, router: Router) -> Self {
        let stopping = CancellationToken::new();
        let stopped = stopping.clone().cancelled_owned();
        let serving = tokio::spawn(async move {
            let served = axum::serve(socket, router).with_graceful_shutdown(stopped).await;
            debug_assert!(served.is_ok(), "serving ends only when it is stopped");
        });
        Self { stopping, serving }
    }

    async fn close(mut self) {
        if tokio::time::timeout(GRACE, &mut self.serving).await.is_err() {
            self.serving.abort();
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

async fn bind() -> Result<(TcpListener, Url), SandboxError> {
    let socket = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .await
        .map_err(SandboxError::Listen)?;
    let address = socket.local_addr().map_err(SandboxError::Listen)?;
    let url = Url::parse(&format!("http://{address}/"))
        .map_err(|error| SandboxError::Listen(std::io::Error::other(error)))?;
    Ok((socket, url))
}
