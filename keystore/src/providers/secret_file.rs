//! Reading a secret that was typed into a file, without leaving a copy of it in memory.

use std::{
    fs::File,
    io::{self, ErrorKind, Read},
    path::Path,
};

use zeroize::Zeroizing;

/// Reads at most `room` bytes of a file.
///
/// There is room for all of it from the start, so that the buffer never moves and leaves a copy behind.
pub(crate) fn read(path: &Path, room: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; room]);
    let mut file = File::open(path)?;
    let mut filled = 0;
    while filled < room {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// Removes one line end from the end, so that an editor's file and a typed line mean the same.
pub(crate) fn strip_line_end(bytes: &mut Vec<u8>) {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
}

/// Whether the bytes have more than one line, or a NUL byte, which no keyboard types.
pub(crate) fn has_more_than_a_line(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, 0 | b'\n' | b'\r'))
}
