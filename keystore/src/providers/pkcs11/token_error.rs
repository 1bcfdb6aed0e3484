//! What a token answered, sorted by what this crate does about it.

use crate::{
    error::{KeyError, ProviderFault},
    provider::ProviderKind,
};

/// A call that failed. The details are the module's own answers and hold no secret.
#[derive(Debug)]
pub(crate) enum TokenError {
    /// Session, login or handles are gone: everything has to be found again.
    Lost(String),
    /// The token refuses what it was given as something that it made.
    Refused(String),
    /// Either what it was given was altered, or the token is failing: a canary tells.
    Unclear(String),
    /// The token, or the key, can't do this.
    Unsupported(String),
    /// What is to be done is known.
    Fault(ProviderFault, String),
    /// Not the token's: ours, or the caller's.
    Key(KeyError),
}

impl TokenError {
    pub(crate) fn damaged() -> Self {
        Self::Key(KeyError::WrappedDamaged)
    }

    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Lost(detail)
            | Self::Refused(detail)
            | Self::Unclear(detail)
            | Self::Unsupported(detail)
            | Self::Fault(_, detail) => detail.clone(),
            Self::Key(error) => error.to_string(),
        }
    }

    /// The same, with more said about it.
    pub(crate) fn with(mut self, more: &str) -> Self {
        if let Self::Lost(detail)
        | Self::Refused(detail)
        | Self::Unclear(detail)
        | Self::Unsupported(detail)
        | Self::Fault(_, detail) = &mut self
            && *detail != more
        {
            detail.push_str("; ");
            detail.push_str(more);
        }
        self
    }

    /// What the caller gets when nothing here can be done about it any more.
    pub(crate) fn into_error(self) -> KeyError {
        let (fault, detail) = match self {
            Self::Key(error) => return error,
            Self::Fault(fault, detail) => (fault, detail),
            Self::Unsupported(detail) => (ProviderFault::KeyUnfit, detail),
            Self::Lost(detail) | Self::Refused(detail) | Self::Unclear(detail) => {
                (ProviderFault::Failing, detail)
            }
        };
        fault_of(fault, detail)
    }
}

impl From<KeyError> for TokenError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

pub(crate) fn fault_of(fault: ProviderFault, detail: String) -> KeyError {
    KeyError::Provider {
        provider: ProviderKind::Pkcs11,
        fault,
        detail,
    }
}
