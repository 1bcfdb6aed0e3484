//! One thing that was looked at, and what came of it.

use serde::Serialize;

/// What came of it. The later is the worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Ok,
    /// The daemon serves, and somebody should know.
    Warn,
    /// The daemon would not start, or does not do what it should.
    Fail,
}

impl Outcome {
    /// The word for people.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warn => "WARN",
            Self::Fail => "FAIL",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) outcome: Outcome,
    /// What was found.
    pub(super) found: String,
    /// What to do about it; nothing where all is well.
    #[serde(rename = "do")]
    pub(super) remedy: Option<String>,
}

pub(super) fn ok(name: &'static str, found: impl Into<String>) -> Check {
    Check {
        name,
        outcome: Outcome::Ok,
        found: found.into(),
        remedy: None,
    }
}

pub(super) fn warn(
    name: &'static str,
    found: impl Into<String>,
    remedy: impl Into<String>,
) -> Check {
    Check {
        name,
        outcome: Outcome::Warn,
        found: found.into(),
        remedy: Some(remedy.into()),
    }
}

pub(super) fn fail(
    name: &'static str,
    found: impl Into<String>,
    remedy: impl Into<String>,
) -> Check {
    Check {
        outcome: Outcome::Fail,
        ..warn(name, found, remedy)
    }
}
