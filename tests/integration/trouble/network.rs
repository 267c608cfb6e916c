//! A state directory on a network file system is refused with its type. The file system is mounted for the test: one in
//! user space, of the type that sshfs has, served by the test itself. Needs root, since a user namespace mounts nothing that
//! was opened outside of it, and `/dev/fuse`: without it the test fails.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::process::Stdio;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use rustix::process::geteuid;

use super::mounts::play_with;
use crate::support::lab::Lab;

const MOUNT: &str = r#"
mount -i -t fuse.sshfs -o fd=0,rootmode=40000,user_id=0,group_id=0 octo@example.com:/srv "$state"
run sync
run run
run check --offline
run check --offline --set "state.directory=$state/below"
"#;

/// It is mounted long before.
const PATIENCE: Duration = Duration::from_secs(60);

/// Requests and errors, from `linux/fuse.h` and `errno.h`.
const LOOKUP: u32 = 1;
const FORGET: u32 = 2;
const GETATTR: u32 = 3;
const STATFS: u32 = 17;
const INIT: u32 = 26;
const INTERRUPT: u32 = 36;
const BATCH_FORGET: u32 = 42;
const NO_ENTRY: i32 = -2;
const NOT_IMPLEMENTED: i32 = -38;

/// Serves an empty directory of root's, mode 0700, until it is not mounted any more.
fn serve(mut device: File) {
    let (mut request, deadline) = (vec![0; 1 << 20], Instant::now() + PATIENCE);
    loop {
        let size = match device.read(&mut request) {
            Ok(size) => size,
            // It is not mounted yet.
            Err(error) if error.kind() == ErrorKind::PermissionDenied && Instant::now() < deadline => {
                std::thread::yield_now();
                continue;
            }
            Err(_) => return,
        };
        let word = |at: usize| u32::from_ne_bytes(request[at..at + 4].try_into().unwrap());
        assert!(size >= 40, "the head of a request");
        let answer = match word(4) {
            FORGET | BATCH_FORGET | INTERRUPT => continue,
            // Version 7.31, nothing optional, and writes of a page.
            INIT => Ok(words(&[7, 31, 0, 0, 0, 4096, 1], 64)),
            // Valid for no time; inode 1 of mode 040700 with two links.
            GETATTR => Ok(words(
                &[0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0o40_700, 2],
                104,
            )),
            STATFS => Ok(words(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4096, 255, 4096], 80)),
            LOOKUP => Err(NO_ENTRY),
            _ => Err(NOT_IMPLEMENTED),
        };
        let (error, body) = answer.map_or_else(|error| (error, Vec::new()), |body| (0, body));
        let mut reply = u32::try_from(16 + body.len()).unwrap().to_ne_bytes().to_vec();
        reply.extend(i32::to_ne_bytes(error));
        reply.extend(&request[8..16]);
        reply.extend(body);
        // The request may have ended already.
        let _discarded = device.write_all(&reply);
    }
}

/// These words, and zeros up to so many bytes.
fn words(words: &[u32], size: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_ne_bytes()).collect();
    bytes.resize(size, 0);
    bytes
}

#[tokio::test]
async fn for_root_a_state_directory_on_a_network_file_system_is_refused_with_its_type() {
    if !geteuid().is_root() {
        return;
    }
    let device = File::options().read(true).write(true).open("/dev/fuse");
    let device = device.expect("/dev/fuse, which `modprobe fuse` or `mknod /dev/fuse c 10 229` makes");
    let lab = Lab::with_faults(&[]).await;
    let served = device.try_clone().unwrap();
    std::thread::spawn(move || serve(served));
    let ran = play_with(&lab, MOUNT, Stdio::from(device)).await;
    assert_snapshot!(lab.plain(&ran[0].to_string()), @"
    exit 78, stderr:
    error: no license usage was sent
      because: the state directory DIR/state is on a network file system (fuse.sshfs)
      help: set `state.directory` to a directory on a local disk, and move the files there: the database needs memory that all processes share and locks that the kernel keeps, which a network file system does not give it
      reason: config-invalid
    ");
    for ran in &ran[1..] {
        let told = ran.to_string();
        assert!(
            ran.exit == Some(78) && told.contains("network file system (fuse.sshfs)"),
            "{told}"
        );
    }
    assert_eq!(ran.len(), 4);
}
