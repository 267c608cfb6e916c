//! Two clouds, the old one and the new one, each with a host for the API and one for uploads. Whatever arrives is
//! recorded with the token it came with.
//!
//! All cells share the hosts: a cell is known by the number of its installation, which every token names. What a cell sent
//! is in a ledger of its own, so that a cell can begin where another one left off.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use ghe_license_sync::clock::Clock;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use url::Url;

use super::ledger::{Taken, list, take};
use super::request::{self, Request};
use crate::support::manual_clock::ManualClock;

/// A host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Host {
    OldApi,
    OldUploads,
    NewApi,
    NewUploads,
}

impl Host {
    pub(super) const ALL: [Self; 4] = [Self::OldApi, Self::OldUploads, Self::NewApi, Self::NewUploads];
}

/// What a request was for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// An installation token, for the App with this client ID.
    Token(String),
    List,
    /// What the daemon asks that watches the account, after the list.
    Statistics,
    /// A document with this idempotency key and this content digest.
    Document(String, String),
    Question,
}

/// Status, more headers and body.
type Answer = (u16, String, String);

/// A request that arrived.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) host: Host,
    pub(super) what: What,
    /// The one that the path names, with its kind, where it names one.
    pub(super) account: Option<String>,
    /// Where its installation token was issued, if it came with one.
    pub(super) issued_at: Option<Host>,
}

/// What the cloud does with an upload that is half way, once it may continue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Take,
    Cut,
    /// It refuses the token.
    Refuse,
}

/// The next upload stops half way.
#[derive(Clone)]
pub(super) struct HalfWay {
    pub(super) fate: Fate,
    /// It has come so far.
    pub(super) came: Arc<Notify>,
    pub(super) proceed: Arc<Notify>,
}

impl HalfWay {
    pub(super) fn then(fate: Fate) -> Self {
        Self {
            fate,
            came: Arc::default(),
            proceed: Arc::default(),
        }
    }
}

/// What both clouds know of one installation.
pub(super) struct Tenant {
    /// The Apps that are registered: their client IDs and private keys.
    pub(super) apps: Vec<(&'static str, String)>,
    pub(super) taken: Vec<Taken>,
    pub(super) seen: Vec<Seen>,
    pub(super) clock: Arc<ManualClock>,
    /// Documents are taken, and nobody ever hears of it.
    pub(super) is_silent: bool,
    pub(super) half_way: Option<HalfWay>,
}

/// The hosts and what they saw.
pub(super) struct Clouds {
    urls: HashMap<Host, Url>,
    tenants: Mutex<HashMap<u64, Tenant>>,
    /// Requests that could not be attributed to a tenant, and connections without any request.
    stray: AtomicUsize,
}

impl Clouds {
    pub(super) async fn open() -> Arc<Self> {
        let mut listeners = Vec::new();
        let mut urls = HashMap::new();
        for host in Host::ALL {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}/", listener.local_addr().unwrap());
            urls.insert(host, Url::parse(&url).unwrap());
            listeners.push((host, listener));
        }
        let clouds = Arc::new(Self {
            urls,
            tenants: Mutex::default(),
            stray: AtomicUsize::new(0),
        });
        for (host, listener) in listeners {
            tokio::spawn(serve(Arc::clone(&clouds), host, listener));
        }
        clouds
    }

    pub(super) fn url(&self, host: Host) -> &Url {
        &self.urls[&host]
    }

    /// The host of this origin.
    pub(super) fn host(&self, origin: &str) -> Host {
        let is_it = |host: &Host| self.url(*host).origin().ascii_serialization() == origin;
        Host::ALL.into_iter().find(is_it).unwrap()
    }

