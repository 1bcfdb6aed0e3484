//! The data subject that a command is about. Every user of the machine can read a command line, but not a file.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use clap::Args;

use crate::cli::{error::CliError, ui::named::named};

/// More than a data subject can have; what is longer is not a name.
const SUBJECT_BYTES_MAX: u64 = 4 * 1024;
/// What some editors write before the first character.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A data subject that a command is about, given or in a file.
#[derive(Debug, Args)]
pub(crate) struct Subject {
    /// The data subject, exactly as events name it. Other users of this machine can see it here
    #[arg(long, value_name = "SUBJECT", conflicts_with = "subject_file", value_parser = named)]
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
    #[arg(long, value_name = "SUBJECT", conflicts_with = "data_subject_file", value_parser = named)]
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

/// The name that was given, or that stands in the file.
fn read(given: Option<&String>, file: Option<&Path>) -> Result<Option<String>, CliError> {
    match file {
        None => Ok(given.cloned()),
        Some(path) => read_file(path).map(Some),
    }
}

/// The name that stands in a file, or on standard input. A line end behind it is not part of it.
pub(crate) fn read_file(path: &Path) -> Result<String, CliError> {
    let mut bytes = Vec::new();
    if is_standard_input(path) {
        io::stdin().take(SUBJECT_BYTES_MAX).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(SUBJECT_BYTES_MAX).read_to_end(&mut bytes))
    }
    .map_err(|source| CliError::file(path, source))?;
    let named = String::from_utf8(bytes)
        .map_err(|_| "it is not UTF-8")
        .and_then(|text| one_name(&text).map(str::to_owned));
    named.map_err(|problem| CliError::Input {
        name: match is_standard_input(path) {
            true => "standard input".to_owned(),
            false => path.display().to_string(),
        },
        problem: problem.to_owned(),
    })
}

/// The one name of a file.
fn one_name(text: &str) -> Result<&str, &'static str> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.is_empty() {
        return Err("it names no data subject: it is empty, or its line is");
    }
    if line.starts_with(BYTE_ORDER_MARK) {
        return Err(
            "it begins with a byte order mark, which would be part of the name; save it as UTF-8 without one",
        );
    }
    if line.contains(['\n', '\r']) {
        return Err(
            "it has more than one line, and a data subject is named by one; write one name into it, and ask for others by \
             themselves",
        );
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::Exit;

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
        for (content, said) in [
            ("", "names no data subject"),
            ("\n", "names no data subject"),
            ("\r\n", "names no data subject"),
            ("\u{feff}person-7\n", "byte order mark"),
            ("person-7\nperson-8\n", "more than one line"),
            ("person-7\n\n", "more than one line"),
        ] {
            std::fs::write(&path, content).expect("written");
            let refused = read_file(&path).expect_err("refused");
            assert_eq!(refused.exit(), Exit::Usage, "{content:?}");
            assert!(refused.to_string().contains(said), "{content:?}: {refused}");
        }
        let none = Subject {
            subject: None,
            subject_file: None,
        };
        assert_eq!(none.read().expect("nothing"), None);
    }
}
