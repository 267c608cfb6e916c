//! Clients as processes: how long each takes for the whole list, and how much memory.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::server::Server;
use crate::{Result, pages};

/// What every client has to say.
const TOKEN: &str = "ghp_0123456789abcdefREAD";
const LIST: &str = "enterprises/octo-corp/consumed-licenses";

/// The memory of a process is sampled this often.
const INTERVAL: Duration = Duration::from_millis(2);

pub(crate) struct Client {
    pub(crate) name: String,
    program: String,
    arguments: Vec<String>,
    environment: Vec<(&'static str, String)>,
    /// Where its standard output goes, and its diagnostics.
    output: PathBuf,
    errors: PathBuf,
}

pub(crate) struct Measured {
    pub(crate) time: Duration,
    /// The peak, in KiB.
    pub(crate) memory: u64,
}

impl Client {
    /// The program itself, or another build of it that `BENCHMARK_PROGRAM` names. It writes to a new file of this name or to
    /// standard output.
    pub(crate) fn report(server: &Server, arguments: &[&str], file: Option<&str>) -> Result<Self> {
        let (config, token) = (server.file("config.toml"), server.file("token"));
        for (path, text) in [(&config, settings(server)), (&token, TOKEN.to_owned())] {
            fs::write(path, text)?;
            fs::set_permissions(path, Permissions::from_mode(0o600))?;
        }
        let mut all = vec!["--config".to_owned(), config.display().to_string(), "report".to_owned()];
        all.extend(arguments.iter().map(ToString::to_string));
        let mut name = format!("report {}", arguments.join(" ").replace("--format ", ""));
        if let Some(file) = file {
            all.extend([
                "--force".to_owned(),
                "--output".to_owned(),
                server.file(file).display().to_string(),
            ]);
            name.push_str(" --output");
        }
        Ok(Self {
            name,
            program: variable("BENCHMARK_PROGRAM").unwrap_or_else(|| env!("CARGO_BIN_EXE_ghe-license-sync").to_owned()),
            arguments: all,
            environment: Vec::new(),
            output: server.file("output"),
            errors: server.file("errors"),
        })
    }

    /// GitHub's own command line, which takes a server of this address for an enterprise server.
    pub(crate) fn gh(server: &Server) -> Self {
        let list = format!("{LIST}?per_page={}", pages::PER_PAGE);
        Self {
            name: "gh api --paginate".to_owned(),
            program: "gh".to_owned(),
            arguments: ["api", "--paginate", &list].map(str::to_owned).into(),
            environment: vec![
                ("GH_HOST", server.authority.clone()),
                ("GH_ENTERPRISE_TOKEN", TOKEN.to_owned()),
                ("GH_CONFIG_DIR", server.file("gh").display().to_string()),
                ("SSL_CERT_FILE", server.trust_root().display().to_string()),
                ("HOME", server.file("home").display().to_string()),
            ],
            output: server.file("output"),
            errors: server.file("errors"),
        }
    }

    /// The client of the interpreter that `BENCHMARK_PYTHON` names.
    pub(crate) fn pygithub(server: &Server) -> Result<Self> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/licenses/pygithub.py");
        let program = variable("BENCHMARK_PYTHON").ok_or("BENCHMARK_PYTHON names no Python with PyGithub")?;
        Ok(Self {
            name: "PyGithub".to_owned(),
            program,
            arguments: vec![
                script.to_owned(),
                format!("https://{}", server.authority),
                TOKEN.to_owned(),
                server.trust_root().display().to_string(),
            ],
            environment: Vec::new(),
            output: server.file("output"),
            errors: server.file("errors"),
        })
    }

    pub(crate) fn run(&self) -> Result<Measured> {
        let mut command = Command::new(&self.program);
        command.env_clear().args(&self.arguments).envs(self.environment.clone());
        command.stdin(Stdio::null());
        command
            .stdout(File::create(&self.output)?)
            .stderr(File::create(&self.errors)?);
        let start = Instant::now();
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", self.program))?;
        let mut memory = 0;
        let status = loop {
            memory = memory.max(peak(&child).unwrap_or_default());
            if let Some(status) = child.try_wait()? {
                break status;
            }
            #[expect(clippy::disallowed_methods, reason = "a process has no event for a peak")]
            std::thread::sleep(INTERVAL);
        };
        let time = start.elapsed();
        match status.success() {
            true => Ok(Measured { time, memory }),
            false => {
                let errors = fs::read_to_string(&self.errors)?;
                Err(format!("{} ended with {status}: {errors}", self.name).into())
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has no settings")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The most memory so far, in KiB; nothing once the process has ended.
fn peak(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().trim_end_matches(" kB").parse().ok()
}

fn settings(server: &Server) -> String {
    let file = |name: &str| server.file(name).display().to_string();
    format!(
        "[connect]\n\
         enabled = true\n\
         enterprise = \"octo-corp\"\n\
         api-url = \"https://{}/\"\n\
         ca-file = \"{}\"\n\
         read-token-file = \"{}\"\n\
         [state]\n\
         directory = \"{}\"\n",
        server.authority,
        server.trust_root().display(),
        file("token"),
        file("state")
    )
}
