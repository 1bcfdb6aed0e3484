//! In which form something is written, and into which file.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::cli::{error::CliError, ui::output::Output};

/// What people write for standard output.
const STANDARD_OUTPUT: [&str; 4] = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// A form that a file's name can say.
pub(crate) trait NamedForm: ValueEnum + Copy + Send + Sync + 'static {
    /// The form for a terminal.
    const FOR_PEOPLE: Self;
    /// The form for programs that read standard output.
    const FOR_PROGRAMS: Self;

    /// How the names of files end, behind a dot, and the form that each ending stands for. Of several that fit, the first
    /// counts, so that the longer ones stand first.
    const ENDINGS: &'static [(&'static str, Self)];

    /// The form of files of this name.
    fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let ends = |ending: &str| {
            let before = name.strip_suffix(ending);
            before.is_some_and(|before| before.ends_with('.'))
        };
        let mut endings = Self::ENDINGS.iter();
        endings
            .find(|(ending, _)| ends(ending))
            .map(|(_, form)| *form)
    }
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

/// The arguments of what is written in one form or in several.
#[derive(Debug, Args)]
pub(crate) struct FileForms<F: NamedForm> {
    /// The form; by default the one that the file's name ends with, and text for a terminal
    #[arg(long, value_enum)]
    format: Option<F>,
    /// The file to write; it appears when it is complete. Given more than once, the same in each form
    #[arg(long, short = 'o', value_name = "FILE")]
    out: Vec<PathBuf>,
}

impl<F: NamedForm> FileForms<F> {
    /// Each form with its file; none if it goes to standard output.
    pub(crate) fn written(&self, output: &Output) -> Result<Vec<(F, Option<&Path>)>, CliError> {
        if self.out.is_empty() {
            return Ok(vec![(form(self.format, None, output)?, None)]);
        }
        if self.out.len() > 1 && self.format.is_some() {
            let problem =
                "--format says one form, and there are several files: let their names say it";
            return Err(CliError::Usage(problem.to_owned()));
        }
        let files = self.out.iter().map(|path| {
            let path = path.as_path();
            Ok((form(self.format, Some(path), output)?, Some(path)))
        });
        files.collect()
    }
}

impl<F: NamedForm> FileForm<F> {
    /// The file; none if it goes to standard output.
    #[must_use]
    pub(crate) fn path(&self) -> Option<&Path> {
        self.out.as_deref()
    }

    /// The form that was named, or that the file's name says.
    pub(crate) fn form(&self, output: &Output) -> Result<F, CliError> {
        form(self.format, self.out.as_deref(), output)
    }
}

/// Whether a path is one of those that stand for standard output.
fn is_standard_output(path: &Path) -> bool {
    STANDARD_OUTPUT.iter().any(|name| path == Path::new(name))
}

/// The form that was named, or that the file's name says.
fn form<F: NamedForm>(
    named: Option<F>,
    path: Option<&Path>,
    output: &Output,
) -> Result<F, CliError> {
    if let Some(path) = path.filter(|path| is_standard_output(path)) {
        return Err(CliError::Usage(format!(
            "{}: -o is for files; leave it away, and standard output is written, in the form that --format names",
            path.display()
        )));
    }
    let by_name = match path {
        None if output.is_json() => Some(F::FOR_PROGRAMS),
        None => Some(F::FOR_PEOPLE),
        Some(path) => {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            F::of_name(&name)
        }
    };
    named.or(by_name).ok_or_else(|| {
        let problem = "the file's name does not say which form to write; give --format";
        CliError::Usage(problem.to_owned())
    })
}
