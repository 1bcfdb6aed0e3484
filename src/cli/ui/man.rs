//! `indelible man`: manual pages.

use std::path::{Path, PathBuf};

use clap::{Args, Command};

use crate::cli::{error::CliError, ui::output::Output};

/// Write the manual pages, one for each command, to a directory
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The directory; it is created if it is not there
    #[arg(long, value_name = "DIR")]
    output_dir: PathBuf,
}

impl Man {
    pub(crate) fn run(self, command: Command, output: &mut Output) -> Result<(), CliError> {
        let pages = write_pages(command, &self.output_dir)?;
        output.remark(format_args!(
            "{pages} pages in {}",
            self.output_dir.display()
        ));
        Ok(())
    }
}

fn write_pages(command: Command, directory: &Path) -> Result<usize, CliError> {
    let failed = |source| CliError::file(directory, source);
    std::fs::create_dir_all(directory).map_err(failed)?;
    clap_mangen::generate_to(command, directory).map_err(failed)?;
    Ok(std::fs::read_dir(directory).map_err(failed)?.count())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_command_has_a_page() {
        let directory = tempfile::tempdir().expect("a directory");
        let pages = directory.path().join("man");
        write_pages(Cli::command(), &pages).expect("written");
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
