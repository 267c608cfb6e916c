//! Who may write what the program believes: nobody but its user and root, neither in the file nor in its place.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;

use ghe_license_sync::explain::Explain;
use ghe_license_sync::settings::{Environment, Network};
use ghe_license_sync::transport::{Redirects, build};
use insta::assert_snapshot;

use super::Site;

/// The account that owns nothing.
const NOBODY: u32 = 65_534;

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
    config-invalid: the file /etc/ghe-license-sync/config.toml can be replaced by other users: its directory /etc/ghe-license-sync is writable for them (mode 0777)
    help: check what is in /etc/ghe-license-sync/config.toml, then run `chmod go-w /etc/ghe-license-sync`
    ");
    for (mode, refused) in [(0o775, true), (0o757, true), (0o1777, false), (0o755, false)] {
        set_mode(site.directory.path(), mode);
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
    assert!(
        site.refuse().contains("behind is writable for them"),
        "{}",
        site.refuse()
    );
}

/// For any other user than root it is the administrator who decides whose settings are used.
#[test]
fn root_uses_no_settings_of_another_user() {
    let site = Site::new("");
    let file = site.path("config.toml");
    if file.metadata().unwrap().uid() != 0 {
        site.accept();
        return;
    }
    chown(&file, Some(NOBODY), None).unwrap();
    assert_snapshot!(site.refuse(), @"
    config-invalid: the file /etc/ghe-license-sync/config.toml belongs to the user 65534, and this process is root
    help: check what is in it, then run `chown root /etc/ghe-license-sync/config.toml`
    ");
    chown(&file, Some(0), None).unwrap();
    chown(site.directory.path(), Some(NOBODY), None).unwrap();
    assert_snapshot!(site.refuse(), @"
    config-invalid: the file /etc/ghe-license-sync/config.toml can be replaced by the user 65534, to whom its directory /etc/ghe-license-sync belongs, and this process is root
    help: check what is in /etc/ghe-license-sync/config.toml, then run `chown root /etc/ghe-license-sync`, or run this command as that user
    ");
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
