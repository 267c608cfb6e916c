//! Several servers on one machine: a command that names an instance, in any way, gets its settings, its state and its
//! credentials, and never those of the service.
//!
//! The real binary finds its files at their places in a mount namespace, of which nothing is seen outside. Needs `unshare`,
//! and root or user namespaces; without them the tests fail.

use std::process::Command;

use insta::{allow_duplicates, assert_snapshot};
use rustix::process::geteuid;

use crate::support::lab::binary;

/// What a script begins with: the machine has settings of the service and of two instances, one of which names a state
/// directory itself. With `open` the gate of a settings file is open.
const PRELUDE: &str = r#"
set -e
program=$1
mount -t tmpfs -o mode=0755 tmpfs /etc
mount -t tmpfs -o mode=0755 tmpfs /var/lib
mkdir /etc/ghe-license-sync
cd /etc/ghe-license-sync
touch config.toml one.toml
printf '[state]\ndirectory = "/var/lib/elsewhere"\n' >two.toml
open() {
    cat >"$1" <<'TOML'
[connect]
enabled = true
enterprise = "octo-corp"
client-id = "Iv1"
installation-id = 1
[license-sync]
enabled = true
[server]
url = "http://127.0.0.1:9/"
[server.source.report]
username = "bot"
TOML
}
key() {
    "$program" "$@" check --offline | sed -n 's/^fingerprint-key-file = "\(.*\)".*# /\1 /p'
}
state() {
    "$program" "$@" check --offline | sed -n 's/^directory = "\(.*\)".*# /\1 /p'
}
"#;

/// What a script says.
fn play(script: &str) -> String {
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command.args(["sh", "-c"]).arg(format!("{PRELUDE}{script}"));
    command.arg("sh").arg(env!("CARGO_BIN_EXE_ghe-license-sync"));
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap() + &said
}

