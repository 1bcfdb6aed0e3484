//! `indelible completions`: what a shell completes.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::cli::{error::CliError, ui::output::Output};

/// Print the completions of a shell
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, mut command: Command, output: &mut Output) -> Result<(), CliError> {
        // Into memory first: the generator does not expect that writing fails, and a pipe may break.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "indelible", &mut script);
        output.bytes(&script)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn every_shell_learns_every_command() {
        for shell in <Shell as clap::ValueEnum>::value_variants() {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "indelible", &mut script);
            let script = String::from_utf8(script).expect("UTF-8");
            for command in Cli::command().get_subcommands() {
                let name = command.get_name();
                assert!(script.contains(name), "{shell} does not know {name}");
            }
        }
    }
}
