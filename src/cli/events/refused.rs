//! What becomes of records that are refused: whether the rest is wanted all the same, and where they are listed.

use std::{
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use clap::Args;

use crate::cli::{
    error::CliError,
    events::reading::RefusedRecord,
    ui::{
        output::Output,
        pending_file::{Inputs, PendingFile, Readers},
    },
};

/// The arguments.
#[derive(Debug, Args)]
pub(crate) struct RefusedArguments {
    /// Do not stop at a record that is refused
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// List every refused record in this file: file, line, id and problem, one JSON object a line
    #[arg(long, value_name = "FILE")]
    refused: Option<PathBuf>,
}

/// What is done with each. By default the first ends the work.
#[derive(Default)]
pub(crate) struct Refusing {
    keeps_going: bool,
    keeps_all: bool,
    list: Option<(PathBuf, BufWriter<PendingFile>)>,
}

impl RefusedArguments {
    /// Whether any of them is given.
    pub(crate) fn is_given(&self) -> bool {
        self.keep_going || self.refused.is_some()
    }

    /// Begins the list, if there is to be one. `inputs` are all files that the command reads, also those of keys.
    pub(crate) fn begin<'a>(
        &self,
        output: &mut Output,
        inputs: impl IntoIterator<Item = &'a PathBuf>,
    ) -> Result<Refusing, CliError> {
        // What was refused is repeated in it, and may name anybody.
        let inputs = Inputs::of(inputs.into_iter().map(PathBuf::as_path));
        let mut list = |path: &PathBuf| {
            let file = output.create(path, Readers::Owner, &inputs)?;
            Ok::<_, CliError>((path.clone(), BufWriter::new(file)))
        };
        let list = self.refused.as_ref().map(&mut list).transpose()?;
        Ok(Refusing {
            keeps_going: self.keep_going,
            // Programs get all of them.
            keeps_all: output.is_json(),
            list,
        })
    }
}

impl Refusing {
    /// Whether a refused record does not end the work.
    pub(crate) fn keeps_going(&self) -> bool {
        self.keeps_going
    }

    /// Whether all are kept for the answer, and not only the first.
    pub(crate) fn keeps_all(&self) -> bool {
        self.keeps_all
    }

    /// Lists one.
    pub(crate) fn write(&mut self, refused: &RefusedRecord) -> Result<(), CliError> {
        let Some((path, list)) = &mut self.list else {
            return Ok(());
        };
        let failed = |problem| CliError::file(path.as_path() as &Path, problem);
        serde_json::to_writer(&mut *list, refused).map_err(|problem| failed(problem.into()))?;
        list.write_all(b"\n").map_err(failed)
    }

    /// Completes the list, which appears under its name now.
    pub(crate) fn finish(self) -> Result<(), CliError> {
        let Some((path, list)) = self.list else {
            return Ok(());
        };
        let file = list
            .into_inner()
            .map_err(|problem| CliError::file(path, problem.into_error()))?;
        file.finish()
    }
}

/// What text says of refusals that it does not name.
pub(crate) fn unnamed(count: u64) -> String {
    format!("refused: {count} more; --refused FILE lists all of them, and so does --output json")
}
