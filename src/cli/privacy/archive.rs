//! The archive that a person gets, and what is kept until its length is known.

use std::{
    fs::{File, OpenOptions},
    io::{self, BufWriter, Read as _, Seek as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use indelible_evidence::bundle::TarWriter;

use crate::cli::{
    error::CliError,
    ui::{
        output::Output,
        pending_file::{Inputs, PendingFile, Readers},
    },
};

const COPIED_BYTES: usize = 64 * 1024;

/// A tar that is written as it is gathered. It appears under its name when it is complete, for its owner alone.
pub(super) struct Archive {
    path: PathBuf,
    tar: TarWriter<BufWriter<PendingFile>>,
}

impl Archive {
    pub(super) fn create(
        output: &mut Output,
        path: &Path,
        inputs: &Inputs,
    ) -> Result<Self, CliError> {
        let file = output.create(path, Readers::Owner, inputs)?;
        Ok(Self {
            path: path.to_owned(),
            tar: TarWriter::new(BufWriter::new(file)),
        })
    }

    /// Adds a file.
    pub(super) fn file(&mut self, name: &str, bytes: &[u8]) -> Result<(), CliError> {
        let added = self.tar.file(name, bytes);
        added.map_err(|source| CliError::file(&self.path, source))
    }

    /// Something to be written while other files are added.
    pub(super) fn spool(&self) -> Result<Spool, CliError> {
        Spool::beside(&self.path).map_err(|source| CliError::file(&self.path, source))
    }

    /// Adds a file of what a spool holds.
    pub(super) fn spooled(&mut self, name: &str, spool: Spool) -> Result<(), CliError> {
        let added = self.copy(name, spool);
        added.map_err(|source| CliError::file(&self.path, source))
    }

    fn copy(&mut self, name: &str, spool: Spool) -> io::Result<()> {
        let mut file = spool.into_file()?;
        self.tar.begin(name, file.metadata()?.len())?;
        let mut buffer = vec![0; COPIED_BYTES];
        loop {
            match file.read(&mut buffer)? {
                0 => return self.tar.end(),
                read => self.tar.content(&buffer[..read])?,
            }
        }
    }

    /// Ends it, and gives it its name.
    pub(super) fn finish(self) -> Result<(), CliError> {
        let Self { path, tar } = self;
        let failed = |source| CliError::file(&path, source);
        let file = tar.into_inner().map_err(failed)?;
        let file = file.into_inner();
        file.map_err(|problem| failed(problem.into_error()))?
            .finish()
    }
}

/// A file without a name, beside the archive or else where temporary files are: nobody else can open it, and it ends with the program.
pub(super) struct Spool(BufWriter<File>);

impl Spool {
    fn beside(path: &Path) -> io::Result<Self> {
        let directory = match path.parent() {
            Some(directory) if !directory.as_os_str().is_empty() => directory,
            _ => Path::new("."),
        };
        let unnamed = |directory: &Path| {
            OpenOptions::new()
                .read(true)
                .write(true)
                .mode(0o600)
                .custom_flags(libc::O_TMPFILE)
                .open(directory)
        };
        // Not every file system has files without names.
        let file = unnamed(directory).or_else(|_| unnamed(&std::env::temp_dir()))?;
        Ok(Self(BufWriter::new(file)))
    }

    /// Adds bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.0.write_all(bytes).map_err(CliError::Output)
    }

    /// Adds what another one holds.
    pub(super) fn append(&mut self, other: Self) -> Result<(), CliError> {
        let copied = other
            .into_file()
            .and_then(|mut file| io::copy(&mut file, &mut self.0));
        copied.map(drop).map_err(CliError::Output)
    }

    fn into_file(self) -> io::Result<File> {
        let mut file = self
            .0
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(file)
    }
}
