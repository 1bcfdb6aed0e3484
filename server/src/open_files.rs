//! Open files: as many as the system allows, and who may have how many of them.
//!
//! A daemon whose store can't open its next log stops every ledger, so connections never take what the store may need.

use std::io;

use thiserror::Error;

use crate::limits::{CONNECTIONS_MAX, OPEN_FILES_MIN, OPEN_FILES_RESERVE, OPEN_TABLES_MAX};

/// The limit, and who has how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OpenFiles {
    /// What the system allows this process.
    pub(crate) limit: u64,
    /// For the store's tables.
    pub(crate) tables: u64,
    /// For connections.
    pub(crate) connections: usize,
}

/// The system allows too few open files.
#[derive(Debug, Error)]
#[error(
    "the limit on open files is {limit}, and the daemon needs {OPEN_FILES_MIN} at least: raise it (LimitNOFILE of the \
     unit, ulimit -Hn in a shell)"
)]
pub struct TooFew {
    limit: u64,
}

impl OpenFiles {
    /// Shares out a limit: a reserve first, then most of what is left to connections, and the rest to tables.
    pub(crate) fn share(limit: u64) -> Result<Self, TooFew> {
        if limit < OPEN_FILES_MIN {
            return Err(TooFew { limit });
        }
        let left = limit - OPEN_FILES_RESERVE;
        let connections = (left / 8 * 5).min(CONNECTIONS_MAX as u64);
        let tables = (left - connections).min(OPEN_TABLES_MAX);
        Ok(Self {
            limit,
            tables,
            connections: usize::try_from(connections).unwrap_or(CONNECTIONS_MAX),
        })
    }
}

/// Raises this process's limit on open files as far as the system lets it; returns what it is then. The processes that it
/// starts have the same.
pub(crate) fn raise() -> io::Result<u64> {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    #[expect(unsafe_code, reason = "the C library is the only way to this limit")]
    // SAFETY: getrlimit writes one rlimit, which lives until after the call.
    let got = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    if got != 0 {
        return Err(io::Error::last_os_error());
    }
    if limit.rlim_cur < limit.rlim_max {
        let raised = libc::rlimit {
            rlim_cur: limit.rlim_max,
            ..limit
        };
        #[expect(unsafe_code, reason = "the C library is the only way to this limit")]
        // SAFETY: setrlimit reads one rlimit, which lives until after the call.
        let set = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const raised) };
        if set == 0 {
            limit = raised;
        } else {
            let error = io::Error::last_os_error();
            tracing::warn!(%error, "the limit on open files could not be raised");
        }
    }
    Ok(limit.rlim_cur)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gets_what_another_needs() {
        for limit in [256, 512, 1_024, 4_096, 65_536, 1 << 30, u64::MAX] {
            let files = OpenFiles::share(limit).unwrap();
            let taken = files.connections as u64 + files.tables + OPEN_FILES_RESERVE;
            assert!(taken <= limit, "{files:?}");
            assert!(files.connections >= 64 && files.tables >= 32, "{files:?}");
        }
    }

    #[test]
    fn the_usual_limit_is_enough_for_500_connections() {
        assert!(OpenFiles::share(1_024).unwrap().connections >= 500);
        assert_eq!(
            OpenFiles::share(4_096).unwrap().connections,
            CONNECTIONS_MAX
        );
    }

    #[test]
    fn too_few_are_refused_with_what_to_set() {
        let error = OpenFiles::share(OPEN_FILES_MIN - 1)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("255") && error.contains("LimitNOFILE"),
            "{error}"
        );
    }
}
