//! A sandbox with a clock that a test sets, and a client that checks whatever it receives.

use std::path::Path;
use std::sync::Arc;

use ghe_license_sync::clock::Clock;
use ghe_license_sync::sandbox::{Sandbox, SandboxOptions};
use ghe_license_sync::settings::{Environment, Network};
use ghe_license_sync::transport::{Peer, Redirects, build, read_capped};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::openapi::{Answer as Described, Description};
use crate::support::manual_clock::ManualClock;

/// A running sandbox and what is needed to talk to it.
pub(super) struct Bench {
    pub(super) sandbox: Sandbox,
    pub(super) directory: TempDir,
    pub(super) clock: Arc<ManualClock>,
    pub(super) config: toml::Table,
    client: reqwest::Client,
    descriptions: [Description; 3],
}

/// An answer, read to its end.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn message(&self) -> String {
        self.json()["message"].as_str().unwrap().to_owned()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }
}

impl Bench {
    pub(super) async fn start() -> Self {
        Self::with(SandboxOptions::default()).await
    }

    pub(super) async fn with(options: SandboxOptions) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at("2026-11-02T03:04:05Z"));
        let sandbox = Sandbox::start_with_clock(options, directory.path(), clock.clone())
            .await
            .unwrap();
        let config = std::fs::read_to_string(sandbox.config_file()).unwrap();
        let network = Network::default();
        let client = build(sandbox.cloud_url(), &network, Redirects::Never, &Environment::default()).unwrap();
        Self {
            config: config.parse().unwrap(),
            sandbox,
            directory,
            clock,
            client,
            descriptions: [
                Description::connect(),
                Description::github_cloud(),
                Description::github_server(),
            ],
        }
    }

    pub(super) fn add_fault(&self, fault: &str) {
        self.sandbox.add_fault(fault.parse().unwrap());
    }

    pub(super) fn setting(&self, section: &str, key: &str) -> String {
        let value = &self.config[section][key];
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    }

    pub(super) fn secret(&self, section: &str, key: &str) -> String {
        std::fs::read_to_string(Path::new(&self.setting(section, key))).unwrap()
    }

    pub(super) fn on_server(&self, path: &str) -> RequestBuilder {
        let url = self.sandbox.server_url().join(path).unwrap();
        let token = self.secret("server", "token-file");
        self.client.get(url).bearer_auth(token)
    }

    pub(super) fn report(&self) -> RequestBuilder {
        let url = self
            .sandbox
            .server_url()
            .join("stafftools/reports/all_users.csv")
            .unwrap();
        self.client
            .get(url)
            .basic_auth("license-bot", Some(self.secret("server", "token-file")))
    }

    pub(super) fn on_cloud(&self, method: Method, path: &str) -> RequestBuilder {
        self.client
            .request(method, self.sandbox.cloud_url().join(path).unwrap())
    }

    /// A request that the classic token allows.
    pub(super) fn read_cloud(&self, path: &str) -> RequestBuilder {
        self.on_cloud(Method::GET, path)
            .bearer_auth(self.secret("connect", "read-token-file"))
    }

    /// Sends, reads to the end and holds a JSON answer against the descriptions.
    pub(super) async fn send(&self, request: RequestBuilder) -> Answer {
        let (answer, wrong) = self.receive(request).await;
        assert_eq!(wrong, Vec::<String>::new(), "answer {}", answer.status);
        answer
    }

    /// Sends and reads to the end; the answer may be one that no description knows.
    pub(super) async fn send_unchecked(&self, request: RequestBuilder) -> Answer {
        self.receive(request).await.0
    }

    async fn receive(&self, request: RequestBuilder) -> (Answer, Vec<String>) {
        let request = request.build().unwrap();
        let (method, url) = (request.method().to_string(), request.url().clone());
        let response = self.client.execute(request).await.unwrap();
        let status = response.status().as_u16();
        let headers: Vec<_> = (response.headers().iter())
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        let body = read_capped(response, Peer::Cloud, "GET", 1 << 30).await.unwrap();
        let path = url.path().strip_prefix("/api/v3").unwrap_or(url.path());
        let described = Described {
            status,
            headers: &headers,
            body: &body,
        };
        let is_server = url.port() == self.sandbox.server_url().port();
        let mut candidates = self.descriptions[if is_server { 2..3 } else { 0..2 }].iter();
        let wrong = match candidates.find(|description| description.find(&method, path).is_some()) {
            Some(description) => description.check_answer(&method, path, &described),
            None => vec![format!("{method} {path} is in no description")],
        };
        (Answer { status, headers, body }, wrong)
    }

    /// The claims of a good App token, to be spoilt.
    pub(super) fn claims(&self) -> Value {
        let now = self.clock.now().timestamp();
        json!({ "iss": self.setting("connect", "client-id"), "iat": now - 60, "exp": now + 540 })
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        let key = EncodingKey::from_rsa_pem(self.secret("connect", "private-key-file").as_bytes()).unwrap();
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, &key).unwrap()
    }

    pub(super) fn ask_for_token(&self, app_token: &str) -> RequestBuilder {
        let installation = self.setting("connect", "installation-id");
        let path = format!("app/installations/{installation}/access_tokens");
        self.on_cloud(Method::POST, &path).bearer_auth(app_token)
    }

    /// An installation token.
    pub(super) async fn installation_token(&self) -> String {
        let answer = self.send(self.ask_for_token(&self.sign(&self.claims()))).await;
        assert_eq!(answer.status, 201);
        answer.json()["token"].as_str().unwrap().to_owned()
    }
}
