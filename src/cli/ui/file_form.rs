//! In which form something is written, and into which file.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::cli::{error::CliError, ui::output::Output};

/// A form that a file's name can say.
pub(crate) trait NamedForm: ValueEnum + Copy + Send + Sync + 'static {
    /// The form for a terminal.
    const FOR_PEOPLE: Self;
    /// The form for programs that read standard output.
    const FOR_PROGRAMS: Self;

    /// The form of files whose names end so.
    fn of_extension(extension: &str) -> Option<Self>;
}

/// The arguments.
#[derive(Debug, Args)]
pub(crate) struct FileForm<F: NamedForm> {
    /// The form; by default the one that the file's name ends with, and text for a terminal
    #[arg(long, value_enum)]
    format: Option<F>,
    /// The file to write; it appears when it is complete
    #[arg(long, short = 'o', value_name = "FILE")]
    out: Option<PathBuf>,
}

impl<F: NamedForm> FileForm<F> {
    /// The file; none if it goes to standard output.
    #[must_use]
    pub(crate) fn path(&self) -> Option<&Path> {
        self.out.as_deref()
    }

    /// The form that was named, or that the file's name says.
    pub(crate) fn form(&self, output: &Output) -> Result<F, CliError> {
        let by_name = match &self.out {
            None if output.is_json() => Some(F::FOR_PROGRAMS),
            None => Some(F::FOR_PEOPLE),
            Some(path) => {
                let extension = path.extension().and_then(|extension| extension.to_str());
                extension.and_then(F::of_extension)
            }
        };
        self.format.or(by_name).ok_or_else(|| {
            let problem = "the file's name does not say which form to write; give --format";
            CliError::Usage(problem.to_owned())
        })
    }
}
