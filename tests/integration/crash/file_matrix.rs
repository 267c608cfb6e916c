//! Every failpoint around a file, and every way of the daemon to die or to fail there: one whole file is left in the end.

use ghe_license_sync::store::State;

use super::death::{Death, die};
use super::files::POINTS;
use super::matrix::restart;
use super::page;
use super::remains::Remains;
use super::rows::{PLAIN, Row};
use crate::delivery::by_file::{documents, names, with_files};

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_dies_anywhere_around_a_file_leaves_one_whole_file() {
    let mut lines = Vec::new();
    for point in POINTS {
        let mut line = vec![format!("`{point}`")];
        for death in [Death::Abort, Death::Error, Death::Kill, Death::KillSync] {
            line.push(play(&Row { point, ..PLAIN }, death).await);
        }
        lines.push(line);
    }
    page::check_files(&lines);
}

/// What was left of the run and in the directory, and how it ended.
async fn play(row: &Row, death: Death) -> String {
    let name = format!("{}, {death:?}", row.point);
    let (lab, directory) = with_files().await;
    die(&lab, row, death).await;
    let left = Remains::of(&lab).await.run.unwrap();
    let seen = match &*names(&directory) {
        [] => "no file",
        [checksum] if checksum.ends_with(".sha256") => "a checksum",
        _ => "a file",
    };
    if seen == "a file" {
        assert_eq!(documents(&directory).len(), 1, "{name}");
    }
    restart(&lab, &name).await;
    let ended = Remains::of(&lab).await.run.unwrap();
    assert_eq!(
        (ended.id, &ended.frozen, ended.state),
        (left.id, &left.frozen, State::Written),
        "{name}"
    );
    let path = ended.file.unwrap().path;
    assert_eq!(
        path,
        directory.join(&documents(&directory)[0]).to_string_lossy(),
        "{name}"
    );
    assert_eq!(documents(&directory).len(), 1, "{name}");
    assert!(lab.sandbox.uploads().is_empty(), "{name}");
    format!("{}, {seen} → {}", left.state, ended.state)
}
