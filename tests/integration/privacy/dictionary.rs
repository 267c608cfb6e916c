//! Somebody has a copy of the whole state directory, knows the program, and has a dictionary in which every user of the
//! server is: nobody is found. With the key all users are.

use std::collections::HashSet;
use std::fs;
use std::hash::Hasher as _;
use std::path::Path;

use ghe_license_sync::settings::{Environment, FingerprintKeySource};
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};
use siphasher::sip::SipHasher24;
use sqlx::Row as _;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use tempfile::TempDir;

use super::canaries::to;
use crate::support::deep::is_deep;
use crate::support::enterprise::{csv, facts_with_stats};
use crate::support::lab::Lab;
use crate::support::loopback::Loopback;

/// How many users the server has.
const USERS: u64 = 500;

/// The ID of one of them.
const LISTED: u64 = STEP;

/// The distance between the IDs of two users.
const STEP: u64 = 400;

/// How many IDs with their addresses the dictionary has; those of all users are among them.
fn candidates() -> u64 {
    if is_deep() { 10_000_000 } else { USERS * STEP }
}

/// A key of `SipHash`.
type Key = [u8; 16];

fn address(id: u64) -> String {
    format!("user{id}@example.com")
}

/// What is stored for a user, as the attacker computes it.
fn hash(key: &Key, id: u64, address: &str) -> u64 {
    let mut hasher = SipHasher24::new_with_key(key);
    hasher.write(&id.to_le_bytes());
    hasher.write(address.as_bytes());
    hasher.finish()
}

/// The key that follows from a secret, as the attacker computes it.
fn derived(secret: &[u8; 32]) -> Key {
    let label = b"ghe-license-sync fingerprint key\0";
    let digest = Sha256::new().chain_update(label).chain_update(secret).finalize();
    digest[..16].try_into().unwrap()
}

async fn server() -> Loopback {
    let mut report = "id,login,email,suspended?,dormant?\n".to_owned();
    for id in (1..=USERS).map(|number| number * STEP) {
        report.push_str(&format!("{id},user{id},{},false,false\n", address(id)));
    }
    let stats = format!(r#"{{"total_users":{USERS},"admin_users":1,"suspended_users":0}}"#);
    Loopback::serve(move |request| facts_with_stats(request, &stats).unwrap_or_else(|| csv(report.as_bytes()))).await
}

/// What the attacker has.
struct Loot {
    files: Vec<Vec<u8>>,
    hashes: HashSet<u64>,
    key_id: Key,
}

impl Loot {
    /// Copies everything in the state directory and reads the copy.
    async fn of(state: &Path) -> Self {
        let copy = TempDir::new().unwrap();
        let (mut names, mut files) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(state).unwrap().map(Result::unwrap) {
            fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
            files.push(fs::read(entry.path()).unwrap());
            names.push(entry.file_name().into_string().unwrap());
        }
        names.sort();
        assert_eq!(names, ["opening.lock", "state.db", "state.db-shm", "state.db-wal"]);
        let options = SqliteConnectOptions::new().filename(copy.path().join("state.db"));
        let pool = SqlitePool::connect_with(options).await.unwrap();
        let rows = sqlx::query("SELECT key_id, bytes FROM fingerprint")
            .fetch_all(&pool)
            .await;
        let [row] = &rows.unwrap()[..] else {
            panic!("one list of {USERS} users is one piece");
        };
        let bytes: Vec<u8> = row.get("bytes");
        let (hashes, _) = bytes.as_chunks::<8>();
        let loot = Self {
            files,
            hashes: hashes.iter().copied().map(u64::from_le_bytes).collect(),
            key_id: row.get::<Vec<u8>, _>("key_id").try_into().unwrap(),
        };
        pool.close().await;
        loot
    }

    /// How many of the dictionary are found under each of these keys.
    fn find<const KEYS: usize>(&self, keys: [Key; KEYS]) -> [u64; KEYS] {
        let mut found = [0; KEYS];
        for id in 1..=candidates() {
            let address = address(id);
            for (key, found) in keys.iter().zip(&mut found) {
                *found += u64::from(self.hashes.contains(&hash(key, id, &address)));
            }
        }
        found
    }

    /// The first string of any file, at any offset, that leads to a user: as a key, as a secret, or in hex.
    ///
    /// The attacker would have to try the dictionary under each. Under the right one every user is found, so it is
    /// enough to try one.
    fn search(&self) -> Option<(usize, &'static str)> {
        let mut seen = HashSet::new();
        for file in &self.files {
            for offset in 0..file.len() {
                let rest = &file[offset..];
                let fits = |key: Key| self.hashes.contains(&hash(&key, LISTED, &address(LISTED)));
                let Some(bytes) = rest.first_chunk::<32>().filter(|bytes| seen.insert(**bytes)) else {
                    continue;
                };
                let (key, _) = bytes.split_first_chunk().unwrap();
                let hex = rest.get(..64).and_then(from_hex);
                let ways = [
                    ("key", fits(*key)),
                    ("secret", fits(derived(bytes))),
                    ("secret in hex", hex.is_some_and(|secret| fits(derived(&secret)))),
                    ("key in hex", from_hex(&bytes[..]).is_some_and(fits)),
                ];
                if let Some((way, _)) = ways.into_iter().find(|(_, fits)| *fits) {
                    return Some((offset, way));
                }
            }
        }
        None
    }
}

fn from_hex<const SIZE: usize>(text: &[u8]) -> Option<[u8; SIZE]> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut bytes = [0; SIZE];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks(2)) {
        *byte = u8::try_from(digit(pair[0])? << 4 | digit(pair[1])?).unwrap();
    }
    Some(bytes)
}

#[tokio::test]
async fn a_copied_state_directory_reveals_no_user_to_a_dictionary_of_all_of_them() {
    let (lab, server) = (Lab::with_faults(&[]).await, server().await);
    assert_eq!(lab.run(&[&to(&server), "sync"]).await.exit, Some(0));
    let source = FingerprintKeySource {
        file: lab.fingerprint_key(),
    };
    let (secret, _) = source.read(&Environment::default()).unwrap().unwrap();
    let secret = *secret.expose_secret();
    // While it is open, its journals are there as well.
    let store = lab.store().await;
    assert_eq!(store.runs(2).await.unwrap().len(), 1);
    let mut loot = Loot::of(&lab.directory.path().join("state")).await;
    store.close().await;
    assert_eq!(loot.hashes.len() as u64, USERS);

    let twice: [u8; 32] = [loot.key_id, loot.key_id].concat().try_into().unwrap();
    let keys = [
        derived(&secret),
        [0; 16],
        loot.key_id,
        derived(&[0; 32]),
        derived(&twice),
    ];
    assert_eq!(loot.find(keys), [USERS, 0, 0, 0, 0], "with the key, and without it");

    assert_eq!(loot.search(), None);
    for (planted, way) in [(&derived(&secret)[..], "key"), (&secret[..], "secret")] {
        loot.files = vec![[&[1; 13], planted, &[2; 21]].concat()];
        assert_eq!(loot.search(), Some((13, way)), "the search finds what is there");
    }
}
