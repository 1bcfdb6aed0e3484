//! What a token answered, sorted by what this crate does about it.

use crate::{
    error::{KeyError, ProviderFault},
    provider::ProviderKind,
};

/// A call that failed. The details are the module's own answers and hold no secret.
#[derive(Debug)]
pub(crate) enum TokenError {
    /// The session, the login or the handles are gone, so everything has to be found again.
    Lost(String),
    /// The token says that it did not make what it was asked to open.
    Refused(String),
    /// Either the token was given altered bytes, or the token is failing: a canary tells which.
    Unclear(String),
    /// The token, or the key, can't do this.
    Unsupported(String),
    /// The fault is known, and so is what to do about it.
    Fault(ProviderFault, String),
    /// The error is not the token's but this crate's or the caller's.
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

    /// The same error with more detail.
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

    /// What the caller gets if this crate can do nothing more about the error.
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
