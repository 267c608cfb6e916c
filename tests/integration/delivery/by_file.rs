//! Delivery by a person: each window's document once, as a whole file with its checksum, and confirmed only by the cloud.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use ghe_license_sync::explain::chain;
use ghe_license_sync::license::UsageFileName;
use ghe_license_sync::store::{Run, State, Trigger};
use ghe_license_sync::sync::{NoProgress, run_all, run_once};
use insta::assert_snapshot;
use sha2::{Digest as _, Sha256};

use super::Lab;
use crate::commands::told;
use crate::support::lab::Ran;
use crate::support::past::tamper;

/// A sandbox whose documents go into files.
pub(crate) async fn with_files() -> (Lab, PathBuf) {
    let lab = Lab::with_faults(&[]).await;
    let directory = with_files_of(&lab);
    (lab, directory)
}

/// Has the documents of this sandbox go into files.
pub(crate) fn with_files_of(lab: &Lab) -> PathBuf {
    let directory = lab.directory.path().join("outgoing");
    fs::create_dir(&directory).unwrap();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
    let on = "[license-sync]\nenabled = true";
    let by_file = format!("{on}\ndelivery = \"file\"\ndirectory = \"{}\"", directory.display());
    lab.edit_settings(on, &by_file);
    directory
}

/// The names in the directory, sorted.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The documents in the directory that are to be uploaded, each of which has a checksum that `sha256sum` accepts, and is its owner's alone.
pub(crate) fn documents(directory: &Path) -> Vec<String> {
    let names = names(directory)
        .into_iter()
        .filter(|name| !name.ends_with(".superseded"));
    let (sums, documents): (Vec<_>, Vec<_>) = names.partition(|name| name.ends_with(".sha256"));
    let expected: Vec<_> = documents.iter().map(|name| format!("{name}.sha256")).collect();
    assert_eq!(sums, expected, "each has its checksum, and nothing else is there");
    for name in documents.iter().chain(&sums) {
        let mode = fs::metadata(directory.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600, "{name}");
    }
    for sum in &sums {
        let mut sha256sum = Command::new("sha256sum");
        let output = sha256sum
            .args(["--strict", "-c", sum])
            .current_dir(directory)
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    documents
}

pub(super) fn path_of(run: &Run) -> &Path {
    Path::new(&run.file.as_ref().unwrap().path)
}

/// Uploads the file as the form of the account's page does; what the page answers.
pub(crate) async fn upload(lab: &Lab, path: &Path) -> String {
    let (page, path) = (lab.sandbox.license_page(), path.to_owned());
    tokio::task::spawn_blocking(move || upload_to(&page, &path))
        .await
        .unwrap()
}

/// The same on a thread that may wait.
pub(crate) fn upload_to(page: &str, path: &Path) -> String {
    let mut curl = Command::new("curl");
    let file = format!("file=@{}", path.display());
    let output = curl
        .args(["--silent", "--show-error", "--form", &file, page])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Takes the settings and the key of the App away.
pub(crate) fn without_app(lab: &Lab) {
    for key in ["client-id", "installation-id", "private-key-file"] {
        lab.edit_settings(&format!("\n{key} = "), &format!("\n# {key} = "));
    }
    fs::remove_file(lab.directory.path().join("credentials/connect-private-key")).unwrap();
}

#[tokio::test]
async fn a_document_is_written_whole_with_its_checksum_and_nothing_is_sent() {
    let (lab, directory) = with_files().await;
    without_app(&lab);
    let run = lab.sync(&[]).await.unwrap();
    assert_eq!(run.state, State::Written);
    let documents = documents(&directory);
    assert_eq!(documents.len(), 1);
    assert_eq!(path_of(&run), directory.join(&documents[0]));
    let name = UsageFileName::parse(&documents[0]).unwrap();
    let text = fs::read(path_of(&run)).unwrap();
    let document: serde_json::Value = serde_json::from_slice(&text).unwrap();
    let collected_at = document["collected_at"].as_str().unwrap();
    assert_eq!(
        name.collected_at,
        collected_at.parse::<chrono::DateTime<chrono::Utc>>().unwrap()
    );
    assert!(name.is_of(run.frozen.as_ref().unwrap().digest) && name.is_of_server(&run.hostname));
    assert_eq!(
        run.file.as_ref().unwrap().sha256.0,
        <[u8; 32]>::from(Sha256::digest(&text))
    );
    assert!(lab.sandbox.uploads().is_empty());
}

#[tokio::test]
async fn a_sync_says_what_to_do_with_the_file_and_the_next_one_that_it_still_waits() {
    let (lab, directory) = with_files().await;
    let plain = |text: String| {
        let name = documents(&directory).remove(0);
        let written = regex::Regex::new(r"written \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC").unwrap();
        written
            .replace_all(&text.replace(&name, "FILE"), "written TIME")
            .into_owned()
    };
    assert_snapshot!(plain(told(&lab, &["sync"]).await), @r#"
    exit 0, stdout:
    wrote the license usage to DIR/outgoing/FILE; nothing was sent
      upload it on the Licensing page of the enterprise octo-corp, beside "Enterprise Server instances", with "Add server usage"; `ghe-license-sync --config DIR/config.toml status --cloud` shows whether the cloud has it
      60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
      6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
      the server itself counts 56 users who are not suspended; it reports 54 seats in use
      digest DIGEST, SIZE, written to a file
    "#);
    assert_snapshot!(plain(told(&lab, &["sync"]).await), @r#"
    exit 0, stdout:
    a person has to upload DIR/outgoing/FILE, written TIME, on the Licensing page of the enterprise octo-corp, beside "Enterprise Server instances", with "Add server usage"
    today's list is the one in that file; nothing was written or sent
    "#);
    assert_eq!(documents(&directory).len(), 1, "the list is the same");
    let runs = lab.store().await.runs(9).await.unwrap();
    assert_eq!((runs.len(), runs[0].state), (1, State::Written), "nothing was recorded");
}

#[tokio::test]
async fn status_names_the_file_and_is_not_healthy_before_the_cloud_has_it() {
    let (lab, directory) = with_files().await;
    lab.sync(&[]).await.unwrap();
    let status = lab.run(&["status"]).await;
    let name = documents(&directory).remove(0);
    let upload = status.stdout.lines().find(|line| line.starts_with("upload"));
    let upload = upload.unwrap().replace(&name, "FILE");
    let upload = regex::Regex::new(r"written [^,]+,")
        .unwrap()
        .replace(&upload, "written TIME,")
        .into_owned();
    assert_snapshot!(lab.plain(&upload), @r#"upload          a person has to upload DIR/outgoing/FILE, written TIME, on the Licensing page of the enterprise octo-corp, beside "Enterprise Server instances", with "Add server usage"; `ghe-license-sync --config DIR/config.toml status --cloud` asks the cloud whether it was uploaded"#);
    assert!(
        status
            .stdout
            .contains("health          stale: no run was confirmed yet"),
        "{}",
        status.stdout
    );
    assert_eq!(status.exit, Some(5));
    let json: serde_json::Value = serde_json::from_str(&lab.run(&["status", "--json"]).await.stdout).unwrap();
    assert_eq!(json["written"]["file"]["path"], directory.join(&name).to_str().unwrap());
    assert_eq!(json["outbox"], serde_json::Value::Null);
}

#[tokio::test]
async fn who_asks_the_cloud_for_the_status_finds_out_whether_the_file_was_uploaded() {
    let (lab, _) = with_files().await;
    let run = lab.sync(&[]).await.unwrap();
    let said = |ran: &Ran, name: &str| {
        let line = ran
            .stdout
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_default();
        line.rsplit("; ").next().unwrap().to_owned()
    };
    let offline = lab.run(&["status"]).await;
    assert_snapshot!(lab.plain(&said(&offline, "upload")), @"`ghe-license-sync --config DIR/config.toml status --cloud` asks the cloud whether it was uploaded");
    let asked = lab.run(&["status", "--cloud"]).await;
    assert!(
        said(&asked, "upload").starts_with("not uploaded as far as the cloud listed at"),
        "{asked}"
    );
    assert_eq!(lab.last_run().await.state, State::Written);
    upload(&lab, path_of(&run)).await;
    let asked = lab.run(&["status", "--cloud"]).await;
    assert_eq!(
        (said(&asked, "upload"), lab.last_run().await.state),
        (String::new(), State::Confirmed),
        "{asked}"
    );
    assert!(asked.stdout.contains("health          healthy"), "{asked}");
}

#[tokio::test]
async fn the_answer_in_json_has_the_warnings_and_the_one_in_words_the_size_of_the_file() {
    let (lab, _) = with_files().await;
    fs::remove_file(lab.directory.path().join("credentials/connect-read-token")).unwrap();
    lab.edit_settings("\nread-token-file = ", "\n# read-token-file = ");
    let json = lab.run(&["sync", "--json"]).await;
    let answer: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    let warning = answer["warnings"][0].as_str().unwrap();
    assert!(warning.starts_with("nobody will know whether"), "{json}");
    assert!(json.stderr.contains(warning), "{json}");
    let path = PathBuf::from(answer["run"]["file"]["path"].as_str().unwrap());
    let size = indicatif::HumanBytes(fs::metadata(path).unwrap().len()).to_string();
    let history = lab.run(&["history"]).await;
    assert!(
        history.stdout.contains(&format!(", {size}, written to a file")),
        "{history}"
    );
}

#[tokio::test]
async fn a_newer_list_takes_the_place_of_a_file_that_waits() {
    let (lab, directory) = with_files().await;
    let first = lab.sync(&[]).await.unwrap();
    let context = lab.context(&[]);
    let trigger = Trigger::Scheduled("2026-11-24T03:04Z".to_owned());
    let synced = run_all(&context, &trigger).await;
    let (earlier, second) = (synced.earlier.unwrap(), synced.result.unwrap());
    assert_eq!((earlier.id, earlier.state), (first.id, State::Failed));
    assert_eq!(earlier.reason.unwrap().code(), "unconfirmed");
    assert_eq!(second.state, State::Written);
    assert!(path_of(&second).exists());
    assert_eq!(
        documents(&directory).len(),
        1,
        "the other one is superseded, or has the same name and content"
    );
}

/// What `check --offline` and a sync say about the directory, which ends both with the same exit code.
async fn refused(lab: &Lab) -> String {
    let sync = told(lab, &["sync"]).await;
    let check = told(lab, &["check", "--offline"]).await;
    let exit = sync.split(',').next().unwrap();
    assert!(check.starts_with(exit), "{check}\n{sync}");
    let found = check
        .lines()
        .skip_while(|line| !line.contains("license-sync.directory: "));
    let found: Vec<_> = found.take(2).collect();
    let reason = sync.lines().find(|line| line.contains("reason: ")).unwrap();
    format!("{exit},{reason}\n{}", found.join("\n"))
}

#[tokio::test]
async fn a_directory_that_cannot_be_used_is_a_wrong_setting_and_the_server_is_not_asked() {
    let (lab, directory) = with_files().await;
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o777)).unwrap();
    assert_snapshot!(refused(&lab).await, @"
    exit 78,  reason: config-invalid
    BAD   license-sync.directory: other users can replace what is in the directory DIR/outgoing: DIR/outgoing is writable by other users (mode 0777)
          help: run `chmod go-w DIR/outgoing`, or set `license-sync.directory` to a directory that other users cannot change
    ");
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o1777)).unwrap();
    assert_snapshot!(refused(&lab).await, @"
    exit 78,  reason: config-invalid
    BAD   license-sync.directory: other users can create files in the directory DIR/outgoing (mode 1777)
          help: set `license-sync.directory` to a directory that other users cannot change; the packaged service also has a `/tmp` of its own
    ");
    fs::remove_dir(&directory).unwrap();
    assert_snapshot!(refused(&lab).await, @"
    exit 78,  reason: config-invalid
    BAD   license-sync.directory: the directory DIR/outgoing cannot be used: No such file or directory (os error 2)
          help: make DIR/outgoing a directory that belongs to the user that runs this program, or set `license-sync.directory`; the service writes only in directories that `ReadWritePaths=` of its unit names
    ");
    fs::write(&directory, "").unwrap();
    assert_snapshot!(refused(&lab).await, @"
    exit 78,  reason: config-invalid
    BAD   license-sync.directory: the directory DIR/outgoing cannot be used: not a directory
          help: make DIR/outgoing a directory that belongs to the user that runs this program, or set `license-sync.directory`; the service writes only in directories that `ReadWritePaths=` of its unit names
    ");
    lab.edit_settings("/outgoing\"", "/state\"");
    assert_snapshot!(refused(&lab).await, @"
    exit 78,  reason: config-invalid
    BAD   license-sync.directory: the directory DIR/state is that of the state, or is in it
          help: set `license-sync.directory` to a directory of its own: the state directory holds the database, and nobody fetches files there
    ");
    assert!(lab.last_run().await.totals.is_none());
}

#[tokio::test]
async fn a_file_of_somebody_else_is_not_replaced_and_the_document_stays_frozen_until_it_is_gone() {
    let (lab, directory) = with_files().await;
    let written = lab.sync(&[]).await.unwrap();
    let path = path_of(&written).to_owned();
    // As a process that died before it noted the file would find them.
    tamper(
        &lab,
        "UPDATE run SET state = 'frozen', file = NULL, written_at = NULL, maybe_taken = 0",
    )
    .await;
    fs::write(&path, "another one's").unwrap();
    let error = lab.sync(&[]).await.unwrap_err();
    let said = chain(&error).replace(&*path.to_string_lossy(), "FILE");
    assert_snapshot!(said, @"the license usage was not written to a file for a person to upload; it stays frozen and is tried again: the file FILE is there and has another content");
    assert_eq!(fs::read_to_string(&path).unwrap(), "another one's");
    assert_eq!(lab.last_run().await.state, State::Frozen);
    fs::remove_file(&path).unwrap();
    let context = lab.context(&[]);
    let earlier = run_all(&context, &Trigger::Manual).await.earlier.unwrap();
    assert_eq!((earlier.id, earlier.state), (written.id, State::Written));
    assert_eq!(documents(&directory).len(), 1, "today's list is the same");
}

#[tokio::test]
async fn what_was_frozen_goes_the_way_that_the_settings_name_when_it_is_resumed() {
    let lab = Lab::with_faults(&["upload:404*1"]).await;
    assert!(lab.sync(&[]).await.is_err());
    let directory = lab.directory.path().join("outgoing");
    fs::create_dir(&directory).unwrap();
    let named = format!("license-sync.directory={}", directory.display());
    let by_file = ["license-sync.delivery=file", named.as_str()];
    let context = lab.context_with(&by_file, std::sync::Arc::new(NoProgress));
    let earlier = run_all(&context, &Trigger::Manual).await.earlier.unwrap();
    assert_eq!(earlier.state, State::Written);
    assert_eq!(documents(&directory).len(), 1);
    // And back: what the cloud takes ends what waited.
    let run = run_once(&lab.context(&[]), &Trigger::Scheduled("2026-11-24T03:04Z".to_owned()))
        .await
        .unwrap();
    assert_eq!(run.state, State::Confirmed);
    let ended = lab.store().await.run(earlier.id).await.unwrap();
    assert_eq!(
        (ended.state, ended.reason.unwrap().code()),
        (State::Failed, "unconfirmed")
    );
}

#[tokio::test]
async fn a_gate_that_is_closed_ends_the_run_and_names_the_file() {
    let (lab, directory) = with_files().await;
    lab.sync(&[]).await.unwrap();
    lab.edit_settings("[license-sync]\nenabled = true", "[license-sync]\nenabled = false");
    let name = documents(&directory).remove(0);
    let said = chain(&lab.sync(&[]).await.unwrap_err());
    let said = said.replace(&*directory.join(name).to_string_lossy(), "FILE");
    assert_snapshot!(said, @"it is no longer followed whether the license usage was uploaded; the file FILE is not to be uploaded: license sync is not enabled");
    assert_eq!(lab.last_run().await.state, State::Refused);
    assert!(
        lab.store()
            .await
            .piece(lab.last_run().await.id, 0)
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn another_account_ends_the_run_and_names_the_file() {
    let (lab, directory) = with_files().await;
    let first = lab.sync(&[]).await.unwrap();
    lab.edit_settings("enterprise = \"octo-corp\"", "enterprise = \"other-corp\"");
    let _unknown_account = lab.sync(&[]).await;
    let ended = lab.store().await.run(first.id).await.unwrap();
    assert_eq!(ended.state, State::Refused);
    let detail = ended.detail.unwrap();
    let aside = lab.store().await.run(first.id).await.unwrap();
    let path = path_of(&first).display().to_string();
    assert!(detail.contains(&format!("{path} is not to be uploaded")), "{detail}");
    assert_eq!(path_of(&aside).display().to_string(), format!("{path}.superseded"));
    assert!(path_of(&aside).starts_with(&directory) && path_of(&aside).exists());
}

#[tokio::test]
async fn a_run_is_confirmed_when_the_cloud_shows_the_upload_of_the_file_and_not_before() {
    let (lab, _) = with_files().await;
    let first = lab.sync(&[]).await.unwrap();
    assert!(lab.sync(&[]).await.is_ok(), "the list is the same");
    assert_eq!(lab.store().await.run(first.id).await.unwrap().state, State::Written);
    assert!(upload(&lab, path_of(&first)).await.contains("Server usage uploaded"));
    let said = told(&lab, &["sync"]).await;
    assert_snapshot!(said.lines().take(4).collect::<Vec<_>>().join("\n"), @"
    exit 0, stdout:
    the earlier license usage, digest DIGEST, ended as confirmed
    today's list is the same and was not sent again
      60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
    ");
    let run = lab.store().await.run(first.id).await.unwrap();
    assert_eq!(run.state, State::Confirmed);
    assert!(run.file.unwrap().processed_at.is_some());
    let status = lab.run(&["status"]).await;
    assert!(
        status.stdout.contains("health          healthy") && !status.stdout.contains("upload"),
        "{}",
        status.stdout
    );
    assert_eq!(
        lab.fingerprint_pieces().await,
        1,
        "the next list is compared with this one"
    );
    assert_eq!(lab.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn who_uploads_a_file_by_the_program_where_there_is_no_app_is_sent_to_the_page() {
    let (lab, _) = with_files().await;
    without_app(&lab);
    let run = lab.sync(&[]).await.unwrap();
    let ran = lab.run(&["upload", &path_of(&run).to_string_lossy()]).await;
    assert!(
        ran.exit == Some(78) && ran.stderr.contains("help: upload the file in a browser"),
        "{ran}"
    );
    assert_eq!(lab.last_run().await.id, run.id, "nothing is recorded");
}

#[tokio::test]
async fn a_file_that_waits_after_a_failure_is_named_in_the_health() {
    let (lab, directory) = with_files().await;
    fs::remove_dir(&directory).unwrap();
    assert!(lab.sync(&[]).await.is_err());
    fs::create_dir(&directory).unwrap();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(lab.sync(&[]).await.unwrap().state, State::Written);
    let status = lab.run(&["status"]).await.stdout;
    let health = status.lines().find(|line| line.starts_with("health")).unwrap();
    assert!(health.ends_with("a file waits for a person to upload it"), "{health}");
}

#[tokio::test]
async fn a_file_that_was_cut_off_on_the_way_is_found_by_its_checksum_and_refused_by_the_page() {
    let (lab, directory) = with_files().await;
    let run = lab.sync(&[]).await.unwrap();
    let carried = lab.directory.path().join("carried");
    fs::create_dir(&carried).unwrap();
    let name = documents(&directory).remove(0);
    let sum = format!("{name}.sha256");
    let whole = fs::read(path_of(&run)).unwrap();
    fs::write(carried.join(&name), &whole[..whole.len() / 2]).unwrap();
    fs::copy(directory.join(&sum), carried.join(&sum)).unwrap();
    let mut sha256sum = Command::new("sha256sum");
    let found = sha256sum.args(["-c", &sum]).current_dir(&carried).output().unwrap();
    assert!(String::from_utf8_lossy(&found.stdout).contains("FAILED"), "{found:?}");
    for wrong in [&name, &sum] {
        let answer = upload(&lab, &carried.join(wrong)).await;
        assert!(answer.contains("could not be processed"), "{answer}");
    }
    assert!(lab.sandbox.uploads().is_empty());
    assert_eq!(lab.run(&["status", "--cloud"]).await.exit, Some(5));
    assert_eq!(lab.last_run().await.state, State::Written);
}

#[tokio::test]
async fn the_timer_confirms_what_was_uploaded_although_nothing_is_due() {
    let (lab, directory) = with_files().await;
    assert_eq!(lab.run(&["sync", "--scheduled"]).await.exit, Some(0));
    let run = lab.last_run().await;
    assert_eq!(run.state, State::Written);
    let waiting = lab.run(&["sync", "--scheduled"]).await;
    let lines: Vec<_> = waiting.stdout.lines().collect();
    assert!(
        lines[0].starts_with("a person has to upload") && lines[1].starts_with("nothing is due"),
        "{waiting}"
    );
    let json = lab.run(&["sync", "--scheduled", "--json"]).await;
    assert!(json.stdout.contains(&run.id.to_string()), "{json}");
    upload(&lab, path_of(&run)).await;
    assert_snapshot!(told(&lab, &["sync", "--scheduled"]).await, @"
    exit 0, stdout:
    the earlier license usage, digest DIGEST, ended as confirmed
    nothing is due before TIME
    ");
    assert_eq!(lab.last_run().await.state, State::Confirmed);
    assert_eq!(documents(&directory).len(), 1);
}
