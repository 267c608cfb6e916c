//! The text of the metrics, and how the file is replaced.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

use insta::assert_snapshot;

use super::*;

fn moment(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn at_rest() -> MetricsSnapshot {
    MetricsSnapshot {
        state_directory: "/var/lib/ghe-license-sync".to_owned(),
        taken_at: moment(1_800_000_000),
        gate_open: false,
        health: Choice {
            all: vec!["healthy", "disabled"],
            current: Some("disabled"),
        },
        run_state: Choice {
            all: vec!["frozen", "confirmed"],
            current: None,
        },
        reason: None,
        last_run_started_at: None,
        last_run_took: None,
        last_confirmed_at: None,
        stale_at: None,
        users_sent: None,
        shared_addresses: None,
        product_users: Vec::new(),
        encrypted_users_sent_bytes: None,
        held: false,
        file_since: None,
        outbox_since: None,
        next_attempt_at: None,
        next_window_at: None,
        runs: vec![("confirmed", 0)],
        attempts: vec![("accepted", 0)],
        reasons: Vec::new(),
        cloud: None,
    }
}

#[test]
fn what_is_not_known_is_left_out() {
    let text = render(&at_rest()).replace(env!("CARGO_PKG_VERSION"), "VERSION");
    assert_snapshot!(text, @r#"
    # HELP ghe_license_sync_build_info Version of the program that wrote the metrics.
    # TYPE ghe_license_sync_build_info gauge
    ghe_license_sync_build_info{state_directory="/var/lib/ghe-license-sync",version="VERSION"} 1
    # HELP ghe_license_sync_gate_open Whether Connect and license sync are both enabled.
    # TYPE ghe_license_sync_gate_open gauge
    ghe_license_sync_gate_open{state_directory="/var/lib/ghe-license-sync"} 0
    # HELP ghe_license_sync_health Health of the sync.
    # TYPE ghe_license_sync_health gauge
    ghe_license_sync_health{state_directory="/var/lib/ghe-license-sync",health="healthy"} 0
    ghe_license_sync_health{state_directory="/var/lib/ghe-license-sync",health="disabled"} 1
    # HELP ghe_license_sync_run_state State of the newest run.
    # TYPE ghe_license_sync_run_state gauge
    ghe_license_sync_run_state{state_directory="/var/lib/ghe-license-sync",state="frozen"} 0
    ghe_license_sync_run_state{state_directory="/var/lib/ghe-license-sync",state="confirmed"} 0
    # HELP ghe_license_sync_held Whether a list is held until a person approves or discards it.
    # TYPE ghe_license_sync_held gauge
    ghe_license_sync_held{state_directory="/var/lib/ghe-license-sync"} 0
    # HELP ghe_license_sync_written_timestamp_seconds Time when the metrics were written.
    # TYPE ghe_license_sync_written_timestamp_seconds gauge
    ghe_license_sync_written_timestamp_seconds{state_directory="/var/lib/ghe-license-sync"} 1800000000
    # HELP ghe_license_sync_runs_total Finished runs, by outcome.
    # TYPE ghe_license_sync_runs_total counter
    ghe_license_sync_runs_total{state_directory="/var/lib/ghe-license-sync",outcome="confirmed"} 0
    # HELP ghe_license_sync_attempts_total Attempts to send a document, by outcome.
    # TYPE ghe_license_sync_attempts_total counter
    ghe_license_sync_attempts_total{state_directory="/var/lib/ghe-license-sync",outcome="accepted"} 0
    "#);
}

#[test]
fn all_that_is_known_is_reported() {
    let snapshot = MetricsSnapshot {
        gate_open: true,
        run_state: Choice {
            current: Some("frozen"),
            ..at_rest().run_state
        },
        reason: Some(Reason::UnreachableCloud),
        last_run_started_at: Some(moment(1_799_000_000)),
        last_run_took: Some(Duration::from_millis(61_500)),
        last_confirmed_at: Some(moment(1_798_000_000)),
        stale_at: Some(moment(1_798_691_200)),
        users_sent: Some(12_345),
        shared_addresses: Some(6),
        product_users: vec![("advanced-security", 7), ("secret-protection", 0)],
        encrypted_users_sent_bytes: None,
        held: true,
        file_since: Some("2026-11-24T03:09:00Z".parse().unwrap()),
        outbox_since: Some(moment(1_799_000_060)),
        next_attempt_at: Some(moment(1_800_000_600)),
        next_window_at: Some(moment(1_800_500_000)),
        reasons: vec![("unreachable-cloud", 3)],
        ..at_rest()
    };
    let text = render(&snapshot);
    let samples: String = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.to_owned() + "\n")
        .collect();
    let samples = samples
        .replace("state_directory=\"/var/lib/ghe-license-sync\"", "D")
        .replace(env!("CARGO_PKG_VERSION"), "VERSION");
    assert_snapshot!(samples, @r#"
    ghe_license_sync_build_info{D,version="VERSION"} 1
    ghe_license_sync_gate_open{D} 1
    ghe_license_sync_health{D,health="healthy"} 0
    ghe_license_sync_health{D,health="disabled"} 1
    ghe_license_sync_run_state{D,state="frozen"} 1
    ghe_license_sync_run_state{D,state="confirmed"} 0
    ghe_license_sync_last_run_reason{D,reason="unreachable-cloud"} 1
    ghe_license_sync_held{D} 1
    ghe_license_sync_users_sent{D} 12345
    ghe_license_sync_shared_addresses{D} 6
    ghe_license_sync_product_users{D,product="advanced-security"} 7
    ghe_license_sync_product_users{D,product="secret-protection"} 0
    ghe_license_sync_written_timestamp_seconds{D} 1800000000
    ghe_license_sync_last_run_timestamp_seconds{D} 1799000000
    ghe_license_sync_last_confirmed_timestamp_seconds{D} 1798000000
    ghe_license_sync_stale_timestamp_seconds{D} 1798691200
    ghe_license_sync_outbox_since_timestamp_seconds{D} 1799000060
    ghe_license_sync_file_written_timestamp_seconds{D} 1795489740
    ghe_license_sync_next_attempt_timestamp_seconds{D} 1800000600
    ghe_license_sync_next_window_timestamp_seconds{D} 1800500000
    ghe_license_sync_last_run_duration_seconds{D} 61.5
    ghe_license_sync_runs_total{D,outcome="confirmed"} 0
    ghe_license_sync_attempts_total{D,outcome="accepted"} 0
    ghe_license_sync_reasons_total{D,reason="unreachable-cloud"} 3
    "#);
}

#[test]
fn a_label_is_escaped() {
    assert_eq!(label("key", "a\"b\\c\nd"), r#"key="a\"b\\c\nd""#);
}

#[test]
fn the_file_is_replaced_as_a_whole_and_readable_for_all() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sync.prom");
    fs::write(&path, "old and longer than nothing").unwrap();
    let old = File::open(&path).unwrap();
    write(&path, &at_rest()).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), render(&at_rest()));
    assert_eq!(io::read_to_string(old).unwrap(), "old and longer than nothing");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn what_cannot_be_replaced_is_reported_and_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("sync.prom");
    fs::create_dir(&path).unwrap();
    let error = write(&path, &at_rest()).unwrap_err();
    assert!(matches!(error, MetricsError::Write { .. }));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    let error = write(&directory.path().join("absent/sync.prom"), &at_rest()).unwrap_err();
    let text = format!("{error}\nhelp: {}", error.help().unwrap());
    assert_snapshot!(text.replace(directory.path().to_str().unwrap(), "/run"), @"
    the metrics could not be written to /run/absent/sync.prom
    help: name a file in a directory that the program can write in `metrics.textfile`; the service can write below /run/ghe-license-sync
    ");
}

#[test]
fn root_writes_nothing_in_a_directory_that_another_user_can_change() {
    let directory = tempfile::tempdir().unwrap();
    if directory.path().metadata().unwrap().uid() != ROOT {
        return;
    }
    let metrics = directory.path().join("metrics");
    fs::create_dir(&metrics).unwrap();
    let refuse = || {
        let error = write(&metrics.join("sync.prom"), &at_rest()).unwrap_err();
        assert_eq!(fs::read_dir(&metrics).unwrap().count(), 0);
        let text = format!("{}\nhelp: {}", crate::explain::chain(&error), error.help().unwrap());
        text.replace(directory.path().to_str().unwrap(), "/run")
    };
    fs::set_permissions(&metrics, Permissions::from_mode(0o775)).unwrap();
    assert_snapshot!(refuse(), @"
    root cannot safely write the metrics to /run/metrics/sync.prom: /run/metrics is writable by other users (mode 0775)
    help: run `chmod go-w /run/metrics`, or name a file in a directory that only root can change in `metrics.textfile`
    ");
    fs::set_permissions(&metrics, Permissions::from_mode(0o755)).unwrap();
    chown(&metrics, Some(4321), None).unwrap();
    assert_snapshot!(refuse(), @"
    root cannot safely write the metrics to /run/metrics/sync.prom: /run/metrics belongs to the user 4321
    help: name a file in a directory that only root can change in `metrics.textfile`
    ");
}

/// A server with an odd name, one of which all is known, and one that was never synced.
fn three_servers() -> Vec<ServerSample> {
    let server = |server_id: &str, hostname: &str| ServerSample {
        server_id: server_id.to_owned(),
        hostname: hostname.to_owned(),
        synced_at: Some(moment(1_799_000_000)),
        is_stale: false,
        is_failed: false,
        is_never_synced: false,
        built_in_sync: None,
    };
    vec![
        ServerSample {
            is_failed: true,
            ..server("a", "odd\"} 1\nname\\")
        },
        ServerSample {
            is_stale: true,
            built_in_sync: Some(true),
            ..server("b", "ghes.example.com")
        },
        ServerSample {
            synced_at: None,
            is_never_synced: true,
            built_in_sync: Some(false),
            ..server("c", "")
        },
    ]
}

#[test]
fn a_server_of_the_account_is_reported_by_its_id_and_its_host_name() {
    let cloud = CloudSnapshot {
        works: false,
        answered_at: Some(moment(1_799_900_000)),
        servers: three_servers(),
    };
    let text = render(&MetricsSnapshot {
        cloud: Some(cloud),
        ..at_rest()
    });
    let text = text.replace(r#"state_directory="/var/lib/ghe-license-sync""#, "D");
    let at = text.find("# HELP ghe_license_sync_cloud_").unwrap();
    assert_snapshot!(&text[at..], @r#"
    # HELP ghe_license_sync_cloud_watch_works Whether the last request for the license sync status succeeded.
    # TYPE ghe_license_sync_cloud_watch_works gauge
    ghe_license_sync_cloud_watch_works{D} 0
    # HELP ghe_license_sync_cloud_answered_timestamp_seconds Time of the last license sync status from the cloud.
    # TYPE ghe_license_sync_cloud_answered_timestamp_seconds gauge
    ghe_license_sync_cloud_answered_timestamp_seconds{D} 1799900000
    # HELP ghe_license_sync_cloud_server_last_sync_timestamp_seconds Time of the last license sync of a server, as the cloud lists it.
    # TYPE ghe_license_sync_cloud_server_last_sync_timestamp_seconds gauge
    ghe_license_sync_cloud_server_last_sync_timestamp_seconds{D,server_id="a",host="odd\"} 1\nname\\"} 1799000000
    ghe_license_sync_cloud_server_last_sync_timestamp_seconds{D,server_id="b",host="ghes.example.com"} 1799000000
    # HELP ghe_license_sync_cloud_server_stale Whether the last license sync of a server is older than its schedule allows.
    # TYPE ghe_license_sync_cloud_server_stale gauge
    ghe_license_sync_cloud_server_stale{D,server_id="a",host="odd\"} 1\nname\\"} 0
    ghe_license_sync_cloud_server_stale{D,server_id="b",host="ghes.example.com"} 1
    ghe_license_sync_cloud_server_stale{D,server_id="c",host=""} 0
    # HELP ghe_license_sync_cloud_server_failed Whether the last license sync of a server failed, as the cloud lists it.
    # TYPE ghe_license_sync_cloud_server_failed gauge
    ghe_license_sync_cloud_server_failed{D,server_id="a",host="odd\"} 1\nname\\"} 1
    ghe_license_sync_cloud_server_failed{D,server_id="b",host="ghes.example.com"} 0
    ghe_license_sync_cloud_server_failed{D,server_id="c",host=""} 0
    # HELP ghe_license_sync_cloud_server_never_synced Whether the cloud lists no license sync of a server.
    # TYPE ghe_license_sync_cloud_server_never_synced gauge
    ghe_license_sync_cloud_server_never_synced{D,server_id="a",host="odd\"} 1\nname\\"} 0
    ghe_license_sync_cloud_server_never_synced{D,server_id="b",host="ghes.example.com"} 0
    ghe_license_sync_cloud_server_never_synced{D,server_id="c",host=""} 1
    # HELP ghe_license_sync_cloud_server_built_in_sync Whether the built-in license sync of a server is on.
    # TYPE ghe_license_sync_cloud_server_built_in_sync gauge
    ghe_license_sync_cloud_server_built_in_sync{D,server_id="b",host="ghes.example.com"} 1
    ghe_license_sync_cloud_server_built_in_sync{D,server_id="c",host=""} 0
    "#);
}
