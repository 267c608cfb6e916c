//! A process that dies while it writes a document to a file: the next one leaves one whole file.

use std::fs;

use ghe_license_sync::store::State;

use crate::delivery::by_file::{documents, names, upload, with_files};
use crate::support::lab::{Lab, Ran};
use crate::support::past::{tamper, window_is_over};
use crate::support::process::{Process, command};

/// Where a run whose document goes into a file comes by, and no other.
pub(super) const POINTS: [&str; 7] = [
    "before-hand-over",
    "after-hand-over",
    "before-file",
    "after-checksum",
    "after-file",
    "before-written",
    "after-written",
];

/// Where a run comes by whose file is not to be uploaded any more.
pub(super) const ASIDE: [&str; 3] = ["before-supersede", "after-supersede-file", "after-supersede"];

/// A sync by hand that does this at a failpoint.
async fn dying(lab: &Lab, told: &str) {
    let ran = run_with(lab, told).await;
    assert_ne!(ran.exit, Some(0), "{told}: {ran}");
}

async fn run_with(lab: &Lab, told: &str) -> Ran {
    let config = lab.sandbox.config_file().to_string_lossy();
    let mut command = command(&["--config", &config, "sync", "--verbose"]);
    command.env("FAILPOINTS", told);
    Process::of(command).end().await
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

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_uploaded_before_its_process_could_note_that_it_is_there_is_confirmed() {
    for point in ["after-file", "before-written"] {
        for is_deleted in [false, true] {
            let (lab, directory) = with_files().await;
            dying(&lab, &format!("{point}=return(abort)")).await;
            let run = lab.last_run().await;
            assert_eq!(run.state, State::Frozen, "{point}");
            let name = documents(&directory).remove(0);
            upload(&lab, &directory.join(&name)).await;
            if is_deleted {
                fs::remove_file(directory.join(&name)).unwrap();
                fs::remove_file(directory.join(format!("{name}.sha256"))).unwrap();
            }
            let ran = lab.run(&["sync"]).await;
            assert_eq!(ran.exit, Some(0), "{point}: {ran}");
            let run = lab.store().await.run(run.id).await.unwrap();
            assert_eq!(run.state, State::Confirmed, "{point}: {ran}");
            assert_eq!(
                documents(&directory).len(),
                usize::from(!is_deleted),
                "{point}: no second one"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_while_it_renames_a_file_leaves_that_to_the_next_one() {
    for point in ASIDE {
        for word in ["abort", "error"] {
            let (lab, directory) = with_files().await;
            assert_eq!(lab.run(&["sync"]).await.exit, Some(0));
            let run = lab.last_run().await;
            window_is_over(&lab).await;
            // Lists of one second have one name.
            let old = directory.join("old.json");
            fs::rename(run.file.unwrap().path, &old).unwrap();
            tamper(
                &lab,
                &format!("UPDATE run SET file = '{}', state = 'failed'", old.display()),
            )
            .await;
            fs::write(directory.join("old.json.sha256"), "").unwrap();
            run_with(&lab, &format!("{point}=return({word})")).await;
            let ran = lab.run(&["sync"]).await;
            assert_eq!(ran.exit, Some(0), "{point}, {word}: {ran}");
            let left = names(&directory);
            assert!(
                !left
                    .iter()
                    .any(|name| ["old.json", "old.json.sha256"].contains(&&**name)),
                "{point}: {left:?}"
            );
            let aside = left
                .iter()
                .filter(|name| name.starts_with("old.json.") && name.ends_with(".superseded"));
            assert_eq!(aside.count(), 2, "{point}: {left:?}");
            let run = lab.store().await.run(run.id).await.unwrap();
            assert!(run.file.unwrap().path.ends_with("old.json.superseded"), "{point}");
        }
    }
}
