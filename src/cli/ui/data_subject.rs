//! The data subject that a command is about. Every user of the machine can read a command line, but not a file.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use clap::Args;

use crate::cli::error::CliError;

/// More than a data subject can have; what is longer is not a name.
const SUBJECT_BYTES_MAX: u64 = 4 * 1024;

/// A data subject that a command is about, given or in a file.
#[derive(Debug, Args)]
pub(crate) struct Subject {
    /// The data subject, exactly as events name it. Other users of this machine can see it here
    #[arg(long, value_name = "SUBJECT", conflicts_with = "subject_file")]
    subject: Option<String>,
    /// The same in a file, or on standard input with `-`
    #[arg(long, value_name = "FILE|-")]
    subject_file: Option<PathBuf>,
}

/// A data subject among what events must match, given or in a file.
#[derive(Debug, Args)]
pub(crate) struct DataSubject {
    /// About this data subject, exactly as events name it; one that the ledger has nothing of is an error. Other users of
    /// this machine can see it here
    #[arg(long, value_name = "SUBJECT", conflicts_with = "data_subject_file")]
    data_subject: Option<String>,
    /// The same in a file, or on standard input with `-`
    #[arg(long, value_name = "FILE|-")]
    data_subject_file: Option<PathBuf>,
}

impl Subject {
    /// The file that it is read from.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.subject_file.as_deref()
    }

    /// Whether standard input is taken.
    pub(crate) fn takes_standard_input(&self) -> bool {
        self.subject_file.as_deref().is_some_and(is_standard_input)
    }

    /// The subject, if one was named.
    pub(crate) fn read(&self) -> Result<Option<String>, CliError> {
        read(self.subject.as_ref(), self.subject_file.as_deref())
    }
}

impl DataSubject {
    /// The file that it is read from.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.data_subject_file.as_deref()
    }

    /// The subject, if one was named.
    pub(crate) fn read(&self) -> Result<Option<String>, CliError> {
        read(
            self.data_subject.as_ref(),
            self.data_subject_file.as_deref(),
        )
    }
}

fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// The name that was given, or that stands in the file. A line end behind it in the file is not part of it.
fn read(given: Option<&String>, file: Option<&Path>) -> Result<Option<String>, CliError> {
    let Some(path) = file else {
        return Ok(given.cloned());
    };
    let mut bytes = Vec::new();
    if is_standard_input(path) {
        io::stdin().take(SUBJECT_BYTES_MAX).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(SUBJECT_BYTES_MAX).read_to_end(&mut bytes))
    }
    .map_err(|source| CliError::file(path, source))?;
    let text = String::from_utf8(bytes).map_err(|_| CliError::Input {
        name: path.display().to_string(),
        problem: "it is not UTF-8".to_owned(),
    })?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Some(line.strip_suffix('\r').unwrap_or(line).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_not_part_of_the_name() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("subject");
        for (content, wanted) in [
            ("person-7", "person-7"),
            ("person-7\n", "person-7"),
            ("person-7\r\n", "person-7"),
            (" person 7 \n", " person 7 "),
        ] {
            std::fs::write(&path, content).expect("written");
            let subject = Subject {
                subject: None,
                subject_file: Some(path.clone()),
            };
            assert_eq!(subject.read().expect("readable").as_deref(), Some(wanted));
        }
        let none = Subject {
            subject: None,
            subject_file: None,
        };
        assert_eq!(none.read().expect("nothing"), None);
    }
}
