//! Keys that are none: named for what they are, before anybody is connected to.

use std::sync::Arc;

use ghe_license_sync::explain::Explain;
use ghe_license_sync::reason::{Exit, Reason};
use ghe_license_sync::store::{State, Trigger};
use ghe_license_sync::sync::{NoProgress, run_once};
use insta::assert_snapshot;

use super::{Counter, Lab, Watched, fixture, replace_key};

/// What an operator reads when the key is any of these, which is the same. Nobody is connected to.
async fn told(keys: &[&[u8]]) -> String {
    let (lab, everybody) = (Lab::with_faults(&[]).await, Counter::listen().await);
    let overrides =
        ["connect.api-url", "connect.uploads-url", "server.url"].map(|key| format!("{key}={}", everybody.url));
    let overrides: Vec<_> = overrides.iter().map(String::as_str).collect();
    let context = lab.context_with(&overrides, Arc::new(NoProgress));
    let mut errors = Vec::new();
    for pem in keys {
        replace_key(&lab, pem);
        let error = run_once(&context, &Trigger::Manual).await.unwrap_err();
        assert_eq!(error.exit(), Exit::Permission);
        let run = lab.last_run().await;
        assert_eq!(
            (run.state, run.reason),
            (State::Failed, Some(Reason::CredentialsMissing))
        );
        errors.push(error);
    }
    assert_eq!(everybody.connections().await, 0);
    let site = Watched::over(lab).await;
    let texts: Vec<_> = errors.iter().map(|error| site.read(error)).collect();
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:#?}");
    texts[0].clone()
}

