//! Where what was found goes: to standard output, or into a file.

mod target;

use std::io::{self, Write as _};

use clap::ValueEnum;

pub(crate) use self::target::{OfForm, Target, form_of};
use crate::failure::Failure;

/// How a verdict is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Writes to standard output.
pub(crate) fn print(shown: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(shown)
        .and_then(|()| out.flush())
        .map_err(Failure::Output)
}
