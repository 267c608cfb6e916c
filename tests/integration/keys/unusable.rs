//! Keys that are none: named for what they are, before anybody is connected to.

use std::sync::Arc;

use ghe_license_sync::explain::Explain;
use ghe_license_sync::reason::{Exit, Reason};
use ghe_license_sync::store::{State, Trigger};
use ghe_license_sync::sync::{NoProgress, run_once};
use insta::assert_snapshot;

use super::{Counter, Lab, Watched, fixture, replace_key};
use crate::support::family::Family;

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
async fn a_key_that_cannot_be_used_is_reported_with_what_it_is() {
    let mut family = Family::default();
    let said = told(&[&fixture("public.pem"), &fixture("rsa-public.pem")]).await;
    family.row("a public key", said);
    let said = told(&[&fixture("encrypted-pkcs8.pem"), &fixture("encrypted-rsa.pem")]).await;
    family.row("an encrypted key is reported in both forms", said);
    let said = told(&[&fixture("ec.pem"), &fixture("ec-pkcs8.pem")]).await;
    family.row("an elliptic curve key is reported in both forms", said);
    family.row("a key of another kind", told(&[&fixture("ed25519.pem")]).await);
    family.row("a certificate", told(&[&fixture("certificate.pem")]).await);
    family.row("an openssh key", told(&[&fixture("openssh.pem")]).await);
    let said = told(&[b"hunter2", b"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n"]).await;
    family.row("garbage", said);
    let whole = String::from_utf8(fixture("rsa.pem")).unwrap();
    let lines: Vec<_> = whole.lines().collect();
    let cut = [&lines[..lines.len() / 2], &lines[lines.len() - 1..]]
        .concat()
        .join("\n");
    family.row("a key that was cut off", told(&[cut.as_bytes()]).await);
    family.row("a key that is too short", told(&[&fixture("rsa-1024.pem")]).await);
    family.row("an empty file", told(&[b"", b"\n \n"]).await);
    family.row("bytes that are no text", told(&[&[0xff; 100]]).await);
    let key = pem::parse(fixture("rsa.pem")).unwrap();
    let said = told(&[key.contents()]).await;
    family.row("a key in der is reported with the command that converts it", said);
    assert_snapshot!(family, @"
    a public key: [1] cause: the App's private key is a public key [2] [3]
    an encrypted key is reported in both forms: [1] cause: the App's private key is encrypted with a passphrase
      help: remove the passphrase (`openssl rsa -in KEY -out KEY.pem`) and keep the file at mode 0600 [3]
    an elliptic curve key is reported in both forms: [1] cause: the App's private key is an elliptic-curve key [2] [3]
    a key of another kind: [1] cause: the App's private key is no RSA key [2] [3]
    a certificate: [1] cause: the App's private key is a PEM of another kind: `CERTIFICATE` [2] [3]
    an openssh key: [1] cause: the App's private key is a PEM of another kind: `OPENSSH PRIVATE KEY` [2] [3]
    garbage: [1] cause: the App's private key is not in PEM [2] [3]
    a key that was cut off: [1] [4] [2] [3]
    a key that is too short: [1] [4] [2] [3]
    an empty file: [1] cause: the credential `connect-private-key` in file DIR/credentials/connect-private-key is empty [5] [3]
    bytes that are no text: [1] cause: the credential `connect-private-key` in file DIR/credentials/connect-private-key is not UTF-8 text [5] [3]
    a key in der is reported with the command that converts it: [1] cause: the credential `connect-private-key` in file DIR/credentials/connect-private-key is in DER, not in PEM
      help: convert it: `openssl pkey -inform DER -in FILE -out FILE.pem`, and give the PEM file [3]
    [1] error: no license usage was sent
    [2] help: give the RSA private key that GitHub issued for the App: a PEM that begins with `-----BEGIN RSA PRIVATE KEY-----` or `-----BEGIN PRIVATE KEY-----`
    [3] reason: credentials-missing, exit 77
    [4] cause: the App's private key is damaged or shorter than 2048 bits
    [5] help: write the key or token into it as it was issued, as plain text
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