#[tokio::test]
async fn a_public_key_is_reported() {
    assert_snapshot!(told(&[&fixture("public.pem"), &fixture("rsa-public.pem")]).await, @r#"
    error: no license usage was sent
    cause: the App's private key is a public key
    help: give the RSA private key that GitHub issued for the App: a PEM that begins with `-----BEGIN RSA PRIVATE KEY-----` or `-----BEGIN PRIVATE KEY-----`
    reason: credentials-missing, exit 77
    "#);
}

#[tokio::test]
async fn an_encrypted_key_is_reported_in_both_forms() {
    assert_snapshot!(told(&[&fixture("encrypted-pkcs8.pem"), &fixture("encrypted-rsa.pem")]).await, @r#"
    error: no license usage was sent
    cause: the App's private key is encrypted with a passphrase
    help: remove the passphrase (`openssl rsa -in KEY -out KEY.pem`) and keep the file at mode 0600
    reason: credentials-missing, exit 77
    "#);
}

#[tokio::test]
async fn an_elliptic_curve_key_is_reported_in_both_forms() {
    assert_snapshot!(told(&[&fixture("ec.pem"), &fixture("ec-pkcs8.pem")]).await, @r#"
    error: no license usage was sent
    cause: the App's private key is an elliptic-curve key
    help: give the RSA private key that GitHub issued for the App: a PEM that begins with `-----BEGIN RSA PRIVATE KEY-----` or `-----BEGIN PRIVATE KEY-----`
    reason: credentials-missing, exit 77
    "#);
}

#[tokio::test]
async fn a_key_of_another_kind_is_reported() {
    assert_snapshot!(told(&[&fixture("ed25519.pem")]).await, @r#"
    error: no license usage was sent
    cause: the App's private key is no RSA key
    help: give the RSA private key that GitHub issued for the App: a PEM that begins with `-----BEGIN RSA PRIVATE KEY-----` or `-----BEGIN PRIVATE KEY-----`
    reason: credentials-missing, exit 77
    "#);
}

#[tokio::test]
async fn a_certificate_is_reported() {
    assert_snapshot!(told(&[&fixture("certificate.pem")]).await, @r#"
    error: no license usage was sent
    cause: the App's private key is a PEM of another kind: `CERTIFICATE`
    help: give the RSA private key that GitHub issued for the App: a PEM that begins with `-----BEGIN RSA PRIVATE KEY-----` or `-----BEGIN PRIVATE KEY-----`
    reason: credentials-missing, exit 77
    "#);
}

#[tokio::test]
async fn an_openssh_key_is_reported() {
    assert_snapshot!(told(&[&fixture("openssh.pem")]).await, @r#"
    error: no license usage was sent
    cause: the App's private key is a PEM of another kind: `OPENSSH PRIVATE KEY`
    help: give the RSA private key that GitHub issued for the App: a PEM that begins with `-----BEGIN RSA PRIVATE KEY-----` or `-----BEGIN PRIVATE KEY-----`
    reason: credentials-missing, exit 77
    "#);
}

#[tokio::test]
async fn garbage_is_reported() {
    assert_snapshot!(told(&[b"hunter2", b"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n"]).await, @r#"
    error: no license usage was sent
    cause: the App's private key is not in PEM
    help: give the RSA private key that GitHub issued for the App: a PEM that begins with `-----BEGIN RSA PRIVATE KEY-----` or `-----BEGIN PRIVATE KEY-----`
    reason: credentials-missing, exit 77
    "#);
}

#[tokio::test]
async fn a_key_that_was_cut_off_is_reported() {
    let whole = String::from_utf8(fixture("rsa.pem")).unwrap();
    let lines: Vec<_> = whole.lines().collect();
    let cut = [&lines[..lines.len() / 2], &lines[lines.len() - 1..]]
        .concat()
        .join("\n");
    assert_snapshot!(told(&[cut.as_bytes()]).await, @r#"
    error: no license usage was sent
    cause: the App's private key is damaged or shorter than 2048 bits
    help: give the RSA private key that GitHub issued for the App: a PEM that begins with `-----BEGIN RSA PRIVATE KEY-----` or `-----BEGIN PRIVATE KEY-----`
    reason: credentials-missing, exit 77
    "#);
}

#[tokio::test]
async fn a_key_that_is_too_short_is_reported() {
    assert_snapshot!(told(&[&fixture("rsa-1024.pem")]).await, @r#"
    error: no license usage was sent
    cause: the App's private key is damaged or shorter than 2048 bits
    help: give the RSA private key that GitHub issued for the App: a PEM that begins with `-----BEGIN RSA PRIVATE KEY-----` or `-----BEGIN PRIVATE KEY-----`
    reason: credentials-missing, exit 77
    "#);
}

#[tokio::test]
async fn an_empty_file_is_reported() {
    assert_snapshot!(told(&[b"", b"\n \n"]).await, @r#"
    error: no license usage was sent
    cause: the credential `connect-private-key` in file DIR/credentials/connect-private-key is empty
    help: write the key or token into it as it was issued, as plain text
    reason: credentials-missing, exit 77
    "#);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_reported() {
    assert_snapshot!(told(&[&[0xff; 100]]).await, @r#"
    error: no license usage was sent
    cause: the credential `connect-private-key` in file DIR/credentials/connect-private-key is not UTF-8 text
    help: write the key or token into it as it was issued, as plain text
    reason: credentials-missing, exit 77
    "#);
}

#[tokio::test]
async fn a_key_in_der_is_reported_with_the_command_that_converts_it() {
    let key = pem::parse(fixture("rsa.pem")).unwrap();
    assert_snapshot!(told(&[key.contents()]).await, @"
    error: no license usage was sent
    cause: the credential `connect-private-key` in file DIR/credentials/connect-private-key is in DER, not in PEM
    help: convert it: `openssl pkey -inform DER -in FILE -out FILE.pem`, and give the PEM file
    reason: credentials-missing, exit 77
    ");
}

#[tokio::test]
async fn a_key_in_either_form_that_github_knows_is_good_also_with_other_line_ends() {
    let site = Watched::with_faults(&[]).await;
    let right = replace_key(&site.lab, b"");
    let key = pem::parse(&right).unwrap();
    assert_eq!(key.tag(), "PRIVATE KEY");
    // What PKCS#8 wraps around a key of 2048 bits is 26 bytes long.
    let bare = pem::Pem::new("RSA PRIVATE KEY", &key.contents()[26..]);
    let crlf = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::CRLF);
    replace_key(&site.lab, pem::encode_config(&bare, crlf).as_bytes());
    assert_eq!(site.sync(&[]).await.unwrap().state, State::Confirmed);
}

#[tokio::test]
async fn a_frozen_document_waits_until_the_key_is_fixed() {
    let site = Watched::with_faults(&["upload:503@3600*1"]).await;
    site.failing_sync(&[]).await;
    let right = replace_key(&site.lab, &fixture("public.pem"));
    assert_snapshot!(site.failing_sync(&[]).await, @"
    error: the cloud has not said that it took the license usage; it stays frozen and is sent again from TIME on; `ghe-license-sync sync` sends it at once
    cause: the App's private key is a public key
    help: give the RSA private key that GitHub issued for the App: a PEM that begins with `-----BEGIN RSA PRIVATE KEY-----` or `-----BEGIN PRIVATE KEY-----`
    reason: credentials-missing, exit 77
    ");
    let run = site.lab.last_run().await;
    assert_eq!(run.state, State::Frozen);
    assert!(run.next_attempt_at > Some(run.updated_at), "it is tried again");
    assert_eq!(site.relay.sent().len(), 1);
    replace_key(&site.lab, &right);
    site.sync(&[]).await.unwrap();
    assert_eq!(
        site.lab.sandbox.uploads()[0].idempotency_key,
        run.frozen.unwrap().idempotency_key
    );
}

#[tokio::test]
async fn an_accepted_document_waits_until_the_key_is_fixed() {
    let site = Watched::with_faults(&["location:pending*always"]).await;
    site.failing_sync(&["license-sync.confirm-timeout=1s"]).await;
    site.lab.clear_faults().await;
    let right = replace_key(&site.lab, &fixture("public.pem"));
    assert_snapshot!(site.failing_sync(&[]).await, @"
    error: the cloud accepted the license usage and could not be asked whether it processed it
    cause: the App's private key is a public key
    help: give the RSA private key that GitHub issued for the App: a PEM that begins with `-----BEGIN RSA PRIVATE KEY-----` or `-----BEGIN PRIVATE KEY-----`
    reason: credentials-missing, exit 77
    ");
    assert_eq!(site.lab.last_run().await.state, State::Accepted);
    replace_key(&site.lab, &right);
    site.sync(&[]).await.unwrap();
    let attempts: Vec<_> = site
        .lab
        .sandbox
        .uploads()
        .iter()
        .map(|upload| upload.attempts)
        .collect();
    assert_eq!(attempts, [1, 1]);
}

/// A scheduled run is made again, but not at once and for ever.
#[tokio::test]
async fn a_scheduled_run_without_a_usable_key_is_made_again_later() {
    let site = Watched::with_faults(&[]).await;
    replace_key(&site.lab, b"");
    let context = site.context(&[], Arc::new(NoProgress));
    let trigger = Trigger::Scheduled("2026-11-24T03:04Z".to_owned());
    run_once(&context, &trigger).await.unwrap_err();
    let run = site.lab.last_run().await;
    assert!((run.next_attempt_at.unwrap() - run.updated_at).num_minutes() >= 5);
}
