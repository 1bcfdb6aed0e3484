//! Reading a secret that was typed into a file, without leaving a copy of it in memory.

use std::{
    fs::File,
    io::{self, ErrorKind, Read},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use zeroize::Zeroizing;

/// Reads at most `room` bytes of a file.
///
/// There is room for all of it from the start, so that the buffer never moves and leaves a copy behind.
pub(crate) fn read(path: &Path, room: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; room]);
    let mut file = File::open(path)?;
    check_mode(path, file.metadata()?.permissions().mode())?;
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

/// Refuses a secret that every user of the machine may replace, and tells of one that others may read. What a group may
/// read is how secrets are mounted into containers.
fn check_mode(path: &Path, mode: u32) -> io::Result<()> {
    if mode & 0o002 != 0 {
        return Err(io::Error::new(
            ErrorKind::PermissionDenied,
            "every user of this machine may write to it; chmod 600 closes it",
        ));
    }
    if mode & 0o024 != 0 {
        tracing::warn!(
            file = %path.display(),
            mode = format!("{:o}", mode & 0o777),
            "other users of this machine may read the secret in this file, or its group may change it; chmod 600 closes it"
        );
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_secret_that_everybody_may_write_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        fs::write(&path, "a secret").unwrap();
        for (mode, taken) in [
            (0o400, true),
            (0o440, true),
            (0o600, true),
            (0o644, true),
            (0o602, false),
            (0o666, false),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(read(&path, 100).is_ok(), taken, "{mode:o}");
        }
    }
}
