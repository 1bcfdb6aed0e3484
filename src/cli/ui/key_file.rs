//! The file of a producer's private key: who may read it, and what is in it.

use std::{
    fs::File,
    io::Read as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use indelible_interchange::producer::{KEY_FILE_BYTES_MAX, ProducerKey};
use zeroize::Zeroizing;

use crate::cli::error::CliError;

/// What others must not have of a file with a key.
const OTHERS: u32 = 0o077;

/// Reads a producer's private key. A file that others may read or write is refused.
pub(crate) fn read(path: &Path) -> Result<ProducerKey, CliError> {
    let failed = |source| CliError::file(path, source);
    let wrong = |problem: String| CliError::Input {
        name: PathBuf::from(path).display().to_string(),
        problem,
    };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    let mode = metadata.permissions().mode();
    if metadata.is_file() && mode & OTHERS != 0 {
        return Err(wrong(format!(
            "its mode is {:03o}, so others than its owner have access to the private key: chmod 600 {}",
            mode & 0o777,
            path.display()
        )));
    }
    // As large as it can get, so that growing leaves no copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_FILE_BYTES_MAX * 2));
    let limit = KEY_FILE_BYTES_MAX as u64 + 1;
    file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    ProducerKey::parse(&bytes).map_err(|error| wrong(error.to_string()))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};

    use super::*;

    const KEY: &str = "-----BEGIN PRIVATE KEY-----\n\
                       MC4CAQAwBQYDK2VwBCIEIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\n\
                       -----END PRIVATE KEY-----\n";

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        fs::write(&path, KEY).unwrap();
        for (mode, is_taken) in [
            (0o600, true),
            (0o400, true),
            (0o640, false),
            (0o604, false),
            (0o620, false),
        ] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let read = read(&path);
            assert_eq!(read.is_ok(), is_taken, "{mode:o}");
            if let Ok(key) = read {
                assert_eq!(key.public(), ProducerKey::from_seed(&[7; 32]).public());
            }
        }
    }
}
