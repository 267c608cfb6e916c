//! A file that waits for a person: what is confirmed by its upload, and what happens to it meanwhile.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use chrono::{SecondsFormat, TimeDelta};
use ghe_license_sync::clock::{Clock, SystemClock};
use ghe_license_sync::explain::Explain as _;
use ghe_license_sync::license::usage_file::checksum;
use ghe_license_sync::store::{Run, State, Trigger, lock};
use ghe_license_sync::sync::{Context, NoProgress, follow, resume, run_all};

use super::Lab;
use super::by_file::{documents, names, path_of, upload, upload_to, with_files};
use crate::support::manual_clock::ManualClock;
use crate::support::moment::{Moment, On, die_for};
use crate::support::past::tamper;
use crate::support::records::Records;
use crate::support::reverse_proxy::{Act, ReverseProxy};

async fn again(lab: &Lab, run: &Run) -> Run {
    lab.store().await.run(run.id).await.unwrap()
}

fn next_window() -> Trigger {
    Trigger::Scheduled("2026-11-24T03:04Z".to_owned())
}

/// How often a run was said to be in this state for a reason.
async fn noted(lab: &Lab, run: &Run, state: State) -> usize {
    let events = lab.store().await.events(run.id).await.unwrap();
    let is_noted = events
        .iter()
        .filter(|event| event.state == state && event.reason.is_some());
    is_noted.count()
}

/// Gives the file of the run another name: lists of one second have one name.
async fn made_long_ago(lab: &Lab, directory: &Path, run: &Run) -> Run {
    let old = directory.join("license-usage-20200101T000000Z-127.0.0.1-0123456789ab.json");
    let sha256 = run.file.as_ref().unwrap().sha256;
    fs::rename(path_of(run), &old).unwrap();
    fs::remove_file(path_of(run).with_extension("json.sha256")).unwrap();
    fs::write(old.with_extension("json.sha256"), checksum(sha256, name(&old))).unwrap();
    tamper(lab, &format!("UPDATE run SET file = '{}'", old.display())).await;
    again(lab, run).await
}

#[tokio::test]
async fn a_local_clock_that_is_set_meanwhile_neither_hides_an_upload_nor_makes_one_up() {
    for written_at in ["2020-01-01T00:00:00.000Z", "2030-01-01T00:00:00.000Z"] {
        let (lab, _) = with_files().await;
        // The cloud lists this one.
        upload(&lab, path_of(&lab.sync(&[]).await.unwrap())).await;
        let run = run_all(&lab.context(&[]), &next_window()).await.result.unwrap();
        tamper(&lab, &format!("UPDATE run SET written_at = '{written_at}'")).await;
        lab.sync(&[]).await.unwrap();
        assert_eq!(again(&lab, &run).await.state, State::Written, "{written_at}");
        // The cloud names times in whole seconds.
        tamper(&lab, "UPDATE run SET synced_before = '2026-01-01T00:00:00.000Z'").await;
        upload(&lab, path_of(&run)).await;
        lab.sync(&[]).await.unwrap();
        assert_eq!(again(&lab, &run).await.state, State::Confirmed, "{written_at}");
    }
}

#[tokio::test]
async fn a_replaced_file_is_called_superseded_with_its_checksum_and_is_not_deleted() {
    let (lab, directory) = with_files().await;
    let first = lab.sync(&[]).await.unwrap();
    let text = fs::read(path_of(&first)).unwrap();
    let first = made_long_ago(&lab, &directory, &first).await;
    let old = path_of(&first);
    let second = run_all(&lab.context(&[]), &next_window()).await.result.unwrap();
    let ended = again(&lab, &first).await;
    assert_eq!(ended.state, State::Failed);
    let aside = PathBuf::from(format!("{}.superseded", old.display()));
    assert_eq!(path_of(&ended), aside);
    assert_eq!(fs::read(&aside).unwrap(), text);
    assert_eq!(
        documents(&directory),
        [path_of(&second).file_name().unwrap().to_str().unwrap()]
    );
    let superseded = names(&directory)
        .into_iter()
        .filter(|name| name.ends_with(".superseded"));
    assert_eq!(superseded.count(), 2, "the file and its checksum");
}

