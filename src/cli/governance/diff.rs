//! `indelible policy diff`: what differs between two policies, without a daemon.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use clap::Args;
use indelible_governance::policy::diff::{Difference, chains, documents};
use serde::Serialize;

use super::{
    kind::Kind,
    lint::{chain, name},
};
use crate::cli::{error::CliError, session::Session};

/// Say what differs between two policies, in words; needs no daemon
///
/// Comments and the order of keys are no difference. AIGC policies are composed with the bases that they extend, which are read
/// from the same directory, so a base that changed shows as well. Ends with 0 if nothing differs, and with 1 if something does.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The kind of the policies
    #[arg(long, value_enum)]
    kind: Kind,
    /// The policy as it was
    before: PathBuf,
    /// The policy as it is
    after: PathBuf,
}

impl Diff {
    pub(super) fn run(&self, session: &mut Session) -> Result<(), CliError> {
        let found = self.found()?;
        let number = found.len();
        session.output.answer(&Differences {
            differences: found.iter().map(Told::of).collect(),
        })?;
        match number {
            0 => Ok(()),
            1 => Err(CliError::NotAllowed(
                "the policies differ in 1 place".to_owned(),
            )),
            more => {
                let problem = format!("the policies differ in {more} places");
                Err(CliError::NotAllowed(problem))
            }
        }
    }

    fn found(&self) -> Result<Vec<Difference>, CliError> {
        let read = |path: &Path| fs::read(path).map_err(|source| CliError::file(path, source));
        let (before, after) = (read(&self.before)?, read(&self.after)?);
        let wrong = |path: &Path, problem: String| CliError::Input {
            name: path.display().to_string(),
            problem,
        };
        if let Kind::Aigc = self.kind {
            let composed = |path: &Path, bytes: &[u8]| {
                chain(path, bytes).map_err(|problem| wrong(path, problem))
            };
            let before = composed(&self.before, &before)?;
            return Ok(chains(&before, &composed(&self.after, &after)?));
        }
        let (old, new) = (name(&self.before), name(&self.after));
        let found = documents((&old, &before), (&new, &after));
        found.map_err(|error| wrong(&self.before, error.to_string()))
    }
}

#[derive(Serialize)]
struct Differences {
    differences: Vec<Told>,
}

#[derive(Serialize)]
struct Told {
    path: String,
    /// The whole of it, in words.
    words: String,
}

impl Told {
    fn of(difference: &Difference) -> Self {
        Self {
            path: difference.path.clone(),
            words: difference.to_string(),
        }
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.differences.is_empty() {
            return f.write_str("the policies say the same");
        }
        let lines: Vec<_> = self
            .differences
            .iter()
            .map(|told| told.words.as_str())
            .collect();
        f.write_str(&lines.join("\n"))
    }
}
