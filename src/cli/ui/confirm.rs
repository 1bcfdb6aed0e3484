//! Asks a person to confirm what can't be undone.

use std::io::{self, IsTerminal as _};

use crate::cli::{error::CliError, ui::output::Output};

/// Asks for a ledger's name, which must be typed as it was given. `what` says what will be done, in a sentence.
pub(crate) fn ledger(output: &mut Output, what: &str, name: &str) -> Result<(), CliError> {
    typed(output, what, "the ledger's name", name)
}

fn typed(output: &mut Output, what: &str, called: &str, word: &str) -> Result<(), CliError> {
    if !io::stdin().is_terminal() {
        return Err(nobody_to_ask());
    }
    output.ask(format_args!(
        "{what} This can't be undone.\nType {called} to go on: "
    ))?;
    let mut typed = String::new();
    io::stdin()
        .read_line(&mut typed)
        .map_err(|source| CliError::file("standard input", source))?;
    if typed.trim_end_matches(['\r', '\n']) == word {
        return Ok(());
    }
    Err(CliError::Usage(format!(
        "that is not {called}; nothing was done"
    )))
}

/// Asks for a number of ledgers, which must be typed. `what` says what will be done, in a sentence.
pub(crate) fn number(output: &mut Output, what: &str, number: &str) -> Result<(), CliError> {
    typed(output, what, "their number", number)
}

/// Asks for a word that names what will be done. `what` says it in a sentence.
pub(crate) fn word(output: &mut Output, what: &str, word: &str) -> Result<(), CliError> {
    typed(output, what, &format!("\"{word}\""), word)
}

/// Asks whether a clock is right.
pub(crate) fn time(output: &mut Output, says: &str) -> Result<(), CliError> {
    if !io::stdin().is_terminal() {
        return Err(nobody_to_ask());
    }
    output.ask(format_args!(
        "The daemon's clock says {says}. What is recorded under a wrong time can't be undone.\nType yes if it is right: "
    ))?;
    let mut typed = String::new();
    io::stdin()
        .read_line(&mut typed)
        .map_err(|source| CliError::file("standard input", source))?;
    match typed.trim_end_matches(['\r', '\n']) {
        "yes" => Ok(()),
        _ => Err(CliError::Usage("the clock was not confirmed".to_owned())),
    }
}

/// Without a terminal, the command line must confirm it.
pub(crate) fn nobody_to_ask() -> CliError {
    CliError::Usage(
        "this must be confirmed, but there is no terminal to ask on: confirm it with --yes"
            .to_owned(),
    )
}
