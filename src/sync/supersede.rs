//! Files that are not to be uploaded any more: their run ended, and a person who uploaded one would have another run
//! confirmed. They are renamed, so that this is seen, and never deleted.
//!
//! What is to be renamed follows from the store and the directory alone, so after a crash the next process finishes it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::explain::{Explain, chain};
use crate::license::usage_file::checksum_path;
use crate::store::{Run, RunId, SUPERSEDED, State, Store, StoreError};

/// Renames what is not to be uploaded. That it cannot is reported and keeps nothing from going on.
pub(super) async fn supersede(store: &Store) {
    if let Err(error) = rename_all(store).await {
        tracing::warn!(reason = %error.reason(), "files that are not to be uploaded could not be renamed: {}", chain(&error));
    }
}

async fn rename_all(store: &Store) -> Result<(), StoreError> {
    for run in store.files_not_for_upload().await? {
        let Some(file) = &run.file else { continue };
        let path = Path::new(&file.path);
        failpoint!("before-supersede");
        let renamed = rename(path, run.id);
        failpoint!("after-supersede-file");
        let renamed = renamed.and_then(|aside| rename(&checksum_path(path), run.id).map(|_| aside));
        failpoint!("after-supersede");
        match renamed {
            Ok(None) => {}
            Ok(Some(aside)) => note(store, &run, &file.path, &aside).await?,
            Err(error) => tracing::warn!(
                run_id = %run.id,
                "the file {} is not to be uploaded and could not be renamed: {error}; move it and its checksum away",
                file.path
            ),
        }
    }
    Ok(())
}

async fn note(store: &Store, run: &Run, path: &str, aside: &Path) -> Result<(), StoreError> {
    let aside = aside.display().to_string();
    store.renamed(run.id, &aside).await?;
    if run.state == State::Confirmed && run.receipt.is_none() {
        tracing::info!(run_id = %run.id, "the file {path} was uploaded, a newer list took its place, and it is called {aside} now");
        return Ok(());
    }
    let why = run.detail.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    tracing::warn!(run_id = %run.id, "the file {path} is not to be uploaded and is called {aside} now{why}");
    Ok(())
}

/// The new name, if the file already has it; another file with this name is not replaced. The run distinguishes files that had
/// one name.
fn rename(path: &Path, run: RunId) -> io::Result<Option<PathBuf>> {
    let run = run.to_string();
    let end = run.get(run.len().saturating_sub(6)..).unwrap_or(&run);
    let [plain, own] = [SUPERSEDED.to_owned(), format!(".{end}{SUPERSEDED}")].map(|suffix| {
        let mut aside = path.as_os_str().to_owned();
        aside.push(suffix);
        PathBuf::from(aside)
    });
    let (is_plain, is_own) = (exists(&plain)?, exists(&own)?);
    if !exists(path)? {
        return Ok(is_own.then_some(own).or(is_plain.then_some(plain)));
    }
    if is_own {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let aside = if is_plain { own } else { plain };
    fs::rename(path, &aside)?;
    File::open(path.parent().unwrap_or(path))?.sync_all()?;
    Ok(Some(aside))
}

fn exists(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_renamed_with_its_checksum_whatever_of_it_was_renamed_before_and_replaces_none() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("list.json");
        let names = || {
            let entries = fs::read_dir(directory.path()).unwrap();
            let mut names: Vec<_> = entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        };
        let run = RunId::new(chrono::DateTime::UNIX_EPOCH);
        let rename = || rename(&path, run).and_then(|aside| rename(&checksum_path(&path), run).map(|_| aside));
        assert_eq!(rename().unwrap(), None, "nothing is there");
        let aside = directory.path().join("list.json.superseded");
        let done = ["list.json.sha256.superseded", "list.json.superseded"];
        fs::write(&path, "list").unwrap();
        fs::write(directory.path().join("list.json.sha256"), "sum").unwrap();
        for _ in 0..2 {
            assert_eq!(rename().unwrap().as_ref(), Some(&aside));
            assert_eq!(names(), done);
        }
        fs::rename(
            directory.path().join(done[0]),
            directory.path().join("list.json.sha256"),
        )
        .unwrap();
        assert_eq!(rename().unwrap().as_ref(), Some(&aside), "a crash came between the two");
        assert_eq!(names(), done);
        fs::write(&path, "another").unwrap();
        for _ in 0..2 {
            let other = rename().unwrap().unwrap();
            assert_eq!(fs::read_to_string(&other).unwrap(), "another", "{other:?}");
            assert!(other.to_string_lossy().ends_with(SUPERSEDED) && !path.exists());
        }
        assert_eq!(fs::read_to_string(&aside).unwrap(), "list");
        fs::write(&path, "a third one").unwrap();
        assert_eq!(rename().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }
}