    pub(super) fn tenants(&self) -> MutexGuard<'_, HashMap<u64, Tenant>> {
        self.tenants.lock().unwrap()
    }

    pub(super) fn stray(&self) -> usize {
        self.stray.load(Ordering::SeqCst)
    }

    /// Serves one request; nothing when there is no answer to it.
    async fn serve(&self, host: Host, stream: &mut TcpStream) -> io::Result<Option<Answer>> {
        let mut request = Request::begin(stream).await?;
        let half_way = self.half_way(&request);
        if let Some(half_way) = &half_way {
            request.read_half(stream).await?;
            half_way.came.notify_one();
            half_way.proceed.notified().await;
            match half_way.fate {
                Fate::Take => {}
                Fate::Cut => return Ok(None),
                Fate::Refuse => {
                    request.read(stream).await?;
                    return Ok(Some((401, String::new(), "{}".to_owned())));
                }
            }
        }
        request.read(stream).await?;
        let answer = self.answer(host, &request, half_way.is_none());
        if answer.is_none() {
            return std::future::pending().await;
        }
        Ok(answer)
    }

    /// How this upload continues, if it stops half way.
    fn half_way(&self, request: &Request) -> Option<HalfWay> {
        let is_upload = request.path().ends_with("/license-usage");
        let (number, _) = request.bearer().strip_prefix("ghs_").map(read_token)?;
        let mut tenants = self.tenants();
        let tenant = tenants.get_mut(&number).filter(|_| is_upload)?;
        tenant.half_way.take()
    }

    /// The answer; nothing when there is none. Who was half way at the change was seen before it.
    fn answer(&self, host: Host, request: &Request, is_seen: bool) -> Option<Answer> {
        let path = request.path();
        let parts: Vec<_> = path.trim_matches('/').split('/').collect();
        let bearer = request.bearer();
        let issued: Option<(u64, Host)> = bearer.strip_prefix("ghs_").map(read_token);
        let number = match (&parts[..], issued) {
            (["app", "installations", number, _], _) => number.parse().ok(),
            (_, Some((number, _))) => Some(number),
            _ => bearer.strip_prefix("ghp_").and_then(|number| number.parse().ok()),
        };
        let mut tenants = self.tenants();
        let Some(tenant) = number.and_then(|number| tenants.get_mut(&number)) else {
            self.stray.fetch_add(1, Ordering::SeqCst);
            return Some((404, String::new(), "{}".to_owned()));
        };
        let date = tenant.clock.now().to_rfc2822().replace("+0000", "GMT");
        let mut see = |what, account: Option<&str>| {
            let seen = Seen {
                host,
                what,
                account: account.map(str::to_owned),
                issued_at: issued.map(|(_, issued_at)| issued_at),
            };
            tenant.seen.extend(is_seen.then_some(seen));
        };
        let (status, headers, body) = match parts[..] {
            ["app", "installations", _, _] => {
                let client_id = request::issuer(&bearer);
                see(What::Token(client_id.clone()), None);
                let is_registered =
                    |app: &&(&str, String)| app.0 == client_id && request::is_signed_by(&bearer, &app.1);
                if tenant.apps.iter().any(|app| is_registered(&app)) {
                    let at = Host::ALL.iter().position(|it| *it == host).unwrap();
                    let token = format!("ghs_{}_{at}", number.unwrap_or_default());
                    let body = json!({ "token": token, "expires_at": "2126-11-24T04:00:00Z" });
                    (201, String::new(), body.to_string())
                } else {
                    let body = json!({ "message": "'Issuer' claim ('iss') must be an Integer" });
                    (401, String::new(), body.to_string())
                }
            }
            ["enterprises", name, "license-sync-status"] => {
                let account = account("enterprises", name);
                see(What::List, Some(&account));
                (200, String::new(), list(tenant, host, &account))
            }
            ["enterprise-installation", name, "server-statistics"] => {
                see(What::Statistics, Some(&account("enterprises", name)));
                (404, String::new(), "{}".to_owned())
            }
            [kind @ ("enterprises" | "orgs"), name, "license-usage"] => {
                let account = account(kind, name);
                let key = request.header("idempotency-key");
                see(
                    What::Document(key.clone(), request.header("content-digest")),
                    Some(&account),
                );
                let api = issued.map(|(_, issued_at)| issued_at).unwrap();
                let id = take(tenant, request, (api, host, &account), key);
                if tenant.is_silent {
                    return None;
                }
                let location = format!("Location: {path}/{id}\r\n");
                (202, location, json!({ "id": id.to_string() }).to_string())
            }
            [kind @ ("enterprises" | "orgs"), name, "license-usage", _] => {
                see(What::Question, Some(&account(kind, name)));
                (200, String::new(), json!({ "sync_state": "success" }).to_string())
            }
            _ => (404, String::new(), "{}".to_owned()),
        };
        Some((status, format!("Date: {date}\r\n{headers}"), body))
    }
}

/// An account as the store names it.
fn account(kind: &str, name: &str) -> String {
    let kind = if kind == "orgs" { "organization" } else { "enterprise" };
    format!("{kind}/{name}")
}

/// The installation's number and where it was issued.
fn read_token(rest: &str) -> (u64, Host) {
    let (number, at) = rest.split_once('_').unwrap();
    (number.parse().unwrap(), Host::ALL[at.parse::<usize>().unwrap()])
}

async fn serve(clouds: Arc<Clouds>, host: Host, listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let clouds = Arc::clone(&clouds);
        tokio::spawn(async move {
            match clouds.serve(host, &mut stream).await {
                // A process that dies meanwhile takes the connection with it.
                Ok(Some(answer)) => drop(request::reply(&mut stream, &answer).await),
                Ok(None) => {}
                Err(_) => {
                    clouds.stray.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
    }
}
