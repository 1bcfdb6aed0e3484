//! Why a provider refuses, and what brings a key back.

use std::fmt;

/// What brings back a key that is not available, and so what a start does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Time, or somebody at the provider: the same call succeeds later, and nothing has to change here.
    Wait,
    /// Nothing but a copy of what is gone: without one, another key has to take its place.
    Replace,
    /// Somebody who fixes what this program is configured with, or what it stores, and restarts it.
    Fix,
}

impl Remedy {
    /// A fixed name, for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Replace => "replace",
            Self::Fix => "fix",
        }
    }
}

/// Why a provider refuses, told apart by what is to be done about it. The runbook has a section for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProviderFault {
    /// The caller lacks permission.
    AccessDenied,
    /// Too many calls; the provider will answer again.
    Throttled,
    /// No answer in time; nobody knows whether the call was carried out.
    TimedOut,
    /// The provider can't be reached, or answers with a failure of its own.
    Unreachable,
    /// The key is disabled.
    KeyDisabled,
    /// The key is scheduled for deletion.
    KeyPendingDeletion,
    /// There is no such key.
    KeyMissing,
    /// The key can't be used for this.
    KeyUnfit,
    /// The PIN is wrong. A wrong PIN is not tried again: tokens lock.
    WrongPin,
    /// The PIN is locked.
    PinLocked,
    /// The module can't be loaded.
    ModuleMissing,
    /// No token has the configured label and serial number.
    TokenMissing,
    /// The token was there and is gone.
    TokenRemoved,
    /// The token has no mechanism that can wrap.
    MechanismMissing,
    /// The token or service is reachable and fails.
    Failing,
    /// The answer contradicts the request or itself, for example by naming another key.
    InconsistentAnswer,
}

impl ProviderFault {
    /// Whether the same call may succeed later although nobody changes anything.
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Throttled
                | Self::TimedOut
                | Self::Unreachable
                | Self::TokenRemoved
                | Self::Failing
        )
    }

    /// What brings a key of such a provider back.
    pub fn remedy(self) -> Remedy {
        match self {
            // These pass, or are fixed where the key lies: policies and credentials reach a key service late, a disabled
            // key is enabled, a deletion called off, a token put in, a volume with its module mounted.
            Self::Throttled
            | Self::TimedOut
            | Self::Unreachable
            | Self::Failing
            | Self::AccessDenied
            | Self::KeyDisabled
            | Self::KeyPendingDeletion
            | Self::ModuleMissing
            | Self::TokenMissing
            | Self::TokenRemoved => Remedy::Wait,
            Self::KeyMissing | Self::KeyUnfit => Remedy::Replace,
            // A PIN is never tried twice. A token that can't wrap won't learn to, and a provider whose answers contradict
            // themselves is not asked again.
            Self::WrongPin
            | Self::PinLocked
            | Self::MechanismMissing
            | Self::InconsistentAnswer => Remedy::Fix,
        }
    }

    /// A fixed name, for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::AccessDenied => "access-denied",
            Self::Throttled => "throttled",
            Self::TimedOut => "timed-out",
            Self::Unreachable => "unreachable",
            Self::KeyDisabled => "key-disabled",
            Self::KeyPendingDeletion => "key-pending-deletion",
            Self::KeyMissing => "key-missing",
            Self::KeyUnfit => "key-unfit",
            Self::WrongPin => "wrong-pin",
            Self::PinLocked => "pin-locked",
            Self::ModuleMissing => "module-missing",
            Self::TokenMissing => "token-missing",
            Self::TokenRemoved => "token-removed",
            Self::MechanismMissing => "mechanism-missing",
            Self::Failing => "failing",
            Self::InconsistentAnswer => "inconsistent-answer",
        }
    }
}

impl fmt::Display for ProviderFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessDenied => "denies access",
            Self::Throttled => "asks for fewer calls",
            Self::TimedOut => "did not answer in time",
            Self::Unreachable => "can't be reached",
            Self::KeyDisabled => "has the key disabled",
            Self::KeyPendingDeletion => "has the key scheduled for deletion",
            Self::KeyMissing => "has no such key",
            Self::KeyUnfit => "has a key that can't be used for this",
            Self::WrongPin => "refuses the PIN",
            Self::PinLocked => "has the PIN locked",
            Self::ModuleMissing => "can't load its module",
            Self::TokenMissing => "can't find the token",
            Self::TokenRemoved => "has lost its token",
            Self::MechanismMissing => "has no mechanism that can wrap",
            Self::Failing => "fails",
            Self::InconsistentAnswer => "gave an answer that contradicts the request",
        })
    }
}
