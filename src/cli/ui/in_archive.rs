//! Records with contents that are in the archive and could not be read there: what was made of them is not whole.

use indelible_compliance::reports::counted;
use indelible_proto::v1::LedgerRecord;

use crate::cli::{error::CliError, exit::Exit};

/// How many records were seen that lack contents, and why the first of them does.
#[derive(Debug, Default)]
pub(crate) struct InArchive {
    count: u64,
    problem: String,
}

impl InArchive {
    /// Looks at a record.
    pub(crate) fn see(&mut self, record: &LedgerRecord) {
        if record.archive_problem.is_empty() {
            return;
        }
        if self.count == 0 {
            self.problem.clone_from(&record.archive_problem);
        }
        self.count += 1;
    }

    /// Takes in what was seen elsewhere.
    pub(crate) fn take_in(&mut self, other: Self) {
        if self.count == 0 {
            self.problem = other.problem;
        }
        self.count += other.count;
    }

    /// How many there were.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Refuses to call whole what was made of the records.
    ///
    /// # Errors
    /// If one lacked something.
    pub(crate) fn check(&self, made: &str) -> Result<(), CliError> {
        if self.count == 0 {
            return Ok(());
        }
        Err(lacking(made, self.count, &self.problem))
    }
}

/// The error of something that was made without what is in the archive.
pub(crate) fn lacking(made: &str, count: u64, problem: &str) -> CliError {
    let records = counted(count, "record", "records");
    let why = match problem {
        "" => String::new(),
        problem => format!(" ({problem})"),
    };
    CliError::Serve {
        exit: Exit::Unavailable,
        problem: format!(
            "{made} lacks contents of {records} that are in the archive and could not be read there{why}. `indelible status` says \
             what is wrong with the archive, and what to do about it; run this again then"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lacks_contents_is_counted_and_ends_with_an_exit_code_of_its_own() {
        let of = |problem: &str| LedgerRecord {
            archive_problem: problem.to_owned(),
            ..LedgerRecord::default()
        };
        let mut seen = InArchive::default();
        seen.see(&of(""));
        assert!(seen.check("x.tar").is_ok());
        seen.see(&of("no such file"));
        let mut other = InArchive::default();
        other.see(&of("cut short"));
        seen.take_in(other);
        let error = seen.check("x.tar").unwrap_err();
        assert_eq!((seen.count(), error.exit()), (2, Exit::Unavailable));
        let told = error.to_string();
        assert!(
            told.starts_with("x.tar lacks contents of 2 records"),
            "{told}"
        );
        assert!(told.contains("(no such file)"), "{told}");
    }
}