#[test]
fn every_way_to_name_the_settings_of_an_instance_leads_to_its_state() {
    let script = r#"
        state
        state --config config.toml
        state --instance one
        state --config /etc/ghe-license-sync/one.toml
        state --config one.toml
        state --config /etc/../etc/ghe-license-sync/./one.toml
        ln -s /etc/ghe-license-sync/one.toml /tmp/link-$$.toml
        state --config /tmp/link-$$.toml
        rm /tmp/link-$$.toml
        GHE_LICENSE_SYNC_CONFIG=/etc/ghe-license-sync/one.toml state
        state --instance two
        state --config two.toml
        GHE_LICENSE_SYNC__STATE__DIRECTORY=/var/lib/mine state --instance one
    "#;
    assert_snapshot!(play(script), @"
    /var/lib/ghe-license-sync default
    /var/lib/ghe-license-sync default
    /var/lib/ghe-license-sync-one default
    /var/lib/ghe-license-sync-one default
    /var/lib/ghe-license-sync-one default
    /var/lib/ghe-license-sync-one default
    /var/lib/ghe-license-sync-one default
    /var/lib/ghe-license-sync-one default
    /var/lib/elsewhere /etc/ghe-license-sync/two.toml:2:1
    /var/lib/elsewhere two.toml:2:1
    /var/lib/mine environment variable GHE_LICENSE_SYNC__STATE__DIRECTORY
    ");
}

#[test]
fn a_report_that_root_runs_finds_the_token_where_the_service_gets_it() {
    let script = r#"
        report() {
            "$program" "$@" --set connect.api-url=http://127.0.0.1:9/ report 2>&1 | sed -n 's/^  reason: //p'
        }
        open config.toml
        open one.toml
        report
        mkdir -m 0700 /etc/credstore
        (umask 077; echo ghp_0123456789abcdefREAD >/etc/credstore/ghe-license-sync.connect-read-token)
        report
        report --instance one
        (umask 077; echo ghp_0123456789abcdefREAD >/etc/credstore/ghe-license-sync.one.connect-read-token)
        report --instance one
        chmod 0644 /etc/credstore/ghe-license-sync.connect-read-token
        report
        GHE_LICENSE_SYNC_CONNECT_READ_TOKEN=ghp_0123456789abcdefREAD report
    "#;
    assert_snapshot!(play(script), @"
    credentials-missing
    unreachable-cloud
    credentials-missing
    unreachable-cloud
    credentials-missing
    unreachable-cloud
    ");
}

#[test]
fn the_fingerprint_key_of_an_instance_is_in_a_cache_of_its_own() {
    let script = r#"
        key
        key --instance one
        key --config one.toml
        key --instance two
    "#;
    assert_snapshot!(play(script), @"
    /var/cache/ghe-license-sync/fingerprint-key default
    /var/cache/ghe-license-sync-one/fingerprint-key default
    /var/cache/ghe-license-sync-one/fingerprint-key default
    /var/cache/ghe-license-sync-two/fingerprint-key default
    ");
}

#[test]
fn a_flag_that_names_an_instance_wins_over_the_environment() {
    let script = "GHE_LICENSE_SYNC_CONFIG=/etc/ghe-license-sync/two.toml state --instance one";
    assert_snapshot!(play(script), @"/var/lib/ghe-license-sync-one default");
}

#[test]
fn a_run_of_an_instance_is_in_its_history_alone() {
    let script = r#"
        open one.toml
        open config.toml
        export GHE_LICENSE_SYNC_SERVER_TOKEN=ghp_1
        mkdir -m 0700 /var/lib/ghe-license-sync-one
        "$program" --config one.toml sync 2>/dev/null || echo "exit $?"
        runs() {
            "$program" "$@" --json history | grep -c '"trigger"' || true
        }
        runs --instance one
        runs --config one.toml
        runs
        cd /var/lib && find . -name 'state.db'
    "#;
    assert_snapshot!(play(script), @"
    exit 77
    1
    1
    0
    ./ghe-license-sync-one/state.db
    ");
}

#[test]
fn a_missing_credential_is_reported_with_the_file_that_the_unit_reads() {
    let script = r#"
        open one.toml
        open config.toml
        "$program" --instance one check --offline | grep -A1 '^BAD .*-token' || true
        "$program" check --offline | grep -A1 '^BAD .*-token' || true
    "#;
    assert_snapshot!(play(script), @"
    BAD   server-token: the credential `server-token` is not there
          help: write it to /etc/credstore/ghe-license-sync.one.server-token (mode 0600), which the service reads when it starts and a shell cannot read; or name a file of mode 0600 in `server.token-file`, or set GHE_LICENSE_SYNC_SERVER_TOKEN
    BAD   server-token: the credential `server-token` is not there
          help: write it to /etc/credstore/ghe-license-sync.server-token (mode 0600), which the service reads when it starts and a shell cannot read; or name a file of mode 0600 in `server.token-file`, or set GHE_LICENSE_SYNC_SERVER_TOKEN
    ");
}

/// Root alone can look into that directory, and the service gets what is in it.
#[test]
fn a_credential_that_the_service_is_given_is_found_by_root() {
    let script = r#"
        open config.toml
        open one.toml
        mkdir -m 0700 /etc/credstore /etc/credstore.encrypted
        umask 077
        printf 'ghp_1' >/etc/credstore/ghe-license-sync.server-token
        printf 'github_pat_1' >/etc/credstore/ghe-license-sync.one.server-token
        printf 'sealed' >/etc/credstore.encrypted/ghe-license-sync.connect-read-token
        "$program" check --offline | grep -E '^(good|warn|BAD ) .*-token' || true
        "$program" --instance one check --offline | grep -E '^(good|warn|BAD ) .*-token' || true
    "#;
    assert_snapshot!(play(script), @"
    good  server-token: file /etc/credstore/ghe-license-sync.server-token, which the service is given when it starts
    warn  connect-read-token: in /etc/credstore.encrypted/ghe-license-sync.connect-read-token, which only the service manager decrypts; it was not looked into
    BAD   server-token: the credential `server-token` in file /etc/credstore/ghe-license-sync.one.server-token is a fine-grained personal access token, which the enterprise server does not accept here
    good  connect-read-token: not given: the upload itself is asked for its confirmation
    ");
}

#[test]
fn before_the_first_start_root_looks_as_the_user_of_the_service() {
    let script = r#"
        open config.toml
        echo 'ghe-license-sync:x:65534:65534:::' >/etc/passwd
        mkdir -m 0700 /etc/credstore
        umask 077
        printf 'ghp_1' >/etc/credstore/ghe-license-sync.server-token
        "$program" check --offline | grep -E '^user|state directory|server-token|fingerprint-key:' || true
        ls /var/lib
    "#;
    let told = play(script);
    if geteuid().is_root() {
        assert_snapshot!(told, @r#"
        username = "bot"                     # /etc/ghe-license-sync/config.toml:11:1
        user  ghe-license-sync: root looked as the user of the service, who has to be able to read the settings and every file below
        good  state directory: /var/lib/ghe-license-sync, which the service creates
        good  server-token: file /etc/credstore/ghe-license-sync.server-token, which the service is given when it starts
        good  fingerprint-key: file /var/cache/ghe-license-sync/fingerprint-key, which the service creates
        "#);
    } else {
        // In a user namespace there is nobody else to become.
        assert!(told.contains("good  server-token"), "{told}");
    }
}

#[test]
fn the_settings_of_an_instance_that_is_not_there_are_named() {
    let script = r#""$program" --instance three status || echo "exit $?""#;
    assert_snapshot!(play(script), @"
    exit 78
    error: nothing was done: there is no settings file /etc/ghe-license-sync/three.toml
      help: the settings are read from the file named by `--config` or `--instance`, else by GHE_LICENSE_SYNC_CONFIG, else from /etc/ghe-license-sync/config.toml
      reason: config-invalid
    ");
}

#[test]
fn root_is_sent_to_the_unit_when_the_state_belongs_to_the_service() {
    let script = r#"
        for state in ghe-license-sync ghe-license-sync-one; do
            mkdir "/var/lib/$state"
            # In a user namespace there is no other user, but one from outside of it.
            chown 65534 "/var/lib/$state" 2>/dev/null || mount --bind /usr "/var/lib/$state"
        done
        printf '[state]\ndirectory = "/var/lib/ghe-license-sync"\n' >/tmp/other-$$.toml
        "$program" sync || echo "exit $?"
        "$program" run 2>&1 | grep -o 'systemctl .*' || true
        "$program" --instance one sync 2>&1 | grep 'help:' || true
        # Nobody has this ID, and the unit works elsewhere.
        "$program" --config /tmp/other-$$.toml sync --scheduled 2>&1 | grep 'error:' || true
        "$program" --instance one --set state.directory=/var/lib/ghe-license-sync sync 2>&1 | grep 'error:' || true
        export GHE_LICENSE_SYNC__STATE__DIRECTORY=/var/lib/ghe-license-sync
        "$program" --instance one sync 2>&1 | grep 'error:' || true
        rm /tmp/other-$$.toml
    "#;
    assert_snapshot!(play(script), @"
    exit 77
    systemctl start ghe-license-sync` reason=permission-missing
      help: run `systemctl kill --signal=USR1 ghe-license-sync@one`, and the service syncs at once; if it is not running, run `systemctl start ghe-license-sync@one`
    error: nothing was sent: the state directory /var/lib/ghe-license-sync belongs to the user 65534, which has no account on this machine
    error: nothing was sent: the state directory /var/lib/ghe-license-sync belongs to the user 65534, which has no account on this machine
    error: nothing was sent: the state directory /var/lib/ghe-license-sync belongs to the user 65534, which has no account on this machine
    error: nothing was sent: the state directory /var/lib/ghe-license-sync belongs to another user than root: 65534
      help: run `systemctl kill --signal=USR1 ghe-license-sync`, and the service syncs at once; if it is not running, run `systemctl start ghe-license-sync-sync`
      reason: permission-missing
    ");
}

/// A directory that root made would be of no use to the service.
#[test]
fn root_is_sent_to_the_unit_when_the_service_has_never_been_started() {
    let script = r#"
        open config.toml
        open one.toml
        export GHE_LICENSE_SYNC_SERVER_TOKEN=ghp_1
        "$program" sync || echo "exit $?"
        "$program" --instance one sync --dry-run 2>&1 | grep 'help:' || true
        "$program" --instance one run 2>&1 | grep -o 'systemctl .*' || true
        "$program" --instance one status | grep -o '`.*` starts one' || true
        ls /var/lib
        # The unit works elsewhere.
        "$program" --instance one --set state.directory=/var/lib/mine sync >/dev/null 2>&1 || echo "exit $?"
        ls /var/lib
    "#;
    assert_snapshot!(play(script), @"
    exit 77
      help: run `install -d -m 0700 -o ghe-license-sync-one -g ghe-license-sync-one /var/lib/ghe-license-sync-one`, then `runuser -u ghe-license-sync-one -- ghe-license-sync --instance one sync --dry-run`
    systemctl start ghe-license-sync@one`, which makes the directory for the user of the service reason=permission-missing
    `systemctl start ghe-license-sync@one` starts one
    exit 77
    mine
    error: nothing was sent: there is no state directory /var/lib/ghe-license-sync yet, and root would make one that the service cannot use
      help: run `systemctl start ghe-license-sync-sync`, which makes the directory for the user of the service
      reason: permission-missing
    ");
}

#[test]
fn an_advised_command_names_the_settings_of_the_process_that_advises_it() {
    let script = r#"
        advice() {
            "$program" "$@" approve 0123456789ab 2>&1 | grep -o '[^`]*ghe-license-sync[^`]* status' || true
        }
        open one.toml
        open config.toml
        cp one.toml "/tmp/it's $$.toml"
        advice
        advice --config config.toml
        advice --instance one
        advice --config one.toml
        GHE_LICENSE_SYNC_CONFIG=/etc/ghe-license-sync/one.toml advice
        advice --config "/tmp/it's $$.toml" | sed "s/ $$//"
        rm "/tmp/it's $$.toml"
        advice --set log.level=debug --set "state.directory=/var/lib/my state"
        export GHE_LICENSE_SYNC_SERVER_TOKEN=ghp_1 GHE_LICENSE_SYNC__LOG__LEVEL=
        GHE_LICENSE_SYNC__STATE__DIRECTORY="/var/lib/it's mine" advice --instance one
    "#;
    assert_snapshot!(play(script), @r#"
    ghe-license-sync status
    ghe-license-sync --config /etc/ghe-license-sync/config.toml status
    ghe-license-sync --instance one status
    ghe-license-sync --config /etc/ghe-license-sync/one.toml status
    ghe-license-sync --config /etc/ghe-license-sync/one.toml status
    ghe-license-sync --config '/tmp/it'\''s.toml' status
    ghe-license-sync --set log.level=debug --set 'state.directory=/var/lib/my state' status
    env GHE_LICENSE_SYNC__STATE__DIRECTORY='/var/lib/it'\''s mine' ghe-license-sync --instance one status
    "#);
}

/// In a user namespace there is no user to become, so nothing is advised there but what root can do itself.
#[test]
fn root_is_advised_to_ask_the_service_for_a_sync() {
    let script = r#"
        open config.toml
        mkdir /var/lib/ghe-license-sync
        echo 'nobody:x:65534:65534:::' >/etc/passwd
        chown 65534 /var/lib/ghe-license-sync 2>/dev/null || true
        "$program" status | grep -o '`.*` starts one'
    "#;
    let sync = match geteuid().is_root() {
        true => "systemctl kill --signal=USR1 ghe-license-sync",
        false => "ghe-license-sync sync",
    };
    assert_eq!(play(script), format!("`{sync}` starts one\n"));
}

#[tokio::test]
async fn an_instance_and_a_settings_file_exclude_each_other_wherever_they_stand() {
    for arguments in [
        ["--instance", "one", "--config", "two.toml", "status"],
        ["--instance", "one", "status", "--config", "two.toml"],
        ["--config", "two.toml", "status", "--instance", "one"],
        ["status", "--config=two.toml", "--verbose", "--instance", "one"],
    ] {
        let ran = binary(&arguments).await;
        allow_duplicates!(assert_snapshot!(ran, @"
        exit 64, stderr:
        error: `--instance` and `--config` both name the settings file; write one of them

        Usage: ghe-license-sync [OPTIONS] <COMMAND>

        For more information, try '--help'.
        "));
    }
}

#[tokio::test]
async fn a_name_that_no_instance_can_have_is_a_usage_error() {
    assert_snapshot!(binary(&["status", "--instance", "a/b"]).await, @"
    exit 64, stderr:
    error: invalid value 'a/b' for '--instance <NAME>': an instance name has 1 to 14 characters, which are lower-case letters, digits and `-`, and does not begin with `-`; it is part of the user name `ghe-license-sync-NAME`

    For more information, try '--help'.
    ");
    assert_snapshot!(binary(&["status", "--instance", "config"]).await, @"
    exit 64, stderr:
    error: invalid value 'config' for '--instance <NAME>': the settings file `config.toml` belongs to no instance; leave `--instance` out

    For more information, try '--help'.
    ");
    assert_snapshot!(binary(&["status", "--instance", "sync"]).await, @"
    exit 64, stderr:
    error: invalid value 'sync' for '--instance <NAME>': `ghe-license-sync-sync` is the name of the timer and its service; choose another name for the instance

    For more information, try '--help'.
    ");
}
