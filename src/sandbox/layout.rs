//! Writes what a client needs to reach the sandbox: settings and credentials.
//!
//! The state directory and the fingerprint key are only named; they are the client's to make.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use url::Url;

use super::connection::{Connection, ENTERPRISE};
use super::error::SandboxError;
use super::population::{REPORTER, SCIM_ENABLED};

const CONFIG_FILE: &str = "config.toml";

/// What distinguishes settings of the sandbox from others.
const FIRST_LINE: &str = "# Written by the sandbox, which serves both hosts on this machine only.";

/// Writes `credentials/` and `config.toml` below `directory` and returns the path of the latter.
///
/// # Errors
/// [`SandboxError`] names the path that could not be written.
pub(super) fn write(
    directory: &Path,
    connection: &Connection,
    private_key: &str,
    server: &Url,
    cloud: &Url,
) -> Result<PathBuf, SandboxError> {
    let credentials = directory.join("credentials");
    make_private(&credentials)?;
    for (name, secret) in [
        ("connect-private-key", private_key),
        ("connect-read-token", &connection.read_token),
        ("server-token", &connection.server_token),
    ] {
        write_private(&credentials.join(name), secret)?;
    }
    let config_file = directory.join(CONFIG_FILE);
    write_private(&config_file, &settings(directory, connection, server, cloud))?;
    Ok(config_file)
}

fn settings(directory: &Path, connection: &Connection, server: &Url, cloud: &Url) -> String {
    let path = |name: &str| quote(&directory.join(name).to_string_lossy());
    let (cloud, server) = (quote(cloud.as_str()), quote(server.as_str()));
    format!(
        "{FIRST_LINE}\n\
         [connect]\n\
         enabled = true\n\
         host = \"github.com\"\n\
         api-url = {cloud}\n\
         uploads-url = {cloud}\n\
         enterprise = \"{ENTERPRISE}\"\n\
         client-id = \"{client_id}\"\n\
         installation-id = {installation_id}\n\
         private-key-file = {private_key}\n\
         read-token-file = {read_token}\n\
         \n\
         [license-sync]\n\
         enabled = true\n\
         \n\
         [server]\n\
         url = {server}\n\
         id = \"{server_id}\"\n\
         scim-enabled = {SCIM_ENABLED}\n\
         token-file = {server_token}\n\
         \n\
         [server.source.report]\n\
         username = \"{REPORTER}\"\n\
         \n\
         [state]\n\
         directory = {state}\n\
         fingerprint-key-file = {fingerprint_key}\n",
        client_id = connection.client_id,
        installation_id = connection.installation_id,
        server_id = connection.server_id,
        private_key = path("credentials/connect-private-key"),
        read_token = path("credentials/connect-read-token"),
        server_token = path("credentials/server-token"),
        state = path("state"),
        fingerprint_key = path("fingerprint-key"),
    )
}

fn quote(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Makes sure that no settings are in the directory but those of an earlier sandbox. What cannot be read may be anything.
///
/// # Errors
/// [`SandboxError::Taken`].
pub(super) fn refuse_foreign_settings(directory: &Path) -> Result<(), SandboxError> {
    let path = directory.join(CONFIG_FILE);
    // A link to nowhere is there as well.
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    match fs::read(&path) {
        Ok(settings) if settings.starts_with(FIRST_LINE.as_bytes()) => Ok(()),
        _ => Err(SandboxError::Taken { path }),
    }
}

/// Makes a directory that nobody else can look into; one that is there is made so.
///
/// # Errors
/// [`SandboxError::Directory`].
pub(super) fn make_private(path: &Path) -> Result<(), SandboxError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.and_then(|()| fs::set_permissions(path, Permissions::from_mode(0o700)))
        .map_err(|source| SandboxError::Directory {
            path: path.to_owned(),
            source,
        })
}

fn write_private(path: &Path, text: &str) -> Result<(), SandboxError> {
    replace(path, text).map_err(|source| SandboxError::Write {
        path: path.to_owned(),
        source,
    })
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())
}
