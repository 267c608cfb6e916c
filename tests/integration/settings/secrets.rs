//! Secrets: where they are looked for, what is refused and in which words. None is ever shown.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use ghe_license_sync::settings::Credential;
use ghe_license_sync::settings::secret::{SecretError, SecretOrigin};
use insta::assert_snapshot;
use secrecy::{ExposeSecret, SecretString};

use super::Site;

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
fn a_secret_that_is_nowhere_tells_all_three_places() {
    assert_snapshot!(refuse(&Site::new(""), None), @r"
    credentials-missing: the credential `server-token` is not there
    help: give it as the systemd credential `server-token` (LoadCredential=), or name a file of mode 0600 in `server.token-file`, or set GHE_LICENSE_SYNC_SERVER_TOKEN
    ");
}

#[test]
fn an_empty_variable_is_none() {
    let site = Site::new("").variables(&[(VARIABLE, "")]);
    assert!(matches!(read(&site, None), Err(SecretError::Missing(_))));
}

#[test]
fn a_file_that_is_not_there_is_not_replaced_by_the_variable() {
    let site = Site::new("").variables(&[(VARIABLE, "from-variable")]);
    assert_snapshot!(refuse(&site, Some(site.path("token"))), @r"
    credentials-missing: the credential `server-token` could not be read from /etc/ghe-license-sync/token
    cause: No such file or directory (os error 2)
    help: write the secret into /etc/ghe-license-sync/token (mode 0600), or correct the path in the settings
    ");
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    let site = Site::new("");
    let file = write(&site, "token", b"hunter2");
    fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
    assert_snapshot!(refuse(&site, Some(file.clone())), @r"
    credentials-missing: the credential file /etc/ghe-license-sync/token is readable by other users (mode 0640)
    help: run `chmod 0600 /etc/ghe-license-sync/token`; if other users may have read it, replace the secret as well
    ");
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

#[test]
fn a_file_that_others_can_replace_is_refused() {
    let site = Site::new("");
    let file = write(&site, "token", b"ghp_secret");
    fs::set_permissions(site.directory.path(), Permissions::from_mode(0o777)).unwrap();
    assert_snapshot!(refuse(&site, Some(file)), @"
    credentials-missing: the file /etc/ghe-license-sync/token can be replaced by other users
    cause: /etc/ghe-license-sync is writable by other users (mode 0777)
    help: check what is in /etc/ghe-license-sync/token, then run `chmod go-w /etc/ghe-license-sync`, or move it to a directory that only root can change
    ");
}

#[test]
fn a_link_is_not_followed() {
    let site = Site::new("");
    let file = write(&site, "token", b"hunter2");
    symlink(file, site.path("link")).unwrap();
    assert_snapshot!(refuse(&site, Some(site.path("link"))), @r"
    credentials-missing: the credential file /etc/ghe-license-sync/link is not a regular file
    help: name the file itself; /etc/ghe-license-sync/link is a link, a directory or a device
    ");
}

#[test]
fn a_directory_is_refused() {
    let site = Site::new("");
    fs::create_dir(site.path("token")).unwrap();
    assert_snapshot!(refuse(&site, Some(site.path("token"))), @r"
    credentials-missing: the credential file /etc/ghe-license-sync/token is not a regular file
    help: name the file itself; /etc/ghe-license-sync/token is a link, a directory or a device
    ");
}

#[test]
fn a_fifo_is_refused_without_waiting_for_a_writer() {
    let site = Site::new("");
    let path = site.path("token");
    make_fifo(&path);
    assert_snapshot!(refuse(&site, Some(path)), @r"
    credentials-missing: the credential file /etc/ghe-license-sync/token is not a regular file
    help: name the file itself; /etc/ghe-license-sync/token is a link, a directory or a device
    ");
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
fn an_empty_file_is_refused() {
    let site = Site::new("");
    let file = write(&site, "token", b" \n");
    assert_snapshot!(refuse(&site, Some(file)), @r"
    credentials-missing: the credential `server-token` in file /etc/ghe-license-sync/token is empty
    help: write the key or token into it as it was issued, as plain text
    ");
}

#[test]
fn a_file_that_is_not_text_is_refused() {
    let site = Site::new("");
    let file = write(&site, "token", b"hunter2\xff");
    assert_snapshot!(refuse(&site, Some(file)), @r"
    credentials-missing: the credential `server-token` in file /etc/ghe-license-sync/token is not UTF-8 text
    help: write the key or token into it as it was issued, as plain text
    ");
}

#[test]
fn a_blank_variable_is_refused() {
    let site = Site::new("").variables(&[(VARIABLE, "  ")]);
    assert_snapshot!(refuse(&site, None), @r"
    credentials-missing: the credential `server-token` in environment variable GHE_LICENSE_SYNC_SERVER_TOKEN is empty
    help: write the key or token into it as it was issued, as plain text
    ");
}

#[test]
fn a_systemd_credential_that_cannot_be_used_does_not_fall_back() {
    let site = with_systemd(&[(VARIABLE, "from-variable")]);
    write(&site, "credentials/server-token", b"");
    assert_snapshot!(refuse(&site, None), @r"
    credentials-missing: the credential `server-token` in systemd credential /etc/ghe-license-sync/credentials/server-token is empty
    help: write the key or token into it as it was issued, as plain text
    ");
}

#[test]
fn nothing_that_can_be_printed_holds_the_secret() {
    let site = with_systemd(&[(VARIABLE, "hunter2")]);
    let found = read(&site, None).unwrap();
    assert!(!format!("{found:?} {} {:?}", found.1, site.sources).contains("hunter2"));
}
