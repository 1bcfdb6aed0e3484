//! Where what was found goes: to standard output, or into a file.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::failure::Failure;

/// How a verdict is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Writes to standard output.
pub(crate) fn print(shown: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(shown)
        .and_then(|()| out.flush())
        .map_err(Failure::Output)
}

/// Writes a file beside its name first, so that it is there whole or not at all.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    check_target(path)?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".tmp");
    let beside = PathBuf::from(beside);
    fs::File::create(&beside)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&beside, path))
        .map_err(Failure::Output)
}

/// Refuses what is there and is no regular file: renaming over a device or a pipe would take it away from everybody else.
pub(crate) fn check_target(path: &Path) -> Result<(), Failure> {
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        let problem = format!("{} is not a regular file; name another one", path.display());
        let problem = io::Error::new(io::ErrorKind::InvalidInput, problem);
        return Err(Failure::Output(problem));
    }
    Ok(())
}
