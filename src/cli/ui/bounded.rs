//! Files that are read whole, as far as they may be long: whatever a name leads to, the program keeps its memory.

use std::{fs::File, io::Read as _, path::Path};

use crate::cli::error::CliError;

/// Reads a file of at most so many bytes.
///
/// # Errors
/// If it can't be read, or is longer.
pub(crate) fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, CliError> {
    let failed = |source| CliError::file(path, source);
    let mut bytes = Vec::new();
    let limit = bytes_max as u64 + 1;
    let file = File::open(path).map_err(failed)?;
    file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    match bytes.len() > bytes_max {
        true => Err(CliError::Input {
            name: path.display().to_string(),
            problem: format!("it is longer than {bytes_max} bytes"),
        }),
        false => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_end_is_refused() {
        assert!(read(Path::new("/dev/zero"), 1_000).is_err());
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), [7; 1_000]).unwrap();
        assert_eq!(read(file.path(), 1_000).unwrap(), [7; 1_000]);
        assert!(read(file.path(), 999).is_err());
    }
}
