//! `indelible policy lint` and `indelible policy validate`: what is wrong with documents, without a daemon.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use clap::Args;
use indelible_compliance::reports::counted;
use indelible_governance::{
    day::Day,
    policy::{
        Compatibility, PolicyError,
        aegis::AegisPolicy,
        aigc::{Chain, Compiled, Finding, Known, Severity},
        gate::GatePolicy,
    },
};
use serde::Serialize;

use super::kind::Kind;
use crate::cli::{error::CliError, session::Session};

/// Say what is wrong with policies, and what in them is likely not meant; needs no daemon
///
/// Prints OK and the file for each that is in order, or what is wrong and where. Bases that a policy extends are read from
/// the same directory. Ends with 1 if anything is found.
#[derive(Debug, Args)]
pub(crate) struct Lint {
    #[command(flatten)]
    files: Files,
}

/// Say whether policies can be registered; needs no daemon
///
/// Prints OK and the file for each that can be, or what is wrong and where. Bases that a policy extends are read from the
/// same directory. Ends with 1 if one can't be.
#[derive(Debug, Args)]
pub(crate) struct Validate {
    #[command(flatten)]
    files: Files,
}

#[derive(Debug, Args)]
struct Files {
    /// The kind of the policies
    #[arg(long, value_enum)]
    kind: Kind,
    /// The files
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Lint {
    pub(super) fn run(&self, session: &mut Session) -> Result<(), CliError> {
        self.files.run(session, findings)
    }
}

impl Validate {
    pub(super) fn run(&self, session: &mut Session) -> Result<(), CliError> {
        self.files.run(session, faults)
    }
}

impl Files {
    fn run(
        &self,
        session: &mut Session,
        look: fn(Kind, &Path, &[u8]) -> Vec<String>,
    ) -> Result<(), CliError> {
        let mut failed = 0;
        for path in &self.files {
            let bytes = fs::read(path).map_err(|source| CliError::file(path, source))?;
            let findings = look(self.kind, path, &bytes);
            failed += u64::from(!findings.is_empty());
            session.output.item(&Looked {
                file: path.display().to_string(),
                ok: findings.is_empty(),
                findings,
            })?;
        }
        match failed {
            0 => Ok(()),
            failed => {
                let total = counted(self.files.len() as u64, "policy", "policies");
                let problem = format!("of {total}, {failed} not in order");
                Err(CliError::NotAllowed(problem))
            }
        }
    }
}

/// What was found of one file.
#[derive(Serialize)]
struct Looked {
    file: String,
    ok: bool,
    findings: Vec<String>,
}

impl fmt::Display for Looked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.findings.is_empty() {
            true => write!(f, "OK {}", self.file),
            false => write!(f, "{}", self.findings.join("\n")),
        }
    }
}

pub(super) fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

/// A policy with its bases, which are read from the same directory.
pub(super) fn chain(path: &Path, bytes: &[u8]) -> Result<Chain, String> {
    let directory = path.parent().unwrap_or(Path::new(""));
    // A base is named, and no path: what leads out of the directory is no name.
    let find = |base: &str| match Path::new(base).components().count() {
        1 => fs::read(directory.join(base)).ok(),
        _ => None,
    };
    Chain::resolve(&name(path), bytes, &find).map_err(|error| error.to_string())
}

fn faults(kind: Kind, path: &Path, bytes: &[u8]) -> Vec<String> {
    let checked = match kind {
        Kind::Gate => GatePolicy::read(&name(path), bytes)
            .map(drop)
            .map_err(|error| error.to_string()),
        Kind::Aegis => AegisPolicy::read(&name(path), bytes, Compatibility::Default)
            .map(drop)
            .map_err(|error| error.to_string()),
        Kind::Aigc => chain(path, bytes).and_then(|chain| {
            let compiled = Compiled::new(&chain, Compatibility::Default);
            compiled.map(drop).map_err(|error| error.to_string())
        }),
    };
    checked.err().into_iter().collect()
}

fn findings(kind: Kind, path: &Path, bytes: &[u8]) -> Vec<String> {
    match kind {
        Kind::Gate => faults(kind, path, bytes),
        Kind::Aegis => match AegisPolicy::findings(&name(path), bytes) {
            Err(fault) => vec![fault.to_string()],
            Ok(found) => {
                let warning = |found: &PolicyError| format!("warning: {found}");
                found.iter().map(warning).collect()
            }
        },
        Kind::Aigc => match chain(path, bytes) {
            Err(fault) => vec![fault],
            Ok(chain) => {
                let found = chain.findings(Compatibility::Default, &of_today());
                found.iter().map(line).collect()
            }
        },
    }
}

/// What is known without a daemon: which day it is, in UTC.
fn of_today() -> Known {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.map(|now| u64::try_from(now.as_nanos()).unwrap_or(u64::MAX));
    Known {
        today: now.ok().map(Day::of),
        ..Known::default()
    }
}

fn line(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let Finding {
        document, message, ..
    } = finding;
    let place = finding.place.map(|place| format!(", {place}"));
    let (place, fault) = (place.unwrap_or_default(), finding.fault.name());
    format!("{severity}: {document}{place}: {message} ({fault})")
}
