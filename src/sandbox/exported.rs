//! The license usage file that the server exports, and the other half of it: what the cloud reads from it.
//!
//! A real file has its users encrypted with a key that nobody here has. This one has them in gzip and base64: nothing that
//! keeps a secret, and just as opaque to a program that carries the file.

use std::io::{self, BufRead, BufReader, Read, Write};

use base64::engine::general_purpose::STANDARD;
use base64::read::DecoderReader;
use base64::write::EncoderWriter;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::population::Population;
use super::reported::Reported;
use crate::license::{Consumption, ExportReader, Exported, Products};

/// Writes the file of this server.
pub(super) fn write(population: Population, server_id: Uuid, host_name: &str, mut to: impl Write) -> io::Result<()> {
    let instance = json!({
        "server_id": server_id,
        "host_name": host_name,
        "version": "3.19.0",
        "public_key": "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n",
        "features": ["license_usage_sync"],
    });
    write!(to, "{{\"instance\":{instance},\"users\":\"")?;
    let mut users = GzEncoder::new(EncoderWriter::new(&mut to, &STANDARD), Compression::fast());
    for person in (0..population.users).map(|index| population.person(index)) {
        if person.consumption() == Consumption::Consumes {
            writeln!(users, "{} {}", person.id, person.email)?;
        }
    }
    let mut encoder = users.finish()?;
    encoder.finish()?;
    drop(encoder);
    to.write_all(b"\"}\n")
}

/// The unencrypted part of a file; nothing if this is no such file.
pub(super) fn head(mut file: impl Read) -> Option<Exported> {
    let (mut reader, mut piece) = (ExportReader::default(), [0; 16 * 1024]);
    loop {
        match file.read(&mut piece) {
            Ok(0) => return reader.finish().ok(),
            Ok(read) => reader.push(&piece[..read]).ok()?,
            Err(_) => return None,
        }
    }
}

/// The users of a file; nothing if this is not what [`write()`] makes of them.
pub(super) fn users(file: impl Read) -> Option<Reported> {
    #[derive(Deserialize)]
    struct Users {
        users: String,
    }
    let file: Users = serde_json::from_reader(BufReader::new(file)).ok()?;
    let lines = BufReader::new(GzDecoder::new(DecoderReader::new(file.users.as_bytes(), &STANDARD)));
    let mut reported = Reported::default();
    for line in lines.lines() {
        let line = line.ok()?;
        let (id, address) = line.split_once(' ')?;
        reported
            .add::<serde_json::Error>(id.parse().ok()?, address, Products::default())
            .ok()?;
    }
    Some(reported)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cloud_finds_in_the_file_whom_the_server_put_in() {
        let population = Population { users: 3000, seed: 7 };
        let mut file = Vec::new();
        write(population, Uuid::from_u128(7), "ghes.example.com", &mut file).unwrap();
        let head = head(&*file).unwrap();
        assert_eq!(
            (head.server_id, head.host_name.as_deref()),
            (Uuid::from_u128(7), Some("ghes.example.com"))
        );
        let users = users(&*file).unwrap();
        assert_eq!(u64::from(users.count()), population.census().consumed);
        let (id, address) = users.person(0).unwrap();
        assert_eq!((id, address), (population.id(0), "license-bot@example.com"));
        assert!(head.users_bytes > 10_000 && !String::from_utf8(file).unwrap().contains("example.com\\n"));
    }

    #[test]
    fn what_the_server_did_not_make_has_no_users() {
        assert!(users(&b"{\"users\":\"QUJD\"}"[..]).is_none());
        assert!(head(&b"{\"schema\":\"license-usage/v1\"}"[..]).is_none());
    }
}
