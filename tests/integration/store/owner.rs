//! Whose the state directory is, before root does anything with it: a path that somebody else can lead elsewhere is
//! refused.
//!
//! As root the somebody else is `nobody`. Without root it is the user of the tests, seen from a directory of root.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::{Path, PathBuf};

use ghe_license_sync::settings::files::PathError;
use ghe_license_sync::store::{StoreError, owner};
use insta::assert_snapshot;

use super::Site;

/// The account that owns nothing.
const NOBODY: u32 = 65_534;

fn us(site: &Site) -> u32 {
    site.0.path().metadata().unwrap().uid()
}

/// Gives what is there to somebody else than root.
fn give_away(site: &Site, path: &Path) {
    if us(site) == 0 {
        lchown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

/// A directory of root, below directories of root.
fn of_root(site: &Site) -> PathBuf {
    let directory = site.0.path().join("of-root");
    if us(site) == 0 {
        fs::create_dir(&directory).unwrap();
        return directory;
    }
    "/usr".into()
}

fn by(refused: Result<u32, StoreError>) -> PathBuf {
    match refused {
        Err(StoreError::UnsafePath {
            source: PathError::Writable { path, .. } | PathError::Owner { path, .. },
            ..
        }) => path,
        other => panic!("the way was not refused: {other:?}"),
    }
}

#[test]
fn a_state_directory_belongs_to_its_owner_and_a_missing_one_to_that_of_the_directory_above() {
    let site = Site::new();
    assert_eq!(owner(&site.directory()).ok(), Some(us(&site)));
    assert_eq!(owner(&site.directory().join("below")).ok(), Some(us(&site)));
    fs::create_dir(site.directory()).unwrap();
    give_away(&site, &site.directory());
    let its_own = site.directory().metadata().unwrap().uid();
    assert_eq!(owner(&site.directory()).ok(), Some(its_own));
    assert_eq!(owner(&site.directory().join("below")).ok(), Some(its_own));
    assert_eq!(owner(Path::new("/usr")).ok(), Some(0));
}

#[test]
fn a_link_of_another_user_is_not_followed_to_a_directory_of_root() {
    let site = Site::new();
    let target = of_root(&site);
    symlink(&target, site.directory()).unwrap();
    give_away(&site, &site.directory());
    by(owner(&site.directory()));
    by(owner(&site.directory().join("missing")));
}

#[test]
fn a_link_of_the_owner_leads_on() {
    let site = Site::new();
    fs::create_dir_all(site.0.path().join("elsewhere/state")).unwrap();
    symlink("elsewhere/../elsewhere/", site.0.path().join("link")).unwrap();
    let path = site.0.path().join("link/state");
    assert_eq!(owner(&path).ok(), Some(us(&site)));
    fs::set_permissions(site.0.path().join("elsewhere"), Permissions::from_mode(0o777)).unwrap();
    assert_eq!(by(owner(&path)), site.0.path().join("elsewhere"));
}

#[test]
fn a_directory_of_root_below_one_of_another_user_is_refused() {
    let site = Site::new();
    let theirs = site.0.path().join("theirs");
    fs::create_dir_all(theirs.join("state")).unwrap();
    give_away(&site, &theirs);
    if us(&site) != 0 {
        // What root owns cannot be put there, but led to from there.
        fs::remove_dir(theirs.join("state")).unwrap();
        symlink("/usr", theirs.join("state")).unwrap();
    }
    by(owner(&theirs.join("state")));
}

#[test]
fn a_directory_in_which_everybody_can_write_is_refused_on_the_way() {
    let site = Site::new();
    fs::create_dir(site.directory()).unwrap();
    for (mode, refused) in [
        (0o777, true),
        (0o775, true),
        (0o757, true),
        (0o1777, false),
        (0o755, false),
    ] {
        fs::set_permissions(site.0.path(), Permissions::from_mode(mode)).unwrap();
        assert_eq!(owner(&site.directory()).is_err(), refused, "mode {mode:o}");
    }
    fs::set_permissions(site.0.path(), Permissions::from_mode(0o777)).unwrap();
    assert_snapshot!(site.read(&owner(&site.directory()).unwrap_err()), @"
    error: root cannot safely use the state directory /var/lib/state
    cause: /var/lib is writable by other users (mode 0777)
    help: run `chmod go-w /var/lib`, or set `state.directory` to a directory that other users cannot replace
    reason: internal, exit 74
    ");
}

#[test]
fn a_missing_state_directory_is_refused_where_everybody_could_make_it() {
    let site = Site::new();
    fs::set_permissions(site.0.path(), Permissions::from_mode(0o1777)).unwrap();
    assert_eq!(by(owner(&site.directory())), site.0.path());
}

#[test]
fn a_state_directory_that_is_a_file_or_a_ring_of_links_is_refused() {
    let site = Site::new();
    fs::write(site.0.path().join("file"), "").unwrap();
    symlink("ring", site.0.path().join("ring")).unwrap();
    for name in ["file", "file/state", "ring", "ring/state"] {
        let refused = owner(&site.0.path().join(name));
        assert!(
            matches!(refused, Err(StoreError::Directory { .. })),
            "{name}: {refused:?}"
        );
    }
}
