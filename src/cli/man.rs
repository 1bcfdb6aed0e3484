//! `indelible man`: manual pages.

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory as _};

use super::{Cli, Session, error::CliError};

/// Write the manual pages, one for each command, to a directory
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The directory; it is created if it is not there
    #[arg(long, value_name = "DIR")]
    output_dir: PathBuf,
}

impl Man {
    pub(super) fn run(self, session: &mut Session) -> Result<(), CliError> {
        let pages = write_pages(&self.output_dir)?;
        session.output.remark(format_args!(
            "{pages} pages in {}",
            self.output_dir.display()
        ));
        Ok(())
    }
}

fn write_pages(directory: &Path) -> Result<usize, CliError> {
    let failed = |source| CliError::file(directory, source);
    std::fs::create_dir_all(directory).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), directory).map_err(failed)?;
    Ok(std::fs::read_dir(directory).map_err(failed)?.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page() {
        let directory = tempfile::tempdir().expect("a directory");
        let pages = directory.path().join("man");
        write_pages(&pages).expect("written");
        for name in [
            "indelible",
            "indelible-ledger-create",
            "indelible-import-ndjson",
        ] {
            let page = std::fs::read_to_string(pages.join(format!("{name}.1"))).expect("a page");
            assert!(page.contains(".SH SYNOPSIS"), "{name}");
        }
    }
}
