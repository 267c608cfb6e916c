//! Credentials that the process got when it started: they go only to the hosts that the settings named then.

use std::fs;

use ghe_license_sync::settings::secret::SecretError;
use ghe_license_sync::settings::{Link, OtherHost, make_sure_of_hosts};
use insta::assert_snapshot;

use super::{OPEN, Site};

const OTHER_SERVER: &str = "server.url=https://other.example.com";

/// A site of which systemd gave these credentials to the process.
fn with_given(text: &str, names: &[&str]) -> Site {
    let mut site = Site::new(text);
    let directory = site.path("credentials");
    fs::create_dir(&directory).unwrap();
    for name in names {
        fs::write(directory.join(name), "secret").unwrap();
    }
    let variable = ("CREDENTIALS_DIRECTORY", directory.display().to_string());
    site.sources.environment = [variable].into_iter().collect();
    site
}

/// The same process reads settings with these changes.
fn reload(site: &mut Site, flags: &[&str]) -> Result<Link, OtherHost> {
    site.sources.overrides = flags.iter().map(ToString::to_string).collect();
    let link = site.accept().gate.pass().unwrap().clone();
    make_sure_of_hosts(&link, &site.sources.environment).map(|()| link)
}

#[test]
fn settings_that_name_another_host_for_a_given_credential_are_refused() {
    let mut site = with_given(OPEN, &["server-token"]);
    reload(&mut site, &[]).unwrap();
    let error = reload(&mut site, &[OTHER_SERVER]).unwrap_err();
    assert_snapshot!(site.render(&error), @r"
    config-invalid: the credential `server-token` was given to this process for https://github.example.com, and the settings now name https://other.example.com
    help: a token goes only to the host it is for: restart the service, or run the command again, with the credential that is for the new one
    ");
    let id = "server.id=c3c8bfb3-ffe3-4828-9626-7d6872cb3610";
    reload(&mut site, &["connect.host=octocorp.ghe.com", id]).unwrap();
}

#[test]
fn a_credential_that_was_given_is_not_even_read_for_another_host() {
    let mut site = with_given(OPEN, &["server-token"]);
    let link = reload(&mut site, &[]).unwrap();
    link.server.token.read(&site.sources.environment).unwrap();
    site.sources.overrides = vec![OTHER_SERVER.to_owned()];
    let link = site.accept().gate.pass().unwrap().clone();
    let read = link.server.token.read(&site.sources.environment);
    assert!(matches!(read, Err(SecretError::OtherHost(_))));
}

#[test]
fn the_key_is_for_both_addresses_of_the_cloud_and_the_read_token_for_one() {
    for (name, key, is_for_it) in [
        ("connect-private-key", "api", true),
        ("connect-private-key", "uploads", true),
        ("connect-read-token", "api", true),
        ("connect-read-token", "uploads", false),
    ] {
        let mut site = with_given(OPEN, &[name]);
        reload(&mut site, &[]).unwrap();
        let other = format!("connect.{key}-url=https://other.example.com");
        assert_eq!(reload(&mut site, &[&other]).is_err(), is_for_it, "{name} {key}");
    }
}

#[test]
fn the_password_of_a_proxy_is_for_that_proxy() {
    for section in ["connect", "server"] {
        let proxy = |host| format!("{section}.proxy=http://{host}.example.com:3128");
        let file = format!("{section}.proxy-credentials-file=/etc/proxy");
        let mut site = with_given(OPEN, &[&format!("{section}-proxy-credentials")]);
        reload(&mut site, &[&proxy("one"), &file]).unwrap();
        let refused = reload(&mut site, &[&proxy("two"), &file]).unwrap_err().to_string();
        let sentence = "was given to this process for http://one.example.com:3128";
        assert!(refused.contains(sentence), "{refused}");
    }
}

#[test]
fn the_hosts_count_that_were_named_while_the_gate_was_closed() {
    let closed = OPEN.replacen("enabled = true", "enabled = false", 1);
    let mut site = with_given(&closed, &["server-token"]);
    site.accept();
    let enabled = "connect.enabled=true";
    assert!(reload(&mut site, &[enabled, OTHER_SERVER]).is_err());
    reload(&mut site, &[enabled]).unwrap();
}

#[test]
fn without_a_host_at_the_start_the_first_that_is_used_counts() {
    let mut site = with_given("[connect]\nenabled = false", &["server-token"]);
    site.accept();
    fs::write(&site.sources.file, OPEN).unwrap();
    // Refused for another reason, and never in force.
    reload(&mut site, &[OTHER_SERVER]).unwrap();
    let link = reload(&mut site, &[]).unwrap();
    link.server.token.read(&site.sources.environment).unwrap();
    assert!(reload(&mut site, &[OTHER_SERVER]).is_err());
}

#[test]
fn a_token_in_a_variable_is_given_and_one_in_a_file_is_not() {
    let file = "server.token-file=/etc/token";
    let mut site = Site::new(OPEN).variables(&[("GHE_LICENSE_SYNC_SERVER_TOKEN", "secret")]);
    reload(&mut site, &[file]).unwrap();
    reload(&mut site, &[file, OTHER_SERVER]).unwrap();
    assert!(
        reload(&mut site, &[OTHER_SERVER]).is_err(),
        "the variable is for the former host"
    );
}
