//! Why there is no verdict, and the exit code for it.

use std::io;
use std::path::{Path, PathBuf};

use indelible_compliance::survey::{AsOfError, SurveyError};
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
    /// The evidence does not hold what it would take.
    #[error("{0}")]
    Missing(String),
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

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Broken(_) => 1,
            Self::Usage(_) => 2,
            Self::Malformed(_) => 3,
            Self::Missing(_) => 4,
            Self::Input { .. } | Self::Bundle(_) | Self::Output(_) => 5,
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
                Self::Malformed(format!("not a bundle of this format: {why}"))
            }
            VerifyError::Io(error) => Self::Bundle(error),
        }
    }
}
