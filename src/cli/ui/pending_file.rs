//! Files that options name for output. Each appears whole or not at all, and none replaces what the command reads.

mod broken_off;

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Write},
    os::{
        fd::AsFd,
        unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    },
    path::{Path, PathBuf},
};

use crate::cli::error::CliError;

/// Of a file that only its owner may read.
const OWNER_ONLY: u32 = 0o600;
/// Of any other; the kernel takes from it what the umask says.
const ANYBODY: u32 = 0o666;

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readers {
    /// Its owner alone: it has what events hold.
    Owner,
    /// Whoever may read the file that it replaces; otherwise its owner alone: it names people.
    OwnerAtFirst,
    /// Whoever may read the file that it replaces; otherwise as the umask says.
    Usual,
}

/// The files that a command reads, as the file system knows them: under whichever name, they are no output of it.
#[derive(Debug, Default)]
pub(crate) struct Inputs(Vec<(u64, u64)>);

impl Inputs {
    /// Of a command that reads no file.
    pub(crate) const NONE: Self = Self(Vec::new());

    /// Reads these, too.
    pub(super) fn and(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// These files; `-` is standard input. What does not exist is left to whoever opens it.
    pub(crate) fn of<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Self {
        let identities = paths.into_iter().filter_map(|path| {
            let of = match path.as_os_str() == "-" {
                true => of_descriptor(&io::stdin()),
                false => fs::metadata(path),
            };
            of.ok().map(|of| (of.dev(), of.ino()))
        });
        Self(identities.collect())
    }

    fn have(&self, there: &fs::Metadata) -> bool {
        self.0.contains(&(there.dev(), there.ino()))
    }
}

/// What lies behind something that is open, also where the system has no names for what is open.
fn of_descriptor(open: &impl AsFd) -> io::Result<fs::Metadata> {
    File::from(open.as_fd().try_clone_to_owned()?).metadata()
}

/// Where a file will be.
#[derive(Debug)]
pub(super) struct Place {
    /// As the command line says it.
    named: PathBuf,
    /// The directory, without links, and the name in it.
    pub(super) target: PathBuf,
    /// The permissions of the file that it replaces.
    mode: Option<u32>,
}

impl Place {
    /// # Errors
    /// If a file there would destroy what should stay: an input, or something that is not a regular file; or if `-` names it,
    /// which commands that write to standard output take before they ask for a place.
    pub(super) fn find(path: &Path, inputs: [&Inputs; 2]) -> Result<Self, CliError> {
        let invalid = |problem: &str| {
            let problem = io::Error::new(io::ErrorKind::InvalidInput, problem);
            CliError::file(path, problem)
        };
        if path.as_os_str() == "-" {
            return Err(CliError::Usage(
                "-: this option names a file, and ./- is one of this name; leave the option out for standard output"
                    .to_owned(),
            ));
        }
        let Some(name) = path.file_name() else {
            return Err(invalid("not the name of a file"));
        };
        let target = match fs::read_link(path) {
            Ok(to) => fs::canonicalize(path).map_err(|_| {
                let to = to.display();
                invalid(&format!(
                    "it is a symbolic link to {to}, where nothing is; name the file itself"
                ))
            })?,
            Err(_) => {
                let directory = fs::canonicalize(directory_of(path));
                directory
                    .map_err(|source| CliError::file(path, source))?
                    .join(name)
            }
        };
        let there = fs::metadata(&target).ok();
        if let Some(there) = &there {
            // Renaming over a device or a pipe would take it away from everybody else.
            if !there.is_file() {
                return Err(invalid(
                    "it is not a regular file, and only such a file is written as a whole; name one",
                ));
            }
            if inputs.iter().any(|inputs| inputs.have(there)) {
                return Err(CliError::Usage(format!(
                    "{}: the command reads this file, and would replace it; name another one",
                    path.display()
                )));
            }
        }
        Ok(Self {
            named: path.to_owned(),
            target,
            mode: there.map(|there| there.permissions().mode() & 0o777),
        })
    }

    /// Whether the name is a symbolic link.
    pub(super) fn is_linked(&self) -> bool {
        fs::read_link(&self.named).is_ok()
    }
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    }
}

/// A file that appears under its name only when it is complete; dropped before, it is removed.
pub(crate) struct PendingFile {
    file: File,
    written_as: PathBuf,
    place: Place,
    finished: bool,
}

impl PendingFile {
    /// Begins a file beside where it will be.
    pub(super) fn begin(place: Place, readers: Readers) -> Result<Self, CliError> {
        let failed = |source| CliError::file(&place.named, source);
        let mut hidden = OsString::from(".");
        hidden.push(place.target.file_name().unwrap_or_default());
        hidden.push(format!(".{}.part", std::process::id()));
        let written_as = place.target.with_file_name(hidden);
        let replaced = match readers {
            Readers::Owner => Some(OWNER_ONLY),
            Readers::OwnerAtFirst => Some(place.mode.unwrap_or(OWNER_ONLY)),
            Readers::Usual => place.mode,
        };
        // An earlier process of this number that was killed may have left one.
        let _nothing_left = fs::remove_file(&written_as);
        broken_off::remove_when_broken_off(&written_as);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(replaced.map_or(ANYBODY, |_| OWNER_ONLY))
            .open(&written_as)
            .map_err(failed)?;
        if let Some(mode) = replaced {
            let set = file.set_permissions(Permissions::from_mode(mode));
            set.map_err(failed)?;
        }
        Ok(Self {
            file,
            written_as,
            place,
            finished: false,
        })
    }

    /// Makes the file durable and gives it its name.
    pub(crate) fn finish(mut self) -> Result<(), CliError> {
        let failed = |source| CliError::file(&self.place.named, source);
        let renamed = self
            .file
            .sync_all()
            .and_then(|()| fs::rename(&self.written_as, &self.place.target));
        renamed.map_err(failed)?;
        self.finished = true;
        broken_off::keep(&self.written_as);
        File::open(directory_of(&self.place.target))
            .and_then(|directory| directory.sync_all())
            .map_err(failed)
    }
}

impl Write for PendingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for PendingFile {
    fn drop(&mut self) {
        if !self.finished {
            let _left_behind = fs::remove_file(&self.written_as);
            broken_off::keep(&self.written_as);
        }
    }
}

#[cfg(test)]
mod tests;
