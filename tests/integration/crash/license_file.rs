//! A license usage file that is being frozen when the process dies: nothing of it is left behind, and it is sent once.

use std::fs::{self, File};
use std::io::Read as _;

use flate2::read::GzDecoder;

use super::death::sync_until_abort;
use crate::support::lab::Lab;

const REPORT: &str = "[server.source.report]\nusername = \"license-bot\"";

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_being_frozen_leaves_nothing_behind_and_arrives_once_as_it_is() {
    for point in [
        "after-collect",
        "after-count",
        "before-piece",
        "after-piece",
        "before-freeze",
        "after-freeze",
    ] {
        let lab = Lab::with_faults(&[]).await;
        let path = lab.directory.path().join("license-usage.json");
        lab.sandbox.export_license_usage(&path).unwrap();
        let section = format!("[server.source.license-file]\npath = \"{}\"", path.display());
        lab.edit_settings(REPORT, &section);
        sync_until_abort(&lab, &format!("{point}=1*return(abort)")).await;
        let left = fs::read_dir(lab.directory.path().join("state")).unwrap();
        let left: Vec<_> = left
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert!(!left.iter().any(|name| name.contains("spool")), "{point}: {left:?}");
        let ran = lab.run(&["sync"]).await;
        assert_eq!(ran.exit, Some(0), "{point}: {ran}");
        assert_eq!(lab.sandbox.uploads().len(), 1, "{point}");
        let mut arrived = Vec::new();
        let body = File::open(lab.directory.path().join("uploads/usage-1.json.gz")).unwrap();
        GzDecoder::new(body).read_to_end(&mut arrived).unwrap();
        assert!(arrived == fs::read(&path).unwrap(), "{point}");
    }
}
