//! What the service's error codes mean. Nothing of an answer's text goes any further than this
//! table: a service that is shown keys could put one into its message.

use crate::{
    error::{KeyError, ProviderFault},
    provider::ProviderKind,
};

/// Why a call gave nothing.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The ciphertext is not one that KMS made for this key and context.
    Damaged,
    /// The key's state does not allow it, and the key's description tells which state it is in.
    State {
        /// Which call it was, for people.
        detail: String,
    },
    /// Everything else.
    Fault {
        /// Why the provider refuses.
        fault: ProviderFault,
        /// What is known about it.
        detail: String,
    },
    /// Something of our own failed.
    Own(KeyError),
}

impl Refusal {
    pub(crate) fn fault(fault: ProviderFault, detail: impl Into<String>) -> Self {
        Self::Fault {
            fault,
            detail: detail.into(),
        }
    }

    /// Names an error by its code, or by its status where the code says nothing.
    pub(crate) fn of(
        operation: &str,
        code: Option<&str>,
        status: u16,
        request_id: Option<&str>,
    ) -> Self {
        use ProviderFault as F;
        // The name goes on in the code's own spelling here, never in the answer's.
        let code = code.unwrap_or_default();
        let (meaning, name) = CODES.iter().find(|(name, _)| *name == code).map_or_else(
            || (None, "an unknown code"),
            |(name, meaning)| (Some(*meaning), *name),
        );
        let mut detail = format!("{operation}: {name}, status {status}");
        if let Some(id) = request_id.filter(|id| is_request_id(id)) {
            detail.push_str(", request ");
            detail.push_str(id);
        }
        let fault = match meaning {
            Some(Meaning::Damaged) => return Self::Damaged,
            Some(Meaning::State) => return Self::State { detail },
            Some(Meaning::Fault(fault)) => fault,
            None => match status {
                200..=299 => F::InconsistentAnswer,
                429 => F::Throttled,
                401 | 403 => F::AccessDenied,
                408 | 504 => F::TimedOut,
                500.. => F::Unreachable,
                _ => F::Failing,
            },
        };
        Self::Fault { fault, detail }
    }

    /// The error for the caller, when nothing more can be found out.
    pub(crate) fn into_error(self) -> KeyError {
        let (fault, detail) = match self {
            Self::Damaged => return KeyError::WrappedDamaged,
            Self::Own(error) => return error,
            Self::State { detail } => (ProviderFault::KeyUnfit, detail),
            Self::Fault { fault, detail } => (fault, detail),
        };
        error(fault, detail)
    }
}

impl From<KeyError> for Refusal {
    fn from(error: KeyError) -> Self {
        Self::Own(error)
    }
}

/// This provider's fault, as an error.
pub(crate) fn error(fault: ProviderFault, detail: impl Into<String>) -> KeyError {
    KeyError::Provider {
        provider: ProviderKind::AwsKms,
        fault,
        detail: detail.into(),
    }
}

/// What the state in a key's description says, if it is a reason to refuse.
pub(crate) fn state_fault(state: &str) -> Option<(ProviderFault, &'static str)> {
    use ProviderFault as F;
    match state {
        "Enabled" => None,
        "Disabled" => Some((F::KeyDisabled, "state Disabled")),
        "PendingDeletion" => Some((F::KeyPendingDeletion, "state PendingDeletion")),
        "PendingReplicaDeletion" => Some((F::KeyPendingDeletion, "state PendingReplicaDeletion")),
        "PendingImport" => Some((
            F::KeyMissing,
            "state PendingImport: the key material is gone",
        )),
        "Unavailable" => Some((
            F::Unreachable,
            "state Unavailable: check the custom key store",
        )),
        "Creating" => Some((F::Failing, "state Creating")),
        "Updating" => Some((F::Failing, "state Updating")),
        _ => Some((F::KeyUnfit, "an unknown state")),
    }
}

/// Request ids are UUIDs; anything else is not repeated.
fn is_request_id(id: &str) -> bool {
    id.len() == 36
        && id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[derive(Clone, Copy)]
enum Meaning {
    Damaged,
    State,
    Fault(ProviderFault),
}

const CODES: &[(&str, Meaning)] = {
    use Meaning::{Damaged, Fault, State};
    use ProviderFault as F;
    &[
        ("InvalidCiphertextException", Damaged),
        ("IncorrectKeyException", Damaged),
        ("KMSInvalidStateException", State),
        ("DisabledException", Fault(F::KeyDisabled)),
        ("NotFoundException", Fault(F::KeyMissing)),
        ("InvalidKeyUsageException", Fault(F::KeyUnfit)),
        ("UnsupportedOperationException", Fault(F::KeyUnfit)),
        ("UnknownOperationException", Fault(F::KeyUnfit)),
        ("InvalidAction", Fault(F::KeyUnfit)),
        ("ValidationException", Fault(F::KeyUnfit)),
        ("InvalidArnException", Fault(F::KeyUnfit)),
        ("AccessDeniedException", Fault(F::AccessDenied)),
        ("AccessDenied", Fault(F::AccessDenied)),
        ("ExpiredTokenException", Fault(F::AccessDenied)),
        ("ExpiredToken", Fault(F::AccessDenied)),
        ("IncompleteSignature", Fault(F::AccessDenied)),
        ("InvalidClientTokenId", Fault(F::AccessDenied)),
        ("InvalidSignatureException", Fault(F::AccessDenied)),
        ("MissingAuthenticationToken", Fault(F::AccessDenied)),
        (
            "MissingAuthenticationTokenException",
            Fault(F::AccessDenied),
        ),
        ("NotAuthorized", Fault(F::AccessDenied)),
        ("OptInRequired", Fault(F::AccessDenied)),
        ("RequestExpired", Fault(F::AccessDenied)),
        ("SignatureDoesNotMatch", Fault(F::AccessDenied)),
        ("UnrecognizedClientException", Fault(F::AccessDenied)),
        ("ThrottlingException", Fault(F::Throttled)),
        ("Throttling", Fault(F::Throttled)),
        ("TooManyRequestsException", Fault(F::Throttled)),
        ("RequestLimitExceeded", Fault(F::Throttled)),
        ("RequestThrottled", Fault(F::Throttled)),
        ("SlowDown", Fault(F::Throttled)),
        ("DependencyTimeoutException", Fault(F::TimedOut)),
        ("RequestTimeout", Fault(F::TimedOut)),
        ("RequestTimeoutException", Fault(F::TimedOut)),
        ("KMSInternalException", Fault(F::Unreachable)),
        ("KeyUnavailableException", Fault(F::Unreachable)),
        (
            "CloudHsmClusterInvalidConfigurationException",
            Fault(F::Unreachable),
        ),
        ("CustomKeyStoreInvalidStateException", Fault(F::Unreachable)),
        ("InternalFailure", Fault(F::Unreachable)),
        ("InternalError", Fault(F::Unreachable)),
        ("ServiceUnavailable", Fault(F::Unreachable)),
        ("ServiceUnavailableException", Fault(F::Unreachable)),
        ("LimitExceededException", Fault(F::Failing)),
    ]
};
