//! Where results go: data to standard output, remarks to standard error.

use std::{
    collections::HashSet,
    fmt,
    io::{self, BufWriter, IsTerminal as _, Write},
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use indelible_compliance::reports::inert::{inert_json, inert_lines};
use serde::Serialize;

use crate::cli::{
    error::CliError,
    ui::{
        pager::Pager,
        paint::Color,
        pending_file::{Inputs, PendingFile, Place, Readers},
    },
};

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Form {
    /// For people.
    #[default]
    Text,
    /// For programs: one object, or one object a line where there can be many.
    Json,
}

/// How results are shown to people.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shown {
    pub(crate) color: Color,
    /// Whether a long text is shown page by page, on a terminal.
    pub(crate) pages: bool,
}

/// Where data goes.
enum Sink {
    Plain(Box<dyn Write>),
    Paged(Pager),
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(output) => output.write(bytes),
            Self::Paged(pager) => pager.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(output) => output.flush(),
            Self::Paged(pager) => pager.flush(),
        }
    }
}

/// What a command writes to.
pub(crate) struct Output {
    form: Form,
    quiet: bool,
    is_painted: bool,
    data: BufWriter<Sink>,
    remarks: Box<dyn Write>,
    /// What programs are told at the end, with the error if there is one.
    warnings: Vec<String>,
    /// The files that were begun.
    written: HashSet<PathBuf>,
    /// What is read whatever the command is: tokens, certificates, contexts.
    kept: Inputs,
}

impl Output {
    /// Standard output and standard error.
    #[must_use]
    pub(crate) fn standard(form: Form, quiet: bool, shown: Shown) -> Self {
        let is_read = form == Form::Text && io::stdout().is_terminal();
        let pager = (shown.pages && is_read).then(Pager::standard).flatten();
        let data = match pager {
            None => Sink::Plain(Box::new(io::stdout())),
            Some(pager) => Sink::Paged(pager),
        };
        Self {
            is_painted: form == Form::Text && shown.color.is_wanted(),
            ..Self::to(form, quiet, data, Box::new(io::stderr()))
        }
    }

    /// Any two writers.
    #[cfg(test)]
    #[must_use]
    pub(crate) fn new(
        form: Form,
        quiet: bool,
        data: Box<dyn Write>,
        remarks: Box<dyn Write>,
    ) -> Self {
        Self::to(form, quiet, Sink::Plain(data), remarks)
    }

    fn to(form: Form, quiet: bool, data: Sink, remarks: Box<dyn Write>) -> Self {
        Self {
            form,
            quiet,
            is_painted: false,
            data: BufWriter::with_capacity(64 * 1024, data),
            remarks,
            warnings: Vec::new(),
            written: HashSet::new(),
            kept: Inputs::NONE,
        }
    }

    /// No output replaces these files, whatever the command reads besides.
    pub(crate) fn keep<'a>(&mut self, paths: impl IntoIterator<Item = &'a Path>) {
        self.kept.and(Inputs::of(paths));
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

    /// Whether text may have colours.
    #[must_use]
    pub(crate) fn is_painted(&self) -> bool {
        self.is_painted
    }

    /// A line of text.
    pub(crate) fn line(&mut self, line: impl fmt::Display) -> Result<(), CliError> {
        let written = match self.is_painted {
            true => writeln!(self.data, "{line:#}"),
            false => writeln!(self.data, "{line}"),
        };
        written.map_err(CliError::Output)
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
            let remark = inert_lines(&remark.to_string());
            let _unwritten = writeln!(self.remarks, "{remark}");
        }
    }

    /// A warning, which is no result. People are told at once, unless `--quiet` is given. Programs are told at the end, so that
    /// standard error holds one JSON document.
    pub(crate) fn warn(&mut self, warning: impl fmt::Display) {
        match self.form {
            Form::Text => self.remark(format_args!("warning: {warning}")),
            Form::Json if self.quiet => {}
            Form::Json => self.warnings.push(warning.to_string()),
        }
    }

    /// What programs are still to be told.
    pub(crate) fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// A question to the person at the terminal; asked with `--quiet`, too.
    pub(crate) fn ask(&mut self, question: impl fmt::Display) -> Result<(), CliError> {
        write!(self.remarks, "{question}")
            .and_then(|()| self.remarks.flush())
            .map_err(CliError::Output)
    }

    /// Hands over everything, and waits for whoever reads it page by page.
    pub(crate) fn finish(&mut self) -> Result<(), CliError> {
        self.flush()?;
        match self.data.get_mut() {
            Sink::Plain(_) => Ok(()),
            Sink::Paged(pager) => pager.finish().map_err(CliError::Output),
        }
    }

    /// Hands over what is buffered.
    pub(crate) fn flush(&mut self) -> Result<(), CliError> {
        self.data.flush().map_err(CliError::Output)
    }

    /// Whether files can be written later: better said before anything is done for them.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub(crate) fn check<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a Path>,
        inputs: &Inputs,
    ) -> Result<(), CliError> {
        let mut places = HashSet::new();
        for path in paths {
            if !places.insert(Place::find(path, [inputs, &self.kept])?.target) {
                return Err(twice(path));
            }
        }
        Ok(())
    }

    /// Begins a file that an option names. It appears when it is complete, and replaces an older one then.
    ///
    /// # Errors
    /// If it would replace an input of the command, another file of its output, or what is not a regular file.
    pub(crate) fn create(
        &mut self,
        path: &Path,
        readers: Readers,
        inputs: &Inputs,
    ) -> Result<PendingFile, CliError> {
        let place = Place::find(path, [inputs, &self.kept])?;
        if !self.written.insert(place.target.clone()) {
            return Err(twice(path));
        }
        if place.is_linked() {
            self.remark(format_args!(
                "{} is a symbolic link: {} is written",
                path.display(),
                place.target.display()
            ));
        }
        PendingFile::begin(place, readers)
    }

    /// Writes a file that an option names, whole or not at all.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub(crate) fn write_file(
        &mut self,
        path: &Path,
        readers: Readers,
        inputs: &Inputs,
        bytes: &[u8],
    ) -> Result<(), CliError> {
        let mut file = self.create(path, readers, inputs)?;
        file.write_all(bytes)
            .map_err(|source| CliError::file(path, source))?;
        file.finish()
    }

    /// The data's writer itself.
    pub(crate) fn writer(&mut self) -> &mut dyn Write {
        &mut self.data
    }
}

fn twice(path: &Path) -> CliError {
    CliError::Usage(format!(
        "{}: the command writes this file already; name another one",
        path.display()
    ))
}

fn output_error(problem: serde_json::Error) -> CliError {
    CliError::Output(problem.into())
}
