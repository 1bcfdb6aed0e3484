//! A bundle that was unpacked into a directory.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use indelible_evidence::bundle::{ArchiveError, FileSource, Manifest, layout};

/// How many strays are named; of more, how many there are.
const STRAYS_NAMED_MAX: usize = 5;

/// What lies in a directory and is not of the bundle.
#[derive(Clone, Default)]
pub(crate) struct Strays(Arc<Mutex<Vec<String>>>);

impl Strays {
    fn add(&self, name: &str, what: &str) {
        let mut strays = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        strays.push(format!("{}{what}", name.escape_debug()));
    }

    /// Their names, if there are any.
    pub(crate) fn told(&self) -> Option<String> {
        let mut strays = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        strays.sort();
        let more = strays.len().saturating_sub(STRAYS_NAMED_MAX);
        strays.truncate(STRAYS_NAMED_MAX);
        let more = match more {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        (!strays.is_empty()).then(|| strays.join(", ") + &more)
    }
}

/// Reads the files of a directory by the names that the layout asks for, and tells of all others.
pub(crate) struct Directory {
    root: PathBuf,
    strays: Strays,
    open: Option<OpenFile>,
    /// The manifest's bytes, to know at the end which names belong.
    manifest: Vec<u8>,
    read: Arc<AtomicU64>,
}

struct OpenFile {
    name: String,
    file: File,
    left: u64,
}

impl Directory {
    pub(crate) fn new(root: PathBuf, read: Arc<AtomicU64>, strays: Strays) -> Self {
        Self {
            root,
            strays,
            open: None,
            manifest: Vec::new(),
            read,
        }
    }

    /// Looks at everything below `folder`, whose name within the bundle is `prefix`.
    fn walk(&self, folder: &Path, prefix: &str, manifest: &Manifest) -> Result<(), ArchiveError> {
        let mut empty = true;
        for entry in fs::read_dir(folder).map_err(ArchiveError::Io)? {
            let entry = entry.map_err(ArchiveError::Io)?;
            empty = false;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            // Links are neither files nor folders here: the type is not that of their target.
            let kind = entry.file_type().map_err(ArchiveError::Io)?;
            if kind.is_dir() {
                self.walk(&entry.path(), &format!("{name}/"), manifest)?;
            } else if !kind.is_file() {
                self.strays.add(&name, " (a link, or no file at all)");
            } else if !layout::contains(manifest, &name) {
                self.strays.add(&name, "");
            }
        }
        if empty {
            self.strays.add(prefix, " (an empty folder)");
        }
        Ok(())
    }
}

impl FileSource for Directory {
    fn open(&mut self, name: &str) -> Result<u64, ArchiveError> {
        let path = self.root.join(name);
        let missing = || ArchiveError::Missing {
            name: name.to_owned(),
        };
        let metadata = fs::symlink_metadata(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => missing(),
            _ => ArchiveError::Io(error),
        })?;
        if !metadata.is_file() {
            return Err(ArchiveError::Form {
                detail: format!("{name} is not a plain file"),
            });
        }
        let file = File::open(&path).map_err(ArchiveError::Io)?;
        let left = metadata.len();
        self.open = Some(OpenFile {
            name: name.to_owned(),
            file,
            left,
        });
        Ok(left)
    }

    fn read(&mut self, out: &mut [u8]) -> Result<usize, ArchiveError> {
        let Some(open) = &mut self.open else {
            return Ok(0);
        };
        let wanted = usize::try_from(open.left)
            .unwrap_or(usize::MAX)
            .min(out.len());
        let count = loop {
            match open.file.read(&mut out[..wanted]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read.map_err(ArchiveError::Io)?,
            }
        };
        if count == 0 && wanted > 0 {
            return Err(ArchiveError::Truncated);
        }
        open.left -= count as u64;
        if open.name == "manifest" {
            self.manifest.extend_from_slice(&out[..count]);
        }
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn close(&mut self) -> Result<(), ArchiveError> {
        match self.open.take() {
            Some(open) if open.left > 0 => Err(ArchiveError::Form {
                detail: format!("{} is longer than allowed", open.name),
            }),
            _ => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<(), ArchiveError> {
        let manifest = Manifest::parse(&self.manifest);
        let manifest = manifest.map_err(|error| ArchiveError::Form {
            detail: format!("manifest: {error}"),
        })?;
        self.walk(&self.root, "", &manifest)
    }
}
