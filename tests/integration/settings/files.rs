//! Settings files that cannot be read, and the bounds of what is read and told.

use ghe_license_sync::explain::Explain;
use insta::assert_snapshot;

use super::Site;
use crate::support::family::Family;

#[test]
fn a_file_that_cannot_be_used_is_refused_with_the_reason() {
    let mut family = Family::default();
    let site = Site::new("");
    std::fs::remove_file(site.path("config.toml")).unwrap();
    family.row(
        "a file that is not there is reported with where it is looked for",
        site.refuse(),
    );
    let site = Site::new("");
    std::fs::remove_file(site.path("config.toml")).unwrap();
    std::fs::create_dir(site.path("config.toml")).unwrap();
    family.row("a directory in place of the file is unreadable", site.refuse());
    family.row(
        "a file that is not text",
        Site::new(b"[log]\nlevel = \"\xff\"\n").refuse(),
    );
    let file = format!("#{}\n", "x".repeat(1024 * 1024 - 2));
    Site::new(&file).accept();
    family.row(
        "a file is read up to one mebibyte",
        Site::new(format!("{file}\n")).refuse(),
    );
    assert_snapshot!(family, @"
    a file that is not there is reported with where it is looked for: config-invalid: there is no settings file /etc/ghe-license-sync/config.toml
      help: the settings are read from the file named by `--config` or `--instance`, else by GHE_LICENSE_SYNC_CONFIG, else from /etc/ghe-license-sync/config.toml
    a directory in place of the file is unreadable: config-invalid: the settings file /etc/ghe-license-sync/config.toml could not be read
      cause: Is a directory (os error 21)
      help: make /etc/ghe-license-sync/config.toml a file that the user who runs this program can read, or name another one with `--config` or GHE_LICENSE_SYNC_CONFIG
    a file that is not text: config-invalid: the settings file /etc/ghe-license-sync/config.toml is not UTF-8 text (line 2)
      help: save the file as UTF-8 text
    a file is read up to one mebibyte: config-invalid: the settings file /etc/ghe-license-sync/config.toml is larger than 1 MiB
      help: that is far more than settings can be; check `--config` and GHE_LICENSE_SYNC_CONFIG
    ");
}

#[test]
fn a_very_wrong_file_gives_a_bounded_list_in_short_lines() {
    let text = Site::new(format!(
        "{}\n{}",
        "x = 1 ".repeat(10_000),
        "unknown = 1\n[a]\n".repeat(1000)
    ))
    .refuse();
    assert!(text.lines().count() < 400, "{} lines", text.lines().count());
    assert!(text.lines().all(|line| line.chars().count() < 300));
    assert!(text.ends_with("there may be more problems; they are not shown"));
}

#[test]
fn the_largest_file_is_reported_in_bounded_time_however_wrong_it_is() {
    for line in ["key{n} = 1\n", "[table{n}]\n", "word{n}\n", "[connect.enabled{n}]\n"] {
        let file: String = (0..40_000).map(|n| line.replace("{n}", &n.to_string())).collect();
        let text = Site::new(file).refuse();
        assert!(text.starts_with("config-invalid: 50 problems"), "{line}");
    }
}

#[test]
fn wrong_settings_are_a_matter_of_configuration() {
    let error = Site::new("x").load().unwrap_err();
    assert_eq!(error.exit() as u8, 78);
}
