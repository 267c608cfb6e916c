//! A process that dies while it writes a document to a file: the next one leaves one whole file.

use ghe_license_sync::store::State;

use crate::delivery::by_file::{documents, names, with_files};
use crate::support::lab::Lab;
use crate::support::process::{Process, command};

/// Where a run whose document goes into a file comes by, and no other.
pub(super) const POINTS: [&str; 5] = [
    "before-file",
    "after-checksum",
    "after-file",
    "before-written",
    "after-written",
];

/// A sync by hand that does this at a failpoint.
async fn dying(lab: &Lab, told: &str) {
    let config = lab.sandbox.config_file().to_string_lossy();
    let mut command = command(&["--config", &config, "sync", "--verbose"]);
    command.env("FAILPOINTS", told);
    let ran = Process::of(command).end().await;
    assert_ne!(ran.exit, Some(0), "{told}: {ran}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_while_it_writes_a_file_leaves_one_whole_file_or_none() {
    for point in POINTS {
        for word in ["abort", "error"] {
            let (lab, directory) = with_files().await;
            dying(&lab, &format!("{point}=return({word})")).await;
            // Nothing but whole files is ever seen, and never a document without its checksum.
            let left = names(&directory);
            assert!(left.iter().all(|name| !name.starts_with('.')), "{point}: {left:?}");
            assert!(left.len() != 1 || left[0].ends_with(".sha256"), "{point}: {left:?}");
            let ran = lab.run(&["sync"]).await;
            assert_eq!(ran.exit, Some(0), "{point}, {word}: {ran}");
            assert_eq!(documents(&directory).len(), 1, "{point}, {word}");
            let waiting = lab.standing().await.written.unwrap();
            assert_eq!(waiting.state, State::Written);
            let path = waiting.file.unwrap().path;
            assert_eq!(path, directory.join(&documents(&directory)[0]).to_string_lossy());
        }
    }
}
