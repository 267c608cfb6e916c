//! Secrets: where they are looked for, what is refused and in which words. None is ever shown.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use ghe_license_sync::settings::Credential;
use ghe_license_sync::settings::secret::{SecretError, SecretOrigin};
use insta::assert_snapshot;
use secrecy::{ExposeSecret, SecretString};

use super::Site;
use crate::support::family::Family;

const VARIABLE: &str = "GHE_LICENSE_SYNC_SERVER_TOKEN";

fn credential(file: Option<PathBuf>) -> Credential {
    Credential {
        name: "server-token",
        key: "server.token-file",
        variable: VARIABLE,
        hosts: String::new(),
        file,
        stored: None,
        stamp: None,
    }
}

/// Writes a file of mode 0600 beside the settings.
fn write(site: &Site, name: &str, content: &[u8]) -> PathBuf {
    let path = site.path(name);
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    path
}

fn read(site: &Site, file: Option<PathBuf>) -> Result<(SecretString, SecretOrigin), SecretError> {
    credential(file).read(&site.sources.environment)
}

fn refuse(site: &Site, file: Option<PathBuf>) -> String {
    site.render(&read(site, file).expect_err("this secret cannot be used"))
}

/// A site whose systemd credentials are in `credentials/`.
fn with_systemd(variables: &[(&str, &str)]) -> Site {
    let mut site = Site::new("");
    let directory = site.path("credentials");
    fs::create_dir(&directory).unwrap();
    let directory = directory.display().to_string();
    site.sources.environment = variables
        .iter()
        .copied()
        .chain([("CREDENTIALS_DIRECTORY", directory.as_str())])
        .collect();
    site
}

#[test]
fn a_systemd_credential_comes_before_a_file_and_a_file_before_a_variable() {
    let site = with_systemd(&[(VARIABLE, "from-variable")]);
    let file = write(&site, "token", b"from-file");
    let found = |file| {
        let (secret, origin) = read(&site, file).unwrap();
        (secret.expose_secret().to_owned(), origin)
    };
    assert_eq!(
        found(None),
        ("from-variable".to_owned(), SecretOrigin::Environment(VARIABLE))
    );
    assert_eq!(
        found(Some(file.clone())),
        ("from-file".to_owned(), SecretOrigin::File(file.clone()))
    );
    let systemd = write(&site, "credentials/server-token", b"from-systemd");
    assert_eq!(
        found(Some(file)),
        ("from-systemd".to_owned(), SecretOrigin::SystemdCredential(systemd))
    );
}

#[test]
fn white_space_around_a_secret_is_cut_off() {
    let site = Site::new("");
    let file = write(&site, "token", b"\n  two words\t\r\n");
    assert_eq!(read(&site, Some(file)).unwrap().0.expose_secret(), "two words");
}

#[test]
fn a_secret_of_64_kib_is_read_and_a_longer_one_refused() {
    let site = Site::new("");
    let file = write(&site, "token", &vec![b'x'; 64 * 1024]);
    assert_eq!(read(&site, Some(file)).unwrap().0.expose_secret().len(), 64 * 1024);
    let file = write(&site, "token", &vec![b'x'; 64 * 1024 + 1]);
    assert!(matches!(read(&site, Some(file)), Err(SecretError::TooLarge { .. })));
    assert!(refuse(&site, Some(site.path("token"))).contains("token is larger than 64 KiB"));
}

#[test]
fn a_systemd_credential_may_be_readable_by_its_group() {
    let site = with_systemd(&[]);
    let path = write(&site, "credentials/server-token", b"from-systemd");
    fs::set_permissions(path, Permissions::from_mode(0o440)).unwrap();
    assert!(read(&site, None).is_ok());
}

