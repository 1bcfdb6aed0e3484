//! Why there is no verdict, and the exit code for it.

use std::io;
use std::path::{Path, PathBuf};

use indelible_compliance::reports::inert::inert_json;
use indelible_compliance::survey::{AsOfError, SurveyError};
use indelible_evidence::VerifierKey;
use indelible_evidence::verify::VerifyError;

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Malformed(String),
    /// The evidence is broken where it would have to show something.
    #[error("{0}")]
    Broken(String),
    /// The evidence is of another ledger than the pinned key. The format calls that broken, whoever took the wrong file.
    #[error("{0}")]
    OtherLedger(String),
    /// The evidence does not hold what it would take.
    #[error("{0}")]
    Missing(String),
    /// The second look at a bundle did not show what the first one verified.
    #[error(
        "the bundle was changed while it was read; what was shown of it is not what was verified, so discard it and \
         begin again with a copy that nobody writes to"
    )]
    Changed,
    #[error("can't read {path}: {error}")]
    Input { path: PathBuf, error: io::Error },
    #[error("can't read the bundle: {0}")]
    Bundle(io::Error),
    #[error("can't write the verdict: {0}")]
    Output(io::Error),
}

impl Failure {
    pub(crate) fn input(path: &Path, error: io::Error) -> Self {
        Self::Input {
            path: path.to_owned(),
            error,
        }
    }

    /// The key is for another ledger than the evidence.
    pub(crate) fn other_ledger(key: &VerifierKey, found: &str) -> Self {
        Self::OtherLedger(format!(
            "this key is for {}, but the evidence is of {}; nothing was checked. Give the key of that ledger, or the \
             evidence of this one",
            key.name(),
            found.escape_debug()
        ))
    }

    /// What it is, for programs.
    fn kind(&self) -> &'static str {
        match self {
            Self::Usage(_) => "usage",
            Self::Malformed(_) => "malformed",
            Self::Broken(_) => "broken",
            Self::OtherLedger(_) => "other_ledger",
            Self::Missing(_) => "unanswerable",
            Self::Changed => "changed",
            Self::Input { .. } | Self::Bundle(_) => "unread",
            Self::Output(_) => "unwritten",
        }
    }

    /// For programs that asked for JSON: why there is no verdict.
    pub(crate) fn json(&self) -> String {
        let value = serde_json::json!({
            "format": "indelible-failure/0-draft",
            "result": self.kind(),
            "exit_code": self.exit_code(),
            "detail": self.to_string(),
        });
        inert_json(format!("{value:#}\n"))
    }

    /// Whether whoever reads the output stopped, as `head` does.
    pub(crate) fn is_unread(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Broken(_) | Self::OtherLedger(_) => 1,
            Self::Usage(_) => 2,
            Self::Malformed(_) => 3,
            Self::Missing(_) => 4,
            Self::Input { .. } | Self::Bundle(_) | Self::Output(_) | Self::Changed => 5,
        }
    }
}

impl From<SurveyError> for Failure {
    fn from(error: SurveyError) -> Self {
        match error {
            SurveyError::Verify(error) => error.into(),
            SurveyError::AsOf(AsOfError::Nothing) => Self::Usage(error.to_string()),
            SurveyError::AsOf(AsOfError::Broken { .. }) => Self::Broken(error.to_string()),
            SurveyError::AsOf(AsOfError::Beyond { .. } | AsOfError::NotShown { .. }) => {
                Self::Missing(error.to_string())
            }
            SurveyError::NotSigned(_) | SurveyError::Origin(_) => {
                Self::Malformed(error.to_string())
            }
        }
    }
}

impl From<VerifyError> for Failure {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::NotABundle(why) => {
                // What was unpacked and packed again is in another order, or below a folder.
                let packed = match why.contains("stands in its place") {
                    true => "; if it was packed anew, verify the directory that it was unpacked to",
                    false => "",
                };
                Self::Malformed(format!("not a bundle of this format: {why}{packed}"))
            }
            VerifyError::Io(error) => Self::Bundle(error),
        }
    }
}

/// An error with everything that led to it.
pub(crate) fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
