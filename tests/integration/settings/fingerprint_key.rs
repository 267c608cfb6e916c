//! The key of the fingerprints: where it is looked for, how it is created, what is refused.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, lchown, symlink};
use std::path::{Path, PathBuf};

use ghe_license_sync::explain::chain;
use ghe_license_sync::settings::secret::SecretOrigin;
use ghe_license_sync::settings::secret::fingerprint_key::FingerprintKeyError;
use ghe_license_sync::settings::{Environment, FingerprintKeySource};
use insta::{allow_duplicates, assert_snapshot};
use secrecy::ExposeSecret as _;

use super::{OPEN, Site};

const BASE64: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Another user.
const EVE: u32 = 4321;

/// The key file of a site, which is not there yet.
fn source(site: &Site) -> FingerprintKeySource {
    FingerprintKeySource {
        file: site.path("cache/fingerprint-key"),
    }
}

fn write(path: &Path, text: &str, mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn read(site: &Site) -> Option<([u8; 32], SecretOrigin)> {
    let found = source(site).read(&site.sources.environment).unwrap();
    found.map(|(key, origin)| (*key.expose_secret(), origin))
}

fn read_or_create(site: &Site) -> Result<[u8; 32], FingerprintKeyError> {
    let found = source(site).read_or_create(&site.sources.environment);
    found.map(|key| *key.expose_secret())
}

/// What an operator reads when the key cannot be used.
fn refuse(site: &Site) -> String {
    let error = read_or_create(site).unwrap_err();
    told(&error).replace(&site.directory.path().display().to_string(), "/var")
}

fn told(error: &FingerprintKeyError) -> String {
    format!("{}\nhelp: {}", chain(error), error.help().unwrap())
}

/// Every file below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_key_is_created_once_for_its_owner_alone_and_nothing_else_is_left() {
    let site = Site::new("");
    assert_eq!(read(&site), None, "looking creates none");
    assert!(!site.path("cache").exists());
    let key = read_or_create(&site).unwrap();
    assert_eq!(read_or_create(&site).unwrap(), key);
    assert_eq!(read(&site), Some((key, SecretOrigin::File(source(&site).file))));
    assert_eq!(files(&site.path("cache")), [source(&site).file]);
    let mode = |path: PathBuf| path.metadata().unwrap().mode() & 0o7777;
    assert_eq!((mode(site.path("cache")), mode(source(&site).file)), (0o700, 0o600));
    let other = Site::new("");
    assert_ne!(read_or_create(&other).unwrap(), key);
}

#[test]
fn a_key_is_read_in_base64_and_a_systemd_credential_comes_first() {
    let expected: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).unwrap());
    for text in [BASE64, &format!("\n{BASE64}\n")] {
        let site = Site::new("");
        write(&source(&site).file, text, 0o600);
        assert_eq!(read(&site).unwrap().0, expected, "{text}");
    }
    let site = Site::new("");
    read_or_create(&site).unwrap();
    let directory = site.path("credentials");
    write(&directory.join("fingerprint-key"), BASE64, 0o440);
    let site = site.variables(&[("CREDENTIALS_DIRECTORY", &directory.display().to_string())]);
    let origin = SecretOrigin::SystemdCredential(directory.join("fingerprint-key"));
    assert_eq!(read(&site), Some((expected, origin)));
    assert_eq!(read_or_create(&site).unwrap(), expected);
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let site = Site::new("");
    write(&source(&site).file, BASE64, 0o640);
    assert_snapshot!(refuse(&site), @"
    the credential file /var/cache/fingerprint-key is readable by other users (mode 0640)
    help: delete /var/cache/fingerprint-key; the next sync creates a new key
    ");
}

