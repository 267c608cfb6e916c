//! Who may write what the program believes: nobody but its user and root, neither the file nor a directory or a link on the
//! path to it. Without root the tests own every file that they make, so modes alone are tried.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, lchown, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use ghe_license_sync::explain::Explain;
use ghe_license_sync::settings::files::WriterError;
use ghe_license_sync::settings::secret::SecretError;
use ghe_license_sync::settings::{Credential, Environment, Network};
use ghe_license_sync::transport::{Redirects, build};
use insta::assert_snapshot;

use super::Site;
use crate::support::binary::copy_binary;

/// The account that owns nothing.
const NOBODY: u32 = 65_534;

/// Another user.
const EVE: u32 = 4321;

fn is_root(site: &Site) -> bool {
    site.directory.path().metadata().unwrap().uid() == 0
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[test]
fn settings_that_other_users_can_write_are_refused() {
    let site = Site::new("");
    for mode in [0o666, 0o664, 0o646, 0o620, 0o602] {
        set_mode(&site.path("config.toml"), mode);
        assert!(site.refuse().contains(&format!("mode {mode:04o}")), "{mode:o}");
    }
    assert_snapshot!(site.refuse(), @"
    config-invalid: the file /etc/ghe-license-sync/config.toml is writable by other users (mode 0602)
    help: check what is in it, then run `chmod go-w /etc/ghe-license-sync/config.toml`
    ");
    assert_eq!(site.load().unwrap_err().exit() as u8, 78);
    for mode in [0o644, 0o640, 0o600] {
        set_mode(&site.path("config.toml"), mode);
        site.accept();
    }
}

#[test]
fn settings_that_other_users_can_replace_are_refused() {
    let site = Site::new("");
    set_mode(site.directory.path(), 0o777);
    assert_snapshot!(site.refuse(), @"
    config-invalid: the file /etc/ghe-license-sync/config.toml can be replaced by other users
    cause: /etc/ghe-license-sync is writable by other users (mode 0777)
    help: check what is in /etc/ghe-license-sync/config.toml, then run `chmod go-w /etc/ghe-license-sync`, or move it to a directory that only root can change
    ");
    for (mode, refused) in [(0o775, true), (0o757, true), (0o1777, false), (0o755, false)] {
        set_mode(site.directory.path(), mode);
        assert_eq!(site.load().is_err(), refused, "{mode:o}");
    }
}

#[test]
fn every_directory_on_the_path_counts() {
    let mut site = Site::new("");
    site.sources.file = site.path("above/etc/config.toml");
    fs::create_dir_all(site.path("above/etc")).unwrap();
    fs::rename(site.path("config.toml"), &site.sources.file).unwrap();
    for (mode, refused) in [(0o777, true), (0o775, true), (0o1777, false), (0o755, false)] {
        set_mode(&site.path("above"), mode);
        assert_eq!(site.load().is_err(), refused, "{mode:o}");
    }
}

#[test]
fn the_directory_behind_a_link_counts_as_well() {
    let mut site = Site::new("");
    let behind = site.path("behind");
    fs::create_dir(&behind).unwrap();
    fs::rename(site.path("config.toml"), behind.join("config.toml")).unwrap();
    symlink("behind/config.toml", site.path("link.toml")).unwrap();
    site.sources.file = site.path("link.toml");
    site.accept();
    set_mode(&behind, 0o777);
    let refused = site.refuse();
    assert!(refused.contains("behind is writable by other users"), "{refused}");
}

#[test]
fn root_uses_no_settings_of_another_user() {
    let mut site = Site::new("");
    if !is_root(&site) {
        return;
    }
    let file = site.path("config.toml");
    chown(&file, Some(EVE), None).unwrap();
    assert_snapshot!(site.refuse(), @"
    config-invalid: the file /etc/ghe-license-sync/config.toml belongs to the user 4321, who is neither root nor the user of this process
    help: check what is in it, then run `chown root /etc/ghe-license-sync/config.toml`
    ");
    chown(&file, Some(0), None).unwrap();
    chown(site.directory.path(), Some(EVE), None).unwrap();
    assert_snapshot!(site.refuse(), @"
    config-invalid: the file /etc/ghe-license-sync/config.toml can be replaced by other users
    cause: /etc/ghe-license-sync belongs to the user 4321
    help: check what is in /etc/ghe-license-sync/config.toml, then move it to a directory that only root can change
    ");
    chown(site.directory.path(), Some(0), None).unwrap();
    site.sources.file = site.path("link.toml");
    symlink("config.toml", &site.sources.file).unwrap();
    site.accept();
    lchown(&site.sources.file, Some(EVE), None).unwrap();
    assert!(
        site.refuse().contains("link.toml belongs to the user 4321"),
        "{}",
        site.refuse()
    );
}

/// What root itself would use, and what belongs to that user, is used.
#[test]
fn another_user_than_root_uses_no_settings_of_a_third() {
    let site = Site::new("");
    if !is_root(&site) {
        return;
    }
    set_mode(site.directory.path(), 0o755);
    let program = site.path("ghe-license-sync");
    copy_binary(&program);
    let file = site.path("config.toml");
    fs::write(&file, format!("state.directory = {:?}\n", site.path("state"))).unwrap();
    let check = || {
        let mut command = Command::new(&program);
        command
            .env_clear()
            .arg("--config")
            .arg(&file)
            .args(["check", "--offline"]);
        command.uid(NOBODY).gid(NOBODY).output().unwrap().status.code()
    };
    for (path, owner, exit) in [
        (&*file, EVE, 78),
        (&file, NOBODY, 0),
        (site.directory.path(), EVE, 78),
        (site.directory.path(), NOBODY, 0),
    ] {
        chown(path, Some(owner), None).unwrap();
        assert_eq!(check(), Some(exit), "{} of {owner}", path.display());
    }
}

#[test]
fn a_credential_below_a_directory_of_another_user_is_refused() {
    let site = Site::new("");
    let file = site.path("theirs/credentials/server-token");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "ghp_secret").unwrap();
    set_mode(&file, 0o600);
    let credential = Credential {
        name: "server-token",
        key: "server.token-file",
        variable: "NONE",
        hosts: String::new(),
        file: Some(file),
        stored: None,
        stamp: None,
    };
    let read = || credential.read(&Environment::default()).map(|_| ());
    read().unwrap();
    set_mode(&site.path("theirs"), 0o777);
    assert!(matches!(
        read(),
        Err(SecretError::Writer(WriterError::UnsafePath { .. }))
    ));
    set_mode(&site.path("theirs"), 0o755);
    if is_root(&site) {
        chown(site.path("theirs"), Some(EVE), None).unwrap();
        assert!(matches!(
            read(),
            Err(SecretError::Writer(WriterError::UnsafePath { .. }))
        ));
    }
}

#[test]
fn a_device_is_no_file_that_somebody_wrote() {
    let mut site = Site::new("");
    site.sources.file = "/dev/null".into();
    site.accept();
}

#[test]
fn a_trust_root_that_other_users_can_write_is_refused() {
    let site = Site::new("");
    let file = site.path("ca.pem");
    fs::write(
        &file,
        rcgen::generate_simple_self_signed(vec!["example.com".to_owned()])
            .unwrap()
            .cert
            .pem(),
    )
    .unwrap();
    let network = Network {
        proxy: None,
        ca_file: Some(file.clone()),
    };
    let url = "https://github.example.com/".parse().unwrap();
    let trust = || build(&url, &network, Redirects::Never, &Environment::default());
    trust().unwrap();
    set_mode(&file, 0o666);
    let error = trust().unwrap_err();
    assert_eq!(error.exit() as u8, 78);
    assert_snapshot!(site.render(&error), @"
    config-invalid: the file /etc/ghe-license-sync/ca.pem is writable by other users (mode 0666)
    help: check what is in it, then run `chmod go-w /etc/ghe-license-sync/ca.pem`
    ");
}