#[tokio::test]
async fn a_confirmed_file_keeps_its_name_until_a_newer_list_is_written() {
    let (lab, directory) = with_files().await;
    let first = lab.sync(&[]).await.unwrap();
    let first = made_long_ago(&lab, &directory, &first).await;
    upload(&lab, path_of(&first)).await;
    lab.sync(&[]).await.unwrap();
    let confirmed = again(&lab, &first).await;
    assert_eq!(
        (confirmed.state, path_of(&confirmed).exists()),
        (State::Confirmed, true)
    );
    let second = run_all(&lab.context(&[]), &next_window()).await.result.unwrap();
    assert_eq!(second.state, State::Written);
    assert_eq!(documents(&directory), [name(path_of(&second))]);
    let aside = path_of(&again(&lab, &first).await).to_owned();
    assert_eq!(
        aside.display().to_string(),
        format!("{}.superseded", path_of(&first).display())
    );
    assert!(aside.exists());
}

#[tokio::test]
async fn a_file_is_not_to_be_uploaded_once_the_gate_is_closed() {
    let (lab, directory) = with_files().await;
    let run = lab.sync(&[]).await.unwrap();
    lab.edit_settings("[license-sync]\nenabled = true", "[license-sync]\nenabled = false");
    lab.sync(&[]).await.unwrap_err();
    assert_eq!(documents(&directory), [] as [String; 0]);
    let aside = path_of(&again(&lab, &run).await).to_owned();
    assert!(
        aside.exists() && aside.to_string_lossy().ends_with(".superseded"),
        "{aside:?}"
    );
}