#[test]
fn a_link_is_neither_followed_nor_replaced() {
    for target in ["elsewhere", "nowhere"] {
        let site = Site::new("");
        write(&site.path("elsewhere"), BASE64, 0o600);
        fs::create_dir(site.path("cache")).unwrap();
        symlink(site.path(target), source(&site).file).unwrap();
        allow_duplicates!(assert_snapshot!(refuse(&site), @"
        the credential file /var/cache/fingerprint-key is not a regular file
        help: name the file itself; /var/cache/fingerprint-key is a link, a directory or a device
        "));
        assert!(source(&site).file.is_symlink() && !site.path("nowhere").exists());
    }
}

#[test]
fn what_is_no_key_is_refused_and_kept() {
    for wrong in [
        "",
        " \n",
        "hunter2",
        &"07".repeat(32),
        &format!("{BASE64}{BASE64}"),
        &BASE64[4..],
    ] {
        let site = Site::new("");
        write(&source(&site).file, wrong, 0o600);
        assert!(read_or_create(&site).is_err(), "{wrong}");
        assert_eq!(fs::read_to_string(source(&site).file).unwrap(), wrong);
    }
    let site = Site::new("");
    write(&source(&site).file, "", 0o600);
    assert_snapshot!(refuse(&site), @"
    the credential `fingerprint-key` in file /var/cache/fingerprint-key is empty
    help: delete /var/cache/fingerprint-key; the next sync creates a new key
    ");
    write(&source(&site).file, "hunter2", 0o600);
    assert_snapshot!(refuse(&site), @"
    the credential `fingerprint-key` in file /var/cache/fingerprint-key is not 32 bytes in base64
    help: delete /var/cache/fingerprint-key; the next sync creates a new key
    ");
}

#[test]
fn a_key_that_cannot_be_created_is_reported_with_what_to_do() {
    // Not even root can make a directory there.
    let source = FingerprintKeySource {
        file: "/proc/cache/fingerprint-key".into(),
    };
    let error = source.read_or_create(&Environment::default()).unwrap_err();
    assert_snapshot!(told(&error), @"
    the file of the fingerprint key /proc/cache/fingerprint-key cannot be created: No such file or directory (os error 2)
    help: make the directory of /proc/cache/fingerprint-key writable for the user that runs this program, and for nobody else, name another file in `state.fingerprint-key-file`, or give the systemd credential `fingerprint-key`
    ");
}

/// What would be refused when it is read is not created, and `check --offline` says so.
#[test]
fn no_key_is_created_where_other_users_can_replace_it() {
    let site = Site::new("");
    fs::create_dir(site.path("cache")).unwrap();
    for (mode, refused) in [(0o777, true), (0o775, true), (0o755, false)] {
        fs::set_permissions(site.path("cache"), Permissions::from_mode(mode)).unwrap();
        assert_eq!(source(&site).check_creation().is_err(), refused, "{mode:o}");
        assert_eq!(read_or_create(&site).is_err(), refused, "{mode:o}");
    }
    let above = Site::new("");
    fs::set_permissions(above.directory.path(), Permissions::from_mode(0o1777)).unwrap();
    assert_snapshot!(refuse(&above), @"
    the file of the fingerprint key /var/cache/fingerprint-key cannot be created: /var is writable by other users (mode 1777)
    help: make the directory of /var/cache/fingerprint-key writable for the user that runs this program, and for nobody else, name another file in `state.fingerprint-key-file`, or give the systemd credential `fingerprint-key`
    ");
    assert!(!above.path("cache").exists());
}

/// Root would leave a key that its owner cannot read, or make one where somebody else says.
#[test]
fn root_creates_no_key_in_a_directory_of_another_user_nor_through_a_link_of_another_user() {
    let site = Site::new("");
    if site.directory.path().metadata().unwrap().uid() != 0 {
        return;
    }
    fs::create_dir(site.path("cache")).unwrap();
    chown(site.path("cache"), Some(EVE), Some(EVE)).unwrap();
    assert_snapshot!(refuse(&site), @"
    the file of the fingerprint key /var/cache/fingerprint-key cannot be created: /var/cache belongs to the user 4321
    help: make the directory of /var/cache/fingerprint-key writable for the user that runs this program, and for nobody else, name another file in `state.fingerprint-key-file`, or give the systemd credential `fingerprint-key`
    ");
    assert!(source(&site).check_creation().is_err());
    assert_eq!(files(&site.path("cache")), [""; 0].map(PathBuf::from));

    fs::remove_dir(site.path("cache")).unwrap();
    fs::create_dir(site.path("of-root")).unwrap();
    symlink(site.path("of-root"), site.path("cache")).unwrap();
    lchown(site.path("cache"), Some(EVE), Some(EVE)).unwrap();
    let refused = refuse(&site);
    assert!(refused.contains("/var/cache belongs to the user 4321"), "{refused}");
    assert_eq!(files(&site.path("of-root")), [""; 0].map(PathBuf::from));
}

/// Nothing is read-only for root; `commands::owner` tries it as another user.
#[test]
fn a_key_that_cannot_be_created_is_foreseen() {
    if rustix::process::geteuid().is_root() {
        return;
    }
    let site = Site::new("");
    fs::create_dir(site.path("cache")).unwrap();
    fs::set_permissions(site.path("cache"), Permissions::from_mode(0o500)).unwrap();
    assert!(source(&site).check_creation().is_err());
}

#[test]
fn a_key_that_cannot_be_written_leaves_no_draft() {
    // The name ends where names end, so there is no room for that of the draft.
    let site = Site::new("");
    let source = FingerprintKeySource {
        file: site.path("cache").join("k".repeat(255)),
    };
    assert!(source.read_or_create(&site.sources.environment).is_err());
    assert_eq!(files(&site.path("cache")), [""; 0].map(PathBuf::from));
}

#[test]
fn nothing_that_can_be_printed_holds_the_key() {
    let site = Site::new("");
    write(&source(&site).file, BASE64, 0o600);
    let found = source(&site).read(&site.sources.environment).unwrap().unwrap();
    let printed = format!("{found:?} {}", found.1);
    assert!(
        !printed.contains(&BASE64[..8]) && !printed.contains("10, 11"),
        "{printed}"
    );
}

#[test]
fn a_key_file_in_the_state_directory_is_refused_by_whatever_path_it_is_named() {
    let site = Site::new("");
    fs::create_dir_all(site.path("state")).unwrap();
    symlink(site.path("state"), site.path("link")).unwrap();
    let at = |file: &str| {
        let directory = site.directory.path().display();
        let state =
            format!("[state]\ndirectory = \"{directory}/state\"\nfingerprint-key-file = \"{directory}/{file}\"\n");
        Site::new(format!("{OPEN}{state}")).load().is_err()
    };
    for inside in [
        "state/key",
        "state/deeper/key",
        "link/key",
        "x/../state/key",
        "state",
        "link/deeper/../key",
    ] {
        assert!(at(inside), "{inside}");
    }
    for outside in ["key", "state-key", "statekeys/key", "state/../key", "link/../key"] {
        assert!(!at(outside), "{outside}");
    }
}

#[test]
fn the_refusal_points_at_the_key_file_or_at_the_state_directory_that_swallowed_its_default() {
    let named = "[state]\ndirectory = \"/srv/state\"\nfingerprint-key-file = \"/srv/state/key\"\n";
    assert_snapshot!(Site::new(named).refuse(), @r#"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:3:1
      |
    3 | fingerprint-key-file = "/srv/state/key"
      | ^^^^^^^^^^^^^^^^^^^^ the file of the fingerprint key is in the state directory
      |
      = help: a copy of the state directory must not include the key: name a file outside of it that backups leave out, like `/var/cache/ghe-license-sync/fingerprint-key`
    "#);
    assert_snapshot!(Site::new("[state]\ndirectory = \"/var/cache/ghe-license-sync\"\n").refuse(), @"
    config-invalid: 1 problem in the settings
     --> /etc/ghe-license-sync/config.toml:1:2
      |
    1 | [state]
      |  ^^^^^ the file of the fingerprint key is in the state directory
      |
      = help: a copy of the state directory must not include the key: name a file outside of it that backups leave out, like `/var/cache/ghe-license-sync/fingerprint-key`
    ");
}