#[test]
fn a_secret_that_is_missing_or_unsafe_is_refused_with_what_to_do() {
    let mut family = Family::default();
    let said = refuse(&Site::new(""), None);
    family.row("a secret that is nowhere tells all three places", said);
    let site = Site::new("").variables(&[(VARIABLE, "from-variable")]);
    let said = refuse(&site, Some(site.path("token")));
    family.row("a file that is not there is not replaced by the variable", said);
    let site = Site::new("");
    let file = write(&site, "token", b"hunter2");
    fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    family.row("a file that others can read", refuse(&site, Some(file.clone())));
    for mode in [0o604, 0o620, 0o602, 0o610, 0o601] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        assert!(
            matches!(read(&site, Some(file.clone())), Err(SecretError::Exposed { .. })),
            "{mode:o}"
        );
    }
    for mode in [0o600, 0o400] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        assert!(read(&site, Some(file.clone())).is_ok(), "{mode:o}");
    }
    let site = Site::new("");
    let file = write(&site, "token", b"ghp_secret");
    fs::set_permissions(site.directory.path(), Permissions::from_mode(0o777)).unwrap();
    family.row("a file that others can replace", refuse(&site, Some(file)));
    let site = Site::new("");
    let file = write(&site, "token", b"hunter2");
    symlink(file, site.path("link")).unwrap();
    family.row("a link is not followed", refuse(&site, Some(site.path("link"))));
    let site = Site::new("");
    fs::create_dir(site.path("token")).unwrap();
    family.row("a directory", refuse(&site, Some(site.path("token"))));
    let site = Site::new("");
    let path = site.path("token");
    make_fifo(&path);
    let said = refuse(&site, Some(path));
    family.row("a fifo is refused without waiting for a writer", said);
    let site = Site::new("");
    let file = write(&site, "token", b" \n");
    family.row("an empty file", refuse(&site, Some(file)));
    let site = Site::new("");
    let file = write(&site, "token", b"hunter2\xff");
    family.row("a file that is not text", refuse(&site, Some(file)));
    let site = Site::new("").variables(&[(VARIABLE, "  ")]);
    family.row("a blank variable", refuse(&site, None));
    let site = with_systemd(&[(VARIABLE, "from-variable")]);
    write(&site, "credentials/server-token", b"");
    let said = refuse(&site, None);
    family.row("a systemd credential that cannot be used does not fall back", said);
    assert_snapshot!(family, @"
    a secret that is nowhere tells all three places: credentials-missing: the credential `server-token` is not there
      help: give it as the systemd credential `server-token` (LoadCredential=), or name a file of mode 0600 in `server.token-file`, or set GHE_LICENSE_SYNC_SERVER_TOKEN
    a file that is not there is not replaced by the variable: credentials-missing: the credential `server-token` could not be read from /etc/ghe-license-sync/token
      cause: No such file or directory (os error 2)
      help: write the secret into /etc/ghe-license-sync/token (mode 0600), or correct the path in the settings
    a file that others can read: credentials-missing: the credential file /etc/ghe-license-sync/token is readable by other users (mode 0640)
      help: run `chmod 0600 /etc/ghe-license-sync/token`; if other users may have read it, replace the secret as well
    a file that others can replace: credentials-missing: the file /etc/ghe-license-sync/token can be replaced by other users
      cause: /etc/ghe-license-sync is writable by other users (mode 0777)
      help: check what is in /etc/ghe-license-sync/token, then run `chmod go-w /etc/ghe-license-sync`, or move it to a directory that only root can change
    a link is not followed: credentials-missing: the credential file /etc/ghe-license-sync/link is not a regular file
      help: name the file itself; /etc/ghe-license-sync/link is a link, a directory or a device
    a directory: [1]
    a fifo is refused without waiting for a writer: [1]
    an empty file: credentials-missing: the credential `server-token` in file /etc/ghe-license-sync/token is empty [2]
    a file that is not text: credentials-missing: the credential `server-token` in file /etc/ghe-license-sync/token is not UTF-8 text [2]
    a blank variable: credentials-missing: the credential `server-token` in environment variable GHE_LICENSE_SYNC_SERVER_TOKEN is empty [2]
    a systemd credential that cannot be used does not fall back: credentials-missing: the credential `server-token` in systemd credential /etc/ghe-license-sync/credentials/server-token is empty [2]
    [1] credentials-missing: the credential file /etc/ghe-license-sync/token is not a regular file
        help: name the file itself; /etc/ghe-license-sync/token is a link, a directory or a device
    [2] help: write the key or token into it as it was issued, as plain text
    ");
}

#[test]
fn an_empty_variable_is_none() {
    let site = Site::new("").variables(&[(VARIABLE, "")]);
    assert!(matches!(read(&site, None), Err(SecretError::Missing(_))));
}

/// Only root can give a file away; for others there is nothing to look at, since they cannot open such a file.
#[test]
fn a_file_of_another_user_is_refused() {
    let site = Site::new("");
    let file = write(&site, "token", b"hunter2");
    match std::os::unix::fs::chown(&file, Some(4321), None) {
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied),
        Ok(()) => assert_snapshot!(refuse(&site, Some(file)), @r"
    credentials-missing: the credential file /etc/ghe-license-sync/token belongs to another user (number 4321)
    help: run this program as that user, or `chown` /etc/ghe-license-sync/token to the user that runs it, or to root
    "),
    }
}

#[test]
fn a_link_to_a_file_that_others_can_read_is_refused_as_well() {
    let site = Site::new("");
    let file = write(&site, "token", b"hunter2");
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    symlink(file, site.path("link")).unwrap();
    assert!(matches!(
        read(&site, Some(site.path("link"))),
        Err(SecretError::NotAFile { .. })
    ));
}

fn make_fifo(path: &std::path::Path) {
    let status = std::process::Command::new("mkfifo")
        .arg("--mode=600")
        .arg(path)
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn nothing_that_can_be_printed_holds_the_secret() {
    let site = with_systemd(&[(VARIABLE, "hunter2")]);
    let found = read(&site, None).unwrap();
    assert!(!format!("{found:?} {} {:?}", found.1, site.sources).contains("hunter2"));
}
