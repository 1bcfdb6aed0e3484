//! What the program's exit code means.

/// Every exit code of `indelible`. They are documented in `docs/cli.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// The daemon refused, a verification failed, a ledger is not as large as was asked, some of an import was refused, or a
    /// rescue left more than what lies in an archive that is away.
    Refused = 1,
    /// The command line, or what it was given to read, can't be used.
    Usage = 2,
    /// The daemon can't be reached.
    Connection = 3,
    /// There is no such ledger, record or checkpoint.
    NotFound = 4,
    /// What is there differs: another event under this id, another sequence number, a name that is taken.
    Conflict = 5,
    /// Not now: try again. Appends are always safe to repeat.
    Unavailable = 6,
    /// A file, standard input or standard output failed.
    File = 7,
    /// The daemon failed, or damage was found: somebody must look.
    Daemon = 8,
}

impl Exit {
    /// All of them, in order.
    pub const ALL: [Self; 9] = [
        Self::Done,
        Self::Refused,
        Self::Usage,
        Self::Connection,
        Self::NotFound,
        Self::Conflict,
        Self::Unavailable,
        Self::File,
        Self::Daemon,
    ];

    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The code for an error that the daemon answered with.
    #[must_use]
    pub const fn of_status(code: tonic::Code) -> Self {
        use tonic::Code;
        match code {
            Code::Ok => Self::Done,
            Code::InvalidArgument | Code::OutOfRange => Self::Usage,
            Code::NotFound => Self::NotFound,
            Code::AlreadyExists | Code::Aborted => Self::Conflict,
            Code::Unavailable
            | Code::ResourceExhausted
            | Code::DeadlineExceeded
            | Code::Cancelled => Self::Unavailable,
            Code::FailedPrecondition | Code::PermissionDenied | Code::Unauthenticated => {
                Self::Refused
            }
            Code::Internal | Code::DataLoss | Code::Unknown | Code::Unimplemented => Self::Daemon,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_count_up_from_zero() {
        for (place, exit) in Exit::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(exit.code()), place);
        }
    }

    #[test]
    fn every_code_is_documented() {
        let page = include_str!("../../docs/cli.md");
        for exit in Exit::ALL {
            let row = format!("\n| {} | ", exit.code());
            assert!(
                page.contains(&row),
                "docs/cli.md has no row for {}",
                exit.code()
            );
        }
    }

    #[test]
    fn the_runbook_says_of_every_code_what_to_do() {
        let page = include_str!("../../docs/runbook.md");
        let (_, section) = page.split_once("\n## Exit codes\n").unwrap();
        let section = section.split("\n## ").next().unwrap();
        let rows = section.lines().filter_map(|line| {
            let cells: Vec<_> = line.strip_prefix("| ")?.split(" | ").collect();
            let code: u8 = cells[0].parse().ok()?;
            assert!(cells.len() == 5 && cells.iter().all(|cell| !cell.is_empty()));
            Some(code)
        });
        let rows: Vec<_> = rows.collect();
        assert_eq!(rows, Exit::ALL.map(Exit::code));
    }

    #[test]
    fn what_may_be_retried_is_told_from_what_may_not() {
        use tonic::Code;
        assert_eq!(Exit::of_status(Code::ResourceExhausted), Exit::Unavailable);
        assert_eq!(Exit::of_status(Code::AlreadyExists), Exit::Conflict);
        assert_eq!(Exit::of_status(Code::DataLoss), Exit::Daemon);
    }
}