/// What the cloud lists of this server once it synced just now.
pub(super) fn listed_now(lab: &Lab, status: &str, error: &str) -> Vec<u8> {
    let settings: toml::Table = fs::read_to_string(lab.sandbox.config_file()).unwrap().parse().unwrap();
    let last_sync = serde_json::json!({
        "date": SystemClock.now().to_rfc3339_opts(SecondsFormat::Secs, true), "status": status, "error": error,
    });
    let server = serde_json::json!({ "server_id": settings["server"]["id"].as_str(), "last_sync": last_sync });
    let body = serde_json::json!({ "server_instances": [server] }).to_string();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length:";
    format!("{head} {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn an_upload_that_the_cloud_could_not_process_is_noted_once_and_the_next_one_confirms() {
    let (lab, _) = with_files().await;
    let listed = Arc::new(Mutex::new(None::<Vec<u8>>));
    let told = Arc::clone(&listed);
    let door = ReverseProxy::to(lab.sandbox.cloud_url(), move |request| {
        let is_status = request.path().ends_with("/license-sync-status");
        let answer = told.lock().unwrap().clone().filter(|_| is_status);
        answer.map_or(Act::PassOn, Act::Answer)
    });
    let api = format!("--set=connect.api-url={}", door.await.url);
    assert_eq!(lab.run(&[&api, "sync"]).await.exit, Some(0));
    let run = lab.last_run().await;
    *listed.lock().unwrap() = Some(listed_now(&lab, "failure", "the file is damaged"));
    for errors in [1, 0] {
        let ran = lab.run(&[&api, "sync", "--verbose"]).await;
        assert_eq!(ran.stderr.matches("ERROR").count(), errors, "{ran}");
        assert_eq!(noted(&lab, &run, State::Written).await, 1);
        assert_eq!(again(&lab, &run).await.state, State::Written);
    }
    let status = lab.run(&[&api, "status"]).await;
    assert_eq!(status.exit, Some(5), "{status}");
    let line = status.stdout.lines().find(|line| line.starts_with("upload")).unwrap();
    assert!(
        line.contains("failed to process what was uploaded for this server (the file is damaged)"),
        "{line}"
    );
    assert!(line.contains("again, and read what the page answers"), "{line}");
    *listed.lock().unwrap() = None;
    assert!(upload(&lab, path_of(&run)).await.contains("Server usage uploaded"));
    assert_eq!(lab.run(&[&api, "sync"]).await.exit, Some(0));
    let ended = again(&lab, &run).await;
    assert_eq!((ended.state, ended.reason), (State::Confirmed, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_that_see_the_upload_of_a_file_at_once_confirm_it_and_neither_fails() {
    let (lab, _) = with_files().await;
    let arguments = Arc::new(Mutex::new(None::<Vec<String>>));
    let other = Arc::clone(&arguments);
    let door = ReverseProxy::to(lab.sandbox.cloud_url(), move |request| {
        let is_status = request.path().ends_with("/license-sync-status");
        if let Some(arguments) = is_status.then(|| other.lock().unwrap().take()).flatten() {
            let mut status = Command::new(env!("CARGO_BIN_EXE_ghe-license-sync"));
            let status = status.env_clear().args(arguments);
            tokio::task::block_in_place(|| status.output().unwrap());
        }
        Act::PassOn
    });
    let api = format!("--set=connect.api-url={}", door.await.url);
    assert_eq!(lab.run(&[&api, "sync"]).await.exit, Some(0));
    let run = lab.last_run().await;
    upload(&lab, path_of(&run)).await;
    let config = lab.sandbox.config_file().display().to_string();
    let status = ["--config", &config, &api, "status", "--cloud"].map(str::to_owned);
    *arguments.lock().unwrap() = Some(status.to_vec());
    let ran = lab.run(&[&api, "sync", "--verbose"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert!(arguments.lock().unwrap().is_none(), "the other process came first");
    assert_eq!(again(&lab, &run).await.state, State::Confirmed);
}

#[tokio::test]
async fn the_cloud_is_asked_of_a_file_before_an_earlier_document_takes_its_place() {
    let (lab, _) = with_files().await;
    let first = lab.sync(&[]).await.unwrap();
    die_for(&next_window(), Moment::Frozen, |progress| {
        lab.context_with(&[], progress)
    })
    .await;
    let second = lab.last_run().await;
    assert_eq!(second.state, State::Frozen);
    upload(&lab, path_of(&first)).await;
    lab.sync(&[]).await.unwrap();
    assert_eq!(again(&lab, &first).await.state, State::Confirmed);
    assert_eq!(again(&lab, &second).await.state, State::Written);
}

/// A door at the cloud that does this once the cloud answered the request for its list with this number, counted from 0.
async fn after_list(lab: &Lab, number: usize, does: impl Fn() + Send + Sync + 'static) -> ReverseProxy {
    let (asked, cloud) = (AtomicUsize::new(0), lab.sandbox.cloud_url().clone());
    ReverseProxy::to(lab.sandbox.cloud_url(), move |request| {
        let is_list = request.path().ends_with("/license-sync-status");
        if !is_list || asked.fetch_add(1, Ordering::Relaxed) != number {
            return Act::PassOn;
        }
        tokio::task::block_in_place(|| {
            let mut curl = Command::new("curl");
            let token = request.header("authorization").unwrap();
            curl.args(["--silent", "--include", "--header", &format!("Authorization: {token}")]);
            let answer = curl
                .arg(cloud.join(request.path()).unwrap().as_str())
                .output()
                .unwrap()
                .stdout;
            does();
            Act::Answer(answer)
        })
    })
    .await
}

/// The setting that puts this door before the cloud: the runs are of the same account, at another address.
async fn behind(lab: &Lab, door: &ReverseProxy) -> String {
    let origin = door.url.origin().ascii_serialization();
    tamper(lab, &format!("UPDATE run SET api_origin = '{origin}'")).await;
    format!("connect.api-url={}", door.url)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_file_that_is_uploaded_until_the_newer_one_is_there_confirms_its_own_run() {
    // The list is read for the older file twice, and then for the new one: before it is written, and once it is there.
    for number in 0..3 {
        let (lab, _) = with_files().await;
        let first = lab.sync(&[]).await.unwrap();
        let (page, path) = (lab.sandbox.license_page(), path_of(&first).to_owned());
        let door = after_list(&lab, number, move || drop(upload_to(&page, &path))).await;
        let api = behind(&lab, &door).await;
        let context = lab.context_with(&[&api], Arc::new(NoProgress));
        let second = run_all(&context, &next_window()).await.result.unwrap();
        assert_eq!(lab.sandbox.uploads().len(), 1, "{number}");
        assert_eq!(again(&lab, &first).await.state, State::Confirmed, "{number}");
        run_all(&context, &Trigger::Manual).await.result.unwrap();
        assert_eq!(again(&lab, &second).await.state, State::Written, "{number}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_another_process_sees_while_a_newer_file_is_being_written_confirms_one_run() {
    let (lab, _) = with_files().await;
    let first = lab.sync(&[]).await.unwrap();
    let (page, path) = (lab.sandbox.license_page(), path_of(&first).to_owned());
    let config = lab.sandbox.config_file().to_owned();
    let shared = Arc::new(OnceLock::<String>::new());
    let other = Arc::clone(&shared);
    let door = after_list(&lab, 3, move || {
        drop(upload_to(&page, &path));
        let mut status = Command::new(env!("CARGO_BIN_EXE_ghe-license-sync"));
        let config = ["--config".as_ref(), config.as_os_str(), "--set".as_ref()];
        let status = status.env_clear().args(config).arg(other.get().unwrap());
        assert!(status.args(["status", "--cloud"]).status().unwrap().success());
    })
    .await;
    let api = behind(&lab, &door).await;
    shared.set(api.clone()).unwrap();
    let context = lab.context_with(&[&api], Arc::new(NoProgress));
    let second = run_all(&context, &next_window()).await.result.unwrap();
    assert_eq!(again(&lab, &first).await.state, State::Confirmed);
    run_all(&context, &Trigger::Manual).await.result.unwrap();
    assert_eq!(again(&lab, &second).await.state, State::Written);
}

#[tokio::test]
async fn what_the_cloud_lists_after_a_crash_is_of_the_older_file_that_still_waits() {
    let (lab, _) = with_files().await;
    let first = lab.sync(&[]).await.unwrap();
    let text = fs::read(path_of(&first)).unwrap();
    let second = run_all(&lab.context(&[]), &next_window()).await.result.unwrap();
    fs::write(path_of(&first), text).unwrap();
    // As a process leaves them that dies before it notes that the second file is there.
    tamper(
        &lab,
        &format!("UPDATE run SET state = 'frozen' WHERE id = '{}'", second.id),
    )
    .await;
    tamper(
        &lab,
        &format!("UPDATE run SET state = 'written' WHERE id = '{}'", first.id),
    )
    .await;
    upload(&lab, path_of(&first)).await;
    resume(&lab.context(&[])).await.unwrap();
    assert_eq!(again(&lab, &first).await.state, State::Confirmed);
    assert_eq!(again(&lab, &second).await.state, State::Written);
}

#[tokio::test]
async fn a_list_of_another_account_says_nothing_of_a_file_that_waits() {
    let (lab, _) = with_files().await;
    let run = lab.sync(&[]).await.unwrap();
    let listed = listed_now(&lab, "success", "");
    let door = ReverseProxy::to(lab.sandbox.cloud_url(), move |request| match request.path() {
        "/enterprises/other-corp/license-sync-status" => Act::Answer(listed.clone()),
        _ => Act::PassOn,
    })
    .await;
    let api = behind(&lab, &door).await;
    let shared = Arc::new(OnceLock::<Arc<Context>>::new());
    let (seen, file) = (Arc::clone(&shared), lab.sandbox.config_file().to_owned());
    let change = move || {
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, text.replace("\"octo-corp\"", "\"other-corp\"")).unwrap();
        let _as_written = seen.get().unwrap().settings.gate();
    };
    let context = Arc::new(lab.context_with(&[&api], Arc::new(On(Moment::GateOpen, change))));
    assert!(shared.set(Arc::clone(&context)).is_ok());
    let error = run_all(&context, &Trigger::Manual).await.result.unwrap_err();
    assert_eq!(error.reason().code(), "destination-changed", "{error}");
    assert_ne!(again(&lab, &run).await.state, State::Confirmed);
}

#[tokio::test]
async fn what_is_gone_of_a_file_that_waits_is_written_again_as_it_was() {
    let (lab, directory) = with_files().await;
    let run = lab.sync(&[]).await.unwrap();
    let (path, text) = (path_of(&run).to_owned(), fs::read(path_of(&run)).unwrap());
    let sum = path.with_extension("json.sha256");
    for gone in [vec![&path], vec![&sum], vec![&path, &sum]] {
        gone.iter().for_each(|path| fs::remove_file(path).unwrap());
        let ran = lab.run(&["sync", "--verbose"]).await;
        assert_eq!(ran.exit, Some(0), "{ran}");
        assert!(ran.stderr.contains("was gone, and was written again"), "{ran}");
        assert_eq!(documents(&directory).len(), 1);
        assert_eq!(fs::read(&path).unwrap(), text);
        assert_eq!(again(&lab, &run).await.state, State::Written);
    }
}

#[tokio::test]
async fn the_timer_writes_a_file_again_that_is_gone() {
    let (lab, directory) = with_files().await;
    assert_eq!(lab.run(&["sync", "--scheduled"]).await.exit, Some(0));
    fs::remove_file(path_of(&lab.last_run().await)).unwrap();
    assert_eq!(lab.run(&["sync", "--scheduled"]).await.exit, Some(0));
    assert_eq!(documents(&directory).len(), 1);
}

#[tokio::test]
async fn the_timer_reminds_of_a_file_as_often_as_the_settings_say() {
    let records = Records::listen();
    let (lab, _) = with_files().await;
    let clock = Arc::new(ManualClock::at("2026-11-24T03:04:05Z"));
    let context = Context {
        clock: clock.clone(),
        ..lab.context(&["license-sync.remind-after=3h"])
    };
    run_all(&context, &next_window()).await.result.unwrap();
    let mut reminded = Vec::new();
    for hours in [2, 1, 2, 1] {
        clock.advance(TimeDelta::hours(hours));
        follow(&context).await.unwrap();
        reminded.push(records.take("has waited since").len());
    }
    assert_eq!(reminded, [0, 1, 0, 1]);
}

#[tokio::test]
async fn the_timer_writes_no_file_again_while_nobody_knows_whether_it_was_uploaded() {
    let (lab, directory) = with_files().await;
    let is_down = Arc::new(AtomicBool::new(false));
    let answers = Arc::clone(&is_down);
    let door = ReverseProxy::to(lab.sandbox.cloud_url(), move |_| {
        match answers.load(Ordering::Relaxed) {
            true => Act::Answer(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n".to_vec()),
            false => Act::PassOn,
        }
    })
    .await;
    let api = format!("--set=connect.api-url={}", door.url);
    let timer = [&api, "sync", "--scheduled"];
    assert_eq!(lab.run(&timer).await.exit, Some(0));
    let run = lab.last_run().await;
    upload(&lab, path_of(&run)).await;
    for path in [path_of(&run).to_owned(), path_of(&run).with_extension("json.sha256")] {
        fs::remove_file(path).unwrap();
    }
    is_down.store(true, Ordering::Relaxed);
    let ran = lab.run(&timer).await;
    assert_eq!((ran.exit, names(&directory).len()), (Some(0), 0), "{ran}");
    is_down.store(false, Ordering::Relaxed);
    assert_eq!(lab.run(&timer).await.exit, Some(0));
    assert_eq!(
        (again(&lab, &run).await.state, names(&directory).len()),
        (State::Confirmed, 0)
    );
}

#[tokio::test]
async fn the_timer_has_nothing_to_do_while_a_file_waits_and_another_process_works() {
    let (lab, _) = with_files().await;
    let timer = ["sync", "--scheduled"];
    assert_eq!(lab.run(&timer).await.exit, Some(0));
    let _other = lock(&lab.context(&[]).state_directory).await.unwrap();
    let ran = lab.run(&timer).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert!(
        ran.stdout.contains("a person has to upload") && ran.stdout.contains("nothing is due"),
        "{ran}"
    );
}

#[tokio::test]
async fn a_file_that_waits_and_was_altered_is_reported_and_kept_and_gives_way_to_a_new_one() {
    for altered in ["json", "json.sha256"] {
        let (lab, directory) = with_files().await;
        let run = lab.sync(&[]).await.unwrap();
        let run = made_long_ago(&lab, &directory, &run).await;
        let file = path_of(&run).with_extension(altered);
        fs::write(&file, "{").unwrap();
        let status = lab.run(&["status"]).await;
        assert!(status.stdout.contains(": do not upload it: "), "{status}");
        assert!(!status.stdout.contains("a person has to upload"), "{status}");
        let ran = lab.run(&["sync", "--verbose"]).await;
        assert_eq!(ran.exit, Some(0), "{ran}");
        assert!(ran.stderr.contains("is there and has another content"), "{ran}");
        let ended = again(&lab, &run).await;
        assert_eq!(ended.state, State::Failed);
        let aside = PathBuf::from(format!("{}.superseded", file.display()));
        assert_eq!(fs::read_to_string(aside).unwrap(), "{");
        assert_eq!(documents(&directory), [name(path_of(&lab.last_run().await))]);
    }
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}
