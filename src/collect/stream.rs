//! Passes on what is read from a file or a pipe, in parts.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

use super::error::CollectError;

/// What is read at a time, in bytes.
pub(super) const PIECE: usize = 64 * 1024;

/// Reads to the end, and hands each piece to `take` with the number of bytes up to its end. Returns the number of all.
pub(super) async fn pass_on(
    from: &mut (impl AsyncRead + Unpin),
    unread: impl Fn(io::Error) -> CollectError,
    mut take: impl FnMut(&[u8], u64) -> Result<(), CollectError>,
) -> Result<u64, CollectError> {
    let (mut piece, mut bytes) = (vec![0; PIECE], 0);
    loop {
        let read = from.read(&mut piece).await.map_err(&unread)?;
        if read == 0 {
            return Ok(bytes);
        }
        bytes += read as u64;
        take(&piece[..read], bytes)?;
    }
}
