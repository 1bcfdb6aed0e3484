//! Where results go: data to standard output, remarks to standard error.

use std::{
    fmt,
    fs::File,
    io::{self, BufWriter, IsTerminal as _, Write},
    path::Path,
};

use clap::ValueEnum;
use indelible_compliance::reports::inert::inert_json;
use serde::Serialize;

use crate::cli::error::CliError;

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Form {
    /// For people.
    #[default]
    Text,
    /// For programs: one object, or one object a line where there can be many.
    Json,
}

/// What a command writes to.
pub(crate) struct Output {
    form: Form,
    quiet: bool,
    data: BufWriter<Box<dyn Write>>,
    remarks: Box<dyn Write>,
}

impl Output {
    /// Standard output and standard error.
    #[must_use]
    pub(crate) fn standard(form: Form, quiet: bool) -> Self {
        Self::new(form, quiet, Box::new(io::stdout()), Box::new(io::stderr()))
    }

    /// Any two writers.
    #[must_use]
    pub(crate) fn new(
        form: Form,
        quiet: bool,
        data: Box<dyn Write>,
        remarks: Box<dyn Write>,
    ) -> Self {
        Self {
            form,
            quiet,
            data: BufWriter::with_capacity(64 * 1024, data),
            remarks,
        }
    }

    /// Whether results are for programs.
    #[must_use]
    pub(crate) fn is_json(&self) -> bool {
        self.form == Form::Json
    }

    /// Whether progress is to be shown.
    #[must_use]
    pub(crate) fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// A line of text.
    pub(crate) fn line(&mut self, line: impl fmt::Display) -> Result<(), CliError> {
        writeln!(self.data, "{line}").map_err(CliError::Output)
    }

    /// Bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.data.write_all(bytes).map_err(CliError::Output)
    }

    /// An object of its own, over several lines.
    pub(crate) fn object(&mut self, value: &impl Serialize) -> Result<(), CliError> {
        let json = serde_json::to_string_pretty(value).map_err(output_error)?;
        self.line(inert_json(json))
    }

    /// One of many objects, on one line.
    pub(crate) fn object_line(&mut self, value: &impl Serialize) -> Result<(), CliError> {
        let json = serde_json::to_string(value).map_err(output_error)?;
        self.line(inert_json(json))
    }

    /// An answer: an object of its own, or its text.
    pub(crate) fn answer(
        &mut self,
        answer: &(impl Serialize + fmt::Display),
    ) -> Result<(), CliError> {
        match self.form {
            Form::Json => self.object(answer),
            Form::Text => self.line(answer),
        }
    }

    /// One of many answers: an object on one line, or its text.
    pub(crate) fn item(&mut self, item: &(impl Serialize + fmt::Display)) -> Result<(), CliError> {
        match self.form {
            Form::Json => self.object_line(item),
            Form::Text => self.line(item),
        }
    }

    /// A remark that is no result; kept back with `--quiet`. A failure to write it is ignored.
    pub(crate) fn remark(&mut self, remark: impl fmt::Display) {
        if !self.quiet {
            let _unwritten = writeln!(self.remarks, "{remark}");
        }
    }

    /// A question to the person at the terminal; asked with `--quiet`, too.
    pub(crate) fn ask(&mut self, question: impl fmt::Display) -> Result<(), CliError> {
        write!(self.remarks, "{question}")
            .and_then(|()| self.remarks.flush())
            .map_err(CliError::Output)
    }

    /// Hands over what is buffered.
    pub(crate) fn flush(&mut self) -> Result<(), CliError> {
        self.data.flush().map_err(CliError::Output)
    }

    /// The data's writer itself.
    pub(crate) fn writer(&mut self) -> &mut dyn Write {
        &mut self.data
    }
}

fn output_error(problem: serde_json::Error) -> CliError {
    CliError::Output(problem.into())
}

/// Writes a file whole or not at all: it appears under its name once its bytes are on disk.
pub(crate) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let mut file = PendingFile::create(path)?;
    file.write_all(bytes)
        .map_err(|source| CliError::file(path, source))?;
    file.finish()
}

/// A file that appears under its name only when it is complete; dropped before, it is removed.
pub(crate) struct PendingFile {
    file: File,
    written_as: std::path::PathBuf,
    path: std::path::PathBuf,
    finished: bool,
}

impl PendingFile {
    /// Begins a file beside where it will be.
    pub(crate) fn create(path: &Path) -> Result<Self, CliError> {
        let Some(name) = path.file_name() else {
            let problem = io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file");
            return Err(CliError::file(path, problem));
        };
        // Renaming over a device or a pipe would take it away from everybody else.
        if std::fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            let problem = "it is not a regular file; name another one";
            let problem = io::Error::new(io::ErrorKind::InvalidInput, problem);
            return Err(CliError::file(path, problem));
        }
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.part", std::process::id()));
        let written_as = path.with_file_name(hidden);
        let file = File::create(&written_as).map_err(|source| CliError::file(path, source))?;
        Ok(Self {
            file,
            written_as,
            path: path.to_owned(),
            finished: false,
        })
    }

    /// Makes the file durable and gives it its name.
    pub(crate) fn finish(mut self) -> Result<(), CliError> {
        let renamed = self
            .file
            .sync_all()
            .and_then(|()| std::fs::rename(&self.written_as, &self.path));
        renamed.map_err(|source| CliError::file(&self.path, source))?;
        self.finished = true;
        let directory = match self.path.parent() {
            Some(directory) if !directory.as_os_str().is_empty() => directory,
            _ => Path::new("."),
        };
        File::open(directory)
            .and_then(|directory| directory.sync_all())
            .map_err(|source| CliError::file(&self.path, source))
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
            let _left_behind = std::fs::remove_file(&self.written_as);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_when_it_is_complete_and_only_then() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("bundle.tar");
        let mut pending = PendingFile::create(&path).expect("a file");
        pending.write_all(b"half").expect("written");
        assert!(!path.exists());
        drop(pending);
        assert_eq!(directory.path().read_dir().expect("a listing").count(), 0);
        write_file(&path, b"whole").expect("written");
        assert_eq!(std::fs::read(&path).expect("readable"), b"whole");
        assert_eq!(directory.path().read_dir().expect("a listing").count(), 1);
    }

    #[test]
    fn a_directory_is_no_file_name() {
        assert!(write_file(Path::new("/"), b"").is_err());
        let directory = tempfile::tempdir().expect("a directory");
        let socket = directory.path().join("socket");
        let _held = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
        assert!(write_file(&socket, b"x").is_err());
        assert!(!socket.is_file(), "what is no regular file stays");
        assert!(write_file(Path::new("/no/such/directory/file"), b"").is_err());
    }
}
