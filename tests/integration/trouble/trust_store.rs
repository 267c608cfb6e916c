//! A machine without any authority that it trusts, as a container without `ca-certificates` is.

use insta::assert_snapshot;

use super::mounts::play;
use crate::support::lab::Lab;

/// Nothing is in the directories where systems keep their authorities.
const SCRIPT: &str = r#"
for store in /etc/ssl /etc/pki; do
    [ ! -d "$store" ] || mount -t tmpfs tmpfs "$store"
done
run sync --set server.url=https://github.example.com
"#;

#[tokio::test]
async fn a_machine_that_trusts_no_authority_says_so_before_it_connects() {
    let lab = Lab::with_faults(&[]).await;
    let ran = play(&lab, SCRIPT).await;
    assert_snapshot!(lab.plain(&ran[0].to_string()), @"
    exit 69, stderr:
    error: no license usage was sent
      because: no connection to https://github.example.com/ can be set up
      because: this machine trusts no authority
      help: install the system's certificate store (Debian: `ca-certificates`) or set `ca-file`
      reason: tls-untrusted
    ");
}
