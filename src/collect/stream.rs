//! Decodes the all-users report as it is read from a file or a pipe.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

use super::defect::Defect;
use super::progress::Progress;
use super::rows::Decoder;

/// What is read at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// Why the end was not reached.
pub(super) enum StreamError {
    Read(io::Error),
    Defective(Defect),
}

/// Reads to the end. Returns the number of bytes.
pub(super) async fn decode(
    from: &mut (impl AsyncRead + Unpin),
    decoder: &mut Decoder,
    progress: &dyn Progress,
) -> Result<u64, StreamError> {
    let (mut piece, mut bytes) = (vec![0; PIECE], 0);
    loop {
        let read = from.read(&mut piece).await.map_err(StreamError::Read)?;
        if read == 0 {
            return Ok(bytes);
        }
        bytes += read as u64;
        decoder.push(&piece[..read]).map_err(StreamError::Defective)?;
        progress.read(decoder.accounts(), bytes);
    }
}
